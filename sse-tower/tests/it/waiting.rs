//! The test reader does not wait forever.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use futures_core::Stream;
use sse_tower::{Event, EventFrame, Settings, Sse, server::SseBody, testing::EventReader};
use tokio::time::sleep;

use crate::support::{Live, Never, live, silent};

/// Each method that waits, and the part of its panic message that says for what.
const METHODS: [(&str, &str); 5] = [
    ("next", "for an item or the end of the stream"),
    ("event", "for an event"),
    ("rest", "for the end of the stream"),
    ("end", "for the end of the stream"),
    ("error", "for the body to fail"),
];

async fn call<St, T>(method: &str, reader: &mut EventReader<SseBody<St>>)
where
    St: Stream<Item = Result<T, Never>>,
    T: Into<EventFrame>,
{
    match method {
        "next" => drop(reader.next().await),
        "event" => drop(reader.event().await),
        "rest" => drop(reader.rest().await),
        "end" => reader.end().await,
        _ => drop(reader.error().await),
    }
}

/// Returns the panic message of the method on this stream.
async fn panic_of<St, T>(method: &'static str, mut reader: EventReader<SseBody<St>>) -> String
where
    St: Stream<Item = Result<T, Never>> + Send + 'static,
    T: Into<EventFrame> + Send + 'static,
{
    let task = tokio::spawn(async move { call(method, &mut reader).await });
    let error = task.await.expect_err("the wait ends with a panic");
    let text = error.into_panic().downcast::<String>();
    *text.expect("the panic has a text")
}

fn quiet() -> EventReader<SseBody<Live<Event>>> {
    EventReader::new(Sse::new(silent()).without_heartbeat().into_http())
}

#[tokio::test(start_paused = true)]
async fn under_paused_time_a_silent_stream_ends_the_wait() {
    for (method, awaited) in METHODS {
        let text = panic_of(method, quiet()).await;
        assert!(text.contains(awaited), "{text}");
        assert!(text.ends_with("and nothing came"), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn under_paused_time_heartbeats_do_not_prolong_the_wait() {
    for (method, awaited) in [METHODS[1], METHODS[2]] {
        let reader = EventReader::new(Sse::new(silent()).into_http());
        let text = panic_of(method, reader).await;
        assert!(text.contains(awaited), "{text}");
        assert!(
            text.contains(r#"other items came, the last of them Comment("")"#),
            "{text}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn under_paused_time_an_event_may_take_hours() {
    let (sender, events) = live::<Event, Never>();
    let mut reader = EventReader::new(Sse::new(events).into_http());
    let task = tokio::spawn(async move {
        sleep(Duration::from_secs(20 * 60 * 60)).await;
        sender.send(Ok(Event::from_static("late"))).unwrap();
    });
    assert_eq!(reader.event().await, Event::from_static("late"));
    task.await.unwrap();
    reader.end().await;
}

#[tokio::test]
async fn in_real_time_the_patience_ends_the_wait() {
    let patience = Duration::from_millis(20);
    for (method, awaited) in METHODS {
        let start = Instant::now();
        let text = panic_of(method, quiet().patience(patience)).await;
        assert!(start.elapsed() >= patience);
        assert!(text.contains(awaited), "{text}");
    }
}

/// Other runtimes have no clock that the reader could use.
#[test]
fn in_other_runtimes_the_patience_ends_the_wait() {
    let patience = Duration::from_millis(20);
    for (method, awaited) in METHODS {
        let start = Instant::now();
        let mut reader = quiet().patience(patience);
        let wait = AssertUnwindSafe(|| smol::block_on(call(method, &mut reader)));
        let text = catch_unwind(wait).unwrap_err().downcast::<String>();
        let text = text.expect("the panic has a text");
        assert!(start.elapsed() >= patience);
        assert!(text.contains(awaited), "{text}");
    }
}

/// A stream that yields comments without end.
struct Chatter;

impl Stream for Chatter {
    type Item = Result<EventFrame, Never>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(Some(Ok(EventFrame::comment("chatter"))))
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_never_pending_does_not_prolong_the_wait() {
    for (method, awaited) in [METHODS[1], METHODS[2]] {
        let reader = EventReader::new(Sse::with(Chatter, Settings::new()).into_http());
        let reader = reader.patience(Duration::from_millis(20));
        let text = panic_of(method, reader).await;
        assert!(text.contains(awaited) && text.contains("chatter"), "{text}");
    }
}
