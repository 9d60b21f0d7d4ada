//! What the types are, whatever is in them.

use std::{fmt::Debug, pin::Pin};

use sse_tower::{
    Cors, Event, EventFrame, Heartbeat, LastEventId, Origin, Sse, SseBody, SseFuture, SseLayer,
    SseService,
};
use tokio_stream::Stream;

type SyncStream =
    Pin<Box<dyn Stream<Item = Result<Event, std::convert::Infallible>> + Send + Sync>>;

fn sent_and_shared<T: Send + Sync>() {}
fn cloned_and_shown<T: Clone + Debug>() {}

#[test]
fn a_body_is_send_and_sync_where_its_stream_is() {
    sent_and_shared::<SseBody<SyncStream>>();
    sent_and_shared::<Sse<SyncStream>>();
    sent_and_shared::<SseFuture<std::future::Ready<()>>>();
}

#[test]
fn values_are_cloned_shared_and_shown() {
    sent_and_shared::<(EventFrame, Heartbeat, LastEventId, Origin, SseLayer, Cors)>();
    cloned_and_shown::<(EventFrame, Heartbeat, LastEventId, Origin, SseLayer, Cors)>();
}

#[test]
fn structs_have_no_bounds() {
    struct Anything;
    let _unbounded = (
        None::<SseBody<Anything>>,
        None::<Sse<Anything>>,
        None::<SseFuture<Anything>>,
        None::<SseService<Anything>>,
    );
}
