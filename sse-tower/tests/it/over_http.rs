//! Streams over TCP with hyper, HTTP/1.1 and HTTP/2.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};

use futures_core::Stream;
use http::{Method, Request, Response, Version};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use sse_tower::{
    Drain, Event, Settings, SseLayer,
    error::BoxError,
    server::{EndReason, Limits, Notice},
    testing::{EventReader, Received},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};
use tokio_stream::wrappers::ReceiverStream;
use tower::{Layer, service_fn};

use crate::support::{Live, Never, live, silent};

/// Serves `stream` to the first request of a single connection.
async fn serve<E>(stream: Live<Event, E>) -> SocketAddr
where
    E: Into<BoxError> + Send + 'static,
{
    serve_response(SseLayer::new(), Response::new(stream)).await
}

async fn serve_response<St, E>(layer: SseLayer, response: Response<St>) -> SocketAddr
where
    St: Stream<Item = Result<Event, E>> + Send + 'static,
    E: Into<BoxError> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let response = Arc::new(Mutex::new(Some(response)));
        let service = layer.layer(service_fn(move |_: Request<Incoming>| {
            let response = response.lock().unwrap().take();
            async { Ok::<_, Infallible>(response.expect("one request is made")) }
        }));
        // The connection fails when the client disconnects.
        let _gone = auto::Builder::new(TokioExecutor::new())
            .serve_connection(TokioIo::new(socket), TowerToHyperService::new(service))
            .await;
    });
    address
}

async fn connect(address: SocketAddr, version: Version) -> EventReader<Incoming> {
    EventReader::new(request(address, version).await)
}

async fn request(address: SocketAddr, version: Version) -> Response<Incoming> {
    request_by(Method::GET, address, version).await
}

async fn request_by(method: Method, address: SocketAddr, version: Version) -> Response<Incoming> {
    let io = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let request = Request::builder()
        .method(method)
        .uri(format!("http://{address}/"));
    let request = request.version(version);
    let request = request.body(Empty::<Bytes>::new()).unwrap();
    let response = if version == Version::HTTP_2 {
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), io)
                .await
                .unwrap();
        tokio::spawn(connection);
        sender.send_request(request).await.unwrap()
    } else {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        tokio::spawn(connection);
        sender.send_request(request).await.unwrap()
    };
    assert_eq!(response.version(), version);
    response
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(10), deadline)
        .await
        .expect(what);
}

#[tokio::test]
async fn a_response_of_http_1_0_ends_with_its_connection() {
    // nginx sends `close` to its upstream. A client that asks for keep-alive does not get it,
    // because the end of the connection is the end of the body.
    for connection in ["close", "keep-alive"] {
        let (sender, stream) = live::<Event, Never>();
        let mut socket = TcpStream::connect(serve(stream).await).await.unwrap();
        let request = format!("GET / HTTP/1.0\r\nConnection: {connection}\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        sender.send(Ok(Event::from_static("last"))).unwrap();
        drop(sender);
        let mut text = String::new();
        let reading = timeout(Duration::from_secs(10), socket.read_to_string(&mut text));
        reading.await.expect("the connection ends").unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.0 200 "), "{head}");
        for field in ["transfer-encoding", "content-length"] {
            assert!(!head.to_ascii_lowercase().contains(field), "{head}");
        }
        // The heartbeat at the start is left out if an event is ready.
        assert_eq!(body.trim_start_matches(":\n"), "data: last\n\n");
    }
}

#[tokio::test]
async fn events_come_one_by_one_and_the_stream_ends_cleanly() {
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let (sender, stream) = live::<Event, Never>();
        let mut reader = connect(serve(stream).await, version).await;
        for number in 0..100 {
            let event = Event::new(number.to_string()).with_id(number);
            sender.send(Ok(event.clone())).unwrap();
            assert_eq!(reader.event().await, event);
        }
        drop(sender);
        reader.end().await;
        assert!(!reader.headers().contains_key("content-length"));
        assert!(!reader.headers().contains_key("connection"));
    }
}

#[tokio::test]
async fn a_client_that_goes_away_drops_the_stream() {
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let (sender, stream) = live::<Event, Never>();
        let dropped = stream.dropped();
        let mut reader = connect(serve(stream).await, version).await;
        sender.send(Ok(Event::from_static("x"))).unwrap();
        reader.event().await;
        assert!(!dropped.load(Ordering::Relaxed));
        let _ = reader.disconnect();
        until("the stream is dropped", || dropped.load(Ordering::Relaxed)).await;
    }
}

