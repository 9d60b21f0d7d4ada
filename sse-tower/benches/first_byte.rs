//! Measures a stream whose events are all ready but take the server time to produce: the time until
//! a client has the head and the first event, and the number of events that are produced after the
//! client has disconnected.
//!
//! ```text
//! cargo bench -p sse-tower --features axum --bench first_byte
//! ```
//!
//! The rows are `Sse`, axum's `Sse` under `RelayLayer`, and axum's `Sse` alone, through
//! `axum::serve`. A client without progress gives up after 20 seconds.
#![forbid(unsafe_code)]

use std::{
    convert::Infallible,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    thread,
    time::{Duration, Instant},
};

use axum::{Router, response::sse, routing::get};
use sse_tower::{Event, RelayLayer, Sse};
use tokio::net::TcpListener;
use tokio_stream::{Stream, StreamExt};

const WAYS: [&str; 3] = ["Sse", "axum's Sse under RelayLayer", "axum's Sse"];
const PATIENCE: Duration = Duration::from_secs(20);

fn main() {
    println!("| an event takes | | head after | first event after | made after the client left |");
    println!("|---|---|---|---|---|");
    for each in [10, 100, 1000, 10_000].map(Duration::from_micros) {
        for way in WAYS {
            let [head, event, made] = measure(way, each);
            println!("| {each:?} | {way} | {head} | {event} | {made} |");
        }
    }
}

/// Returns the cells of a row of the table.
fn measure(way: &str, each: Duration) -> [String; 3] {
    let state = Arc::new(State {
        each,
        made: AtomicU64::new(0),
        has_stopped: AtomicBool::new(false),
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let listener = runtime
        .block_on(TcpListener::bind("127.0.0.1:0"))
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    runtime.spawn(axum::serve(listener, router(way, &state)).into_future());
    let cells = read(address, &state);
    // Otherwise the stream would block its thread forever.
    state.has_stopped.store(true, Ordering::Relaxed);
    runtime.shutdown_timeout(Duration::from_secs(1));
    cells
}

fn router(way: &str, state: &Arc<State>) -> Router {
    let state = state.clone();
    if way == WAYS[0] {
        let handler = move || {
            let event = |()| Ok::<_, Infallible>(Event::from_static("1234"));
            std::future::ready(Sse::new(Busy(state.clone()).map(event)))
        };
        return Router::new().route("/", get(handler));
    }
    let handler = move || {
        let event = |()| Ok::<_, Infallible>(sse::Event::default().data("1234"));
        std::future::ready(sse::Sse::new(Busy(state.clone()).map(event)))
    };
    let router = Router::new().route("/", get(handler));
    match way == WAYS[1] {
        true => router.layer(RelayLayer::new()),
        false => router,
    }
}

/// Reads until the first event, disconnects, and waits until the stream is dropped.
fn read(address: SocketAddr, state: &Arc<State>) -> [String; 3] {
    let mut socket = TcpStream::connect(address).expect("a connection");
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let start = Instant::now();
    socket
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .expect("a request is sent");
    let (mut head, mut event) = (None, None);
    let (mut received, mut buffer) = (Vec::new(), [0; 4096]);
    while event.is_none() {
        let Ok(length @ 1..) = socket.read(&mut buffer) else {
            break;
        };
        head.get_or_insert_with(|| start.elapsed());
        received.extend_from_slice(&buffer[..length]);
        if received.windows(6).any(|bytes| bytes == b"data: ") {
            event = Some(start.elapsed());
        }
    }
    drop(socket);
    let (left, made) = (Instant::now(), state.made());
    // The caller and the router hold a reference each. The stream holds the third.
    while Arc::strong_count(state) > 2 && left.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(1));
    }
    let made = state.made() - made;
    let cell =
        |time: Option<Duration>| time.map_or("never".to_owned(), |time| format!("{time:.1?}"));
    [cell(head), cell(event), made.to_string()]
}

/// An endless stream whose items are all ready. Each item keeps the thread busy for a while.
struct Busy(Arc<State>);

struct State {
    each: Duration,
    made: AtomicU64,
    has_stopped: AtomicBool,
}

impl State {
    fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }
}

impl Stream for Busy {
    type Item = ();

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<()>> {
        let start = Instant::now();
        while start.elapsed() < self.0.each {
            std::hint::spin_loop();
        }
        self.0.made.fetch_add(1, Ordering::Relaxed);
        let has_stopped = self.0.has_stopped.load(Ordering::Relaxed);
        Poll::Ready((!has_stopped).then_some(()))
    }
}
