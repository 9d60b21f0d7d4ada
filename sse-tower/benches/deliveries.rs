//! Measures what it costs a server to deliver one event to many readers over TCP.
//!
//! ```text
//! deliveries sse|sse-metrics|sse-spans|hub|hub-default|hub-http1|relay|axum READERS EVENTS
//! deliveries count
//! ```
//!
//! With "everything on", `axum::serve` gets its connections from a [`ConnectionGuard`] and shuts down
//! gracefully, and the streams have heartbeats, a drain, limits and a hook. The default is `axum::serve` alone and
//! streams with heartbeats, as is axum's own with `KeepAlive`.
//!
//! With `count` (`cargo xtask bench tower`), the program runs itself under callgrind and prints the
//! user instructions per delivery. It runs each variant twice, with few and with many events, and
//! divides the difference by the number of deliveries. So the instructions of the start cancel out.
//! The program fails if a figure exceeds its limit. The readers do not read from their sockets; the
//! kernel buffers the events.
#![forbid(unsafe_code)]

use std::{
    convert::Infallible,
    env, fs,
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    pin::Pin,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use axum::{Router, response::sse, routing::get};
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use sse_tower::{
    Drain, Event, EventFrame, LastEventId, RelayLayer, Settings, Sse,
    connection::ConnectionGuard,
    hub::{Hub, Topic},
    server::Limits,
};
use tokio::{net::TcpListener, runtime::Runtime, task::yield_now};
use tokio_stream::{Stream, StreamExt};

/// The length of an event, similar to a chunk of a language model's answer.
const LENGTH: usize = 180;

/// Each variant with the maximum instructions per delivery, a little above the value at the time of
/// writing.
const WAYS: [(&str, &str, Option<f64>); 8] = [
    ("sse", "Sse, everything on", Some(3700.0)),
    ("sse-metrics", "the same with metrics", Some(3850.0)),
    ("sse-spans", "the same with spans", Some(3700.0)),
    ("hub", "Sse over a hub, everything on", Some(4100.0)),
    ("hub-default", "Sse over a hub, by default", Some(3950.0)),
    (
        "hub-http1",
        "Sse over a hub, by default, hyper's http1::Builder",
        Some(3650.0),
    ),
    (
        "relay",
        "axum's Sse under RelayLayer, everything on",
        Some(6000.0),
    ),
    ("axum", "axum's Sse with KeepAlive", None),
];
/// The maximum instructions per delivery that metrics add, with the recorder of
/// metrics-exporter-prometheus.
const MAX_FOR_METRICS: f64 = 150.0;

const COUNTED_READERS: u64 = 50;
const COUNTED_EVENTS: [u64; 2] = [50, 250];

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    // `cargo bench` adds its own arguments.
    let [way, readers, events, ..] = arguments.as_slice() else {
        match arguments.first().map(String::as_str) {
            Some("count") => count(),
            _ => {
                println!("usage: deliveries VARIANT READERS EVENTS, or deliveries count")
            }
        }
        return;
    };
    let [readers, events] = [readers, events].map(|number| number.parse().expect("a number"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let drain = Drain::new();
    let settings = observed(way, settings(&drain));
    run(&runtime, deliver(way, readers, events, drain, settings));
}

/// Runs the server. Only its instructions are counted.
#[inline(never)]
fn run(runtime: &Runtime, server: impl Future<Output = ()>) {
    runtime.block_on(server);
}

/// Prints a table of instructions.
fn count() {
    println!(
        "| user instructions for each delivery to one of {COUNTED_READERS} readers | |\n|---|---|"
    );
    let mut without_metrics = None;
    for (way, name, max) in WAYS {
        let [few, many] = COUNTED_EVENTS.map(|events| instructions(way, events));
        let deliveries = (COUNTED_EVENTS[1] - COUNTED_EVENTS[0]) * COUNTED_READERS;
        let each = many.saturating_sub(few) as f64 / deliveries as f64;
        println!("| {name} | {each:.0} |");
        assert!(
            max.is_none_or(|max| each <= max),
            "{name}: more than {max:?} instructions"
        );
        match (way, without_metrics) {
            ("sse", _) => without_metrics = Some(each),
            ("sse-metrics", Some(without)) => assert!(
                each <= without + MAX_FOR_METRICS,
                "metrics add more than {MAX_FOR_METRICS} instructions"
            ),
            _ => {}
        }
    }
}

/// Runs this program under callgrind and returns its total number of instructions.
fn instructions(way: &str, events: u64) -> u64 {
    let out = env::temp_dir().join(format!("callgrind-deliveries-{}", std::process::id()));
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet"])
        // Not the start: the clock of the recorder takes a random number of instructions to
        // calibrate itself.
        .arg("--toggle-collect=*deliveries::run*")
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(env::current_exe().expect("the path of this program"))
        .args([way, &COUNTED_READERS.to_string(), &events.to_string()])
        .output()
        .expect("valgrind is installed");
    assert!(run.status.success(), "valgrind failed: {run:?}");
    let text = fs::read_to_string(&out).expect("callgrind writes its report");
    fs::remove_file(out).expect("the report can be removed");
    let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
    total
        .and_then(|total| total.trim().parse().ok())
        .expect("the report has a total")
}

async fn deliver(way: &str, readers: usize, events: usize, drain: Drain, settings: Settings) {
    let feed = Feed::default();
    let app = router(way, &feed, settings);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = match way {
        "axum" | "hub-default" => tokio::spawn(axum::serve(listener, app).into_future()),
        "hub-http1" => tokio::spawn(serve_http1(listener, app)),
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
    let event = Event::new("x".repeat(LENGTH));
    for number in 1..=events {
        match way {
            "hub" | "hub-default" | "hub-http1" => {
                drop(feed.hub.publish_now(TOPIC, event.clone()).expect("an ID"))
            }
            _ => feed.publish(),
        }
        while feed.taken.load(Ordering::Relaxed) < number * readers {
            yield_now().await;
        }
        // The write of the last event still follows.
        yield_now().await;
    }
    println!("{}", feed.taken.load(Ordering::Relaxed));
    server.abort();
    drop(opened);
}

/// Serves each connection with hyper, without what `axum::serve` adds.
async fn serve_http1(listener: TcpListener, app: Router) -> io::Result<()> {
    loop {
        let (socket, _) = listener.accept().await?;
        let service = TowerToHyperService::new(app.clone());
        let connection = http1::Builder::new().serve_connection(TokioIo::new(socket), service);
        tokio::spawn(connection);
    }
}

/// Returns settings with everything on.
fn settings(drain: &Drain) -> Settings {
    Settings::new()
        .drain(drain)
        .limits(&Limits::new(100_000))
        .on_notice(|_| {})
}

fn router(way: &str, feed: &Feed, settings: Settings) -> Router {
    let text = "x".repeat(LENGTH);
    let frame = EventFrame::from(Event::new(text.as_str()));
    let feed = feed.clone();
    match way {
        "sse" | "sse-metrics" | "sse-spans" => Router::new().route(
            "/",
            get(move || {
                let events = feed
                    .subscribe()
                    .map(move |()| Ok::<_, Infallible>(frame.clone()));
                std::future::ready(Sse::with(events, settings.clone()))
            }),
        ),
        "hub" | "hub-default" | "hub-http1" => {
            let settings = match way {
                "hub" => settings,
                _ => Settings::new(),
            };
            Router::new().route(
                "/",
                get(move |last: LastEventId| {
                    let events = feed.hub.subscribe(TOPIC).after(last);
                    let feed = feed.clone();
                    let events = events.map(move |frame| {
                        let events = frame.as_ref().map_or(0, EventFrame::events);
                        feed.taken.fetch_add(events as usize, Ordering::Relaxed);
                        frame
                    });
                    std::future::ready(Sse::with(events, settings.clone()))
                }),
            )
        }
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

/// Adds metrics or spans, with a recorder and a subscriber as programs have them.
#[cfg(all(feature = "metrics", feature = "tracing"))]
fn observed(way: &str, settings: Settings) -> Settings {
    match way {
        "sse-metrics" => {
            let prometheus = metrics_exporter_prometheus::PrometheusBuilder::new();
            prometheus.install_recorder().expect("the first recorder");
            settings.metrics(&sse_tower::server::StreamMetrics::new())
        }
        "sse-spans" => {
            let spans = tracing_subscriber::registry();
            tracing::subscriber::set_global_default(spans).expect("the first subscriber");
            settings.spans()
        }
        _ => settings,
    }
}

/// Without these features, the variants measure that they cost nothing.
#[cfg(not(all(feature = "metrics", feature = "tracing")))]
fn observed(_: &str, settings: Settings) -> Settings {
    settings
}

/// Opens a stream for a reader.
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

/// A feed that wakes all its subscribers for each new event.
#[derive(Clone, Default)]
struct Feed {
    state: Arc<Mutex<State>>,
    /// The number of events that all streams have taken.
    taken: Arc<AtomicUsize>,
    /// Publishes instead, for the way that has a hub.
    hub: Hub,
}

const TOPIC: Topic = Topic::from_static("topic");

#[derive(Default)]
struct State {
    published: usize,
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

    fn subscribe(&self) -> FeedSubscription {
        FeedSubscription {
            feed: self.clone(),
            taken: self.state().published,
            is_waiting: false,
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics under the lock")
    }
}

struct FeedSubscription {
    feed: Feed,
    taken: usize,
    is_waiting: bool,
}

impl Stream for FeedSubscription {
    type Item = ();

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<()>> {
        let this = &mut *self;
        let mut state = this.feed.state();
        if this.taken == state.published {
            // A connection stays on one task, so its waker does not change.
            if !std::mem::replace(&mut this.is_waiting, true) {
                state.wakers.push(cx.waker().clone());
            }
            return Poll::Pending;
        }
        this.taken += 1;
        this.is_waiting = false;
        this.feed.taken.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Some(()))
    }
}
