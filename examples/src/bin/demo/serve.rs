//! Serving until Ctrl-C, and an end in order.
//!
//! A graceful shutdown waits for the responses under way, and an event stream is a response that
//! never ends by itself. The drain ends the streams over a window of time, each at a moment of its
//! own. A body can end only while it is polled, and it is not polled while its client does not
//! read: such a connection is closed by the guard, when the window is over.

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

/// Over how long the streams end, once the server is to stop.
const WINDOW: Duration = Duration::from_secs(2);

/// And once it is to stop soon. Not at once: that would cut the streams off.
const SHORT_WINDOW: Duration = Duration::from_millis(200);

/// How long a client may take nothing while there is something to send to it.
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
        // What the system refuses to set is no reason to refuse the connection.
        .tap_io(move |io| drop(options.apply(io)));
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app)
        .with_graceful_shutdown(drain.started())
        .await
}

/// Waits for Ctrl-C, then for the streams to end. A second Ctrl-C hastens that.
pub(crate) async fn drain_on_ctrl_c(drain: &Drain) -> io::Result<()> {
    ctrl_c().await?;
    let drained = tokio::select! {
        // In this order, so that the second one is listened for before it is offered.
        biased;
        pressed = ctrl_c() => {
            pressed?;
            drain.start(SHORT_WINDOW).await
        }
        drained = over_the_window(drain) => drained,
    };
    let (in_order, all) = (drained.ended_in_order(), drained.streams());
    println!("{in_order} of {all} streams ended in order.");
    Ok(())
}

async fn over_the_window(drain: &Drain) -> Drained {
    println!("The streams end within {WINDOW:?}; Ctrl-C again ends them sooner.");
    drain.start(WINDOW).await
}
