//! Runs in Redis.

use std::time::Duration;

use sse_tower::{
    Event, EventFrame, LastEventId,
    error::BoxError,
    runs::{
        RunErrorKind, RunId, Runs, Seal,
        store::redis::{RedisStore, RedisStoreOptions},
    },
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout},
};
use tokio_stream::{StreamExt, wrappers::UnboundedReceiverStream};

use crate::server::Server;

pub(crate) type Model = mpsc::UnboundedSender<Result<Event, BoxError>>;

/// Starts a run, and its driver as a task.
pub(crate) async fn start(runs: &Runs) -> (RunId, Model) {
    let (model, stream) = mpsc::unbounded_channel();
    let run = runs.start(UnboundedReceiverStream::new(stream)).await;
    let run = run.unwrap();
    let id = run.id();
    tokio::spawn(run.drive());
    (id, model)
}

pub(crate) fn say(model: &Model, text: &str) {
    model.send(Ok(Event::new(text))).unwrap();
}

/// Reads a run to its end, and returns the text of all frames.
pub(crate) async fn read(runs: &Runs, id: RunId, last: impl Into<LastEventId>) -> String {
    let follower = runs.follow(id, last).await.unwrap();
    let frames = follower.map(|frame: Result<EventFrame, _>| frame.unwrap());
    let frames = timeout(Duration::from_secs(60), frames.collect::<Vec<_>>());
    let bytes = frames.await.expect("the run ends");
    let bytes: Vec<u8> = bytes
        .iter()
        .flat_map(|frame| frame.as_bytes().to_vec())
        .collect();
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn a_follower_on_another_node_gets_every_event_once_and_then_the_end() {
    let Some(server) = Server::start() else {
        return;
    };
    let producing = Runs::redis(&server.url()).await.unwrap();
    let watching = Runs::redis(&server.url()).await.unwrap();
    let (id, model) = start(&producing).await;
    let follower = watching.clone();
    let early = tokio::spawn(async move { read(&follower, id, LastEventId::none()).await });
    for text in ["1", "2", "3"] {
        say(&model, text);
        sleep(Duration::from_millis(150)).await;
    }
    drop(model);
    let end = format!("event: end\ndata: end\nid: {id}-3-end\n\n");
    let expected =
        format!("data: 1\nid: {id}-1\n\ndata: 2\nid: {id}-2\n\ndata: 3\nid: {id}-3\n\n{end}");
    assert_eq!(early.await.unwrap(), expected);
    assert_eq!(read(&watching, id, LastEventId::none()).await, expected);
    let event_id = |text: String| sse_tower::EventId::new(text).unwrap();
    assert_eq!(read(&watching, id, event_id(format!("{id}-3"))).await, end);
    let complete = watching.follow(id, event_id(format!("{id}-3-end"))).await;
    assert_eq!(complete.unwrap_err().kind(), RunErrorKind::Complete);
    // The first seal counts.
    assert_eq!(watching.stop(id).await.unwrap(), Seal::End);
    assert_eq!(read(&watching, id, LastEventId::none()).await, expected);
}

#[tokio::test]
async fn a_stop_on_another_node_drops_the_stream_and_keys_do_not_cross() {
    let Some(server) = Server::start() else {
        return;
    };
    let producing = Runs::redis(&server.url()).await.unwrap().of("alice");
    let others = Runs::redis(&server.url()).await.unwrap();
    let (id, model) = start(&producing).await;
    say(&model, "1");
    for other in [others.clone(), others.of("bob"), others.of("")] {
        assert_eq!(
            other.stop(id).await.unwrap_err().kind(),
            RunErrorKind::NotFound
        );
        assert!(other.list().await.unwrap().is_empty());
    }
    assert_eq!(others.of("alice").list().await.unwrap().len(), 1);
    assert_eq!(others.of("alice").stop(id).await.unwrap(), Seal::Stopped);
    // A message tells the producer, long before it renews its lease.
    let dropped = timeout(Duration::from_secs(2), model.closed());
    dropped.await.expect("the stream is dropped");
    let keys: Vec<String> = server.run(&["KEYS", "*"]);
    assert!(keys.len() >= 3, "{keys:?}");
    for key in keys {
        let ttl: i64 = server.run(&["PTTL", &key]);
        assert!(ttl > 0, "{key} has no TTL");
    }
}

#[tokio::test]
async fn a_new_run_takes_the_place_of_the_one_that_ended_first() {
    let Some(server) = Server::start() else {
        return;
    };
    let options = RedisStoreOptions::new().max_runs(2);
    let store = RedisStore::connect(&server.url(), options).await.unwrap();
    let runs = Runs::builder().build_on(store);
    let (first, _model) = start(&runs).await;
    let (second, _model) = start(&runs).await;
    let nothing = tokio_stream::pending::<Result<Event, BoxError>>;
    let full = runs.start(nothing()).await.unwrap_err();
    assert_eq!(full.kind(), RunErrorKind::Full);
    runs.stop(second).await.unwrap();
    let (third, _model) = start(&runs).await;
    let ids: Vec<_> = runs
        .list()
        .await
        .unwrap()
        .iter()
        .map(|run| run.id())
        .collect();
    assert_eq!(ids, [first, third]);
}

#[tokio::test]
async fn a_paused_server_is_an_error_within_five_seconds_and_is_used_again_after_that() {
    let Some(server) = Server::start() else {
        return;
    };
    let runs = Runs::redis(&server.url()).await.unwrap();
    let (id, model) = start(&runs).await;
    say(&model, "1");
    let mut follower = runs.follow(id, LastEventId::none()).await.unwrap();
    let first = timeout(Duration::from_secs(30), follower.next()).await;
    assert_eq!(first.expect("an event").unwrap().unwrap().events(), 1);
    server.pause();
    say(&model, "2");
    let begin = Instant::now();
    let error = runs.status(id).await.unwrap_err();
    assert_eq!(error.kind(), RunErrorKind::Unavailable);
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "{:?}",
        begin.elapsed()
    );
    // By now the event was written twice, on two connections.
    sleep(Duration::from_secs(1)).await;
    server.resume();
    drop(model);
    let end = format!("event: end\ndata: end\nid: {id}-2-end\n\n");
    assert_eq!(
        read(&runs, id, LastEventId::none()).await,
        format!("data: 1\nid: {id}-1\n\ndata: 2\nid: {id}-2\n\n{end}")
    );
}

#[tokio::test]
async fn an_id_of_the_client_starts_one_run_over_all_nodes() {
    let Some(server) = Server::start() else {
        return;
    };
    let one = Runs::redis(&server.url()).await.unwrap();
    let two = Runs::redis(&server.url()).await.unwrap();
    let (alice, bob) = (one.of("alice"), two.of("bob"));
    for number in 0..20 {
        let id: RunId = format!("{number:032x}").parse().unwrap();
        let model = |node: &str| tokio_stream::iter([Ok::<_, BoxError>(Event::new(node))]);
        let (first, second) = tokio::join!(
            alice.start(model("one")).id(id),
            bob.start(model("two")).id(id)
        );
        let (runs, run, refused) = match (first, second) {
            (Ok(run), Err(error)) => (&alice, run, error),
            (Err(error), Ok(run)) => (&bob, run, error),
            both => panic!("{both:?}"),
        };
        assert_eq!(refused.kind(), RunErrorKind::Exists);
        run.drive().await.unwrap();
        assert_eq!(runs.status(id).await.unwrap().events(), 1);
        let again = runs.start(model("again")).id(id).await.unwrap_err();
        assert_eq!(again.kind(), RunErrorKind::Exists);
    }
}
