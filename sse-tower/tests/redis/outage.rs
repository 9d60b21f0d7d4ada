//! Servers that are out of reach for a while.

use std::time::Duration;

use http::Request;
use sse_tower::{
    Event, Heartbeat, Settings, Sse,
    hub::{
        HealthState, Hub, PublishError, PublishErrorKind, Unavailable, log::redis::RedisOptions,
    },
    server::{EndReason, Notice},
    testing::EventReader,
};
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tokio_stream::StreamExt;

use crate::{
    node::Node,
    proxy::{Network, Proxy},
    server::Server,
    support::{Client, publish},
};

/// Time in which a publisher has an answer, and an outage shows.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// An outage, and what publishers are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outage {
    /// The process is stopped: connections stay open.
    Paused,
    /// The network loses all packets.
    Silent,
    /// The network closes all connections, and accepts none.
    Closed,
}

const OUTAGES: [Outage; 3] = [Outage::Paused, Outage::Silent, Outage::Closed];

impl Outage {
    fn begin(self, server: &Server, network: &Proxy) {
        match self {
            Self::Paused => server.pause(),
            Self::Silent => network.set(Network::Silent),
            Self::Closed => network.set(Network::Closed),
        }
    }

    fn end(self, server: &Server, network: &Proxy) {
        match self {
            Self::Paused => server.resume(),
            Self::Silent | Self::Closed => network.set(Network::To(server.port())),
        }
    }
}

/// Publishes an event. Its data is also its publish ID. Returns the kind of error.
async fn try_publish(hub: &Hub, data: &str) -> Option<PublishErrorKind> {
    let publish = hub.publish("a", Event::new(data)).publish_id(data);
    let published = timeout(ANSWER_WITHIN, publish).await;
    let published = published.expect("an answer in time");
    published.err().as_ref().map(PublishError::kind)
}

