//! Shutting a server down over real TCP, with clients that read and clients that do not.

use std::{
    convert::Infallible,
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use http::{Request, Response};
use http_body::Body;
use http_body_util::{BodyExt, Empty};
use hyper::{body::Incoming, service::Service};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use sse_tower::{
    Drain, Event, EventFrame, Settings, SseLayer, connection::ConnectionGuard, error::BoxError,
    server::EndReason,
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::mpsc::UnboundedReceiver,
    time::{Instant, sleep, timeout},
};
use tower::{Layer, service_fn};

#[cfg(feature = "axum")]
use crate::support::silent;
use crate::support::{Fate, Told, told};

const SECOND: Duration = Duration::from_secs(1);

/// The time after which a test fails. No connection here ends by itself before that.
const PATIENCE: Duration = Duration::from_secs(120);

/// The maximum delay of an end on a busy machine.
const LATENESS: Duration = Duration::from_secs(30);

/// A stream of endless events, as fast as the connection takes them.
struct Flood {
    frame: EventFrame,
    taken: Arc<AtomicU64>,
}

impl Flood {
    fn new(taken: &Arc<AtomicU64>) -> Self {
        Self {
            frame: Event::new("x".repeat(1000)).into(),
            taken: taken.clone(),
        }
    }
}

impl Stream for Flood {
    type Item = Result<EventFrame, Infallible>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.taken.fetch_add(1, Relaxed);
        Poll::Ready(Some(Ok(self.frame.clone())))
    }
}

/// Waits until the connections take no more events.
async fn until_nothing_is_taken(taken: &AtomicU64) {
    let mut last = 0;
    let mut unchanged = 0;
    while last == 0 || unchanged < 10 {
        sleep(SECOND / 20).await;
        let now = taken.load(Relaxed);
        unchanged = if now == last { unchanged + 1 } else { 0 };
        last = now;
    }
}

/// Opens a connection whose kernel buffers little unread data.
async fn connect(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(8 * 1024).unwrap();
    socket.connect(address).await.unwrap()
}

/// Returns the output of `future` and the time that it took.
async fn time_of<F: Future>(future: F) -> (F::Output, Duration) {
    let start = Instant::now();
    let output = timeout(PATIENCE, future).await.expect("it ends");
    (output, start.elapsed())
}

/// Reads a response to its end. Returns whether it ended cleanly, and when.
#[cfg(feature = "axum")]
async fn read_to_the_end(mut socket: TcpStream, since: Instant) -> (bool, Duration) {
    use tokio::io::AsyncReadExt;
    let mut end = [0; 5];
    let mut buffer = [0; 512];
    loop {
        let read = socket.read(&mut buffer).await.unwrap_or(0);
        if read == 0 {
            return (end == *b"0\r\n\r\n", since.elapsed());
        }
        let all = [&end[..], &buffer[..read]].concat();
        end.copy_from_slice(&all[all.len() - 5..]);
    }
}

/// A server for an axum app.
#[cfg(feature = "axum")]
#[derive(Clone, Copy, Debug)]
enum Server {
    Axum,
    Hyper,
}

#[cfg(feature = "axum")]
impl Server {
    /// Serves until the drain starts, then shuts down gracefully.
    fn serve(
        self,
        listener: TcpListener,
        app: axum::Router,
        drain: &Drain,
    ) -> tokio::task::JoinHandle<()> {
        let guard = ConnectionGuard::new().drain(drain);
        let stop = drain.started();
        match self {
            Self::Axum => {
                let server = axum::serve(guard.listen(listener), app).with_graceful_shutdown(stop);
                tokio::spawn(async move { server.await.unwrap() })
            }
            Self::Hyper => {
                let service = TowerToHyperService::new(app);
                tokio::spawn(serve_with_hyper(listener, guard, service, stop))
            }
        }
    }
}

#[cfg(feature = "axum")]
#[tokio::test]
async fn axum_and_hyper_stop_with_5000_streams_of_which_50_read_nothing() {
    // Run them one after another, because the number of open files is limited.
    for server in [Server::Axum, Server::Hyper] {
        stops_with_5000_streams(server).await;
    }
}

