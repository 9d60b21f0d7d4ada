//! A silent stream over HTTP/2, whose connection still answers PINGs.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{Empty, StreamBody};
use hyper::{client, server, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use sse_tower::client::{Backoff, EventSource};
use tokio::net::{TcpListener, TcpStream};

use crate::script::{Notices, take};

/// Each stream has an event and then falls silent.
async fn serve(listener: TcpListener) {
    while let Ok((socket, _)) = listener.accept().await {
        let service = service_fn(|_| async {
            let frames = async_stream::stream! {
                yield Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"data: 1\n\n")));
                std::future::pending::<()>().await;
            };
            let response = Response::builder().header("content-type", "text/event-stream");
            response.body(StreamBody::new(frames))
        });
        let builder = server::conn::http2::Builder::new(TokioExecutor::new());
        tokio::spawn(builder.serve_connection(TokioIo::new(socket), service));
    }
}

#[tokio::test]
async fn silence_is_noticed_though_pings_are_answered() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(serve(listener));
    // One connection for all attempts, as in a pool. A PING without an answer would end it.
    let socket = TcpStream::connect(address).await.unwrap();
    let (sender, connection) = client::conn::http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_millis(20))
        .keep_alive_timeout(Duration::from_secs(5))
        .handshake(TokioIo::new(socket))
        .await
        .unwrap();
    let connected = tokio::spawn(connection);
    let client = tower::service_fn(move |request: Request<Empty<Bytes>>| {
        let mut sender = sender.clone();
        async move { sender.send_request(request).await }
    });
    let notices = Notices::default();
    let mut events = EventSource::builder(client)
        .idle_timeout(Duration::from_millis(300))
        .reconnection_time(Duration::from_millis(1))
        .backoff(Backoff::NONE)
        .on_notice(notices.hook())
        .build(move |_| {
            let uri = format!("http://{address}/");
            Request::get(uri).body(Empty::new()).unwrap()
        });
    assert_eq!(take(&mut events, 3).await, ["1"; 3]);
    let silent = |line: &String| line.contains("the connection was silent for 300ms");
    assert_eq!(notices.lines().into_iter().filter(silent).count(), 2);
    assert!(
        !connected.is_finished(),
        "the connection is still the first"
    );
    serving.abort();
}
