//! Metrics of a hub.

use std::task::{Context, Waker};

use sse_tower::{
    Event, EventId, LastEventId,
    hub::{Hub, HubMetrics},
};
use tokio_stream::{Stream, StreamExt};

use super::{Scrape, list};

fn poll<S: Stream + Unpin>(stream: &mut S) -> bool {
    let cx = &mut Context::from_waker(Waker::noop());
    std::pin::Pin::new(stream).poll_next(cx).is_ready()
}

#[tokio::test]
async fn events_subscriptions_and_gaps_are_counted() {
    let (scrape, metrics) = Scrape::with(HubMetrics::new);
    let hub = Hub::builder().max_events(2).metrics(&metrics).build();
    let mut slow = hub.subscribe("a");
    assert_eq!(scrape.values(), list([]), "it was not polled");
    while poll(&mut slow) {}
    assert_eq!(scrape.values(), list([("sse_hub_subscriptions", 1.0)]));
    for _ in 0..5 {
        hub.publish_now("a", Event::from_static("x")).unwrap();
    }
    let published = [
        ("sse_hub_subscriptions", 1.0),
        ("sse_hub_published_total", 5.0),
        // "data: x\n" without the line of the ID.
        ("sse_hub_published_bytes_total", 40.0),
    ];
    assert_eq!(scrape.values(), list(published));

    let mut other_log = hub
        .subscribe("a")
        .after(LastEventId::from(EventId::from_static(
            "00000000000000ff-8",
        )));
    let mut malformed = hub
        .subscribe("a")
        .after(LastEventId::from(EventId::from_static("nonsense")));
    for subscription in [&mut slow, &mut other_log, &mut malformed] {
        assert!(subscription.next().await.unwrap().is_ok());
    }
    let name = |reason| format!("sse_hub_gaps_total{{reason=\"{reason}\"}}");
    for reason in ["slow", "epoch", "malformed"] {
        assert_eq!(scrape.value(&name(reason)), 1.0, "{reason}");
    }
    assert_eq!(scrape.value(&name("trimmed")), 0.0);
    assert_eq!(scrape.value("sse_hub_subscriptions"), 3.0);
    drop((slow, other_log, malformed));
    assert_eq!(scrape.value("sse_hub_subscriptions"), 0.0);
}
