//! Messages that tell followers and producers of news of runs in Redis.

use std::time::Duration;

use sse_tower::{
    Event, LastEventId,
    error::BoxError,
    runs::{
        Runs, Seal,
        store::redis::{RedisErrorKind, RedisStore, RedisStoreOptions, RedisWarning},
    },
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout},
};
use tokio_stream::{StreamExt, wrappers::UnboundedReceiverStream};

use crate::{
    runs::{read, say, start},
    server::Server,
};

/// The rights in the documentation.
const RIGHTS: &str = "~sse:* &sse:* +@hash +@list +@sortedset +del +pttl +pexpireat +eval +evalsha +script|load +info \
    +time +publish +subscribe +unsubscribe +@connection";

/// Connects as a user with these rights.
async fn connect_with(server: &Server, rights: &str) -> Result<RedisStore, RedisErrorKind> {
    let mut command = vec!["ACL", "SETUSER", "runs", "reset", "on", ">pass"];
    command.extend(rights.split_whitespace());
    server.run::<()>(&command);
    server.run::<()>(&["SCRIPT", "FLUSH"]);
    let url = format!("redis://runs:pass@127.0.0.1:{}", server.port());
    let store = RedisStore::connect(&url, RedisStoreOptions::new()).await;
    store.map_err(|error| {
        let message = error.to_string();
        assert!(message.contains(RIGHTS), "{message}");
        error.kind()
    })
}

#[tokio::test]
async fn the_rights_in_the_documentation_are_enough_and_each_is_needed() {
    let Some(server) = Server::start() else {
        return;
    };
    for right in RIGHTS.split_whitespace() {
        let rest = RIGHTS.split_whitespace().filter(|other| *other != right);
        let rest: Vec<_> = rest.collect();
        let refused = connect_with(&server, &rest.join(" ")).await.err();
        let is_noticed = [
            "~sse:*",
            "&sse:*",
            "+@sortedset",
            "+eval",
            "+evalsha",
            "+info",
            "+time",
            "+publish",
            "+subscribe",
            "+unsubscribe",
        ];
        // The others are used only once there is a run, or by other versions of the server.
        let is_noticed = is_noticed.contains(&right);
        let expected = is_noticed.then_some(RedisErrorKind::MissingRight);
        assert_eq!(refused, expected, "without {right}");
    }
    let one = Runs::builder().build_on(connect_with(&server, RIGHTS).await.unwrap());
    let two = Runs::builder().build_on(connect_with(&server, RIGHTS).await.unwrap());
    let (id, model) = start(&one).await;
    let follower = two.clone();
    let reading = tokio::spawn(async move { read(&follower, id, LastEventId::none()).await });
    for number in 0..5 {
        say(&model, &number.to_string());
        sleep(Duration::from_millis(120)).await;
    }
    assert_eq!(two.stop(id).await.unwrap(), Seal::Stopped);
    let text = reading.await.unwrap();
    assert!(
        text.contains("data: 4\n") && text.contains("event: stopped\n"),
        "{text}"
    );
    let dropped = timeout(Duration::from_secs(2), model.closed());
    dropped.await.expect("the stream is dropped");
}

#[tokio::test]
async fn a_server_that_may_remove_runs_is_warned_of() {
    let Some(server) = Server::start() else {
        return;
    };
    for (policy, expected) in [
        ("noeviction", None),
        ("volatile-ttl", Some(RedisWarning::EvictsRuns)),
        ("allkeys-lru", Some(RedisWarning::EvictsRuns)),
    ] {
        server.run::<()>(&["CONFIG", "SET", "maxmemory-policy", policy]);
        let store = RedisStore::connect(&server.url(), RedisStoreOptions::new()).await;
        assert_eq!(store.unwrap().warning(), expected, "{policy}");
    }
}

/// Returns the number of nodes that are told of the news of a run.
fn nodes_told(server: &Server, id: impl std::fmt::Display) -> u64 {
    let channel = format!("sse:{{runs}}:news:{id}");
    let (_channel, nodes): (String, u64) = server.run(&["PUBSUB", "NUMSUB", &channel]);
    nodes
}

