//! Runs in Redis while servers, networks and nodes fail.

use std::time::Duration;

use sse_tower::{
    EventId, LastEventId,
    runs::{RunErrorKind, Runs, Seal},
};
use tokio::{
    runtime,
    time::{Instant, sleep, timeout},
};
use tokio_stream::StreamExt;

use crate::{
    proxy::{Network, Proxy},
    runs::{read, say, start},
    server::Server,
};

/// Returns the text of a whole run of these numbers.
fn whole(id: impl std::fmt::Display, count: u32, seal: Seal) -> String {
    let events = (1..=count).map(|number| format!("data: {number}\nid: {id}-{number}\n\n"));
    let end = format!("event: {seal}\ndata: {seal}\nid: {id}-{count}-{seal}\n\n");
    events.collect::<String>() + &end
}

#[tokio::test]
async fn cut_connections_and_a_restart_with_its_file_lose_and_double_nothing() {
    let Some(mut server) = Server::with(&["--appendonly", "yes", "--appendfsync", "always"]) else {
        return;
    };
    let network = Proxy::to(server.port()).await;
    let producing = Runs::redis(&network.url()).await.unwrap();
    let watching = Runs::redis(&network.url()).await.unwrap();
    let (id, model) = start(&producing).await;
    let follower = watching.clone();
    let reading = tokio::spawn(async move { read(&follower, id, LastEventId::none()).await });
    for number in 1..=40 {
        say(&model, &number.to_string());
        sleep(Duration::from_millis(30)).await;
        match number {
            5 => {
                let killed: u64 = server.run(&["CLIENT", "KILL", "TYPE", "pubsub"]);
                assert_eq!(killed, 2);
            }
            10 => {
                server.run::<u64>(&["CLIENT", "KILL", "TYPE", "normal"]);
            }
            15 => network.set(Network::Closed),
            20 => network.set(Network::To(server.port())),
            25 => server.restart(),
            _ => {}
        }
    }
    drop(model);
    assert_eq!(reading.await.unwrap(), whole(id, 40, Seal::End));
    assert_eq!(
        read(&watching, id, LastEventId::none()).await,
        whole(id, 40, Seal::End)
    );
}

#[tokio::test]
async fn a_stop_while_the_network_of_the_producer_is_cut_reaches_it_afterwards() {
    let Some(server) = Server::start() else {
        return;
    };
    for cut in [Network::Silent, Network::Closed] {
        let network = Proxy::to(server.port()).await;
        let producing = Runs::redis(&network.url()).await.unwrap();
        let other = Runs::redis(&server.url()).await.unwrap();
        let (id, model) = start(&producing).await;
        network.set(cut);
        assert_eq!(other.stop(id).await.unwrap(), Seal::Stopped);
        sleep(Duration::from_millis(200)).await;
        assert!(!model.is_closed(), "{cut:?}");
        network.set(Network::To(server.port()));
        // The message was lost if the connection was closed. Then the next renewal tells it.
        let dropped = timeout(Duration::from_secs(8), model.closed());
        dropped.await.expect("the stream is dropped");
    }
}

#[tokio::test]
async fn a_flushed_database_ends_the_run_for_its_followers_and_its_producer() {
    let Some(server) = Server::start() else {
        return;
    };
    let producing = Runs::redis(&server.url()).await.unwrap();
    let watching = Runs::redis(&server.url()).await.unwrap();
    let (id, model) = start(&producing).await;
    say(&model, "1");
    let mut follower = watching.follow(id, LastEventId::none()).await.unwrap();
    let mut follow = async || timeout(Duration::from_secs(10), follower.next()).await;
    let first = follow().await.expect("an event").unwrap().unwrap();
    assert_eq!(first.events(), 1);
    server.run::<()>(&["FLUSHALL"]);
    // It has no seal, so the client comes back.
    assert!(follow().await.expect("the stream ends").is_none());
    let last = EventId::new(format!("{id}-1")).unwrap();
    let lost = watching.follow(id, last).await.unwrap_err();
    assert_eq!(lost.kind(), RunErrorKind::NotFound);
    let dropped = timeout(Duration::from_secs(8), model.closed());
    dropped
        .await
        .expect("the producer notices at its next renewal");
}

#[tokio::test]
async fn a_thousand_runs_at_once_take_a_bounded_part_of_the_server() {
    const RUNS: u64 = 1000;
    let Some(server) = Server::start() else {
        return;
    };
    let producing = Runs::redis(&server.url()).await.unwrap();
    let watching = Runs::redis(&server.url()).await.unwrap();
    let used_memory = || -> u64 {
        let info: String = server.run(&["INFO", "memory"]);
        let mut lines = info.lines();
        let used = lines.find_map(|line| line.strip_prefix("used_memory:"));
        used.unwrap().parse().unwrap()
    };
    let before = used_memory();
    let mut models = Vec::new();
    for _ in 0..RUNS {
        models.push(start(&producing).await);
    }
    let per_run = (used_memory() - before) / RUNS;
    println!("{per_run} bytes of the server for each run without events");
    assert!(per_run < 2048, "{per_run} bytes for each run");
    let mut followers = tokio::task::JoinSet::new();
    for (id, _) in &models {
        let (watching, id) = (watching.clone(), *id);
        followers.spawn(async move {
            let text = read(&watching, id, LastEventId::none()).await;
            assert_eq!(text, whole(id, 2, Seal::End));
        });
    }
    for number in ["1", "2"] {
        for (_, model) in &models {
            say(model, number);
        }
        sleep(Duration::from_millis(200)).await;
    }
    drop(models);
    while let Some(follower) = followers.join_next().await {
        follower.unwrap();
    }
}

/// A node in a runtime of its own. Dropping it ends all of its tasks and connections, as the death of a process does.
fn node() -> runtime::Runtime {
    let mut builder = runtime::Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().build().unwrap()
}

#[tokio::test]
async fn the_death_of_the_producer_s_node_is_told_and_that_of_a_follower_s_costs_nothing() {
    let Some(server) = Server::start() else {
        return;
    };
    let (producer, follower) = (node(), node());
    let url = server.url();
    let producing = producer.spawn(async move {
        let runs = Runs::redis(&url).await.unwrap();
        start(&runs).await
    });
    let (id, model) = producing.await.unwrap();
    say(&model, "1");
    let url = server.url();
    let following = follower.spawn(async move {
        let runs = Runs::redis(&url).await.unwrap();
        let mut follower = runs.follow(id, LastEventId::none()).await.unwrap();
        follower.next().await.unwrap().unwrap()
    });
    let first = following.await.unwrap();
    let mut text = String::from_utf8(first.as_bytes().to_vec()).unwrap();
    follower.shutdown_background();
    say(&model, "2");
    let watching = Runs::redis(&server.url()).await.unwrap();
    let last = EventId::new(format!("{id}-1")).unwrap();
    let reading = tokio::spawn(async move { read(&watching, id, last).await });
    let is_written = || server.run::<u64>(&["LLEN", &format!("sse:{{runs}}:log:{id}")]) == 2;
    let deadline = Instant::now() + Duration::from_secs(10);
    while !is_written() {
        assert!(Instant::now() < deadline, "the second event is not written");
        sleep(Duration::from_millis(10)).await;
    }
    let death = Instant::now();
    producer.shutdown_background();
    text += &reading.await.unwrap();
    assert_eq!(text, whole(id, 2, Seal::Interrupted));
    let time = death.elapsed();
    assert!(time < Duration::from_secs(20), "told after {time:?}");
    println!("interrupted {time:?} after the death of the producer's node");
}
