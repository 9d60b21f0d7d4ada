//! The process did not run for hours: a suspended machine, a frozen container, or SIGSTOP. Ends and
//! heartbeats that became due meanwhile do not all happen at the same moment.

use std::{sync::Arc, time::Duration};

use http_body::Body;
use sse_tower::{Drain, Heartbeat, Settings, server::EndReason};
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, advance, sleep},
};

use crate::support::{AnyBody, Fate, WAYS, next_frame, silent, told};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
const STREAMS: usize = 400;

/// The frames of a stream, each with the time of its arrival.
type Frames = Vec<(Instant, bytes::Bytes)>;

/// Reads each stream in a task of its own.
fn read(bodies: Vec<AnyBody>) -> Vec<JoinHandle<Frames>> {
    let read = |body| async move {
        let mut body = Box::pin(body);
        let mut frames = Vec::new();
        while let Some(frame) = next_frame(&mut body).await {
            frames.push((Instant::now(), frame.unwrap()));
        }
        frames
    };
    bodies
        .into_iter()
        .map(|body| tokio::spawn(read(body)))
        .collect()
}

/// Counts the moments in each eighth of `window`. All moments must be within it.
fn eighths(moments: &[Instant], start: Instant, window: Duration) -> [usize; 8] {
    let mut eighths = [0; 8];
    for moment in moments {
        let after = moment.duration_since(start);
        assert!(after <= window + SECOND / 100, "{after:?} of {window:?}");
        let eighth = 8.0 * after.as_secs_f64() / window.as_secs_f64();
        eighths[(eighth as usize).min(7)] += 1;
    }
    eighths
}

/// Checks that each eighth has about its share.
fn assert_spread(eighths: [usize; 8], context: &str) {
    let total: usize = eighths.iter().sum();
    for count in eighths {
        assert!(
            (total / 16..total / 4).contains(&count),
            "{context}: {eighths:?}"
        );
    }
}

fn reconnection_time(frame: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(frame).ok()?;
    text.strip_prefix("retry: ")?.trim_end().parse().ok()
}

