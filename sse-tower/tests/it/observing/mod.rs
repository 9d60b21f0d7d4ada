//! Metrics and spans of streams over TCP.

mod ends;
#[cfg(feature = "hub")]
mod hub;
mod live;
mod spans;

use std::{
    collections::{BTreeMap, VecDeque},
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use http::{Method, Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Body, Bytes, Incoming};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use sse_tower::{Event, Settings, SseLayer, error::BoxError, server::StreamMetrics};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc::UnboundedSender,
    time::timeout,
};
use tower::{Layer, Service, service_fn};

use crate::support::{Live, live};

/// The time after which a test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// A recorder of its own, so that tests do not disturb each other.
struct Scrape(PrometheusHandle);

impl Scrape {
    fn new() -> (Self, StreamMetrics) {
        Self::with(StreamMetrics::new)
    }

    /// Registers metrics with a new recorder.
    fn with<T>(register: impl FnOnce() -> T) -> (Self, T) {
        let recorder = PrometheusBuilder::new().build_recorder();
        let metrics = metrics::with_local_recorder(&recorder, register);
        (Self(recorder.handle()), metrics)
    }

    /// Returns all values that are not 0, as an exporter writes them.
    fn values(&self) -> BTreeMap<String, f64> {
        let text = self.0.render();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let values = lines.filter_map(|line| line.rsplit_once(' '));
        values
            .map(|(name, value)| (name.to_owned(), value.parse().expect("a number")))
            .filter(|(name, value)| *value != 0.0 && !name.contains("quantile"))
            .collect()
    }

    /// Returns the value of a metric, which may be 0.
    fn value(&self, name: &str) -> f64 {
        self.values().get(name).copied().unwrap_or_default()
    }

    /// Waits until a metric has this value.
    async fn until(&self, name: &str, value: f64) {
        let reached = async {
            while self.value(name) != value {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let reached = timeout(PATIENCE, reached).await;
        reached.unwrap_or_else(|_| panic!("{name} is not {value}: {:?}", self.values()));
    }
}

/// The sender of a stream's events. The stream is complete when it is dropped.
type Sender = UnboundedSender<Result<Event, BoxError>>;

/// A server over TCP. Each request is answered with the next stream.
struct Server {
    address: SocketAddr,
    streams: Arc<Mutex<VecDeque<Live<Event, BoxError>>>>,
}

impl Server {
    async fn new(settings: Settings) -> Self {
        Self::layered(settings, |service| service).await
    }

    /// Serves with another layer around that of the streams.
    async fn layered<S, B>(settings: Settings, layer: impl FnOnce(StreamService) -> S) -> Self
    where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>
            + Clone
            + Send
            + 'static,
        S::Future: Send,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let streams = Arc::<Mutex<VecDeque<_>>>::default();
        let answers = streams.clone();
        let answer: Answer = Arc::new(move || {
            let stream = answers.lock().unwrap().pop_front();
            Response::new(stream.expect("a stream for each request"))
        });
        let service = layer(StreamService(settings, answer));
        let service = TowerToHyperService::new(service);
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let (io, service) = (TokioIo::new(socket), service.clone());
                tokio::spawn(async move {
                    let builder = auto::Builder::new(TokioExecutor::new());
                    // The connection fails when the client disconnects.
                    let _gone = builder.serve_connection(io, service).await;
                });
            }
        });
        Self { address, streams }
    }

    /// Prepares the stream for the next request.
    fn prepare(&self) -> Sender {
        let (sender, stream) = live();
        self.streams.lock().unwrap().push_back(stream);
        sender
    }

    async fn get(&self) -> Client {
        self.request(Request::get("/")).await
    }

    async fn open(&self) -> (Sender, Client) {
        let sender = self.prepare();
        (sender, self.get().await)
    }

    async fn request(&self, request: http::request::Builder) -> Client {
        let io = TokioIo::new(TcpStream::connect(self.address).await.unwrap());
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        let connection = tokio::spawn(connection);
        let request = request.header("host", "localhost");
        let request = request.body(Empty::<Bytes>::new()).unwrap();
        let response = sender.send_request(request).await.unwrap();
        Client {
            response,
            bytes: Vec::new(),
            connection: connection.abort_handle(),
        }
    }
}

type Answer = Arc<dyn Fn() -> Response<Live<Event, BoxError>> + Send + Sync>;

/// Answers with the streams of a server, through `SseLayer`.
#[derive(Clone)]
struct StreamService(Settings, Answer);

impl Service<Request<Incoming>> for StreamService {
    type Response = Response<sse_tower::server::SseBody<Live<Event, BoxError>>>;
    type Error = Infallible;
    type Future = std::pin::Pin<
        Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send + 'static>,
    >;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let answer = self.1.clone();
        let service = service_fn(move |_: Request<Incoming>| {
            let response = answer();
            async { Ok::<_, Infallible>(response) }
        });
        Box::pin(SseLayer::with(self.0.clone()).layer(service).call(request))
    }
}

/// A client with the bytes that it has received. Its connection ends when it is dropped.
struct Client {
    response: Response<Incoming>,
    bytes: Vec<u8>,
    connection: tokio::task::AbortHandle,
}

impl Client {
    /// Reads until the received bytes end with `text`.
    async fn read_until(&mut self, text: &str) {
        while !self.bytes.ends_with(text.as_bytes()) {
            assert!(self.read_frame().await, "the stream ended before {text:?}");
        }
    }

    /// Reads until the end. Returns all bytes.
    async fn read_all(mut self) -> Vec<u8> {
        while self.read_frame().await {}
        std::mem::take(&mut self.bytes)
    }

    /// Returns false at the end, clean or not.
    async fn read_frame(&mut self) -> bool {
        let frame = timeout(PATIENCE, self.response.body_mut().frame()).await;
        match frame.expect("the server sends something") {
            Some(Ok(frame)) => self.bytes.extend_from_slice(&frame.into_data().unwrap()),
            Some(Err(_)) | None => return false,
        }
        true
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

fn event(data: &'static str) -> Result<Event, BoxError> {
    Ok(Event::from_static(data))
}

/// Settings that send nothing but events.
fn quiet(metrics: &StreamMetrics) -> Settings {
    Settings::new().without_heartbeat().metrics(metrics)
}

/// Returns the values as a comparable list.
fn list<const N: usize>(values: [(&str, f64); N]) -> BTreeMap<String, f64> {
    let values = values.map(|(name, value)| (name.to_owned(), value));
    BTreeMap::from(values)
}

fn head() -> http::request::Builder {
    Request::builder().method(Method::HEAD).uri("/")
}
