//! Bounds of runs, and how long they are kept.

use std::time::Duration;

use sse_tower::{
    Event,
    error::BoxError,
    runs::{RunErrorKind, RunId, Runs, RunsBuilder, Seal},
};
use tokio::time::sleep;

use super::{
    store::SharedStore,
    support::{Client, Model, SECOND, kind, read, start},
};

/// The same bounds in memory and in a shared store.
fn both(set: impl Fn(RunsBuilder) -> RunsBuilder) -> [Runs; 2] {
    let builder = || set(Runs::builder());
    [builder().build(), builder().build_on(SharedStore::new(1))]
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_too_large_ends_with_what_fits() {
    // `data: 1\n` has 8 bytes.
    for (events, bytes, expected) in [
        (3, 1000, &["1", "2", "3", "end!"][..]),
        (2, 1000, &["1", "2", "too_large!"]),
        (0, 1000, &["too_large!"]),
        (10, 24, &["1", "2", "3", "end!"]),
        (10, 23, &["1", "2", "too_large!"]),
        (10, 7, &["too_large!"]),
    ] {
        for runs in both(|builder| builder.max_events(events).max_bytes(bytes)) {
            let (id, model) = start(&runs).await;
            ["1", "2", "3"].into_iter().for_each(|text| model.say(text));
            let dropped = model.life.clone();
            drop(model);
            assert_eq!(
                read(&runs, id).await,
                expected,
                "{events} events, {bytes} bytes"
            );
            assert!(dropped.dropped().is_some());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn bounds_hold_over_several_writes() {
    for runs in both(|builder| builder.max_events(3)) {
        let (id, model) = start(&runs).await;
        for number in 1..=5 {
            model.say(&number.to_string());
            sleep(SECOND).await;
        }
        assert_eq!(read(&runs, id).await, ["1", "2", "3", "too_large!"]);
        assert!(model.is_dropped());
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_is_kept_for_its_time_and_then_unknown() {
    for runs in both(|builder| builder.keep_for(60 * SECOND)) {
        let (id, model) = start(&runs).await;
        model.say("1");
        // It is kept while it runs, however long that takes.
        sleep(100 * SECOND).await;
        drop(model);
        let mut client = Client::default();
        let mut follower = client.connect(&runs, id).await.unwrap();
        client.read_all(&mut follower).await;
        sleep(Duration::from_millis(59_900)).await;
        assert_eq!(read(&runs, id).await, ["1", "end!"]);
        sleep(Duration::from_millis(200)).await;
        assert_eq!(
            kind(client.connect(&runs, id).await),
            RunErrorKind::NotFound
        );
        assert_eq!(kind(runs.status(id).await), RunErrorKind::NotFound);
        assert_eq!(kind(runs.stop(id).await), RunErrorKind::NotFound);
    }
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_run_is_removed_as_well() {
    for runs in both(|builder| builder.keep_for(60 * SECOND)) {
        let nothing = tokio_stream::pending::<Result<Event, BoxError>>();
        let id = runs.start(nothing).await.unwrap().id();
        sleep(74 * SECOND).await;
        assert!(Client::default().connect(&runs, id).await.is_ok());
        sleep(2 * SECOND).await;
        assert_eq!(kind(runs.status(id).await), RunErrorKind::NotFound);
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_run_takes_the_place_of_the_one_that_ended_first() {
    let runs = Runs::builder().max_runs(3).build();
    let mut started = Vec::new();
    for _ in 0..3 {
        started.push(start(&runs).await);
    }
    // All go on.
    let nothing = tokio_stream::pending::<Result<Event, BoxError>>();
    let error = runs.start(nothing).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status().as_u16()),
        (RunErrorKind::Full, 503)
    );
    // The second one ends first, then the first one.
    for ended in [1, 0] {
        runs.stop(started[ended].0).await.unwrap();
    }
    let (fourth, _model) = start(&runs).await;
    let ids: Vec<_> = runs
        .list()
        .await
        .unwrap()
        .iter()
        .map(|run| run.id())
        .collect();
    assert_eq!(ids, [started[0].0, started[2].0, fourth]);
}

#[tokio::test(start_paused = true)]
async fn the_place_of_a_dead_producer_is_taken_first() {
    let runs = Runs::builder().max_runs(2).build();
    let (alive, _model) = start(&runs).await;
    let nothing = tokio_stream::pending::<Result<Event, BoxError>>;
    let dead = runs.start(nothing()).await.unwrap().id();
    assert_eq!(kind(runs.start(nothing()).await), RunErrorKind::Full);
    sleep(16 * SECOND).await;
    assert!(runs.start(nothing()).await.is_ok());
    assert_eq!(kind(runs.status(dead).await), RunErrorKind::NotFound);
    assert_eq!(runs.status(alive).await.unwrap().seal(), None::<Seal>);
}

#[tokio::test(start_paused = true)]
async fn an_id_of_the_client_starts_one_run_until_that_is_removed() {
    let id: RunId = "000102030405060708090a0b0c0d0e0f".parse().unwrap();
    for runs in both(|builder| builder.keep_for(60 * SECOND)) {
        let (model, stream) = Model::new();
        let run = runs.of("alice").start(stream).id(id).await.unwrap();
        assert_eq!(run.id(), id);
        tokio::spawn(run.drive());
        model.say("1");
        let again = async |runs: &Runs| {
            let (model, stream) = Model::new();
            let error = runs.start(stream).id(id).await.unwrap_err();
            assert_eq!(error.kind(), RunErrorKind::Exists);
            assert_eq!(error.status(), 409);
            assert!(model.is_dropped());
        };
        let alice = runs.of("alice");
        for other in [&alice, &runs, &runs.of("bob")] {
            again(other).await;
        }
        model.say("2");
        sleep(SECOND).await;
        assert_eq!(alice.stop(id).await.unwrap(), Seal::Stopped);
        again(&runs).await;
        assert_eq!(read(&alice, id).await, ["1", "2", "stopped!"]);
        sleep(60 * SECOND).await;
        let (model, stream) = Model::new();
        let run = runs.start(stream).id(id).await.unwrap();
        tokio::spawn(run.drive());
        model.say("3");
        drop(model);
        assert_eq!(read(&runs, id).await, ["3", "end!"]);
    }
}