#[cfg(feature = "axum")]
async fn stops_with_5000_streams(server: Server) {
    use sse_tower::{
        Sse,
        testing::{EventReader, Received},
    };
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const STREAMS: usize = 5000;
    const UNREAD: usize = 50;
    // The remaining stream is checked in detail.
    const READ: usize = STREAMS - UNREAD - 1;
    const WINDOW: Duration = Duration::from_secs(6);

    raise_the_limit_of_files(2 * STREAMS as u64 + 500);
    let drain = Drain::new();
    let settings = Settings::new().drain(&drain);
    let taken = Arc::default();
    let listen = {
        let settings = settings.clone();
        move || async move { Sse::with(silent(), settings) }
    };
    let flood = {
        let taken = Arc::clone(&taken);
        move || async move { Sse::with(Flood::new(&taken), settings) }
    };
    let app = axum::Router::new()
        .route("/", axum::routing::get(listen))
        .route("/flood", axum::routing::get(flood));
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1024).unwrap();
    let address = listener.local_addr().unwrap();
    let serving = server.serve(listener, app, &drain);

    let mut open = Vec::with_capacity(STREAMS);
    for n in 0..STREAMS {
        let mut socket = connect(address).await;
        let path = if n < UNREAD { "/flood" } else { "/" };
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        // The first byte shows that the stream is open. The 50 other clients read nothing more.
        socket.read_u8().await.unwrap();
        open.push(socket);
    }
    let mut readers = open.split_off(UNREAD);
    drop(readers.pop());
    let mut reader = EventReader::new(request_http1(address).await);
    reader.next().await.expect("the reconnection time");
    until_nothing_is_taken(&taken).await;
    assert_eq!(drain.open_streams(), STREAMS);

    let start = Instant::now();
    let draining = drain.start(WINDOW);
    let readers: Vec<_> = readers
        .into_iter()
        .map(|socket| tokio::spawn(read_to_the_end(socket, start)))
        .collect();
    let (served, took) = time_of(serving).await;
    served.unwrap();
    println!("{server:?}'s graceful shutdown took {took:?} for a window of {WINDOW:?}");
    assert!(took < WINDOW + LATENESS, "{server:?}: {took:?}");

    let drained = draining.await;
    assert_eq!(drained.streams(), STREAMS);
    let mut ends = Vec::with_capacity(STREAMS);
    for reader in readers {
        let (in_order, when) = reader.await.unwrap();
        if in_order {
            ends.push(when);
        }
    }
    println!("{} of {READ} readers saw a proper last chunk", ends.len());
    // On a busy machine, some ends may not be written before the window is over. The guard closes
    // those connections.
    assert!(ends.len() > READ * 3 / 4);
    // The end of a flood may fit into hyper's buffer, even if it does not fit into the kernel's.
    assert!((ends.len()..STREAMS).contains(&drained.ended_cleanly()));
    ends.sort_unstable();
    let (tenth, last_tenth) = (ends[ends.len() / 10], ends[ends.len() / 10 * 9]);
    println!("a tenth had ended after {tenth:?}, nine tenths after {last_tenth:?}");
    assert!(last_tenth - tenth > WINDOW / 8, "they end over the window");
    let mut last = None;
    while let Some(received) = reader.next().await {
        last = Some(received);
    }
    assert!(matches!(last, Some(Received::Retry(_))), "{last:?}");
    drop(open);
}

#[cfg(feature = "axum")]
#[tokio::test]
async fn a_window_of_zero_ends_the_streams_of_readers_in_order() {
    use sse_tower::Sse;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let drain = Drain::new();
    let settings = Settings::new().drain(&drain);
    let listen = move || async move { Sse::with(silent(), settings) };
    let app = axum::Router::new().route("/", axum::routing::get(listen));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = Server::Axum.serve(listener, app, &drain);

    let mut readers = Vec::new();
    for _ in 0..20 {
        let mut socket = TcpStream::connect(address).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
        socket.write_all(request).await.unwrap();
        socket.read_u8().await.unwrap();
        readers.push(socket);
    }
    let drained = timeout(PATIENCE, drain.start(Duration::ZERO)).await;
    assert_eq!(drained.expect("it ends").ended_cleanly(), 20);
    for socket in readers {
        let (in_order, _) = read_to_the_end(socket, Instant::now()).await;
        assert!(in_order);
    }
    timeout(PATIENCE, serving).await.expect("it ends").unwrap();
}

#[cfg(feature = "axum")]
async fn request_http1(address: SocketAddr) -> Response<Incoming> {
    let io = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get("/").header("host", "localhost");
    sender
        .send_request(request.body(Empty::<Bytes>::new()).unwrap())
        .await
        .unwrap()
}

/// Raises the process's limit of open files to at least `least`, as far as the system allows.
#[cfg(feature = "axum")]
fn raise_the_limit_of_files(least: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= least) {
        return;
    }
    assert!(
        limit.maximum.is_none_or(|maximum| maximum >= least),
        "this test needs {least} open files; `ulimit -Hn` allows {:?}",
        limit.maximum
    );
    let current = Some(least);
    setrlimit(Resource::Nofile, Rlimit { current, ..limit }).unwrap();
}

/// Serves floods with hyper until the drain starts, then shuts down gracefully.
async fn serve_floods(
    guard: ConnectionGuard,
    settings: Settings,
    taken: Arc<AtomicU64>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> (SocketAddr, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = SseLayer::with(settings).layer(service_fn(move |_: Request<Incoming>| {
        let events = Flood::new(&taken);
        async { Ok::<_, Infallible>(Response::new(events)) }
    }));
    let service = TowerToHyperService::new(service);
    let server = tokio::spawn(serve_with_hyper(listener, guard, service, stop));
    (address, server)
}

/// Serves with hyper until `stop` completes, then shuts down gracefully.
async fn serve_with_hyper<S, B>(
    listener: TcpListener,
    guard: ConnectionGuard,
    service: S,
    stop: impl Future<Output = ()>,
) where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<BoxError>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        let (socket, _) = tokio::select! {
            accepted = listener.accept() => accepted.unwrap(),
            () = &mut stop => break,
        };
        let builder = auto::Builder::new(TokioExecutor::new());
        let connection =
            builder.serve_connection(TokioIo::new(guard.guard(socket)), service.clone());
        let connection = graceful.watch(connection.into_owned());
        // The connection fails if the peer goes away or if the guard closes it.
        tokio::spawn(async move { drop(connection.await) });
    }
    graceful.shutdown().await;
}

