//! Traits that the public types implement for every type parameter.

use std::{fmt::Debug, pin::Pin};

use sse_tower::{
    CorsLayer, Drain, Event, EventFrame, Heartbeat, LastEventId, RelayLayer, Settings, Sse,
    SseLayer,
    cors::{Cors, CorsBody, CorsFuture, Origin},
    drain::{DrainStarted, Drained, Draining},
    last_event_id::ParsedId,
    server::{
        EndReason, Lagged, Limits, RelayBody, RelayFuture, RelayService, SseBody, SseFuture,
        SseService,
    },
};
use tokio_stream::Stream;

/// Requires the bounds that frameworks have for body errors: hyper and salvo, actix, poem.
fn error_of_frameworks<E>()
where
    E: std::error::Error + Send + Sync + 'static,
    E: Into<Box<dyn std::error::Error + Send + Sync>> + Into<Box<dyn std::error::Error>>,
    E: Into<std::io::Error>,
{
}

#[test]
fn body_errors_suit_frameworks() {
    fn body<B: http_body::Body<Error: std::error::Error + Send + Sync + 'static>>() {}
    error_of_frameworks::<sse_tower::error::BodyError>();
    body::<SseBody<SyncStream>>();
    body::<RelayBody<http_body_util::Full<bytes::Bytes>>>();
    body::<RelayBody<SseBody<SyncStream>>>();
}

type SyncStream =
    Pin<Box<dyn Stream<Item = Result<Event, std::convert::Infallible>> + Send + Sync>>;

fn sent_and_shared<T: Send + Sync>() {}
fn value<T: Clone + Debug + Send + Sync>() {}

#[test]
fn a_body_is_send_and_sync_if_its_stream_is() {
    sent_and_shared::<SseBody<SyncStream>>();
    sent_and_shared::<Sse<SyncStream>>();
    sent_and_shared::<SseFuture<std::future::Ready<()>>>();
    sent_and_shared::<RelayBody<http_body_util::Full<bytes::Bytes>>>();
    sent_and_shared::<RelayFuture<std::future::Ready<()>>>();
    sent_and_shared::<CorsBody<http_body_util::Full<bytes::Bytes>>>();
    sent_and_shared::<CorsFuture<std::future::Ready<()>>>();
    sent_and_shared::<(Draining, DrainStarted)>();
}

#[test]
fn values_are_cloned_shared_and_shown() {
    value::<(
        EventFrame,
        Heartbeat,
        LastEventId,
        Origin,
        SseLayer,
        CorsLayer,
    )>();
    value::<(Settings, RelayLayer, Drain, Drained, Limits, EndReason)>();
    value::<(Lagged, ParsedId<u64>)>();
}

#[test]
fn structs_have_no_bounds() {
    struct Anything;
    let _unbounded = (
        None::<SseBody<Anything>>,
        None::<Sse<Anything>>,
        None::<SseFuture<Anything>>,
        None::<SseService<Anything>>,
        None::<CorsBody<Anything>>,
        None::<CorsFuture<Anything>>,
        None::<Cors<Anything>>,
        None::<RelayBody<Anything>>,
        None::<RelayFuture<Anything>>,
        None::<RelayService<Anything>>,
    );
}

#[cfg(all(feature = "json", feature = "serde", feature = "bytes"))]
#[test]
fn features_of_sse_proto_are_passed_through() {
    use sse_tower::event::{InvalidData, JsonError};

    let event = Event::from_json(&[1, 2]).unwrap();
    assert_eq!(EventFrame::from(&event).as_bytes(), b"data: [1,2]\n\n");
    let numbers: Result<Vec<u8>, JsonError> = event.json();
    assert_eq!(numbers.unwrap(), [1, 2]);
    let written = serde_json::to_string(&event).unwrap();
    assert_eq!(serde_json::from_str::<Event>(&written).unwrap(), event);
    let error: InvalidData = Event::from_bytes(&b"\xFF"[..]).unwrap_err();
    assert_eq!(error.position(), 0);
}
