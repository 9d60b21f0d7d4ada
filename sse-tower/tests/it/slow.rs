//! Streams whose events are all ready, but take time to produce. Events are sent without waiting
//! for the next one.
//!
//! The stream itself advances the clock.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use futures_core::Stream;
use http_body::Body;
use sse_tower::{
    Event, EventFrame, Settings,
    rt::{Sleep, Timer},
};

use crate::support::{AnyBody, Never, WAYS, Way};

/// A clock that only the stream advances.
#[derive(Clone, Debug)]
struct Clock {
    start: Instant,
    microseconds: Arc<AtomicU64>,
}

impl Clock {
    fn new() -> Self {
        Self {
            start: Instant::now(),
            microseconds: Arc::default(),
        }
    }
}

impl Timer for Clock {
    fn now(&self) -> Instant {
        self.start + Duration::from_micros(self.microseconds.load(Ordering::Relaxed))
    }

    fn sleep_until(&self, _: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Forever)
    }
}

struct Forever;

impl Future for Forever {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

impl Sleep for Forever {
    fn reset(self: Pin<&mut Self>, _: Instant) {}
}

/// A stream of endless events, all of them ready. Each takes the time `each`.
struct Slow {
    clock: Clock,
    each: Duration,
    taken: Arc<AtomicU32>,
}

impl Stream for Slow {
    type Item = Result<Event, Never>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let each = u64::try_from(self.each.as_micros()).unwrap();
        self.clock.microseconds.fetch_add(each, Ordering::Relaxed);
        self.taken.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Some(Ok(Event::from_static("1234"))))
    }
}

/// Polls a body until it is pending, as hyper does. Returns the number of bytes and the number of
/// frames.
async fn take(body: &mut Pin<Box<AnyBody>>) -> (usize, usize) {
    let (mut bytes, mut frames) = (0, 0);
    poll_fn(|cx| {
        while let Poll::Ready(frame) = body.as_mut().poll_frame(cx) {
            let data = frame.unwrap().unwrap().into_data().unwrap();
            (bytes, frames) = (bytes + data.len(), frames + 1);
        }
        Poll::Ready(())
    })
    .await;
    (bytes, frames)
}

struct Opened {
    body: Pin<Box<AnyBody>>,
    taken: Arc<AtomicU32>,
}

impl Opened {
    /// Returns the number of events that were taken from the stream since the last call.
    fn taken(&self) -> u32 {
        self.taken.swap(0, Ordering::Relaxed)
    }
}

async fn open(way: Way, each: Duration, settings: impl FnOnce(Settings) -> Settings) -> Opened {
    let (clock, taken) = (Clock::new(), Arc::default());
    let settings = settings(Settings::with_timer(clock.clone()).without_heartbeat());
    let stream = Slow {
        clock,
        each,
        taken: Arc::clone(&taken),
    };
    let body = Box::pin(way.open(settings, stream).await.into_body());
    Opened { body, taken }
}

#[tokio::test]
async fn the_head_and_the_start_are_sent_before_the_first_event_is_taken() {
    let hour = Duration::from_secs(3600);
    for way in WAYS {
        for (retry, start) in [(None, 0), (Some(Duration::from_secs(3)), 12)] {
            let mut opened = open(way, hour, |settings| match retry {
                Some(time) => settings.retry(time),
                None => settings,
            })
            .await;
            let (bytes, _) = take(&mut opened.body).await;
            assert_eq!((bytes, opened.taken()), (start, 0), "{way:?}");
        }
    }
}

#[tokio::test]
async fn slow_events_are_sent_after_a_few_of_them() {
    for way in WAYS {
        for (each, most) in [
            // One millisecond in total. After the first eight events, the clock is read only at
            // every eighth event.
            (Duration::from_micros(400), 4),
            (Duration::from_micros(100), 16),
            (Duration::from_micros(10), 104),
            // Events that take no time: the body still yields, so that other tasks run and a
            // disconnected client is noticed.
            (Duration::ZERO, 1024),
        ] {
            let mut opened = open(way, each, |settings| settings).await;
            take(&mut opened.body).await;
            for _ in 0..5 {
                assert_eq!(opened.taken(), 0);
                let (bytes, _) = take(&mut opened.body).await;
                let taken = opened.taken();
                assert_eq!(taken, most, "{way:?} {each:?}");
                assert_eq!(bytes, "data: 1234\n\n".len() * taken as usize);
            }
        }
    }
}

/// The time starts with the first event, so the second one is found to be slow. Later events are
/// sent one by one.
#[tokio::test]
async fn very_slow_events_are_sent_one_by_one() {
    for way in WAYS {
        for each in [Duration::from_secs(1), Duration::from_millis(1)] {
            let mut opened = open(way, each, |settings| settings).await;
            take(&mut opened.body).await;
            for round in 0..40 {
                let (bytes, _) = take(&mut opened.body).await;
                let taken = opened.taken();
                // From time to time, the body measures the speed again and takes two events.
                let expected = if round % 33 == 0 { 2 } else { 1 };
                assert_eq!(taken, expected, "{way:?} {each:?}, round {round}");
                assert_eq!(bytes, "data: 1234\n\n".len() * taken as usize);
            }
        }
    }
}

/// Quick events are still joined to frames of 16 KiB.
#[tokio::test]
async fn quick_events_are_joined() {
    let frame = EventFrame::from(Event::from_static("1234"));
    let mut opened = open(Way::Events, Duration::ZERO, |settings| settings).await;
    take(&mut opened.body).await;
    let (bytes, frames) = take(&mut opened.body).await;
    assert_eq!((bytes, frames), (1024 * frame.as_bytes().len(), 1));
}
