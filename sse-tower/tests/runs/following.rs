//! Followers: every event exactly once, from the start or from their ID.

use std::sync::atomic::Ordering;

use sse_tower::{
    EventId,
    runs::{RunErrorKind, Runs, Seal},
};

use super::{
    store::SharedStore,
    support::{Client, SECOND, kind, read, start, stores},
};

#[tokio::test(start_paused = true)]
async fn followers_get_every_event_once_and_then_the_end() {
    for (name, runs) in stores() {
        let (id, model) = start(&runs).await;
        let mut early = Client::default();
        let mut connection = early.connect(&runs, id).await.unwrap();
        model.say("1");
        model.say("2");
        assert!(!early.read_for(&mut connection, SECOND).await);
        assert_eq!(early.received, ["1", "2"], "{name}");
        // A client that comes in the middle gets all from the start.
        let mut middle = Client::default();
        let mut second = middle.connect(&runs, id).await.unwrap();
        assert!(!middle.read_for(&mut second, SECOND).await);
        assert_eq!(middle.received, ["1", "2"], "{name}");
        // One that comes back gets what it does not have.
        drop(connection);
        model.say("3");
        drop(model);
        let mut connection = early.connect(&runs, id).await.unwrap();
        early.read_all(&mut connection).await;
        middle.read_all(&mut second).await;
        let all = ["1", "2", "3", "end!"];
        assert_eq!(early.received, all, "{name}");
        assert_eq!(middle.received, all, "{name}");
        assert_eq!(read(&runs, id).await, all, "{name}, late");
    }
}