#[tokio::test]
async fn hyper_stops_with_an_http2_stream_that_gives_no_window() {
    let drain = Drain::new();
    let taken = Arc::default();
    let (settings, ends) = told(Settings::new().drain(&drain));
    let guard = ConnectionGuard::new().drain(&drain);
    let (address, server) =
        serve_floods(guard, settings, Arc::clone(&taken), drain.started()).await;
    stops_with_an_http2_stream_that_gives_no_window(address, server, &drain, ends, &taken).await;
}

#[cfg(feature = "axum")]
#[tokio::test]
async fn axum_stops_with_an_http2_stream_that_gives_no_window() {
    let drain = Drain::new();
    let taken = Arc::default();
    let (settings, ends) = told(Settings::new().drain(&drain));
    let flood = {
        let taken = Arc::clone(&taken);
        move || async move { sse_tower::Sse::with(Flood::new(&taken), settings) }
    };
    let app = axum::Router::new().route("/", axum::routing::get(flood));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::Axum.serve(listener, app, &drain);
    stops_with_an_http2_stream_that_gives_no_window(address, server, &drain, ends, &taken).await;
}

async fn stops_with_an_http2_stream_that_gives_no_window(
    address: SocketAddr,
    server: tokio::task::JoinHandle<()>,
    drain: &Drain,
    mut ends: UnboundedReceiver<Told>,
    taken: &AtomicU64,
) {
    let window = 2 * SECOND;
    let io = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let (mut sender, connection) = hyper::client::conn::http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(0)
        .handshake(io)
        .await
        .unwrap();
    tokio::spawn(connection);
    let request = Request::get(format!("http://{address}/"));
    let request = request.body(Empty::<Bytes>::new()).unwrap();
    let response = sender.send_request(request).await.unwrap();
    let mut body = response.into_body();
    let nothing = timeout(SECOND / 2, body.frame()).await;
    assert!(nothing.is_err(), "there is no window");

    let draining = drain.start(window);
    let (served, took) = time_of(server).await;
    served.unwrap();
    println!("the graceful shutdown took {took:?} for a window of {window:?}");
    // The client still gave no window, so it was the end of the drain that closed the connection.
    assert!((window..window + LATENESS).contains(&took), "{took:?}");
    let drained = draining.await;
    assert_eq!((drained.streams(), drained.ended_cleanly()), (1, 0));
    assert_eq!(ends.recv().await.unwrap().0, Fate::Ended(EndReason::Drain));
    assert!(taken.load(Relaxed) < 100, "one frame was taken in advance");
}

#[tokio::test]
async fn a_peer_that_reads_nothing_ends_at_the_write_timeout() {
    for version in ["HTTP/1.1", "HTTP/2"] {
        let taken = Arc::default();
        let (settings, mut ends) = told(Settings::new());
        let guard = ConnectionGuard::new().write_timeout(SECOND);
        let (address, server) =
            serve_floods(guard, settings, Arc::clone(&taken), std::future::pending()).await;
        let mut socket = connect(address).await;
        tokio::io::AsyncWriteExt::write_all(&mut socket, preamble(version))
            .await
            .unwrap();
        until_nothing_is_taken(&taken).await;
        let end = timeout(PATIENCE, ends.recv())
            .await
            .expect(version)
            .unwrap();
        // hyper still accepted frames, so the stream was not stalled for long. On a busy machine it
        // may have been.
        let expected = [
            Fate::Ended(EndReason::ClientGone),
            Fate::Ended(EndReason::Stalled),
        ];
        assert!(expected.contains(&end.0), "{version}: {:?}", end.0);
        assert!(end.1 > 0, "{version}");
        server.abort();
    }
}

/// Returns a request as bytes, so that no library reads the response. It offers the largest window
/// that HTTP/2 allows.
fn preamble(version: &str) -> &'static [u8] {
    if version == "HTTP/1.1" {
        return b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    }
    // SETTINGS with an initial window of 2^31-1, WINDOW_UPDATE for the connection, and HEADERS with
    // the static table's `:method GET`, `:scheme http`, `:path /`, and an `:authority` of "x".
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\
      \x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x04\x7f\xff\xff\xff\
      \x00\x00\x04\x08\x00\x00\x00\x00\x00\x7f\xff\x00\x00\
      \x00\x00\x06\x01\x05\x00\x00\x00\x01\x82\x86\x84\x41\x01x"
}
