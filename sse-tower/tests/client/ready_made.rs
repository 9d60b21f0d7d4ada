//! The ready-made HTTP client over real TCP and TLS.

use std::{
    convert::Infallible,
    error::Error as _,
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, Version};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody, combinators::UnsyncBoxBody};
use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use sse_tower::client::{
    Backoff, ErrorKind, EventSource, EventSourceBuilder, HttpClient, HttpClientBuilder,
};
use tokio::{
    io::copy,
    net::{TcpListener, TcpStream},
    sync::watch,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};
use tokio_stream::StreamExt;

use crate::script::{Notices, take};

pub(crate) type Body = UnsyncBoxBody<Bytes, Infallible>;
pub(crate) type Answer = fn(&Request<hyper::body::Incoming>) -> Response<Body>;

/// The address of a server over TLS, and the certificate that its clients have to trust.
pub(crate) async fn serve_tls(answer: Answer) -> (u16, String) {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let mut tls = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], own.signing_key.into())
        .unwrap();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(socket) = acceptor.accept(socket).await else {
                    return;
                };
                let service =
                    service_fn(move |request| async move { Ok::<_, Infallible>(answer(&request)) });
                let builder = auto::Builder::new(TokioExecutor::new());
                let _gone = builder
                    .serve_connection(TokioIo::new(socket), service)
                    .await;
            });
        }
    });
    (port, own.cert.pem())
}

/// A stream that stays open after these chunks.
fn open(chunks: Vec<Vec<u8>>) -> Body {
    let frames = async_stream::stream! {
        for chunk in chunks {
            yield Ok::<_, Infallible>(Frame::data(Bytes::from(chunk)));
        }
        std::future::pending::<()>().await;
    };
    StreamBody::new(frames).boxed_unsync()
}

fn ok() -> http::response::Builder {
    Response::builder().header("content-type", "text/event-stream")
}

fn trusting(pem: &str) -> HttpClientBuilder {
    HttpClient::builder()
        .without_system_certificates()
        .trust_pem(pem)
}

fn impatient(client: HttpClient) -> EventSourceBuilder<HttpClient> {
    EventSource::builder(client)
        .reconnection_time(Duration::from_millis(1))
        .backoff(Backoff::NONE)
}

fn get(builder: EventSourceBuilder<HttpClient>, port: u16) -> EventSource {
    builder.build(move |_| {
        let uri = format!("https://localhost:{port}/");
        Request::get(uri).body(String::new()).unwrap()
    })
}

/// Answers with an event that tells how the request came.
pub(crate) fn describe(request: &Request<hyper::body::Incoming>) -> Response<Body> {
    let codings = request.headers()["accept-encoding"].to_str().unwrap();
    let event = format!("data: {:?} {codings}\n\n", request.version());
    ok().body(open(vec![event.into_bytes()])).unwrap()
}

#[tokio::test]
async fn tls_leads_to_http_2_without_codings() {
    let (port, pem) = serve_tls(describe).await;
    let mut events = get(impatient(trusting(&pem).build().unwrap()), port);
    let expected = format!("{:?} identity", Version::HTTP_2);
    assert_eq!(take(&mut events, 1).await, [expected]);
}

#[tokio::test]
async fn a_certificate_that_nobody_trusts_is_an_error_of_the_network() {
    let (port, _) = serve_tls(describe).await;
    let (_, other) = serve_tls(describe).await;
    let client = trusting(&other).build().unwrap();
    let mut events = get(impatient(client).max_retries(0), port);
    let error = events.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Retries);
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    assert!(causes.join(": ").contains("certificate"), "{causes:?}");
}

#[test]
fn what_is_no_certificate_is_refused() {
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for pem in ["", "no PEM", broken] {
        assert!(trusting(pem).build().is_err(), "{pem:?}");
    }
}