#[tokio::test]
async fn followers_share_a_subscription_get_events_at_once_and_it_ends_after_them() {
    let Some(server) = Server::start() else {
        return;
    };
    let producing = Runs::redis(&server.url()).await.unwrap();
    let watching = Runs::redis(&server.url()).await.unwrap();
    let (id, model) = start(&producing).await;
    let mut followers = Vec::new();
    for _ in 0..10 {
        followers.push(watching.follow(id, LastEventId::none()).await.unwrap());
    }
    let begin = Instant::now();
    for number in 1..=20 {
        // The last ones are too long for a message.
        let length = if number > 15 { 20_000 } else { 1 };
        say(&model, &"x".repeat(length));
        for follower in &mut followers {
            let frame = timeout(Duration::from_secs(30), follower.next()).await;
            let frame = frame.expect("an event").unwrap().unwrap();
            let text = String::from_utf8(frame.as_bytes().to_vec()).unwrap();
            assert!(
                text.ends_with(&format!("x\nid: {id}-{number}\n\n")),
                "{number}"
            );
        }
        if number == 10 {
            assert_eq!(nodes_told(&server, id), 1);
        }
    }
    // Without messages, each event would take up to 2.5 seconds.
    let time = begin.elapsed();
    assert!(time < Duration::from_secs(12), "20 events took {time:?}");
    drop(followers);
    let deadline = Instant::now() + Duration::from_secs(20);
    while nodes_told(&server, id) > 0 {
        assert!(Instant::now() < deadline, "the subscription does not end");
        sleep(Duration::from_millis(50)).await;
    }
    // The next follower begins anew.
    drop(model);
    let text = read(&watching, id, LastEventId::none()).await;
    assert_eq!(text.matches("data: x").count(), 20);
    assert!(text.ends_with(&format!("event: end\ndata: end\nid: {id}-20-end\n\n")));
}

#[tokio::test]
async fn a_quiet_run_goes_on_while_another_node_follows_it_and_stops_after_that() {
    let Some(server) = Server::start() else {
        return;
    };
    let producing = Runs::redis(&server.url()).await.unwrap();
    let watching = Runs::redis(&server.url()).await.unwrap();
    let (model, stream) = mpsc::unbounded_channel::<Result<Event, BoxError>>();
    let run = producing.start(UnboundedReceiverStream::new(stream));
    let run = run.stop_when_unwatched(Duration::from_secs(2)).await;
    let run = run.unwrap();
    let mut follower = watching
        .follow(run.id(), LastEventId::none())
        .await
        .unwrap();
    tokio::spawn(run.drive());
    // The producer looks whenever it renews its lease.
    let quiet = timeout(Duration::from_millis(5500), follower.next()).await;
    assert!(quiet.is_err() && !model.is_closed(), "{quiet:?}");
    drop(follower);
    let dropped = timeout(Duration::from_secs(15), model.closed());
    dropped.await.expect("the stream is dropped");
}

#[tokio::test]
async fn lost_messages_delay_events_but_lose_none() {
    let Some(server) = Server::start() else {
        return;
    };
    let one = Runs::builder().build_on(connect_with(&server, RIGHTS).await.unwrap());
    let two = Runs::redis(&server.url()).await.unwrap();
    let (id, model) = start(&one).await;
    let follower = two.clone();
    let reading = tokio::spawn(async move { read(&follower, id, LastEventId::none()).await });
    for text in ["1", "2"] {
        say(&model, text);
        sleep(Duration::from_millis(300)).await;
    }
    // Nothing is published any more. The scripts still write.
    server.run::<()>(&["ACL", "SETUSER", "runs", "-publish"]);
    say(&model, "3");
    sleep(Duration::from_millis(300)).await;
    server.run::<()>(&["ACL", "SETUSER", "runs", "+publish"]);
    // This message does not follow on the last one.
    say(&model, "4");
    sleep(Duration::from_millis(300)).await;
    server.run::<()>(&["ACL", "SETUSER", "runs", "-publish"]);
    drop(model);
    let text = reading.await.unwrap();
    let events = (1..=4).map(|number| format!("data: {number}\nid: {id}-{number}\n\n"));
    let end = format!("event: end\ndata: end\nid: {id}-4-end\n\n");
    assert_eq!(text, events.collect::<String>() + &end);
}
