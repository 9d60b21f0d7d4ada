//! Serves until SIGTERM or Ctrl-C, and then ends cleanly.
//!
//! The drain ends the streams over a window of time, each at its own moment, so that their clients do not all
//! reconnect at once. The guard closes connections whose clients do not read: these streams cannot end by themselves.

use std::{io, net::SocketAddr, time::Duration};

use anyhow::Context;
use axum::{Router, serve::ListenerExt};
use sse_tower::{
    Drain,
    connection::{ConnectionGuard, SocketOptions},
};
use tokio::net::TcpListener;

/// The window after a second signal. It is not zero, because that would cut the streams off.
const SHORT_WINDOW: Duration = Duration::from_millis(200);

/// Listens on an address, or fails with a message that names the option `--port`.
pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(address).await;
    listener
        .with_context(|| format!("cannot listen on {address} (choose another port with --port)"))
}

/// Serves `app` until `drain` has started and the last connection is closed.
pub async fn serve(listener: TcpListener, app: Router, drain: &Drain) -> io::Result<()> {
    let options = SocketOptions::new();
    let listener = ConnectionGuard::new()
        .drain(drain)
        .listen(listener)
        // A system that refuses an option still serves the connection.
        .tap_io(move |io| drop(options.apply(io)));
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app)
        .with_graceful_shutdown(drain.started())
        .await
}

/// Waits for a signal, and then until the streams have ended, within `window`. A second signal shortens that time.
pub async fn drain_on_signal(
    mut signals: Signals,
    drain: &Drain,
    window: Duration,
) -> io::Result<()> {
    signals.next().await;
    println!("The streams end within {window:?}; a second signal ends them sooner.");
    let drained = tokio::select! {
        drained = drain.start(window) => drained,
        () = signals.next() => drain.start(SHORT_WINDOW).await,
    };
    let (ended_cleanly, all) = (drained.ended_cleanly(), drained.streams());
    println!("{ended_cleanly} of {all} streams ended cleanly.");
    Ok(())
}

/// The signals that stop the server.
#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Catches the signals from now on.
    pub fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for SIGTERM or Ctrl-C.
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    /// Catches the signals from now on.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for Ctrl-C.
    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            // The system has no such signal: the server runs until it is killed.
            std::future::pending::<()>().await;
        }
    }
}
