//! Peers that do not read and peers that send nothing: hyper under virtual time, over a pipe in
//! memory.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper::{body::Incoming, client::conn::http2};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use sse_tower::{
    Event, Settings, SseLayer,
    connection::ConnectionGuard,
    server::{EndReason, Limits, RefusalReason},
    testing::{EventReader, Received},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use tower::{Layer, service_fn};

use crate::support::{Fate, told};

const SECOND: Duration = Duration::from_secs(1);

/// Connects to a server whose streams always have another event.
fn connect(guard: &ConnectionGuard, settings: &Settings) -> (DuplexStream, JoinHandle<()>) {
    let (socket, peer) = duplex(4096);
    let flood = |_: Request<Incoming>| async {
        let events = std::iter::repeat_with(|| Ok::<_, Infallible>(Event::new("x".repeat(1000))));
        Ok::<_, Infallible>(Response::new(tokio_stream::iter(events)))
    };
    let service = SseLayer::with(settings.clone()).layer(service_fn(flood));
    let io = TokioIo::new(guard.guard(socket));
    let served = tokio::spawn(async move {
        let builder = auto::Builder::new(TokioExecutor::new());
        let _gone = builder
            .serve_connection(io, TowerToHyperService::new(service))
            .await;
    });
    (peer, served)
}

/// Opens an HTTP/2 connection whose streams have no window.
async fn connect_without_window(settings: &Settings) -> http2::SendRequest<Empty<Bytes>> {
    let (peer, _) = connect(&ConnectionGuard::new(), settings);
    let (sender, connection) = http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(0)
        .handshake(TokioIo::new(peer))
        .await
        .unwrap();
    tokio::spawn(connection);
    sender
}

