//! The ends of runs, and of their producers' streams.

use std::time::Duration;

use sse_tower::{
    Event,
    error::BoxError,
    runs::{RunErrorKind, Runs, Seal},
};
use tokio::time::{Instant, sleep};

use super::{
    store::SharedStore,
    support::{Client, Model, SECOND, kind, read, start, stores},
};

#[tokio::test(start_paused = true)]
async fn followers_and_the_producer_get_a_stop_at_once_if_the_store_tells_it() {
    for (name, runs) in stores() {
        for is_busy in [false, true] {
            let (id, model) = start(&runs).await;
            model.say("1");
            let mut client = Client::default();
            let mut follower = client.connect(&runs, id).await.unwrap();
            client.read_for(&mut follower, SECOND).await;
            let begin = Instant::now();
            assert_eq!(runs.stop(id).await.unwrap(), Seal::Stopped);
            client.read_all(&mut follower).await;
            assert!(begin.elapsed() < SECOND / 100, "{name}");
            let limit = match is_busy {
                true => {
                    model.say("2");
                    Duration::from_millis(110)
                }
                // A store that does not tell the producer: it learns of the stop when it renews its lease.
                false if name == "in a shared store" => 5 * SECOND,
                false => SECOND / 100,
            };
            sleep(limit).await;
            assert!(model.is_dropped(), "{name}, busy: {is_busy}");
            assert_eq!(client.received, ["1", "stopped!"], "{name}");
            assert_eq!(read(&runs, id).await, ["1", "stopped!"], "{name}");
            // The first seal counts.
            assert_eq!(runs.stop(id).await.unwrap(), Seal::Stopped);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_after_the_end_changes_nothing() {
    for (name, runs) in stores() {
        let (id, model) = start(&runs).await;
        drop(model);
        read(&runs, id).await;
        assert_eq!(runs.stop(id).await.unwrap(), Seal::End, "{name}");
        assert_eq!(runs.status(id).await.unwrap().seal(), Some(Seal::End));
    }
}

#[tokio::test(start_paused = true)]
async fn the_driver_returns_how_the_run_ended() {
    for (name, runs) in stores() {
        let (model, stream) = Model::new();
        let run = runs.start(stream).await.unwrap();
        let id = run.id();
        let driver = tokio::spawn(run.drive());
        sleep(SECOND).await;
        runs.stop(id).await.unwrap();
        assert_eq!(driver.await.unwrap().unwrap(), Seal::Stopped, "{name}");
        drop(model);
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_producer_leaves_an_interrupted_run_within_twenty_seconds() {
    for (name, runs) in stores() {
        // The producer dies at several times after it has renewed its lease.
        for millis in [1, 1000, 4999, 5001, 7500] {
            let (model, stream) = Model::new();
            let run = runs.start(stream).await.unwrap();
            let id = run.id();
            let driver = tokio::spawn(run.drive());
            model.say("1");
            let mut client = Client::default();
            let mut follower = client.connect(&runs, id).await.unwrap();
            client
                .read_for(&mut follower, Duration::from_millis(millis))
                .await;
            driver.abort();
            let death = Instant::now();
            client.read_all(&mut follower).await;
            assert_eq!(client.received, ["1", "interrupted!"], "{name}");
            assert!(
                death.elapsed() <= 20 * SECOND,
                "{name}: {:?}",
                death.elapsed()
            );
            assert!(
                death.elapsed() >= 9 * SECOND,
                "{name}: {:?}",
                death.elapsed()
            );
            let status = runs.status(id).await.unwrap();
            assert_eq!(
                (status.seal(), status.events()),
                (Some(Seal::Interrupted), 1)
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn status_and_list_seal_the_run_of_a_dead_producer() {
    for (name, runs) in stores() {
        for lists in [false, true] {
            let (_model, stream) = Model::new();
            let run = runs.start(stream).await.unwrap();
            let id = run.id();
            drop(run);
            sleep(Duration::from_millis(14_900)).await;
            assert_eq!(runs.status(id).await.unwrap().seal(), None, "{name}");
            sleep(Duration::from_millis(200)).await;
            let status = match lists {
                true => *runs.list().await.unwrap().last().unwrap(),
                false => runs.status(id).await.unwrap(),
            };
            assert_eq!(status.seal(), Some(Seal::Interrupted), "{name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_quiet_producer_keeps_its_lease() {
    for (name, runs) in stores() {
        let (id, model) = start(&runs).await;
        let mut client = Client::default();
        let mut follower = client.connect(&runs, id).await.unwrap();
        assert!(!client.read_for(&mut follower, 120 * SECOND).await);
        assert_eq!(runs.status(id).await.unwrap().seal(), None, "{name}");
        model.say("late");
        drop(model);
        client.read_all(&mut follower).await;
        assert_eq!(client.received, ["late", "end!"], "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_producer_that_wakes_up_after_its_lease_is_refused() {
    let store = SharedStore::new(1);
    let node = |number| Runs::builder().build_on(store.node(number));
    let (producing, watching) = (node(0), node(1));
    let (id, model) = start(&producing).await;
    model.say("1");
    sleep(SECOND).await;
    store.state().cut.push(0);
    model.say("2");
    let mut client = Client::default();
    let mut follower = client.connect(&watching, id).await.unwrap();
    client.read_all(&mut follower).await;
    assert!(!model.is_dropped());
    store.state().cut.clear();
    sleep(SECOND).await;
    assert!(model.is_dropped());
    assert_eq!(client.received, ["1", "interrupted!"]);
    assert_eq!(read(&producing, id).await, client.received);
}

#[tokio::test(start_paused = true)]
async fn a_short_outage_of_the_store_harms_nothing() {
    let store = SharedStore::new(1);
    let runs = Runs::builder().build_on(store.clone());
    let (id, model) = start(&runs).await;
    let mut client = Client::default();
    let mut follower = client.connect(&runs, id).await.unwrap();
    model.say("1");
    client.read_for(&mut follower, SECOND).await;
    store.state().cut.push(0);
    model.say("2");
    sleep(9 * SECOND).await;
    store.state().cut.clear();
    drop(model);
    client.read_all(&mut follower).await;
    assert_eq!(client.received, ["1", "2", "end!"]);
}

#[tokio::test(start_paused = true)]
async fn a_long_outage_ends_driver_and_followers_with_an_error() {
    let store = SharedStore::new(1);
    let runs = Runs::builder().build_on(store.clone());
    let (model, stream) = Model::new();
    let run = runs.start(stream).await.unwrap();
    let id = run.id();
    let driver = tokio::spawn(run.drive());
    let mut follower = runs
        .follow(id, sse_tower::LastEventId::none())
        .await
        .unwrap();
    store.state().cut.push(0);
    model.say("1");
    let begin = Instant::now();
    let failed = tokio_stream::StreamExt::next(&mut follower).await.unwrap();
    assert!(
        failed
            .unwrap_err()
            .to_string()
            .contains("cannot be reached")
    );
    assert!(tokio_stream::StreamExt::next(&mut follower).await.is_none());
    let error = driver.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), RunErrorKind::Unavailable);
    assert!(model.is_dropped());
    assert!(begin.elapsed() < 45 * SECOND, "{:?}", begin.elapsed());
    for result in [
        runs.status(id).await.err(),
        runs.follow(id, sse_tower::LastEventId::none()).await.err(),
        runs.stop(id).await.err(),
        runs.list().await.err(),
    ] {
        assert_eq!(result.unwrap().status(), 503);
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_stream_becomes_events() {
    for with_event in [false, true] {
        let builder = Runs::builder();
        let runs = match with_event {
            true => builder
                .error_event(|error| Some(Event::new(format!("sorry: {error}"))))
                .build(),
            false => builder.build(),
        };
        let (id, model) = start(&runs).await;
        model.say("1");
        model.fail("no credit");
        model.say("never read");
        let expected: &[&str] = match with_event {
            true => &["1", "sorry: no credit", "failed!"],
            false => &["1", "failed!"],
        };
        assert_eq!(read(&runs, id).await, expected);
        assert!(model.is_dropped());
        assert_eq!(runs.status(id).await.unwrap().seal(), Some(Seal::Failed));
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_the_stream_is_an_error() {
    for (name, runs) in stores() {
        let mut number = 0;
        let stream = tokio_stream::iter(std::iter::from_fn(move || {
            number += 1;
            assert!(number < 3, "the model has a bug");
            Some(Ok::<_, BoxError>(Event::new(number.to_string())))
        }));
        let run = runs.start(stream).await.unwrap();
        let id = run.id();
        assert_eq!(run.drive().await.unwrap(), Seal::Failed, "{name}");
        assert_eq!(read(&runs, id).await, ["1", "2", "failed!"], "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_event_of_the_seal_can_be_another_one_or_none() {
    for (seal_event, expected) in [(Some("[DONE]"), &["1", "[DONE]"][..]), (None, &["1"])] {
        let runs = Runs::builder()
            .seal_event(move |seal| {
                assert_eq!(seal, Seal::End);
                seal_event.map(|text| Event::new(text).with_id(7))
            })
            .build();
        let (id, model) = start(&runs).await;
        model.say("1");
        drop(model);
        let mut client = Client::default();
        let mut follower = client.connect(&runs, id).await.unwrap();
        client.read_all(&mut follower).await;
        assert_eq!(client.received, expected);
        assert_eq!(
            kind(client.connect(&runs, id).await),
            RunErrorKind::Complete
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_unwatched_run_is_stopped_only_if_it_says_so() {
    for (name, runs) in stores() {
        for limit in [None, Some(30 * SECOND)] {
            let (model, stream) = Model::new();
            let mut started = runs.start(stream);
            if let Some(limit) = limit {
                started = started.stop_when_unwatched(limit);
            }
            let run = started.await.unwrap();
            let id = run.id();
            tokio::spawn(run.drive());
            let mut client = Client::default();
            let mut follower = client.connect(&runs, id).await.unwrap();
            // Somebody watches a quiet run.
            assert!(!client.read_for(&mut follower, 100 * SECOND).await);
            drop(follower);
            sleep(29 * SECOND).await;
            assert!(!model.is_dropped(), "{name}");
            // It has come back in time.
            let mut follower = client.connect(&runs, id).await.unwrap();
            client.read_for(&mut follower, SECOND).await;
            drop(follower);
            sleep(29 * SECOND).await;
            // A status is not a follower.
            assert_eq!(runs.status(id).await.unwrap().seal(), None, "{name}");
            sleep(Duration::from_millis(6100)).await;
            assert_eq!(model.is_dropped(), limit.is_some(), "{name}");
            let seal = runs.status(id).await.unwrap().seal();
            assert_eq!(seal, limit.map(|_| Seal::Stopped), "{name}");
        }
    }
}
