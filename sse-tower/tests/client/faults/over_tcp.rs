//! Faults of a network between a real client and a real server, over TCP.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use http::Request;
use http_body_util::Empty;
use hyper_util::rt::TokioIo;
use sse_tower::{
    Event, EventFrame, Heartbeat, LastEventId, Sse,
    client::{Backoff, EventSource},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::{Instant, sleep, timeout},
};
use tokio_stream::StreamExt;
use tower::{Service, service_fn};

use super::{History, seeds};
use crate::random::Random;

/// Runs that go on at the same time.
const AT_ONCE: usize = 8;

/// A run that takes longer has lost its place.
const MAX_TIME: Duration = Duration::from_secs(60);

#[derive(Clone)]
struct Feed {
    history: History,
    requests: Arc<AtomicU64>,
}

/// The server: a framework and this crate's own response.
fn router(history: History) -> Router {
    let feed = Feed {
        history,
        requests: Arc::default(),
    };
    Router::new()
        .route("/", get(answer))
        .route("/feed", get(answer))
        .with_state(feed)
}

async fn answer(State(feed): State<Feed>, last: LastEventId) -> Response {
    let number = feed.requests.fetch_add(1, Ordering::Relaxed);
    let mut random = Random(feed.history.data(1).len() as u64 ^ (number << 8));
    match random.below(12) {
        0 => return (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "0")]).into_response(),
        1 => return Redirect::temporary("/feed").into_response(),
        _ => {}
    }
    let seen = last.parse::<u64>().value().unwrap_or(0);
    if seen == feed.history.length {
        return StatusCode::NO_CONTENT.into_response();
    }
    let history = feed.history;
    let events = async_stream::stream! {
        for number in seen + 1..=history.length {
            sleep(Duration::from_millis(random.below(5))).await;
            let event = Event::new(history.data(number)).with_id(number);
            yield Ok::<_, Infallible>(EventFrame::from(&event));
        }
    };
    Sse::new(events)
        .heartbeat(Heartbeat::every(Duration::from_millis(40)))
        .into_response()
}

/// Passes connections on, each with a fault of its own.
async fn proxy(listener: TcpListener, server: SocketAddr, seed: u64) {
    let mut random = Random(seed);
    loop {
        let Ok((client, _)) = listener.accept().await else {
            return;
        };
        let random = Random(random.next());
        tokio::spawn(async move {
            // Either end may go at any time.
            let _ = pass(client, server, random).await;
        });
    }
}

async fn pass(client: TcpStream, server: SocketAddr, mut random: Random) -> io::Result<()> {
    if random.percent(10) {
        return Ok(());
    }
    let (from_server, mut to_server) = TcpStream::connect(server).await?.into_split();
    let (mut from_client, to_client) = client.into_split();
    let request =
        tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
    pass_response(from_server, to_client, &mut random).await?;
    request.abort();
    Ok(())
}

/// Cuts, delays, stalls and re-chunks what the server sends.
async fn pass_response(
    mut from_server: OwnedReadHalf,
    mut to_client: OwnedWriteHalf,
    random: &mut Random,
) -> io::Result<()> {
    let mut left = match random.below(10) {
        0 => u64::MAX,
        _ => random.below(1500),
    };
    let most = [1, 16, 1448, 65_536][random.below(4) as usize];
    let mut buffer = [0; 65_536];
    loop {
        let length = from_server.read(&mut buffer[..most]).await?;
        if length == 0 {
            return to_client.shutdown().await;
        }
        let passed = length.min(usize::try_from(left).unwrap_or(usize::MAX));
        to_client.write_all(&buffer[..passed]).await?;
        left -= passed as u64;
        if random.percent(2) {
            sleep(Duration::from_millis(random.below(30))).await;
        }
        if left == 0 {
            match random.below(4) {
                // The end of the connection, in mid-chunk.
                0 => return to_client.shutdown().await,
                1 => return to_client.as_ref().set_zero_linger(),
                // Half-open: the server is gone, and the client does not learn it.
                2 => {
                    drop(from_server);
                    sleep(MAX_TIME).await;
                    return Ok(());
                }
                // A stall: nothing is passed on.
                _ => {
                    sleep(MAX_TIME).await;
                    return Ok(());
                }
            }
        }
    }
}

/// Sends each request over a connection of its own.
fn hyper_client(
    address: SocketAddr,
) -> impl Service<
    Request<Empty<bytes::Bytes>>,
    Response = http::Response<hyper::body::Incoming>,
    Error = Box<dyn std::error::Error + Send + Sync>,
    Future: Send,
> + Send {
    service_fn(move |request| async move {
        let stream = TcpStream::connect(address).await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(sender.send_request(request).await?)
    })
}

async fn run(seed: u64) -> Result<(), String> {
    let mut random = Random(seed);
    let history = History::new(random.next(), 1 + random.below(30));
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server_address = server.local_addr().unwrap();
    let serving = tokio::spawn(async move { axum::serve(server, router(history)).await });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let passing = tokio::spawn(proxy(listener, server_address, random.next()));

    let mut events = EventSource::builder(hyper_client(address))
        .reconnection_time(Duration::from_millis(5))
        .backoff(Backoff::NONE)
        .min_interval(Duration::ZERO)
        .response_timeout(Duration::from_millis(400))
        .idle_timeout(Duration::from_millis(400))
        .build(move |_| {
            let uri = format!("http://{address}/");
            Request::get(uri)
                .header("host", address.to_string())
                .body(Empty::new())
                .unwrap()
        });
    let mut received = Vec::new();
    let start = Instant::now();
    let end = timeout(MAX_TIME, async {
        while let Some(event) = events.next().await {
            match event {
                Ok(event) => received.push(event.data().to_owned()),
                Err(error) => return Some(error),
            }
        }
        None
    });
    let end = end.await;
    serving.abort();
    passing.abort();
    match end {
        Ok(None) if received == history.all() => Ok(()),
        end => Err(format!(
            "{:?} {end:?} {history:?} {received:#?}",
            start.elapsed()
        )),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_is_received_once_over_tcp() {
    let mut runs = tokio::task::JoinSet::new();
    let join = |result: Option<Result<(u64, Result<(), String>), _>>| {
        if let Some((seed, Err(difference))) = result.transpose().expect("no panic") {
            panic!("SSE_CLIENT_SEED={seed} SSE_CLIENT_RUNS=1: {difference}");
        }
    };
    for seed in seeds(60) {
        if runs.len() == AT_ONCE {
            join(runs.join_next().await);
        }
        runs.spawn(async move { (seed, run(seed).await) });
    }
    while !runs.is_empty() {
        join(runs.join_next().await);
    }
}