async fn open(sender: &mut http2::SendRequest<Empty<Bytes>>) -> Response<Incoming> {
    let request = Request::get("http://localhost/").body(Empty::new());
    sender.send_request(request.unwrap()).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_the_write_timeout_ends_was_stalled() {
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (deadline, reason) in [
        (30 * SECOND, Fate::Ended(EndReason::Stalled)),
        // A client that disconnects during a write looks the same.
        (2 * SECOND, Fate::Ended(EndReason::ClientGone)),
    ] {
        let (settings, mut ends) = told(Settings::new());
        let guard = ConnectionGuard::new().write_timeout(deadline);
        let (mut peer, _) = connect(&guard, &settings);
        let start = Instant::now();
        peer.write_all(REQUEST).await.unwrap();
        assert_eq!(ends.recv().await.unwrap().0, reason);
        assert_eq!(start.elapsed().as_secs(), deadline.as_secs());
    }
    // A client that reads and then disconnects was not stalled.
    let (settings, mut ends) = told(Settings::new());
    let (mut peer, _) = connect(&ConnectionGuard::new(), &settings);
    peer.write_all(REQUEST).await.unwrap();
    for _ in 0..100 {
        peer.read_exact(&mut [0; 1000]).await.unwrap();
        sleep(SECOND / 2).await;
    }
    drop(peer);
    assert_eq!(
        ends.recv().await.unwrap().0,
        Fate::Ended(EndReason::ClientGone)
    );
}

#[tokio::test(start_paused = true)]
async fn streams_without_window_lose_their_places_to_others() {
    let limits = Limits::new(10);
    let (settings, mut ends) = told(Settings::new().limits(&limits));
    let mut connections = Vec::new();
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut sender = connect_without_window(&settings).await;
        for _ in 0..5 {
            held.push(open(&mut sender).await);
        }
        connections.push(sender);
    }
    assert_eq!(limits.open_streams(), 10);

    // For thirty seconds, other streams are refused. A refused response has only a few bytes.
    let (peer, _) = connect(&ConnectionGuard::new(), &settings);
    let (mut sender, connection) = http2::Builder::new(TokioExecutor::new())
        .handshake(TokioIo::new(peer))
        .await
        .unwrap();
    tokio::spawn(connection);
    sleep(20 * SECOND).await;
    let refused = open(&mut sender).await.into_body().collect().await.unwrap();
    assert!(refused.to_bytes().len() < 20);
    assert_eq!(
        ends.recv().await.unwrap().0,
        Fate::Refused(RefusalReason::Limit)
    );

    sleep(11 * SECOND).await;
    let mut reader = EventReader::new(open(&mut sender).await);
    reader.event().await;
    assert_eq!(limits.open_streams(), 1);

    drop((held, connections));
    for _ in 0..10 {
        assert_eq!(
            ends.recv().await.unwrap().0,
            Fate::Ended(EndReason::Stalled)
        );
    }
    assert!(matches!(reader.next().await, Some(Received::Event(_))));
    assert_eq!(limits.open_streams(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stalled_stream_whose_place_is_gone_ends_with_a_reconnection_time() {
    use crate::support::{WAYS, finished, next_frame, silent};
    for way in WAYS {
        let limits = Limits::new(1).stalled_after(5 * SECOND);
        let (settings, mut ends) = told(Settings::new().limits(&limits));
        let stalled = way.open(settings.clone(), silent()).await;
        let mut stalled = Box::pin(stalled.into_body());
        assert_eq!(
            next_frame(&mut stalled).await.unwrap().unwrap()[..6],
            *b"retry:"
        );
        sleep(6 * SECOND).await;
        let other = way.open(settings.clone(), finished(["1"])).await;
        assert_eq!(limits.open_streams(), 1, "{way:?}");
        let mut last = Bytes::new();
        while let Some(frame) = next_frame(&mut stalled).await {
            last = frame.unwrap();
        }
        assert!(last.starts_with(b"retry: "), "{way:?}: {last:?}");
        assert_eq!(
            ends.recv().await.unwrap().0,
            Fate::Ended(EndReason::Stalled)
        );
        assert_eq!(limits.open_streams(), 1, "{way:?}");
        let mut reader = EventReader::new(other);
        reader.event().await;
        reader.end().await;
        assert_eq!(
            ends.recv().await.unwrap().0,
            Fate::Ended(EndReason::Completed)
        );
        assert_eq!(limits.open_streams(), 0, "{way:?}");
    }
}

/// A stream that waits for its next event keeps its place for any length of time.
#[tokio::test(start_paused = true)]
async fn a_silent_stream_keeps_its_place() {
    use crate::support::{WAYS, all, silent};
    for way in WAYS {
        let limits = Limits::new(1);
        let settings = Settings::new().without_heartbeat().limits(&limits);
        let first = way.open(settings.clone(), silent()).await;
        let first = tokio::spawn(all(first));
        sleep(3600 * SECOND).await;
        let refused = all(way.open(settings.clone(), silent()).await).await;
        assert!(refused.starts_with(b"retry: "), "{way:?}");
        assert_eq!(limits.open_streams(), 1);
        first.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn connections_without_a_request_end_at_their_timeout() {
    let guard = ConnectionGuard::new();
    let idle = guard.clone().idle_timeout(60 * SECOND);
    let settings = Settings::new();
    for (guard, sent, expected) in [
        (&guard, &b""[..], Some(30)),
        (&idle, b"", Some(30)),
        (&idle.clone().without_first_byte_timeout(), b"", Some(60)),
        (&guard.clone().without_first_byte_timeout(), b"", None),
        // Half a request, or a preface without a request.
        (&guard, b"GET / HTTP/1.1\r\nHo", None),
        (&idle, b"GET / HTTP/1.1\r\nHo", Some(60)),
        (&guard, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", None),
        (&idle, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Some(60)),
    ] {
        let (mut peer, served) = connect(guard, &settings);
        peer.write_all(sent).await.unwrap();
        let start = Instant::now();
        let ended = timeout(3600 * SECOND, served).await.is_ok();
        let took = ended.then(|| start.elapsed().as_secs());
        assert_eq!(took, expected, "{guard:?}, {}", sent.escape_ascii());
    }
}