/// A proxy whose first connection stops forwarding at a command, and stays open.
async fn freezing(to: u16) -> (u16, watch::Sender<bool>, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (freeze, frozen) = watch::channel(false);
    let accepted = Arc::new(AtomicUsize::new(0));
    let count = accepted.clone();
    tokio::spawn(async move {
        while let Ok((mut from, _)) = listener.accept().await {
            let is_first = count.fetch_add(1, SeqCst) == 0;
            let mut frozen = frozen.clone();
            tokio::spawn(async move {
                let mut to = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
                let (mut from_read, mut from_write) = from.split();
                let (mut to_read, mut to_write) = to.split();
                let freeze = async {
                    match is_first {
                        true => frozen.wait_for(|frozen| *frozen).await.is_ok(),
                        false => std::future::pending().await,
                    }
                };
                tokio::select! {
                    _ = copy(&mut from_read, &mut to_write) => {}
                    _ = copy(&mut to_read, &mut from_write) => {}
                    true = freeze => std::future::pending().await,
                }
            });
        }
    });
    (port, freeze, accepted)
}

#[tokio::test]
async fn a_dead_connection_leaves_the_pool() {
    // The timeout that notices it: of a silent stream, and of a request without a response.
    for (idle, response) in [(Some(200), 20_000), (None, 200)] {
        let (server, pem) = serve_tls(describe).await;
        let (port, freeze, accepted) = freezing(server).await;
        // PINGs would notice it as well, but much later.
        let client = trusting(&pem).build().unwrap();
        let notices = Notices::default();
        let mut first = impatient(client.clone());
        if let Some(idle) = idle {
            first = first.idle_timeout(Duration::from_millis(idle));
        }
        let mut first = get(first.on_notice(notices.hook()), port);
        assert_eq!(take(&mut first, 1).await.len(), 1);
        freeze.send(true).unwrap();
        let response = Duration::from_millis(response);
        let mut events = match idle {
            Some(_) => first,
            // Another source over the same connection.
            None => get(impatient(client).response_timeout(response), port),
        };
        let next = timeout(Duration::from_secs(10), take(&mut events, 1)).await;
        assert_eq!(next.expect("an event by another connection").len(), 1);
        assert_eq!(accepted.load(SeqCst), 2, "{:?}", notices.lines());
    }
}

/// Answers with two events, coded with gzip. The second comes once the first was read.
fn coded(_: &Request<hyper::body::Incoming>) -> Response<Body> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let mut chunk = |text: &str| {
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.flush().unwrap();
        std::mem::take(encoder.get_mut())
    };
    let first = chunk("data: 1\n\n");
    let second = chunk("data: 2\n\n");
    let frames = async_stream::stream! {
        yield Ok::<_, Infallible>(Frame::data(Bytes::from(first)));
        while !IS_READ.load(SeqCst) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        yield Ok(Frame::data(Bytes::from(second)));
        std::future::pending::<()>().await;
    };
    let response = ok().header("content-encoding", "gzip");
    response
        .body(StreamBody::new(frames).boxed_unsync())
        .unwrap()
}

static IS_READ: AtomicBool = AtomicBool::new(false);

#[cfg(feature = "client-gzip")]
#[tokio::test]
async fn gzip_is_decoded_event_by_event() {
    let (port, pem) = serve_tls(coded).await;
    let client = trusting(&pem).gzip(true).build().unwrap();
    let mut events = get(impatient(client), port);
    let first = timeout(Duration::from_secs(10), take(&mut events, 1)).await;
    assert_eq!(
        first.expect("the first event before the second is sent"),
        ["1"]
    );
    IS_READ.store(true, SeqCst);
    assert_eq!(take(&mut events, 1).await, ["2"]);
}

#[tokio::test]
async fn a_coding_that_was_not_asked_for_is_an_error() {
    let (port, pem) = serve_tls(coded).await;
    let client = trusting(&pem).build().unwrap();
    let mut events = get(impatient(client).max_retries(0), port);
    let error = events.next().await.unwrap().unwrap_err();
    let attempt = error.source().unwrap();
    let cause = attempt.source().unwrap().to_string();
    assert!(
        cause.contains("\"gzip\", which was not asked for"),
        "{cause}"
    );
}