/// A model with a long answer works only while a client takes its tokens. It counts them.
#[tokio::test]
async fn an_upstream_stops_working_when_its_client_is_gone() {
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let (sender, tokens) = mpsc::channel(1);
        let model = tokio::spawn(async move {
            let mut count = 0_u64;
            while sender
                .send(Ok::<_, Never>(Event::new("token")))
                .await
                .is_ok()
            {
                count += 1;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            count
        });
        let tokens = ReceiverStream::new(tokens);
        let (told, mut ends) = mpsc::channel(1);
        let layer = SseLayer::with(Settings::new().on_notice(move |notice| {
            if let Notice::Ended(end) = notice {
                told.try_send((end.reason(), end.events())).unwrap();
            }
        }));
        let address = serve_response(layer, Response::new(tokens)).await;
        let mut reader = connect(address, version).await;
        for _ in 0..10 {
            reader.event().await;
        }
        assert!(!model.is_finished());
        let _ = reader.disconnect();
        let count = timeout(Duration::from_secs(10), model).await;
        let count = count.expect("it stops").unwrap();
        let (reason, events) = ends.recv().await.unwrap();
        assert_eq!(reason, EndReason::ClientGone);
        // One more token may have been under way.
        assert!(
            events >= 10 && (events..=events + 1).contains(&count),
            "{events} of {count}"
        );
    }
}

#[tokio::test]
async fn a_refusal_with_a_length_is_a_whole_response() {
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let (_sender, stream) = live::<Event, Never>();
        let refusal = Response::builder()
            .status(401)
            .header("content-length", "20");
        let address = serve_response(SseLayer::new(), refusal.body(stream).unwrap()).await;
        let response = request(address, version).await;
        assert_eq!(response.status(), 401);
        let body = response
            .into_body()
            .collect()
            .await
            .expect("no protocol error");
        assert!(body.to_bytes().is_empty());
    }
}

#[tokio::test]
async fn events_that_were_ready_before_an_error_arrive() {
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let (sender, stream) = live::<Event, io::Error>();
        for number in 0..3 {
            sender.send(Ok(Event::new(number.to_string()))).unwrap();
        }
        sender
            .send(Err(io::Error::other("upstream is gone")))
            .unwrap();
        let mut reader = connect(serve(stream).await, version).await;
        for number in 0..3 {
            assert_eq!(reader.event().await, Event::new(number.to_string()));
        }
        // The client sees that the response is cut off, but not why.
        assert!(!reader.error().await.contains("upstream"));
    }
}

#[tokio::test]
async fn a_drain_ends_with_a_last_chunk_and_frees_the_connection() {
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let drain = Drain::new();
        let layer = SseLayer::with(Settings::new().drain(&drain));
        let address = serve_response(layer, Response::new(silent())).await;
        let mut reader = connect(address, version).await;
        assert!(reader.next().await.is_some());
        let draining = drain.start(Duration::from_millis(100));
        loop {
            match reader.next().await {
                Some(Received::Retry(_)) => break,
                Some(_) => {}
                None => panic!("it ended without a reconnection time"),
            }
        }
        reader.end().await;
        let drained = timeout(Duration::from_secs(10), draining).await.unwrap();
        assert_eq!((drained.streams(), drained.ended_cleanly()), (1, 1));
    }
}

#[tokio::test]
async fn head_is_answered_with_the_headers_of_get_and_no_body() {
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let address = serve(silent()).await;
        let response = request_by(Method::HEAD, address, version).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert!(!response.headers().contains_key("content-length"));
        let body = timeout(Duration::from_secs(10), response.into_body().collect()).await;
        assert!(body.unwrap().unwrap().to_bytes().is_empty());
    }
}

#[tokio::test]
async fn a_refused_head_has_no_body() {
    let layer = SseLayer::with(Settings::new().limits(&Limits::new(0)));
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let address = serve_response(layer.clone(), Response::new(silent())).await;
        let response = request_by(Method::HEAD, address, version).await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let body = timeout(Duration::from_secs(10), response.into_body().collect()).await;
        assert!(body.unwrap().unwrap().to_bytes().is_empty());
    }
}

#[tokio::test]
async fn a_refusal_leaves_no_connection_open() {
    let layer = SseLayer::with(Settings::new().limits(&Limits::new(0)));
    let address = serve_response(layer, Response::new(silent())).await;
    let mut socket = TcpStream::connect(address).await.unwrap();
    let request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    socket.write_all(request).await.unwrap();
    let mut seen = String::new();
    let read = timeout(Duration::from_secs(10), socket.read_to_string(&mut seen)).await;
    read.expect("it is closed").unwrap();
    assert!(
        seen.contains("retry: ") && seen.ends_with("0\r\n\r\n"),
        "{seen}"
    );
}

#[tokio::test]
async fn the_first_bytes_come_at_once() {
    let (_sender, stream) = live::<Event, Never>();
    let mut socket = TcpStream::connect(serve(stream).await).await.unwrap();
    socket
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    let mut seen = Vec::new();
    let read = async {
        while !seen.ends_with(b"\r\n2\r\n:\n\r\n") {
            assert_ne!(socket.read_buf(&mut seen).await.unwrap(), 0);
        }
    };
    let came = timeout(Duration::from_secs(5), read).await;
    assert!(came.is_ok(), "{}", seen.escape_ascii());
}
