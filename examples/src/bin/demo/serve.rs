//! Serves until Ctrl-C, and then ends cleanly.
//!
//! A graceful shutdown waits for all open responses, and an event stream does not end by itself. The
//! drain ends the streams over a window of time, each at its own moment. A body can end only while it is
//! polled, and it is not polled while its client does not read. When the window is over, the guard closes
//! such connections.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use anyhow::Context;
use axum::{Router, serve::ListenerExt};
use sse_tower::{
    Drain,
    connection::{ConnectionGuard, SocketOptions},
    drain::Drained,
};
use tokio::{net::TcpListener, signal::ctrl_c};

/// The window in which the streams end after Ctrl-C.
const WINDOW: Duration = Duration::from_secs(2);

/// The window after a second Ctrl-C. It is not zero, because that would cut the streams off.
const SHORT_WINDOW: Duration = Duration::from_millis(200);

/// The time after which a client that does not read is disconnected.
const WRITE_TIMEOUT: Duration = Duration::from_secs(20);

pub(crate) async fn listen(bind: IpAddr, port: u16, option: &str) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::new(bind, port);
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address} (choose another port with {option})"))
}

/// Serves `app` until `drain` has started and the last connection is closed.
pub(crate) async fn serve(listener: TcpListener, app: Router, drain: &Drain) -> io::Result<()> {
    let options = SocketOptions::new();
    let listener = ConnectionGuard::new()
        .write_timeout(WRITE_TIMEOUT)
        .drain(drain)
        .listen(listener)
        // A system that refuses an option still serves the connection.
        .tap_io(move |io| drop(options.apply(io)));
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app)
        .with_graceful_shutdown(drain.started())
        .await
}

/// Waits for Ctrl-C, and then until the streams have ended. A second Ctrl-C shortens that time.
pub(crate) async fn drain_on_ctrl_c(drain: &Drain) -> io::Result<()> {
    ctrl_c().await?;
    let drained = tokio::select! {
        // The program listens for the second Ctrl-C before it prints the offer.
        biased;
        pressed = ctrl_c() => {
            pressed?;
            drain.start(SHORT_WINDOW).await
        }
        drained = over_the_window(drain) => drained,
    };
    let (in_order, all) = (drained.ended_cleanly(), drained.streams());
    println!("{in_order} of {all} streams ended cleanly.");
    Ok(())
}

async fn over_the_window(drain: &Drain) -> Drained {
    println!("The streams end within {WINDOW:?}; Ctrl-C again ends them sooner.");
    drain.start(WINDOW).await
}
