//! Heartbeats under virtual time.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use sse_tower::{
    Drain, Event, EventType, Heartbeat, Settings, Sse,
    rt::{Sleep, Timer, TokioTimer},
    testing::{EventReader, Received},
};
use tokio::time::{Instant, sleep, timeout};

use crate::support::{Never, WAYS, live, next_frame, silent};

const SECOND: Duration = Duration::from_secs(1);

fn heartbeat() -> Received {
    Received::Comment(String::new())
}

#[tokio::test(start_paused = true)]
async fn the_first_heartbeat_comes_at_once_and_then_one_per_interval() {
    let (_sender, stream) = live::<Event, Never>();
    let mut reader = EventReader::new(Sse::new(stream).into_http());
    let start = Instant::now();
    for beats in 0..5 {
        assert_eq!(reader.next().await, Some(heartbeat()));
        assert_eq!(start.elapsed().as_secs(), beats * 15);
    }
    assert_eq!(reader.raw(), b":\n:\n:\n:\n:\n");
}

#[tokio::test(start_paused = true)]
async fn an_event_at_the_start_replaces_the_first_heartbeat() {
    let (sender, stream) = live::<Event, Never>();
    sender.send(Ok(Event::from_static("x"))).unwrap();
    let mut reader = EventReader::new(Sse::new(stream).into_http());
    let start = Instant::now();
    reader.event().await;
    assert_eq!(reader.next().await, Some(heartbeat()));
    assert_eq!(start.elapsed().as_secs(), 15);
}

