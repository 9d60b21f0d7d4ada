//! Entries that the server confirmed and then lost. Everyone whom the loss concerns is told of it, although nothing
//! is published.

use std::time::Duration;

use sse_tower::hub::{Hub, log::redis::RedisOptions};
use tokio::time::{Instant, sleep};

use crate::{
    node::Node,
    proxy::{Network, Proxy},
    server::Server,
    support::{Client, publish},
};

/// Time in which everyone is told, from when the server can be reached again.
const TOLD_WITHIN: Duration = Duration::from_secs(5);

const STREAM: &str = "sse:{log}:log";
const META: &str = "sse:{log}:meta";

/// Publishes five events, causes the loss before or after some of them, and checks that a client that is connected
/// and one that resumes are told.
struct Scene {
    server: Server,
    nodes: [Node; 2],
    connected: Client,
    last_event_id: String,
}

impl Scene {
    /// Publishes five events, which a client receives from the other node.
    async fn after_five_events(server: Server) -> Self {
        Self::with_save(server, |_| {}).await
    }

    /// Also does something after the third event.
    async fn with_save(server: Server, after_three: impl FnOnce(&Server)) -> Self {
        let url = server.url();
        // They are told in time although they would wait longer for an answer.
        let options = RedisOptions::new().timeout(4 * TOLD_WITHIN);
        let node = || Node::with(&url, options.clone(), Hub::builder());
        let nodes = [node().await, node().await];
        let mut connected = Client::default();
        let start = nodes[1].hub.head();
        let mut subscription = nodes[1].resume(start.as_str());
        let mut last_event_id = String::new();
        let mut after_three = Some(after_three);
        for n in 1..=5 {
            last_event_id = publish(&nodes[0].hub, "a", n).await;
            if n == 3
                && let Some(after_three) = after_three.take()
            {
                after_three(&server);
            }
        }
        connected
            .receive(&mut subscription, &["1", "2", "3", "4", "5"])
            .await;
        Self {
            server,
            nodes,
            connected,
            last_event_id,
        }
    }

    /// Causes a loss of newest entries. Everyone is told by a gap, and new events follow.
    async fn loses(self, cause: impl AsyncFnOnce(&mut Server)) {
        self.loses_and_has(cause, &["gap: epoch"]).await;
    }

    /// Also says what follows the gap: the log may have events already.
    async fn loses_and_has(self, cause: impl AsyncFnOnce(&mut Server), told: &[&str]) {
        let Self {
            mut server,
            nodes,
            mut connected,
            last_event_id,
        } = self;
        let mut subscriptions = nodes.each_ref().map(|node| node.resume(&last_event_id));
        for subscription in &mut subscriptions {
            Client::default().receive(subscription, &[""; 0]).await;
        }
        cause(&mut server).await;
        let start = Instant::now();
        for subscription in &mut subscriptions {
            connected.receive(subscription, told).await;
        }
        assert!(
            start.elapsed() < TOLD_WITHIN,
            "told after {:?}",
            start.elapsed()
        );
        for node in &nodes {
            // One that comes back later is told as well.
            let mut resumed = node.resume(&last_event_id);
            Client::default().receive(&mut resumed, told).await;
        }
        let id = publish(&nodes[1].hub, "a", "new").await;
        for subscription in &mut subscriptions {
            connected.receive(subscription, &["new"]).await;
        }
        // The new log is a whole one.
        publish(&nodes[0].hub, "a", "last").await;
        let mut resumed = nodes[1].resume(&id);
        Client::default().receive(&mut resumed, &["last"]).await;
    }
}

/// Returns the epoch of the log, and a number that is larger by a day.
fn epoch(server: &Server) -> (u64, u64) {
    let epoch: u64 = server.run(&["HGET", META, "epoch"]);
    (epoch, epoch + 24 * 3600 * 1_000_000)
}

#[tokio::test]
async fn the_server_restarts_and_has_lost_all() {
    let Some(server) = Server::start() else {
        return;
    };
    let scene = Scene::after_five_events(server).await;
    scene.loses(async |server| server.restart()).await;
}

#[tokio::test]
async fn the_server_restarts_with_an_older_log() {
    let Some(server) = Server::start() else {
        return;
    };
    let save = |server: &Server| server.run::<()>(&["SAVE"]);
    let scene = Scene::with_save(server, save).await;
    let older = async |server: &mut Server| {
        server.restart();
        assert_eq!(server.run::<u64>(&["XLEN", STREAM]), 3);
    };
    scene.loses(older).await;
}

#[tokio::test]
async fn a_server_that_restarts_with_all_entries_is_a_gap_as_well() {
    let always = ["--appendonly", "yes", "--appendfsync", "always"];
    let Some(server) = Server::with(&always) else {
        return;
    };
    let scene = Scene::after_five_events(server).await;
    let kept = async |server: &mut Server| {
        server.restart();
        assert_eq!(server.run::<u64>(&["XLEN", STREAM]), 5);
    };
    scene.loses(kept).await;
}

