//! Code that the small examples share, so that each shows only its own part.
#![forbid(unsafe_code)]

use std::{env, time::Duration};

use anyhow::Context;
use futures_util::{Stream, StreamExt};
use sse_tower::LastEventId;
use tokio::{
    net::{TcpListener, TcpStream},
    signal::ctrl_c,
    time::{MissedTickBehavior, interval, sleep},
};
use tokio_stream::wrappers::{IntervalStream, TcpListenerStream};

pub mod loopback;
pub mod redis;
pub mod serve;
pub mod ticks;
pub mod tls;

/// Listens on the address in the program's first argument, or on port 3000, and prints `url` with this
/// address.
pub async fn listen(url: &str) -> anyhow::Result<TcpListener> {
    let address = env::args().nth(1).unwrap_or("127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(&address)
        .await
        .with_context(|| format!("cannot listen on {address} (the first argument is another)"))?;
    println!("{}", url.replace('*', &listener.local_addr()?.to_string()));
    Ok(listener)
}

/// Returns the connections of a listener, until Ctrl-C.
pub fn sockets(listener: TcpListener) -> impl Stream<Item = TcpStream> + Unpin {
    let sockets = TcpListenerStream::new(listener).filter_map(async |accepted| {
        if accepted.is_err() {
            // The client is already gone, or too many files are open. Later connections may work.
            sleep(Duration::from_millis(100)).await;
        }
        accepted.ok()
    });
    Box::pin(sockets.take_until(ctrl_c()))
}

/// Returns the number in the client's last event ID, or 0 if there is no such number.
pub fn seen(last: &LastEventId) -> u64 {
    last.parse().value().unwrap_or(0)
}

/// Counts from `seen` on, one number per second.
///
/// A client may send any number, so the count wraps: 0 follows the highest.
pub fn numbers(seen: u64) -> impl Stream<Item = u64> + Send + Sync {
    let mut seconds = interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let seconds = IntervalStream::new(seconds).enumerate();
    seconds.map(move |(n, _)| seen.wrapping_add(n as u64).wrapping_add(1))
}
