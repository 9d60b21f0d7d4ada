//! The servers in Rust: this project's hub, and axum's `Sse` over a channel of tokio.

use std::convert::Infallible;
use std::env;
use std::future::{IntoFuture, ready};
use std::io::{self, BufRead};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::response::sse::{self, KeepAlive};
use axum::routing::get;
use futures_util::StreamExt;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use sse_tower::hub::Hub;
use sse_tower::hub::log::LogName;
use sse_tower::hub::log::redis::{RedisLog, RedisOptions};
use sse_tower::rt::TokioTimer;
use sse_tower::{Event, Heartbeat, LastEventId, Settings, Sse};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{broadcast, mpsc};
use tokio::task::yield_now;
use tokio::time::{MissedTickBehavior, interval};
use tokio_stream::wrappers::BroadcastStream;

use super::{BURST, data};

/// The servers by their names.
pub const SERVERS: [&str; 3] = [HUB, HUB_HTTP1, AXUM];
/// The hub with axum.
pub const HUB: &str = "sse-tower hub, axum::serve";
/// The hub with axum's router on connections of hyper.
pub const HUB_HTTP1: &str = "sse-tower hub, http1::Builder";
/// A node of a hub whose log is in Redis, at the URL of [`REDIS_URL`].
pub const NODE: &str = "sse-tower hub over Redis";
/// The variable with the URL of the Redis server.
pub const REDIS_URL: &str = "REDIS_URL";
/// The name of the log in Redis.
pub const LOG: &str = "bench";
/// The number of events that a [`NODE`] keeps. It reads earlier ones from Redis.
pub const NODE_EVENTS: usize = 128;
/// axum alone.
pub const AXUM: &str = "axum Sse + broadcast";

/// The number of events that a slow client of [`AXUM`] may be behind, as in many examples of the channel.
const CAPACITY: usize = 1024;

/// Publishes an event.
type Publish = Arc<dyn Fn() + Send + Sync>;

/// Runs a server until the standard input ends.
///
/// # Errors
/// Fails if the sockets fail, or a line of the input is not understood.
pub fn serve(name: &str, workers: usize, heartbeat: Duration, heap: fn() -> usize) -> Result<()> {
    let runtime = runtime(workers)?;
    runtime.block_on(async {
        let (app, publish) = match name {
            AXUM => axum_app(heartbeat),
            HUB | HUB_HTTP1 => hub_app(Hub::new(), heartbeat),
            NODE => hub_app(node().await?, heartbeat),
            _ => bail!("there is no server `{name}`"),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        match name {
            HUB_HTTP1 => tokio::spawn(serve_http1(listener, app)),
            _ => tokio::spawn(axum::serve(listener, app).into_future()),
        };
        // The publisher is one of the tasks of the runtime.
        tokio::spawn(answer(lines(), publish, heap)).await?
    })
}

fn runtime(workers: usize) -> io::Result<Runtime> {
    match workers {
        1 => Builder::new_current_thread().enable_all().build(),
        _ => Builder::new_multi_thread()
            .worker_threads(workers)
            .enable_all()
            .build(),
    }
}

/// Makes a node of a hub. Its driver is a task.
async fn node() -> Result<Hub> {
    let url = env::var(REDIS_URL).context(REDIS_URL)?;
    let log = RedisLog::connect(&url, RedisOptions::new()).await?;
    let builder = Hub::builder().max_events(NODE_EVENTS);
    let (hub, driver) = builder.build_on(log, LogName::new(LOG)).await?;
    tokio::spawn(driver.run(TokioTimer));
    Ok(hub)
}

fn hub_app(hub: Hub, heartbeat: Duration) -> (Router, Publish) {
    let settings = Settings::new().heartbeat(Heartbeat::every(heartbeat));
    let subscriptions = hub.clone();
    let events = move |last: LastEventId| {
        let events = subscriptions.subscribe("events").after(last);
        ready(Sse::with(events, settings.clone()))
    };
    let publish = move || drop(hub.publish_now("events", Event::new(data())));
    let app = Router::new().route("/events", get(events));
    (app, Arc::new(publish))
}

fn axum_app(heartbeat: Duration) -> (Router, Publish) {
    let (sender, _) = broadcast::channel::<Arc<str>>(CAPACITY);
    let receivers = sender.clone();
    let events = move || {
        let events = BroadcastStream::new(receivers.subscribe())
            // A client that is too slow misses events.
            .filter_map(|event| ready(event.ok()))
            .map(|data| Ok::<_, Infallible>(sse::Event::default().data(data)));
        ready(sse::Sse::new(events).keep_alive(KeepAlive::new().interval(heartbeat)))
    };
    // Without receivers there is nobody to tell.
    let publish = move || drop(sender.send(data().into()));
    let app = Router::new().route("/events", get(events));
    (app, Arc::new(publish))
}

async fn serve_http1(listener: TcpListener, app: Router) -> io::Result<()> {
    loop {
        let (socket, _) = listener.accept().await?;
        let service = TowerToHyperService::new(app.clone());
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), service));
    }
}

/// Returns the lines of the standard input, which a thread reads.
fn lines() -> mpsc::UnboundedReceiver<String> {
    let (sender, receiver) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        let lines = io::stdin().lock().lines().map_while(Result::ok);
        lines
            .take_while(|line| sender.send(line.clone()).is_ok())
            .for_each(drop);
    });
    receiver
}

async fn answer(
    mut lines: mpsc::UnboundedReceiver<String>,
    publish: Publish,
    heap: fn() -> usize,
) -> Result<()> {
    while let Some(line) = lines.recv().await {
        let words: Vec<&str> = line.split(' ').collect();
        let answer = match words.as_slice() {
            ["pace", rate, seconds] => pace(&*publish, rate.parse()?, seconds.parse()?).await,
            ["flood", seconds] => flood(&*publish, seconds.parse()?).await,
            ["heap"] => heap(),
            _ => bail!("`{line}` is not understood"),
        };
        println!("{answer}");
    }
    Ok(())
}

async fn pace(publish: &(dyn Fn() + Send + Sync), rate: u32, seconds: u32) -> usize {
    let mut ticks = interval(Duration::from_secs(1) / rate);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let count = rate * seconds;
    for _ in 0..count {
        ticks.tick().await;
        publish();
    }
    count as usize
}

async fn flood(publish: &(dyn Fn() + Send + Sync), seconds: f64) -> usize {
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let mut count = 0;
    while Instant::now() < end {
        for _ in 0..BURST {
            publish();
        }
        count += BURST;
        // All clients are served before more is published, if there is one worker.
        yield_now().await;
    }
    count
}
