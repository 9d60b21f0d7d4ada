//! A service whose responses are streams of events.

use std::{sync::atomic::Ordering, time::Duration};

use http::{Request, Response};
use http_body::Body;
use sse_tower::{
    Event, LastEventId, Settings, SseLayer,
    testing::{EventReader, Received},
};
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::support::{Never, finished, live};

#[tokio::test]
async fn a_stream_becomes_an_event_stream() {
    let service = SseLayer::with(Settings::new().retry(Duration::from_secs(1))).layer(service_fn(
        |_: Request<()>| async { Ok::<_, Never>(Response::new(finished(["1"]))) },
    ));
    let response = service.oneshot(Request::new(())).await.unwrap();
    let mut reader = EventReader::new(response);
    assert_eq!(reader.headers()["cache-control"], "no-store, no-transform");
    assert_eq!(reader.headers()["x-accel-buffering"], "no");
    assert_eq!(
        reader.next().await,
        Some(Received::Retry(Duration::from_secs(1)))
    );
    assert_eq!(reader.event().await, Event::from_static("1"));
    reader.end().await;
}

#[tokio::test]
async fn any_other_status_is_a_refusal() {
    for status in [204, 205, 206, 301, 304, 401, 404, 503] {
        let (_sender, stream) = live::<Event, Never>();
        let dropped = stream.dropped();
        let mut answer = Response::builder()
            .status(status)
            .header("retry-after", "7")
            .header("content-length", "5")
            .header("content-type", "text/plain")
            .body(stream)
            .ok();
        let mut service = SseLayer::new().layer(service_fn(move |_: Request<()>| {
            let response = answer.take().expect("one request is made");
            async { Ok::<_, Never>(response) }
        }));
        let response = service.call(Request::new(())).await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["retry-after"], "7");
        assert_eq!(response.headers().len(), 1, "no header of an event stream");
        assert!(response.body().is_end_stream());
        assert!(dropped.load(Ordering::Relaxed));
    }
}

#[tokio::test]
async fn the_last_event_id_is_in_the_extensions() {
    let service = SseLayer::new().layer(service_fn(|request: Request<()>| async move {
        let last = request.extensions().get::<LastEventId>().unwrap().clone();
        assert_eq!(last.get().unwrap().as_str(), "7");
        Ok::<_, Never>(Response::new(finished([])))
    }));
    let request = Request::get("/").header("last-event-id", "7").body(());
    service.oneshot(request.unwrap()).await.unwrap();
}

#[tokio::test]
async fn a_client_that_goes_away_drops_the_stream() {
    let (sender, stream) = live::<Event, Never>();
    let dropped = stream.dropped();
    let mut stream = Some(stream);
    let mut service = SseLayer::new().layer(service_fn(move |_: Request<()>| {
        let stream = stream.take().expect("one request is made");
        async { Ok::<_, Never>(Response::new(stream)) }
    }));
    let mut reader = EventReader::new(service.call(Request::new(())).await.unwrap());
    sender.send(Ok(Event::from_static("x").with_id(3))).unwrap();
    reader.event().await;
    assert!(!dropped.load(Ordering::Relaxed));
    // An event that the reader has not returned does not count as seen.
    sender.send(Ok(Event::from_static("y").with_id(4))).unwrap();
    sender.send(Ok(Event::from_static("z").with_id(5))).unwrap();
    reader.event().await;
    let client = reader.disconnect();
    assert!(dropped.load(Ordering::Relaxed));
    assert_eq!(client.last_event_id().as_str(), "4");
    assert_eq!(
        client.resume(Request::new(())).headers()["last-event-id"],
        "4"
    );
}
