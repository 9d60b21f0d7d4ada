//! One event to many readers through `axum::serve`, over TCP: what a delivery costs the server.
//!
//! ```text
//! deliveries sse|relay|axum READERS EVENTS
//! ```
//!
//! It is run under callgrind, by `cargo xtask bench tower`: twice, and the difference is divided by the
//! deliveries, so that the start drops out. The readers are sockets that are not read: the kernel takes
//! what they are sent, and nothing of them is counted.
#![forbid(unsafe_code)]

use std::{
    convert::Infallible,
    env,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    time::Duration,
};

use axum::{Router, response::sse, routing::get};
use sse_tower::{
    Drain, Event, EventFrame, RelayLayer, Settings, Sse, connection::ConnectionGuard,
    server::Limits,
};
use tokio::{net::TcpListener, task::yield_now};
use tokio_stream::{Stream, StreamExt};

/// As long as a chunk of a language model's answer is.
const LENGTH: usize = 180;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    // `cargo bench` adds arguments of its own.
    let [way, readers, events, ..] = arguments.as_slice() else {
        println!("usage: deliveries sse|relay|axum READERS EVENTS");
        return;
    };
    let [readers, events] = [readers, events].map(|number| number.parse().expect("a number"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(deliver(way, readers, events));
}

async fn deliver(way: &str, readers: usize, events: usize) {
    let feed = Feed::default();
    let drain = Drain::new();
    let app = router(way, &feed, &drain);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = match way {
        "axum" => tokio::spawn(axum::serve(listener, app).into_future()),
        _ => {
            let listener = ConnectionGuard::new().drain(&drain).listen(listener);
            let server = axum::serve(listener, app).with_graceful_shutdown(drain.started());
            tokio::spawn(server.into_future())
        }
    };
    let opened = tokio::task::spawn_blocking(move || {
        let open = |_| open(address);
        (0..readers).map(open).collect::<Vec<_>>()
    });
    let opened = opened.await.expect("the readers connect");
    for number in 1..=events {
        feed.publish();
        while feed.state().taken < number * readers {
            yield_now().await;
        }
        // And what comes after the last of them: its write.
        yield_now().await;
    }
    println!("{}", feed.state().taken);
    server.abort();
    drop(opened);
}

fn router(way: &str, feed: &Feed, drain: &Drain) -> Router {
    let settings = Settings::new()
        .drain(drain)
        .limits(&Limits::new(100_000))
        .on_end(|_| {});
    let text = "x".repeat(LENGTH);
    let frame = EventFrame::from(Event::new(text.as_str()));
    let feed = feed.clone();
    match way {
        "sse" => Router::new().route(
            "/",
            get(move || {
                let events = feed
                    .subscribe()
                    .map(move |()| Ok::<_, Infallible>(frame.clone()));
                std::future::ready(Sse::with(events, settings.clone()))
            }),
        ),
        _ => {
            let is_relayed = way == "relay";
            let own = get(move || {
                let event = move |()| {
                    let event = sse::Event::default().data(text.as_str());
                    Ok::<_, Infallible>(event)
                };
                let events = sse::Sse::new(feed.subscribe().map(event));
                std::future::ready(match is_relayed {
                    true => Err(events),
                    false => Ok(events.keep_alive(sse::KeepAlive::default())),
                })
            });
            let router = Router::new().route("/", own);
            match is_relayed {
                true => router.layer(RelayLayer::with(settings)),
                false => router,
            }
        }
    }
}

/// A reader whose stream is open.
fn open(address: SocketAddr) -> TcpStream {
    let mut socket = TcpStream::connect(address).expect("a connection");
    let patience = Some(Duration::from_secs(60));
    socket.set_read_timeout(patience).expect("a timeout");
    socket
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .expect("a request is sent");
    socket.read_exact(&mut [0]).expect("an answer comes");
    socket
}

/// Tells all its subscribers that there is one more event.
#[derive(Clone, Default)]
struct Feed(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    published: usize,
    taken: usize,
    wakers: Vec<Waker>,
}

impl Feed {
    fn publish(&self) {
        let wakers = {
            let mut state = self.state();
            state.published += 1;
            std::mem::take(&mut state.wakers)
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    fn subscribe(&self) -> Subscription {
        Subscription {
            feed: self.clone(),
            taken: self.state().published,
            is_waiting: false,
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().expect("nothing panics while it is held")
    }
}

struct Subscription {
    feed: Feed,
    taken: usize,
    is_waiting: bool,
}

impl Stream for Subscription {
    type Item = ();

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<()>> {
        let this = &mut *self;
        let mut state = this.feed.state();
        if this.taken == state.published {
            // The task of a connection stays the same, and so its waker.
            if !std::mem::replace(&mut this.is_waiting, true) {
                state.wakers.push(cx.waker().clone());
            }
            return Poll::Pending;
        }
        this.taken += 1;
        this.is_waiting = false;
        state.taken += 1;
        Poll::Ready(Some(()))
    }
}