#[tokio::test(start_paused = true)]
async fn an_id_decides_where_a_follower_begins() {
    for (name, runs) in stores() {
        let (other, _) = start(&runs).await;
        let (id, model) = start(&runs).await;
        ["1", "2", "3"].into_iter().for_each(|text| model.say(text));
        drop(model);
        read(&runs, id).await;
        let all: &[&str] = &["1", "2", "3", "end!"];
        for (last, expected) in [
            (String::new(), all),
            (format!("{id}-0"), all),
            (format!("{id}-1"), &all[1..]),
            // It has all events, but does not know that the run has ended.
            (format!("{id}-3"), &all[3..]),
            // The store has lost events that the client has.
            (format!("{id}-7"), &all[3..]),
            (format!("{id}-{}", u64::MAX), &all[3..]),
            (format!("{other}-2"), all),
            (format!("{other}-2-end"), all),
            ("2".to_owned(), all),
            (format!("{id}-02"), all),
            (format!("{id}-3-ended"), all),
        ] {
            let last_event_id = last.clone();
            let mut client = Client {
                last_event_id,
                ..Client::default()
            };
            let mut follower = client.connect(&runs, id).await.unwrap();
            client.read_all(&mut follower).await;
            assert_eq!(client.received, expected, "{name}, after {last}");
            assert_eq!(client.last_event_id, format!("{id}-3-end"), "{name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_has_everything_is_told_so() {
    for (name, runs) in stores() {
        let (id, model) = start(&runs).await;
        model.say("1");
        // One end is enough, even if the store has lost it since.
        let ended = Client {
            last_event_id: format!("{id}-1-stopped"),
            ..Client::default()
        };
        assert_eq!(kind(ended.connect(&runs, id).await), RunErrorKind::Complete);
        drop(model);
        let mut client = Client::default();
        let mut follower = client.connect(&runs, id).await.unwrap();
        client.read_all(&mut follower).await;
        let error = client.connect(&runs, id).await.unwrap_err();
        assert_eq!(error.kind(), RunErrorKind::Complete, "{name}");
        assert_eq!(error.status(), 204, "{name}");
        // The run is of use for others.
        assert_eq!(read(&runs, id).await, ["1", "end!"], "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_ahead_of_a_log_that_goes_on_waits_for_its_next_event() {
    for (name, runs) in stores() {
        let (id, model) = start(&runs).await;
        model.say("1");
        let mut client = Client {
            last_event_id: format!("{id}-2"),
            ..Client::default()
        };
        let mut follower = client.connect(&runs, id).await.unwrap();
        assert!(!client.read_for(&mut follower, 10 * SECOND).await);
        ["2", "3"].into_iter().for_each(|text| model.say(text));
        drop(model);
        client.read_all(&mut follower).await;
        assert_eq!(client.received, ["3", "end!"], "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_log_that_lost_events_is_sealed_for_those_who_have_them() {
    let store = SharedStore::new(1);
    let runs = Runs::builder().build_on(store.clone());
    let (id, model) = start(&runs).await;
    (1..=4).for_each(|number| model.say(&number.to_string()));
    let mut client = Client::default();
    let mut follower = client.connect(&runs, id).await.unwrap();
    client.read_for(&mut follower, SECOND).await;
    store.lose(id, 50);
    model.say("5");
    client.read_all(&mut follower).await;
    assert_eq!(client.received, ["1", "2", "3", "4", "interrupted!"]);
    assert!(model.is_dropped());
    assert_eq!(read(&runs, id).await, ["1", "2", "interrupted!"]);
}

#[tokio::test(start_paused = true)]
async fn a_quiet_log_that_lost_events_is_sealed_at_the_next_renewal() {
    let store = SharedStore::new(1);
    let runs = Runs::builder().build_on(store.clone());
    let (id, model) = start(&runs).await;
    model.say("1");
    tokio::time::sleep(SECOND).await;
    store.lose(id, 0);
    tokio::time::sleep(5 * SECOND).await;
    assert!(model.is_dropped());
    assert_eq!(read(&runs, id).await, ["interrupted!"]);
}

#[tokio::test(start_paused = true)]
async fn followers_never_start_a_second_generation() {
    for (name, runs) in stores() {
        let (id, model) = start(&runs).await;
        model.say("1");
        tokio::time::sleep(SECOND).await;
        let polls = model.life.polls.load(Ordering::Relaxed);
        for _ in 0..20 {
            let mut client = Client::default();
            let mut tabs = [
                client.connect(&runs, id).await.unwrap(),
                client.connect(&runs, id).await.unwrap(),
            ];
            for tab in &mut tabs {
                client.read_for(tab, SECOND / 100).await;
            }
            assert_eq!(client.received, ["1", "1"], "{name}");
        }
        assert_eq!(runs.list().await.unwrap().len(), 1, "{name}");
        assert_eq!(model.life.polls.load(Ordering::Relaxed), polls, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_finds_only_its_own_runs() {
    for (name, runs) in stores() {
        let alice = runs.of("alice");
        let (id, model) = start(&alice).await;
        let (public, _) = start(&runs).await;
        model.say("secret");
        let mut client = Client::default();
        let mut follower = client.connect(&alice, id).await.unwrap();
        client.read_for(&mut follower, SECOND).await;
        assert_eq!(client.received, ["secret"], "{name}");
        for (other, id) in [
            (runs.clone(), id),
            (runs.of("bob"), id),
            (runs.of(""), id),
            (alice.clone(), public),
        ] {
            for last in [String::new(), client.last_event_id.clone()] {
                let last = EventId::new(last).unwrap();
                let error = other.follow(id, last).await.unwrap_err();
                assert_eq!(
                    (error.kind(), error.status().as_u16()),
                    (RunErrorKind::NotFound, 404)
                );
            }
            assert_eq!(kind(other.stop(id).await), RunErrorKind::NotFound);
            assert_eq!(kind(other.status(id).await), RunErrorKind::NotFound);
        }
        let ids = |runs: Vec<sse_tower::runs::RunStatus>| -> Vec<_> {
            runs.iter().map(|run| run.id()).collect()
        };
        assert_eq!(ids(alice.list().await.unwrap()), [id], "{name}");
        assert_eq!(ids(runs.list().await.unwrap()), [public], "{name}");
        assert!(runs.of("bob").list().await.unwrap().is_empty(), "{name}");
        // Nobody has stopped it.
        assert_eq!(alice.status(id).await.unwrap().seal(), None, "{name}");
        assert_eq!(alice.stop(id).await.unwrap(), Seal::Stopped, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_follower_in_memory_is_woken_at_once() {
    let runs = Runs::memory();
    let (id, model) = start(&runs).await;
    let mut client = Client::default();
    let mut follower = client.connect(&runs, id).await.unwrap();
    client.read_for(&mut follower, 7 * SECOND).await;
    let begin = tokio::time::Instant::now();
    model.say("1");
    let frame = tokio_stream::StreamExt::next(&mut follower).await.unwrap();
    assert_eq!(client.take(frame.unwrap().as_bytes()), 1);
    assert!(begin.elapsed() < SECOND / 100, "{:?}", begin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_long_run_comes_in_frames_of_a_bounded_length() {
    for (name, runs) in stores() {
        let (id, model) = start(&runs).await;
        let text = "x".repeat(1000);
        (0..300).for_each(|_| model.say(&text));
        drop(model);
        let mut follower = runs
            .follow(id, sse_tower::LastEventId::none())
            .await
            .unwrap();
        let (mut client, mut frames) = (Client::default(), 0);
        while let Some(frame) = tokio_stream::StreamExt::next(&mut follower).await {
            let frame = frame.unwrap();
            assert!(frame.as_bytes().len() < 16 * 1024 + 1200, "{name}");
            assert_eq!(client.take(frame.as_bytes()), frame.events(), "{name}");
            frames += 1;
        }
        assert_eq!(client.received.len(), 301, "{name}");
        assert!(frames > 10, "{name}: {frames}");
    }
}
