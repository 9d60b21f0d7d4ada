use std::{sync::atomic::AtomicUsize, task::Wake};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Count {
    fn wakes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

#[tokio::test(start_paused = true)]
async fn a_watching_task_is_woken_by_the_start_and_the_end() {
    let drain = Drain::new();
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let cx = &mut Context::from_waker(&waker);
    let mut open = drain.open().unwrap();
    for _ in 0..3 {
        assert_eq!(open.watch.window(cx), None);
    }
    assert_eq!(drain.shared.state().watches.len(), 1);
    let mut draining = drain.start(SECOND);
    assert_eq!(count.wakes(), 1);
    assert!(open.watch.window(cx).is_some());
    assert!(Pin::new(&mut draining).poll(cx).is_pending());
    open.has_ended = true;
    drop(open);
    assert!(count.wakes() > 1);
    let drained = Drained {
        streams: 1,
        ended_cleanly: 1,
    };
    assert_eq!(Pin::new(&mut draining).poll(cx), Poll::Ready(drained));
    drop(draining);
    assert_eq!(drain.shared.state().watches.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_new_waker_replaces_the_previous_one() {
    let drain = Drain::new();
    let counts = [Arc::new(Count::default()), Arc::new(Count::default())];
    let mut watch = drain.watch();
    for count in &counts {
        let waker = Waker::from(count.clone());
        assert_eq!(watch.window(&mut Context::from_waker(&waker)), None);
    }
    drop(drain.start(SECOND));
    assert_eq!(counts.map(|count| count.wakes()), [0, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_later_start_can_only_shorten_the_window() {
    let drain = Drain::new();
    let mut watch = drain.watch();
    assert_eq!(watch.changed(), None);
    let mut ends = Vec::new();
    for seconds in [10, 20, 3] {
        drop(drain.start(seconds * SECOND));
        ends.push(watch.changed().map(|window| window.end() - window.start));
    }
    assert_eq!(ends, [Some(10 * SECOND), None, Some(3 * SECOND)]);
}

#[tokio::test(start_paused = true)]
async fn nothing_opens_after_the_start() {
    let drain = Drain::new();
    let open = drain.open();
    assert_eq!(drain.open_streams(), 1);
    let draining = drain.start(Duration::ZERO);
    assert!(drain.open().is_none());
    drop(open);
    let drained = draining.await;
    assert_eq!((drained.streams(), drained.ended_cleanly()), (1, 0));
    drain.started().await;
}

#[tokio::test(start_paused = true)]
async fn moments_lie_within_the_window() {
    let start = crate::rt::timer::TokioTimer.now();
    let length = 8 * SECOND;
    let window = Window { start, length };
    for (fraction, after) in [(0.0, 0), (0.5, 3500), (1.0, 7000)] {
        assert_eq!((window.moment(fraction) - start).as_millis(), after);
    }
}

#[tokio::test(start_paused = true)]
async fn a_window_is_at_most_a_day() {
    let drain = Drain::new();
    drop(drain.start(Duration::MAX));
    assert_eq!(drain.watch().changed().unwrap().length, MAX_WINDOW);
}
