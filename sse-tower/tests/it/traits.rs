//! What the types are, whatever is in them.

use std::{fmt::Debug, pin::Pin};

use sse_tower::{
    Cors, CorsBody, CorsFuture, CorsService, Drain, DrainStarted, Drained, Draining, EndReason,
    Event, EventFrame, Heartbeat, Lagged, LastEventId, Limits, Origin, ParsedId, RelayBody,
    RelayFuture, RelayLayer, RelayService, Settings, Sse, SseBody, SseFuture, SseLayer, SseService,
};
use tokio_stream::Stream;

type SyncStream =
    Pin<Box<dyn Stream<Item = Result<Event, std::convert::Infallible>> + Send + Sync>>;

fn sent_and_shared<T: Send + Sync>() {}
fn value<T: Clone + Debug + Send + Sync>() {}

#[test]
fn a_body_is_send_and_sync_where_its_stream_is() {
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
    value::<(EventFrame, Heartbeat, LastEventId, Origin, SseLayer, Cors)>();
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
        None::<CorsService<Anything>>,
        None::<RelayBody<Anything>>,
        None::<RelayFuture<Anything>>,
        None::<RelayService<Anything>>,
    );
}
