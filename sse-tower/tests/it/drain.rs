//! Drains end all streams. Lifetimes end single streams.

use std::{fmt::Debug, pin::Pin, sync::atomic::Ordering, time::Duration};

use bytes::Bytes;
use http::Request;
use http_body::Body;
use sse_tower::{
    Drain, Event, Heartbeat, Settings,
    server::{EndReason, RefusalReason},
    testing::{EventReader, Received},
};
use tokio::time::{Instant, sleep, timeout};

use crate::{
    relay,
    support::{Fate, Step, WAYS, all, data, live, next_frame, silent, told},
};

const SECOND: Duration = Duration::from_secs(1);

/// Expects a reconnection time and the end of the stream.
async fn sent_away<B>(body: &mut Pin<Box<B>>)
where
    B: Body<Data = Bytes>,
    B::Error: Debug,
{
    let last = next_frame(body).await.unwrap().unwrap();
    assert!(last.starts_with(b"retry: "), "{last:?}");
    assert!(next_frame(body).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_drain_ends_all_streams_spread_over_the_window_each_with_its_own_retry() {
    for way in WAYS {
        let drain = Drain::new();
        let settings = Settings::new()
            .drain(&drain)
            .come_back_after(5 * SECOND..=9 * SECOND);
        let (settings, mut ends) = told(settings);
        let mut streams = Vec::new();
        for _ in 0..200 {
            let (sender, events) = live::<Event, std::convert::Infallible>();
            let dropped = events.dropped();
            let mut reader = EventReader::new(way.open(settings.clone(), events).await);
            assert_eq!(reader.next().await, Some(Received::Retry(3 * SECOND)));
            streams.push((reader, sender, dropped));
        }
        assert_eq!(drain.open_streams(), 200);
        sleep(60 * SECOND).await;
        let start = Instant::now();
        let draining = drain.start(8 * SECOND);
        let readers = streams.into_iter().map(|(mut reader, sender, dropped)| {
            tokio::spawn(async move {
                let mut last = None;
                while let Some(received) = reader.next().await {
                    last = Some(received);
                }
                assert!(dropped.load(Ordering::Relaxed), "its stream is dropped");
                let Some(Received::Retry(time)) = last else {
                    panic!("{last:?} came last");
                };
                drop(sender);
                (start.elapsed(), time)
            })
        });
        let mut seconds = [0; 7];
        let mut retries = [0; 4];
        for reader in readers.collect::<Vec<_>>() {
            let (ended, retry) = reader.await.unwrap();
            // The last eighth of the window is left for writing. tokio's timer rounds up.
            assert!(ended <= 7 * SECOND + Duration::from_millis(1));
            seconds[(ended.as_secs() as usize).min(6)] += 1;
            assert!((5 * SECOND..=9 * SECOND).contains(&retry));
            retries[(retry.as_secs() as usize - 5).min(3)] += 1;
        }
        assert!(seconds.iter().all(|ended| *ended > 5), "{seconds:?}");
        assert!(retries.iter().all(|count| *count > 10), "{retries:?}");
        let drained = draining.await;
        assert_eq!((drained.streams(), drained.ended_cleanly()), (200, 200));
        for _ in 0..200 {
            assert_eq!(ends.recv().await.unwrap().0, Fate::Ended(EndReason::Drain));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_drain_ends_a_stream_that_is_always_ready() {
    for way in WAYS {
        let drain = Drain::new();
        let endless = tokio_stream::iter(std::iter::repeat_with(|| {
            Ok::<_, std::convert::Infallible>(Event::from_static("x"))
        }));
        let settings = Settings::new().drain(&drain);
        let mut body = Box::pin(way.open(settings, endless).await.into_body());
        for _ in 0..3 {
            assert!(next_frame(&mut body).await.is_some());
        }
        let _draining = drain.start(10 * SECOND);
        let start = Instant::now();
        while next_frame(&mut body).await.is_some() {
            sleep(SECOND / 10).await;
        }
        assert!(start.elapsed() <= 9 * SECOND);
    }
}

#[tokio::test(start_paused = true)]
async fn a_drain_wakes_a_stream_in_which_nothing_happens() {
    for way in WAYS {
        let drain = Drain::new();
        let settings = Settings::new().drain(&drain).without_heartbeat();
        let response = way.open(settings, silent()).await;
        let body = tokio::spawn(all(response));
        sleep(60 * SECOND).await;
        assert!(!body.is_finished());
        let drained = timeout(10 * SECOND, drain.start(5 * SECOND)).await;
        assert_eq!(drained.unwrap().ended_cleanly(), 1);
        assert!(body.await.unwrap().ends_with(b"\n"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_requested_after_the_start_is_refused() {
    for way in WAYS {
        let drain = Drain::new();
        let (settings, mut ends) = told(Settings::new().drain(&drain));
        let drained = drain.start(10 * SECOND).await;
        assert_eq!(drained.streams(), 0);
        let (_sender, events) = live::<Event, std::convert::Infallible>();
        let dropped = events.dropped();
        let mut reader = EventReader::new(way.open(settings, events).await);
        assert!(dropped.load(Ordering::Relaxed));
        let Some(Received::Retry(time)) = reader.next().await else {
            panic!("no reconnection time");
        };
        assert!((2 * SECOND..=10 * SECOND).contains(&time));
        reader.end().await;
        assert_eq!(
            ends.recv().await.unwrap().0,
            Fate::Refused(RefusalReason::Drain)
        );
        assert_eq!(drain.open_streams(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_lifetime_that_ends_during_a_drain_also_sends_a_reconnection_time() {
    for way in WAYS {
        let drain = Drain::new();
        let settings = Settings::new().drain(&drain).lifetime(SECOND);
        let (settings, mut ends) = told(settings);
        let response = way.open(settings, silent()).await;
        let _draining = drain.start(3600 * SECOND);
        let start = Instant::now();
        let bytes = all(response).await;
        let retries = bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| line.starts_with(b"retry"));
        assert_eq!(retries.count(), 2);
        assert!(start.elapsed() <= SECOND + Duration::from_millis(1));
        assert_eq!(ends.recv().await.unwrap().0, Fate::Ended(EndReason::Drain));
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_start_can_shorten_the_first() {
    for way in WAYS {
        let drain = Drain::new();
        let (_sender, events) = live::<Event, std::convert::Infallible>();
        let settings = Settings::new().drain(&drain);
        let mut body = Box::pin(way.open(settings, events).await.into_body());
        assert!(next_frame(&mut body).await.is_some());
        let slow = drain.start(3600 * SECOND);
        assert!(timeout(SECOND, next_frame(&mut body)).await.is_err());
        let fast = drain.start(Duration::ZERO);
        let now = Instant::now();
        sent_away(&mut body).await;
        assert_eq!(now.elapsed(), Duration::ZERO);
        drop(body);
        assert_eq!(fast.await, slow.await);
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_stream_did_not_end_cleanly() {
    for way in WAYS {
        let drain = Drain::new();
        let settings = Settings::new().drain(&drain);
        let mut bodies = Vec::new();
        for _ in 0..3 {
            let events = tokio_stream::pending::<Result<Event, std::convert::Infallible>>();
            bodies.push(way.open(settings.clone(), events).await);
        }
        drop(bodies.pop());
        let draining = drain.start(10 * SECOND);
        drop(bodies.pop());
        all(bodies.pop().unwrap()).await;
        let drained = draining.await;
        assert_eq!((drained.streams(), drained.ended_cleanly()), (2, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_dropped_after_the_window_was_ended_by_the_drain() {
    for way in WAYS {
        let drain = Drain::new();
        let (settings, mut ends) = told(Settings::new().drain(&drain));
        let bodies = [(); 3].map(|()| way.open(settings.clone(), silent()));
        let [first, second, third] = bodies;
        let (first, second, third) = (first.await, second.await, third.await);
        drop(first);
        let draining = drain.start(10 * SECOND);
        sleep(9 * SECOND).await;
        drop(second);
        // The connection guard closes the streams whose clients have not read.
        sleep(SECOND).await;
        drop(third);
        // The second body was never polled for its first frame.
        for reason in [
            Fate::Ended(EndReason::ClientGone),
            Fate::Ended(EndReason::Stalled),
            Fate::Ended(EndReason::Drain),
        ] {
            assert_eq!(ends.recv().await.unwrap().0, reason);
        }
        assert_eq!(draining.await.ended_cleanly(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_incomplete_relayed_event_is_completed_before_the_end() {
    let drain = Drain::new();
    let settings = Settings::new().drain(&drain).seed(1);
    let steps = [
        data("data: 1\n\ndata"),
        Step::Pause,
        data(": 2\n\ndata: 3\n\n"),
    ];
    let response = relay::stream(settings, steps).await;
    let mut body = Box::pin(response.into_body());
    assert_eq!(
        next_frame(&mut body).await.unwrap().unwrap(),
        "retry: 3000\n"
    );
    assert_eq!(
        next_frame(&mut body).await.unwrap().unwrap(),
        "data: 1\n\ndata"
    );
    let _draining = drain.start(Duration::ZERO);
    assert_eq!(next_frame(&mut body).await.unwrap().unwrap(), ": 2\n\n");
    sent_away(&mut body).await;
}

#[tokio::test(start_paused = true)]
async fn an_incomplete_relayed_event_delays_the_end_by_a_second_at_most() {
    let drain = Drain::new();
    let settings = Settings::new().drain(&drain);
    let response = relay::stream(settings, [data("data: 1"), Step::Hang]).await;
    let start = Instant::now();
    let _draining = drain.start(Duration::ZERO);
    assert_eq!(
        all(response).await,
        b"retry: 3000\ndata: 1",
        "and nothing after it"
    );
    assert_eq!(start.elapsed(), SECOND);
}

#[tokio::test(start_paused = true)]
async fn heartbeats_and_the_end_can_follow_a_lone_cr() {
    let drain = Drain::new();
    let settings = Settings::new().drain(&drain);
    let response = relay::stream(settings, [data("data: 1\r\r"), Step::Hang]).await;
    let mut body = Box::pin(response.into_body());
    for expected in ["retry: 3000\n", "data: 1\r\r", ":\n", ":\n"] {
        assert_eq!(next_frame(&mut body).await.unwrap().unwrap(), expected);
    }
    let _draining = drain.start(Duration::ZERO);
    sent_away(&mut body).await;
}

#[tokio::test(start_paused = true)]
async fn a_lifetime_ends_each_stream_in_its_last_tenth() {
    for way in WAYS {
        let (settings, mut ends) = told(
            Settings::new()
                .lifetime(100 * SECOND)
                .heartbeat(Heartbeat::every(20 * SECOND)),
        );
        let mut seen = Vec::new();
        for _ in 0..20 {
            let (_sender, events) = live::<Event, std::convert::Infallible>();
            let start = Instant::now();
            let bytes = all(way.open(settings.clone(), events).await).await;
            let expected = format!("retry: 3000\n{}", ":\n".repeat(4));
            assert_eq!(bytes, expected.as_bytes(), "no retry at the end");
            let told = (
                Fate::Ended(EndReason::Lifetime),
                0,
                expected.len() as u64,
                None,
            );
            assert_eq!(ends.recv().await.unwrap(), told);
            seen.push(start.elapsed());
        }
        assert!(
            seen.iter()
                .all(|time| (90 * SECOND..=100 * SECOND).contains(time))
        );
        let (first, last) = (seen.iter().min().unwrap(), seen.iter().max().unwrap());
        assert!(*last - *first > 2 * SECOND, "{seen:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lifetime_ends_a_busy_stream() {
    for way in WAYS {
        let (sender, events) = live::<Event, std::convert::Infallible>();
        let settings = Settings::new().lifetime(10 * SECOND).without_heartbeat();
        let mut reader = EventReader::new(way.open(settings, events).await);
        tokio::spawn(async move {
            while sender.send(Ok(Event::from_static("x"))).is_ok() {
                sleep(SECOND / 10).await;
            }
        });
        let start = Instant::now();
        let events = reader.rest().await.len();
        assert!((89..=101).contains(&events), "{events}");
        assert!((9 * SECOND..=10 * SECOND + SECOND / 10).contains(&start.elapsed()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_huge_lifetime_never_ends() {
    let settings = Settings::new().lifetime(Duration::MAX).without_heartbeat();
    let (_sender, events) = live::<Event, std::convert::Infallible>();
    let response = WAYS[0].open(settings, events).await;
    assert!(
        timeout(Duration::from_secs(3600), all(response))
            .await
            .is_err()
    );
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_random_times() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let settings = Settings::new().lifetime(100 * SECOND).seed(7);
        let mut ends = Vec::new();
        for _ in 0..3 {
            let events = tokio_stream::pending::<Result<Event, std::convert::Infallible>>();
            let start = Instant::now();
            let request = Request::new(());
            let response = http::Response::new(events);
            all(WAYS[0].answer(settings.clone(), request, response).await).await;
            ends.push(start.elapsed());
        }
        assert_ne!(ends[0], ends[1]);
        runs.push(ends);
    }
    assert_eq!(runs[0], runs[1]);
}