#[tokio::test(start_paused = true)]
async fn events_postpone_the_heartbeat() {
    let (sender, stream) = live::<Event, Never>();
    let response = Sse::new(stream)
        .heartbeat(Heartbeat::every(10 * SECOND))
        .into_http();
    let mut reader = EventReader::new(response);
    assert_eq!(reader.next().await, Some(heartbeat()));
    let start = Instant::now();
    // The timer is set for 10 s, and the last event comes at 21 s.
    assert!(timeout(SECOND, reader.next()).await.is_err());
    for _ in 0..4 {
        sleep(5 * SECOND).await;
        sender.send(Ok(Event::from_static("x"))).unwrap();
        assert!(matches!(reader.next().await, Some(Received::Event(_))));
        assert!(timeout(Duration::ZERO, reader.next()).await.is_err());
    }
    for due in [31, 41] {
        assert_eq!(reader.next().await, Some(heartbeat()));
        assert_eq!(start.elapsed().as_secs(), due);
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_moves_to_another_task_is_woken_there() {
    for way in WAYS {
        let settings = Settings::new().drain(&Drain::new());
        let mut body = Box::pin(way.open(settings, silent()).await.into_body());
        let start = Instant::now();
        assert!(
            next_frame(&mut body)
                .await
                .unwrap()
                .unwrap()
                .starts_with(b"retry")
        );
        // The timer of the body has registered this task.
        assert!(timeout(SECOND, next_frame(&mut body)).await.is_err());
        let other = tokio::spawn(async move { next_frame(&mut body).await.unwrap().unwrap() });
        let frame = timeout(60 * SECOND, other).await.expect("it is woken");
        assert_eq!(frame.unwrap(), ":\n");
        assert_eq!(start.elapsed().as_secs(), 15);
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_heartbeat_nothing_is_sent() {
    let (_sender, stream) = live::<Event, Never>();
    let mut reader = EventReader::new(Sse::new(stream).without_heartbeat().into_http());
    assert!(timeout(3600 * SECOND, reader.next()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn the_form_of_the_heartbeat_is_a_setting() {
    const PING: EventType = EventType::from_static("ping");
    let every = || Heartbeat::every(SECOND);
    for (heartbeat, bytes) in [
        (every(), ":\n"),
        (every().comment("alive\r\nstill"), ": alive\n: still\n"),
        (every().comment_block(""), ": \n\n"),
        (every().comment_block("alive"), ": alive\n\n"),
        (
            every().event(PING, "1\n2"),
            "event: ping\ndata: 1\ndata: 2\n\n",
        ),
        (every().event(PING, "").comment("x"), ": x\n"),
    ] {
        for way in WAYS {
            let settings = Settings::new().heartbeat(heartbeat.clone());
            let mut body = Box::pin(way.open(settings, silent()).await.into_body());
            for _ in 0..3 {
                assert_eq!(next_frame(&mut body).await.unwrap().unwrap(), bytes);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn jitter_shortens_the_interval() {
    for way in WAYS {
        let settings = Settings::new().heartbeat(Heartbeat::every(10 * SECOND).jitter(0.3));
        let mut reader = EventReader::new(way.open(settings, silent()).await);
        reader.next().await;
        let mut intervals = Vec::new();
        for _ in 0..100 {
            let start = Instant::now();
            assert_eq!(reader.next().await, Some(heartbeat()));
            intervals.push(start.elapsed());
        }
        // tokio's timer has a resolution of a millisecond and rounds up.
        let range = 7 * SECOND..=10 * SECOND + Duration::from_millis(1);
        assert!(intervals.iter().all(|interval| range.contains(interval)));
        let (least, most) = (
            intervals.iter().min().unwrap(),
            intervals.iter().max().unwrap(),
        );
        assert!(*most - *least > 2 * SECOND, "{intervals:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn too_much_jitter_is_clamped() {
    for fraction in [f64::NAN, -1.0, f64::NEG_INFINITY, 2.0, f64::INFINITY] {
        let heartbeats = Heartbeat::every(10 * SECOND).jitter(fraction);
        let settings = Settings::new().heartbeat(heartbeats);
        let mut reader = EventReader::new(Sse::with(silent(), settings).into_http());
        for _ in 0..10 {
            let start = Instant::now();
            assert_eq!(reader.next().await, Some(heartbeat()));
            assert!(start.elapsed() <= 10 * SECOND + Duration::from_millis(1));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn extreme_intervals_are_clamped() {
    for (interval, clamped) in [
        (Duration::ZERO, Duration::from_millis(1)),
        (Duration::MAX, Duration::from_secs(24 * 60 * 60)),
    ] {
        let (_sender, stream) = live::<Event, Never>();
        let response = Sse::new(stream)
            .heartbeat(Heartbeat::every(interval))
            .into_http();
        let mut reader = EventReader::new(response);
        reader.next().await;
        let start = Instant::now();
        reader.next().await;
        assert_eq!(start.elapsed(), clamped);
    }
}

/// A timer whose sleeps must not be polled after they have completed, as the rules for futures
/// allow.
#[derive(Debug)]
struct Strict;

struct StrictSleep {
    sleep: Pin<Box<dyn Sleep>>,
    over: bool,
}

impl Timer for Strict {
    fn now(&self) -> std::time::Instant {
        TokioTimer.now()
    }

    fn sleep_until(&self, deadline: std::time::Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(StrictSleep {
            sleep: TokioTimer.sleep_until(deadline),
            over: false,
        })
    }
}

impl Future for StrictSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        assert!(!self.over, "polled after it was over");
        let poll = self.sleep.as_mut().poll(cx);
        self.over = poll.is_ready();
        poll
    }
}

impl Sleep for StrictSleep {
    fn reset(mut self: Pin<&mut Self>, deadline: std::time::Instant) {
        self.over = false;
        self.sleep.as_mut().reset(deadline);
    }
}

#[tokio::test(start_paused = true)]
async fn a_strict_timer_is_never_polled_after_it_has_fired() {
    let (sender, stream) = live::<Event, Never>();
    let settings = Settings::with_timer(Strict).heartbeat(Heartbeat::every(10 * SECOND));
    let mut reader = EventReader::new(Sse::with(stream, settings).into_http());
    let start = Instant::now();
    for due in [0, 10, 20] {
        assert_eq!(reader.next().await, Some(heartbeat()));
        assert_eq!(start.elapsed().as_secs(), due);
    }
    sleep(4 * SECOND).await;
    sender.send(Ok(Event::from_static("x"))).unwrap();
    reader.event().await;
    assert_eq!(reader.next().await, Some(heartbeat()));
    assert_eq!(start.elapsed().as_secs(), 34);
}

/// The sleep has completed and has woken the task before the body is polled again.
#[tokio::test(start_paused = true)]
async fn a_heartbeat_that_was_due_during_a_stall_is_sent_at_the_next_poll() {
    for way in WAYS {
        for settings in [Settings::new(), Settings::with_timer(Strict)] {
            let (sender, stream) = live::<Event, Never>();
            let settings = settings.drain(&Drain::new());
            let mut body = Box::pin(way.open(settings, stream).await.into_body());
            let retry = next_frame(&mut body).await.unwrap().unwrap();
            assert!(retry.starts_with(b"retry"));
            for _ in 0..3 {
                assert!(timeout(SECOND, next_frame(&mut body)).await.is_err());
                sender.send(Ok(Event::from_static("x"))).unwrap();
                assert_eq!(next_frame(&mut body).await.unwrap().unwrap(), "data: x\n\n");
                sleep(16 * SECOND).await;
                let frame = timeout(Duration::ZERO, next_frame(&mut body)).await;
                assert_eq!(frame.expect("it is due").unwrap().unwrap(), ":\n");
            }
        }
    }
}

/// Runs in real time, because hyper's timer does not follow tokio's paused clock.
#[cfg(feature = "hyper")]
#[tokio::test]
async fn a_timer_of_hyper_can_be_used() {
    use http_body_util::BodyExt;
    use sse_tower::rt::HyperTimer;

    let interval = Duration::from_millis(20);
    let timer = HyperTimer::new(hyper_util::rt::TokioTimer::new());
    let settings = Settings::with_timer(timer).heartbeat(Heartbeat::every(interval));
    let events = tokio_stream::pending::<Result<Event, std::convert::Infallible>>();
    let mut body = Sse::with(events, settings).into_http().into_body();
    let start = std::time::Instant::now();
    // The first heartbeat comes at once.
    for beats in 0..3 {
        let frame = body.frame().await.unwrap().unwrap();
        assert!(frame.data_ref().unwrap().starts_with(b":"), "{frame:?}");
        assert!(start.elapsed() >= interval * beats);
    }
}
