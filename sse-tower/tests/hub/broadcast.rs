//! What is lost with a broadcast channel, and not with a hub.

use std::pin::Pin;

use http::Request;
use sse_tower::{
    Event, EventFrame, LastEventId, Sse, error::BoxError, hub::Hub, testing::EventReader,
};
use tokio::sync::broadcast;
use tokio_stream::{Stream, StreamExt, wrappers::BroadcastStream};

use crate::support::{Backend, publish};

const CAPACITY: usize = 4;

type Events = Pin<Box<dyn Stream<Item = Result<EventFrame, BoxError>> + Send>>;

/// A server to which events are published, and which answers requests with them.
trait Server {
    async fn publish(&self, n: u64);
    fn events(&self, request: &Request<()>) -> Events;
}

struct Channel(broadcast::Sender<u64>);

impl Server for Channel {
    async fn publish(&self, n: u64) {
        let _nobody = self.0.send(n);
    }

    fn events(&self, _: &Request<()>) -> Events {
        // The usual way: what the receiver has missed is skipped.
        let events = BroadcastStream::new(self.0.subscribe()).filter_map(Result::ok);
        Box::pin(events.map(|n| Ok(Event::new(n.to_string()).with_id(n).into())))
    }
}

impl Server for Hub {
    async fn publish(&self, n: u64) {
        publish(self, "numbers", n).await;
    }

    fn events(&self, request: &Request<()>) -> Events {
        Box::pin(self.subscribe("numbers").after(LastEventId::of(request)))
    }
}

/// Lets a client fall behind by more than the log's capacity, read again, lose its connection, miss
/// one event, and come back. Returns the data of the events it has received.
async fn receive(server: &impl Server) -> Vec<String> {
    let mut received = Vec::new();
    let mut reader = EventReader::new(Sse::new(server.events(&Request::new(()))).into_http());
    server.publish(1).await;
    received.push(reader.event().await.data().to_owned());
    for n in 2..=8 {
        server.publish(n).await;
    }
    while received.last().is_none_or(|last| last != "8") {
        let event = reader.event().await;
        received.push(match event.event_type().as_str() {
            "gap" => "gap".to_owned(),
            _ => event.data().to_owned(),
        });
    }
    let again = reader.disconnect().resume(Request::new(()));
    server.publish(9).await;
    let mut reader = EventReader::new(Sse::new(server.events(&again)).into_http());
    server.publish(10).await;
    while received.last().is_none_or(|last| last != "10") {
        received.push(reader.event().await.data().to_owned());
    }
    received
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_channel_loses_events_silently() {
    let channel = Channel(broadcast::channel(CAPACITY).0);
    assert_eq!(receive(&channel).await, ["1", "5", "6", "7", "8", "10"]);
}

pub(crate) async fn a_hub_says_what_is_missing_and_resumes(backend: &impl Backend) {
    let hub = backend.hub_of(CAPACITY).await;
    let received = receive(&hub).await;
    assert_eq!(received, ["1", "gap", "5", "6", "7", "8", "9", "10"]);
}

pub(crate) async fn a_hub_with_room_loses_nothing(backend: &impl Backend) {
    let received = receive(&backend.hub().await).await;
    assert_eq!(
        received,
        (1..=10).map(|n| n.to_string()).collect::<Vec<_>>()
    );
}
