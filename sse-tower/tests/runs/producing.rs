//! The writes of producers.

use std::{
    pin::Pin,
    sync::atomic::Ordering,
    task::{Context, Poll},
    time::Duration,
};

use futures_core::Stream;
use sse_tower::{
    Event,
    error::BoxError,
    runs::{Runs, Seal},
};
use tokio::time::{Instant, sleep};
use tokio_stream::StreamExt;

use super::{
    store::SharedStore,
    support::{Client, Life, Noted, SECOND, read, start},
};

/// A stream of some events that never waits. `tokio_stream::iter` lets other tasks run by itself.
struct AlwaysReady(u32);

impl Stream for AlwaysReady {
    type Item = Result<Event, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // It has an end, so that a driver that never yields fails the test.
        let left = self.0.checked_sub(1);
        Poll::Ready(left.map(|left| {
            self.0 = left;
            Ok(Event::new("x"))
        }))
    }
}

fn tokens(count: u32) -> impl tokio_stream::Stream<Item = Result<Event, BoxError>> + Unpin {
    tokio_stream::iter((0..count).map(|number| Ok(Event::new(number.to_string()))))
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_written_in_a_few_batches() {
    let store = SharedStore::new(1);
    let runs = Runs::builder().build_on(store.clone());
    let run = runs.start(tokens(2000)).await.unwrap();
    let id = run.id();
    assert_eq!(run.drive().await.unwrap(), Seal::End);
    let writes = store.state().writes;
    let largest = store.state().largest_batch;
    assert!(writes <= 20, "{writes} writes");
    assert!(largest <= 512, "{largest} events in a batch");
    assert_eq!(read(&runs, id).await.len(), 2001);
}

#[tokio::test(start_paused = true)]
async fn a_run_of_tokens_costs_ten_writes_a_second() {
    let store = SharedStore::new(1);
    let runs = Runs::builder().build_on(store.clone());
    let stream = Box::pin(tokens(2000).throttle(Duration::from_millis(20)));
    let run = runs.start(stream).await.unwrap();
    run.drive().await.unwrap();
    let writes = store.state().writes;
    assert!(writes <= 450, "{writes} writes");
}

#[tokio::test(start_paused = true)]
async fn a_long_text_fills_a_batch() {
    let store = SharedStore::new(1);
    let runs = Runs::builder().build_on(store.clone());
    let text = "x".repeat(30_000);
    let events = (0..20).map(move |_| Ok::<_, BoxError>(Event::new(text.clone())));
    let run = runs.start(tokio_stream::iter(events)).await.unwrap();
    run.drive().await.unwrap();
    assert_eq!(store.state().largest_batch, 3);
}

#[tokio::test(start_paused = true)]
async fn an_event_after_a_pause_is_written_at_once_and_the_next_ones_together() {
    for interval in [None, Some(400)] {
        let store = SharedStore::new(1);
        let runs = Runs::builder().build_on(store.clone());
        let (model, stream) = super::support::Model::new();
        let mut started = runs.start(stream);
        if let Some(interval) = interval {
            started = started.flush_interval(Duration::from_millis(interval));
        }
        let run = started.await.unwrap();
        let id = run.id();
        tokio::spawn(run.drive());
        let mut client = Client::default();
        let mut follower = client.connect(&runs, id).await.unwrap();
        sleep(SECOND).await;
        let begin = Instant::now();
        let mut times = Vec::new();
        for text in ["1", "2", "3"] {
            model.say(text);
            sleep(Duration::from_millis(10)).await;
        }
        drop(model);
        while let Some(frame) = follower.next().await {
            let count = client.take(frame.unwrap().as_bytes());
            times.push((count, begin.elapsed().as_millis() as u64));
        }
        assert_eq!(client.received, ["1", "2", "3", "end!"]);
        // The stream's end needs no pause: it is written at once with what waits.
        assert_eq!(times.len(), 2, "{times:?}");
        assert_eq!((times[0].0, times[1].0), (1, 3), "{times:?}");
        let writes = store.state().writes;
        assert_eq!(writes, 3, "one to create, one for each batch");
    }
}

#[tokio::test(start_paused = true)]
async fn events_wait_for_the_interval() {
    let store = SharedStore::new(1);
    let runs = Runs::builder().build_on(store.clone());
    let (id, model) = start(&runs).await;
    sleep(SECOND).await;
    let before = store.state().writes;
    // 1 at once, then batches at 100 ms, 200 ms and so on.
    for number in 0..50 {
        model.say(&number.to_string());
        sleep(Duration::from_millis(20)).await;
    }
    let writes = store.state().writes - before;
    assert!((9..=11).contains(&writes), "{writes} writes in a second");
    drop(model);
    assert_eq!(read(&runs, id).await.len(), 51);
}

#[tokio::test(start_paused = true)]
async fn the_ids_of_the_stream_are_replaced() {
    let runs = Runs::memory();
    let events = ["7", "7"]
        .map(|id| Ok::<_, BoxError>(Event::new("x").with_id(sse_tower::EventId::new(id).unwrap())));
    let run = runs.start(tokio_stream::iter(events)).await.unwrap();
    let id = run.id();
    run.drive().await.unwrap();
    let mut client = Client::default();
    let mut follower = client.connect(&runs, id).await.unwrap();
    let frame = follower.next().await.unwrap().unwrap();
    let expected = format!(
        "data: x\nid: {id}-1\n\ndata: x\nid: {id}-2\n\nevent: end\ndata: end\nid: {id}-2-end\n\n"
    );
    assert_eq!(String::from_utf8_lossy(frame.as_bytes()), expected);
    client.take(frame.as_bytes());
    assert_eq!(client.last_event_id, format!("{id}-2-end"));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_answer_stops_the_reading() {
    let store = SharedStore::new(1);
    let runs = Runs::builder().build_on(store.clone());
    let life = std::sync::Arc::<Life>::default();
    let stream = Noted {
        stream: tokio_stream::iter(std::iter::repeat_with(|| {
            Ok::<_, BoxError>(Event::new("x"))
        })),
        life: life.clone(),
    };
    let run = runs.start(stream).await.unwrap();
    store.state().cut.push(0);
    let driver = tokio::spawn(run.drive());
    sleep(5 * SECOND).await;
    let polls = life.polls.load(Ordering::Relaxed);
    assert!(polls <= 513, "{polls}");
    driver.abort();
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_always_ready_lets_others_run() {
    let runs = Runs::builder()
        .max_events(u64::MAX)
        .max_bytes(usize::MAX)
        .build();
    let run = runs.start(AlwaysReady(100_000)).await.unwrap();
    let id = run.id();
    let driver = tokio::spawn(run.drive());
    tokio::task::yield_now().await;
    runs.stop(id).await.unwrap();
    assert_eq!(driver.await.unwrap().unwrap(), Seal::Stopped);
}