#[tokio::test(start_paused = true)]
async fn overdue_lifetimes_end_spread_over_a_window_with_a_reconnection_time() {
    for way in WAYS {
        for (lifetime, window) in [(290 * SECOND, 29 * SECOND), (HOUR, 60 * SECOND)] {
            let (settings, mut ends) = told(Settings::new().seed(1).lifetime(lifetime));
            let mut bodies = Vec::new();
            for _ in 0..STREAMS {
                bodies.push(way.open(settings.clone(), silent()).await.into_body());
            }
            let readers = read(bodies);
            sleep(30 * SECOND).await;
            advance(5 * HOUR).await;
            let woken = Instant::now();
            let (mut moments, mut times) = (Vec::new(), Vec::new());
            for reader in readers {
                let frames = reader.await.unwrap();
                let (moment, last) = frames.last().unwrap();
                moments.push(*moment);
                times.push(reconnection_time(last).expect("a reconnection time"));
                assert_eq!(
                    ends.recv().await.unwrap().0,
                    Fate::Ended(EndReason::Lifetime)
                );
            }
            let context = format!("{way:?}, {lifetime:?}");
            assert_spread(eighths(&moments, woken, window), &context);
            assert!(times.iter().all(|time| (2000..=10_000).contains(time)));
            times.sort_unstable();
            times.dedup();
            assert!(times.len() > STREAMS / 2, "they differ");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lifetime_that_ends_on_time_sends_no_other_reconnection_time() {
    for way in WAYS {
        let settings = Settings::new().lifetime(290 * SECOND);
        let body = way.open(settings, silent()).await.into_body();
        let frames = read(vec![body]).remove(0).await.unwrap();
        let (_, last) = frames.last().unwrap();
        assert_eq!(last, ":\n", "{way:?}");
        assert_eq!(reconnection_time(&frames[0].1), Some(3000), "{way:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn overdue_heartbeats_are_spread_over_a_second_and_later_over_an_interval() {
    let interval = 15 * SECOND;
    for way in WAYS {
        let (sender, mut beats) = mpsc::unbounded_channel();
        let sender = Arc::new(sender);
        let settings = Settings::new()
            .seed(1)
            .heartbeat(Heartbeat::every(interval));
        let mut readers = Vec::new();
        for _ in 0..STREAMS {
            let response = way.open(settings.clone(), silent()).await;
            let sender = sender.clone();
            readers.push(tokio::spawn(async move {
                let mut body = Box::pin(response.into_body());
                while next_frame(&mut body).await.is_some() {
                    sender.send(Instant::now()).unwrap();
                }
            }));
        }
        let mut next = async || {
            let mut moments = Vec::new();
            while moments.len() < STREAMS {
                moments.push(beats.recv().await.unwrap());
            }
            moments
        };
        // One heartbeat at the start, and one after each of two intervals.
        for _ in 0..3 {
            let moments = next().await;
            assert_eq!(moments[0], moments[STREAMS - 1]);
        }
        advance(5 * HOUR).await;
        let woken = Instant::now();
        let mut all = next().await;
        while all.len() < 4 * STREAMS {
            all.extend(next().await);
        }
        let of = |from: Duration, to: Duration| -> Vec<Instant> {
            let within = |moment: &&Instant| (from..to).contains(&moment.duration_since(woken));
            all.iter().filter(within).copied().collect()
        };
        let context = format!("{way:?}");
        let first = of(Duration::ZERO, SECOND);
        assert!(
            (STREAMS..STREAMS + STREAMS / 4).contains(&first.len()),
            "{}",
            first.len()
        );
        assert_spread(eighths(&first, woken, SECOND), &context);
        // The later heartbeats stay spread out.
        let later = of(16 * SECOND, 31 * SECOND);
        assert_eq!(later.len(), STREAMS);
        assert_spread(eighths(&later, woken + 16 * SECOND, 15 * SECOND), &context);
        readers.iter().for_each(JoinHandle::abort);
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_within_the_window_of_a_drain_leaves_the_rest_of_the_window() {
    for way in WAYS {
        // The length of the pause, and the time that is left of the window.
        for (pause, rest) in [(40 * SECOND, 20 * SECOND), (HOUR, Duration::ZERO)] {
            let drain = Drain::new();
            let (settings, mut ends) = told(Settings::new().seed(1).drain(&drain));
            let mut bodies = Vec::new();
            for _ in 0..STREAMS {
                bodies.push(way.open(settings.clone(), silent()).await.into_body());
            }
            let readers = read(bodies);
            sleep(SECOND).await;
            // Streams end within seven eighths of the window, 70 seconds.
            let draining = drain.start(80 * SECOND);
            sleep(10 * SECOND).await;
            advance(pause).await;
            let woken = Instant::now();
            let mut after = Vec::new();
            for reader in readers {
                let frames = reader.await.unwrap();
                let (moment, last) = frames.last().unwrap();
                reconnection_time(last).expect("a reconnection time");
                assert_eq!(ends.recv().await.unwrap().0, Fate::Ended(EndReason::Drain));
                if *moment >= woken {
                    after.push(*moment);
                }
            }
            assert_eq!(draining.await.ended_cleanly(), STREAMS);
            assert!(after.len() > STREAMS / 2, "{}", after.len());
            match rest.is_zero() {
                true => assert!(after.iter().all(|moment| *moment == woken)),
                false => assert_spread(eighths(&after, woken, rest), &format!("{way:?}")),
            }
        }
    }
}

/// A slow reader cannot postpone its end repeatedly.
#[tokio::test(start_paused = true)]
async fn an_end_is_postponed_only_once() {
    for way in WAYS {
        let settings = Settings::new().seed(1).lifetime(100 * SECOND);
        let mut body = Box::pin(way.open(settings, silent()).await.into_body());
        let start = Instant::now();
        while !body.is_end_stream() {
            let _frame = next_frame(&mut body).await;
            advance(50 * SECOND).await;
        }
        assert!(
            start.elapsed() < 260 * SECOND,
            "{way:?}: {:?}",
            start.elapsed()
        );
    }
}