async fn wait_for(hub: &Hub, state: HealthState, within: Duration) {
    let wait = async {
        while hub.health().state() != state {
            sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = timeout(within, wait).await;
    waited.unwrap_or_else(|_| panic!("not {state} within {within:?}: {:?}", hub.health()));
}

/// Publishes numbers, one every 20 ms, without waiting for the answers. Returns what each publisher was told.
async fn publish_numbers(
    hub: Hub,
    name: &str,
    count: u32,
) -> Vec<(String, Option<PublishErrorKind>)> {
    let mut publishers = JoinSet::new();
    for n in 0..count {
        let (hub, data) = (hub.clone(), format!("{name} {n}"));
        publishers.spawn(async move {
            let kind = try_publish(&hub, &data).await;
            (data, kind)
        });
        sleep(Duration::from_millis(20)).await;
    }
    publishers.join_all().await
}

#[tokio::test]
async fn an_outage_is_told_and_nothing_is_lost_or_doubled() {
    for outage in OUTAGES {
        let Some(server) = Server::start() else {
            return;
        };
        let network = Proxy::to(server.port()).await;
        let node = Node::start(&network.url()).await;
        // The network of this one has no outage.
        let other = Node::start(&server.url()).await;
        let mut subscription = node.hub.subscribe_all();
        let mut client = Client::default();
        client.receive(&mut subscription, &[""; 0]).await;
        publish(&node.hub, "a", "before").await;
        client.receive(&mut subscription, &["before"]).await;

        let publishing = [
            tokio::spawn(publish_numbers(node.hub.clone(), "node", 100)),
            tokio::spawn(publish_numbers(other.hub.clone(), "other", 100)),
        ];
        sleep(Duration::from_millis(300)).await;
        outage.begin(&server, &network);
        let told = try_publish(&node.hub, "during").await;
        let expected = match outage {
            // The command was written to a connection that gave no sign.
            Outage::Paused | Outage::Silent => &[PublishErrorKind::Unknown][..],
            // The end of the connection may have been noticed before.
            Outage::Closed => &[PublishErrorKind::Unknown, PublishErrorKind::NotPublished],
        };
        assert!(
            told.is_some_and(|kind| expected.contains(&kind)),
            "{outage:?}: {told:?}"
        );
        wait_for(&node.hub, HealthState::Failing, ANSWER_WITHIN).await;
        assert!(node.hub.health().last_error().is_some());

        outage.end(&server, &network);
        wait_for(&node.hub, HealthState::Healthy, ANSWER_WITHIN).await;
        // By its publish ID, the event is appended once, whether it was before or not.
        assert_eq!(try_publish(&other.hub, "during").await, None);
        let mut ledger = vec![("during".to_owned(), None)];
        for publisher in publishing {
            ledger.extend(publisher.await.unwrap());
        }
        publish(&node.hub, "a", "after").await;
        // The subscriber has each event of the log once, in its order.
        let mut stored = Client::default();
        let mut from_start = other.hub.subscribe_all().from_start();
        let deadline = Instant::now() + ANSWER_WITHIN;
        while stored
            .received
            .last()
            .is_none_or(|event| event.data != "after")
        {
            assert!(Instant::now() < deadline, "{stored:?}");
            stored.read(&mut from_start);
            sleep(Duration::from_millis(1)).await;
        }
        let all: Vec<_> = stored.received.iter().map(|event| &*event.data).collect();
        assert_eq!(all[0], "before");
        client.receive(&mut subscription, &all[1..]).await;
        // The log has what its publishers were told.
        for (data, kind) in ledger {
            let count = all.iter().filter(|stored| **stored == data).count();
            let expected = match kind {
                None => 1..=1,
                Some(PublishErrorKind::Unknown) => 0..=1,
                Some(_) => 0..=0,
            };
            assert!(
                expected.contains(&count),
                "{outage:?}: {data}: {kind:?}, {count} times"
            );
        }
    }
}

#[tokio::test]
async fn a_client_that_resumes_during_an_outage_waits_for_its_events() {
    for outage in OUTAGES {
        let Some(server) = Server::start() else {
            return;
        };
        let network = Proxy::to(server.port()).await;
        // The node keeps the newest event only.
        let node = Node::with(
            &network.url(),
            RedisOptions::new(),
            Hub::builder().max_events(1),
        )
        .await;
        let mut ids = Vec::new();
        for n in 1..=5 {
            ids.push(publish(&node.hub, "a", n).await);
        }
        outage.begin(&server, &network);
        let mut early = node.resume(&ids[0]);
        let mut client = Client::default();
        client.receive(&mut early, &[""; 0]).await;
        wait_for(&node.hub, HealthState::Failing, ANSWER_WITHIN).await;
        let mut late = node.resume(&ids[1]);
        client.receive(&mut late, &[""; 0]).await;
        outage.end(&server, &network);
        client.receive(&mut early, &["2", "3", "4", "5"]).await;
        client.receive(&mut late, &["3", "4", "5"]).await;
    }
}

#[tokio::test]
async fn a_server_that_is_gone_or_refuses_has_certainly_not_published() {
    let Some(mut server) = Server::start() else {
        return;
    };
    let node = Node::start(&server.url()).await;
    publish(&node.hub, "a", "1").await;
    // It refuses to write.
    server.run::<()>(&["CONFIG", "SET", "maxmemory", "1"]);
    assert_eq!(
        try_publish(&node.hub, "2").await,
        Some(PublishErrorKind::NotPublished)
    );
    server.run::<()>(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(try_publish(&node.hub, "3").await, None);
    // It refuses the script.
    let stream = "sse:{log}:log";
    server.run::<()>(&["DEL", stream]);
    server.run::<()>(&["SET", stream, "of another program"]);
    assert_eq!(
        try_publish(&node.hub, "refused").await,
        Some(PublishErrorKind::NotPublished)
    );
    server.run::<()>(&["DEL", stream]);
    assert_eq!(try_publish(&node.hub, "accepted").await, None);
    server.kill();
    // The end of the connection may not have been noticed yet.
    assert!(try_publish(&node.hub, "4").await.is_some());
    for _ in 0..3 {
        // Without a connection, no command was written.
        assert_eq!(
            try_publish(&node.hub, "4").await,
            Some(PublishErrorKind::NotPublished)
        );
    }
    server.restart();
    wait_for(&node.hub, HealthState::Healthy, ANSWER_WITHIN).await;
    assert_eq!(try_publish(&node.hub, "5").await, None);
}

/// Counts the comments.
fn heartbeats(stream: &[u8]) -> usize {
    let lines = stream.split(|byte| *byte == b'\n');
    lines.filter(|line| line.starts_with(b":")).count()
}

#[tokio::test]
async fn streams_outlast_a_short_outage_with_heartbeats_and_end_cleanly_after_a_long_one() {
    let Some(mut server) = Server::start() else {
        return;
    };
    let max_outage = Duration::from_secs(2);
    let node = Node::with(
        &server.url(),
        RedisOptions::new(),
        Hub::builder().max_outage(max_outage),
    )
    .await;
    let (sender, mut ends) = mpsc::unbounded_channel();
    let settings = Settings::new()
        .heartbeat(Heartbeat::every(Duration::from_millis(50)))
        .on_notice(move |notice| {
            if let Notice::Ended(end) = notice {
                let _test_has_failed = sender.send(end.reason());
            }
        });
    let response = Sse::with(node.hub.subscribe("a"), settings.clone());
    let mut reader = EventReader::new(response.into_http());
    publish(&node.hub, "a", "1").await;
    assert_eq!(reader.event().await.data(), "1");

    server.kill();
    wait_for(&node.hub, HealthState::Failing, ANSWER_WITHIN).await;
    let start = Instant::now();
    let before = heartbeats(reader.raw());
    assert_eq!(reader.rest().await, []);
    assert!(heartbeats(reader.raw()) > before + 5);
    // It was open for that time. The last reads may have failed a little later.
    assert!(
        start.elapsed() > max_outage / 2,
        "ended after {:?}",
        start.elapsed()
    );
    assert_eq!(ends.recv().await, Some(EndReason::Unavailable));
    let health = node.hub.health();
    assert_eq!(health.state(), HealthState::Unavailable);
    assert!(health.last_error().is_some());

    // A client that comes back is sent away at once.
    let mut early = node.hub.subscribe("a");
    let ended = loop {
        match early.next().await.expect("an error before the end") {
            Ok(_position) => {}
            Err(error) => break error,
        }
    };
    assert!(ended.is::<Unavailable>());

    // The node recovers without being built again. The server has lost the log, which its client is told.
    server.restart();
    wait_for(&node.hub, HealthState::Healthy, ANSWER_WITHIN).await;
    let again = reader.disconnect().resume(Request::new(()));
    let last = sse_tower::LastEventId::of(&again);
    let response = Sse::with(node.hub.subscribe("a").after(last), settings);
    let mut reader = EventReader::new(response.into_http());
    assert_eq!(reader.event().await.event_type().as_str(), "gap");
    publish(&node.hub, "a", "2").await;
    assert_eq!(reader.event().await.data(), "2");
}

#[tokio::test]
async fn a_driver_that_is_dropped_ends_the_streams() {
    let Some(server) = Server::start() else {
        return;
    };
    let node = Node::start(&server.url()).await;
    let mut subscription = node.hub.subscribe("a");
    Client::default().receive(&mut subscription, &[""; 0]).await;
    node.stop_driver();
    let ended = timeout(ANSWER_WITHIN, subscription.next()).await.unwrap();
    assert!(ended.unwrap().unwrap_err().is::<Unavailable>());
    assert_eq!(node.hub.health().state(), HealthState::Unavailable);
}