#[tokio::test]
async fn keys_are_lost() {
    let flush: &[&[&str]] = &[&["FLUSHALL"]];
    for commands in [
        flush,
        &[&["DEL", STREAM]],
        &[&["DEL", META]],
        &[&["DEL", STREAM, META]],
    ] {
        let Some(server) = Server::start() else {
            return;
        };
        let scene = Scene::after_five_events(server).await;
        let lose = async |server: &mut Server| {
            for command in commands {
                server.run::<()>(command);
            }
        };
        scene.loses(lose).await;
    }
}

#[tokio::test]
async fn the_stream_is_deleted_and_made_again() {
    for (is_same_epoch, position) in [(true, 1), (true, 5), (true, 9), (false, 5)] {
        let Some(server) = Server::start() else {
            return;
        };
        let scene = Scene::after_five_events(server).await;
        let again = async |server: &mut Server| {
            let (epoch, later) = epoch(server);
            let id = format!("{}-{position}", if is_same_epoch { epoch } else { later });
            server.run::<()>(&["DEL", STREAM]);
            let entry = ["b", "0", "m", "0", "c", "1", "t", "a", "d", "data: other\n"];
            let command = [&["XADD", STREAM, &id][..], &entry].concat();
            server.run::<String>(&command);
        };
        // If the last ID is the same, the check bits show that it is another log. It has an entry.
        let told: &[&str] = match is_same_epoch && position == 5 {
            true => &["gap: epoch", "other"],
            false => &["gap: epoch"],
        };
        scene.loses_and_has(again, told).await;
    }
}

#[tokio::test]
async fn the_clock_was_ahead_by_a_day() {
    for lost in [None, Some(META), Some(STREAM)] {
        let always = ["--appendonly", "yes", "--appendfsync", "always"];
        let Some(server) = Server::with(&always) else {
            return;
        };
        // The log as it is after it has begun while the clock was ahead.
        let node = Node::start(&server.url()).await;
        drop(node);
        let (_, later) = epoch(&server);
        server.run::<String>(&["XADD", STREAM, &format!("{later}-0"), "b", "0"]);
        server.run::<()>(&["XTRIM", STREAM, "MAXLEN", "0"]);
        server.run::<()>(&["HSET", META, "epoch", &later.to_string(), "head", "0"]);
        let scene = Scene::after_five_events(server).await;
        assert_eq!(epoch(&scene.server).0, later);
        let lose = async |server: &mut Server| match lost {
            None => server.restart(),
            Some(key) => server.run(&["DEL", key]),
        };
        scene.loses(lose).await;
    }
}

#[tokio::test]
async fn a_replica_that_lagged_becomes_the_primary() {
    let Some((mut primary, replica)) = Server::start().zip(Server::start()) else {
        return;
    };
    let (network, replication) = (
        Proxy::to(primary.port()).await,
        Proxy::to(primary.port()).await,
    );
    replica.run::<()>(&["REPLICAOF", "127.0.0.1", &replication.port().to_string()]);
    let node = Node::start(&network.url()).await;
    let mut client = Client::default();
    let start = node.hub.head();
    let mut subscription = node.resume(start.as_str());
    for n in 1..=3 {
        publish(&node.hub, "a", n).await;
    }
    while !replica.run::<bool>(&["EXISTS", STREAM]) || replica.run::<u64>(&["XLEN", STREAM]) < 3 {
        sleep(Duration::from_millis(5)).await;
    }
    replication.set(Network::Silent);
    for n in 4..=5 {
        publish(&node.hub, "a", n).await;
    }
    client
        .receive(&mut subscription, &["1", "2", "3", "4", "5"])
        .await;
    primary.kill();
    replication.set(Network::Closed);
    replica.run::<()>(&["REPLICAOF", "NO", "ONE"]);
    assert_eq!(replica.run::<u64>(&["XLEN", STREAM]), 3);
    network.set(Network::To(replica.port()));
    let start = Instant::now();
    client.receive(&mut subscription, &["gap: epoch"]).await;
    assert!(
        start.elapsed() < TOLD_WITHIN,
        "told after {:?}",
        start.elapsed()
    );
    publish(&node.hub, "a", "new").await;
    client.receive(&mut subscription, &["new"]).await;
}

#[tokio::test]
async fn history_that_somebody_trims_is_a_gap_for_those_who_need_it() {
    let Some(server) = Server::start() else {
        return;
    };
    let node = Node::start(&server.url()).await;
    let mut ids = Vec::new();
    for n in 1..=5 {
        ids.push(publish(&node.hub, "a", n).await);
    }
    publish(&node.hub, "b", 6).await;
    let (epoch, _) = epoch(&server);
    server.run::<()>(&["XTRIM", STREAM, "MINID", &format!("{epoch}-5")]);
    let start = Instant::now();
    while node.hub.snapshot(0).floor != 5 {
        assert!(start.elapsed() < TOLD_WITHIN);
        sleep(Duration::from_millis(5)).await;
    }
    for (id, expected) in [
        (&ids[0], &["gap: trimmed", "5"][..]),
        (&ids[2], &["gap: trimmed", "5"]),
        (&ids[3], &["5"]),
        (&ids[4], &[]),
    ] {
        Client::default()
            .receive(&mut node.resume(id), expected)
            .await;
    }
    // A node that began later does not know the topics of the lost events.
    let young = Node::start(&server.url()).await;
    Client::default()
        .receive(&mut young.resume(&ids[2]), &["gap: trimmed", "5"])
        .await;
}
