//! The end of a stream: how it happens, how the hook is notified, and what is sent last.

use std::{convert::Infallible, error::Error, io, sync::atomic::Ordering, time::Duration};

use sse_tower::{
    Event, EventFrame, EventId, EventType, Settings, Sse,
    error::BoxError,
    server::{EndReason, Expired, Kicked, Lagged, Limits, Notice, RefusalReason, Unavailable},
    testing::EventReader,
};
use tokio::{sync::mpsc, time::sleep};

use crate::{
    relay,
    support::{Fate, Live, Step, WAYS, all, data, live, next_frame, silent, told},
};

const ERROR: EventType = EventType::from_static("error-message");

#[tokio::test(start_paused = true)]
async fn the_hook_is_told_once_with_reason_duration_events_and_bytes() {
    for way in WAYS {
        let (sender, mut ends) = mpsc::unbounded_channel();
        let settings = Settings::new().on_notice(move |notice| {
            if let Notice::Ended(end) = notice {
                let seen = (end.reason(), end.duration(), end.events(), end.bytes());
                sender.send(seen).unwrap();
            }
        });
        let (events, stream) = live::<Event, Infallible>();
        let mut reader = EventReader::new(way.open(settings, stream).await);
        reader.next().await;
        for number in 0..3 {
            events.send(Ok(Event::new("x").with_id(number))).unwrap();
            sleep(Duration::from_secs(2)).await;
        }
        drop(events);
        assert_eq!(reader.rest().await.len(), 3);
        let bytes = reader.raw().len() as u64;
        drop(reader);
        let duration = Duration::from_secs(6);
        let told = (EndReason::Completed, duration, 3, bytes);
        assert_eq!(ends.recv().await, Some(told));
        assert_eq!(ends.recv().await, None, "once");
    }
}

#[tokio::test(start_paused = true)]
async fn the_hook_runs_after_a_client_disconnects_and_its_stream_is_dropped() {
    for way in WAYS {
        let events = silent();
        let dropped = events.dropped();
        let (sender, mut ends) = mpsc::unbounded_channel();
        let settings = Settings::new().on_notice(move |notice| {
            if let Notice::Ended(end) = notice {
                let was_dropped = dropped.load(Ordering::Relaxed);
                sender.send((end.reason(), was_dropped)).unwrap();
            }
        });
        let mut reader = EventReader::new(way.open(settings, events).await);
        reader.next().await;
        drop(reader);
        assert_eq!(ends.recv().await, Some((EndReason::ClientGone, true)));
    }
}

#[tokio::test(start_paused = true)]
async fn only_events_are_counted_as_events() {
    let (settings, mut ends) = told(Settings::new().retry(Duration::ZERO).padding());
    let frames = [
        EventFrame::comment("x"),
        EventFrame::last_event_id(&EventId::from(7)),
        EventFrame::retry(Duration::ZERO),
        EventFrame::from(Event::from_static("x")),
    ];
    let frames = tokio_stream::iter(frames.map(Ok::<_, Infallible>));
    let bytes = all(Sse::with(frames, settings).into_http()).await.len() as u64;
    assert_eq!(
        ends.recv().await,
        Some((Fate::Ended(EndReason::Completed), 1, bytes, None))
    );
}

#[tokio::test(start_paused = true)]
async fn an_error_ends_the_body_after_the_ready_events() {
    for way in WAYS {
        let (settings, mut ends) = told(Settings::new());
        let (events, stream) = live::<Event, io::Error>();
        let dropped = stream.dropped();
        events.send(Ok(Event::from_static("before"))).unwrap();
        events
            .send(Err(io::Error::other("upstream is gone")))
            .unwrap();
        events.send(Ok(Event::from_static("after"))).unwrap();
        let mut reader = EventReader::new(way.open(settings, stream).await);
        assert_eq!(reader.event().await, Event::from_static("before"));
        assert_eq!(reader.error().await, way.failed("upstream is gone"));
        assert!(dropped.load(Ordering::Relaxed));
        let (reason, events, _, error) = ends.recv().await.unwrap();
        assert_eq!((reason, events), (Fate::Ended(EndReason::Error), 1));
        assert_eq!(error.as_deref(), Some("upstream is gone"));
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_can_become_an_event_and_a_clean_end() {
    for way in WAYS {
        let settings = Settings::new().error_event(|error| {
            let is_known = error.to_string() == "known";
            is_known.then(|| Event::from_static("try again").with_type(ERROR))
        });
        let (settings, mut ends) = told(settings);
        for (text, in_order) in [("known", true), ("unknown", false)] {
            let (events, stream) = live::<Event, io::Error>();
            events.send(Ok(Event::from_static("1"))).unwrap();
            events.send(Err(io::Error::other(text))).unwrap();
            let mut reader = EventReader::new(way.open(settings.clone(), stream).await);
            reader.event().await;
            match in_order {
                true => {
                    let told = Event::from_static("try again").with_type(ERROR);
                    assert_eq!(reader.rest().await, [told]);
                }
                false => assert_eq!(reader.error().await, way.failed(text)),
            }
            let (reason, .., error) = ends.recv().await.unwrap();
            assert_eq!(reason, Fate::Ended(EndReason::Error));
            assert_eq!(error.as_deref(), Some(text));
        }
    }
}

/// A stream that yields the ready events and then panics. Its drop can also panic.
struct Panics {
    ready: Live<Event>,
    drop_panics: bool,
}

impl tokio_stream::Stream for Panics {
    type Item = Result<Event, Infallible>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        match std::pin::Pin::new(&mut self.ready).poll_next(cx) {
            std::task::Poll::Ready(Some(event)) => std::task::Poll::Ready(Some(event)),
            _ => panic!("number {} was bad", 7),
        }
    }
}

impl Drop for Panics {
    fn drop(&mut self) {
        assert!(!self.drop_panics, "its drop was bad as well");
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_ends_the_stream_with_an_error_after_the_ready_events() {
    const TEXT: &str = "the stream of events panicked: number 7 was bad";
    for way in WAYS {
        for drop_panics in [false, true] {
            let (settings, mut ends) = told(Settings::new());
            let (events, ready) = live::<Event, Infallible>();
            events.send(Ok(Event::from_static("before"))).unwrap();
            let dropped = ready.dropped();
            let stream = Panics { ready, drop_panics };
            let mut reader = EventReader::new(way.open(settings, stream).await);
            assert_eq!(reader.event().await, Event::from_static("before"));
            assert_eq!(reader.error().await, way.failed(TEXT));
            assert!(dropped.load(Ordering::Relaxed));
            let (reason, events, _, error) = ends.recv().await.unwrap();
            assert_eq!((reason, events), (Fate::Ended(EndReason::Error), 1));
            assert_eq!(error.as_deref(), Some(TEXT));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_while_an_event_is_converted_is_a_panic_of_the_stream() {
    struct Number(u32);
    impl From<Number> for EventFrame {
        fn from(Number(number): Number) -> Self {
            assert!(number < 2, "number {number} was bad");
            Event::new(number.to_string()).into()
        }
    }
    let numbers = tokio_stream::iter([1, 2, 3].map(|number| Ok::<_, Infallible>(Number(number))));
    let mut reader = EventReader::new(Sse::new(numbers).into_http());
    assert_eq!(reader.event().await, Event::from_static("1"));
    let error = reader.error().await;
    assert!(error.ends_with("number 2 was bad"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_hook_can_know_the_request() {
    for way in WAYS {
        let (sender, mut ends) = mpsc::unbounded_channel();
        let settings = Settings::new().on_notice_with(move |request| {
            let (sender, path) = (sender.clone(), request.uri.path().to_owned());
            move |notice| {
                if let Some(fate) = Fate::of(notice) {
                    sender.send((path.clone(), fate)).unwrap();
                }
            }
        });
        let ask = |path, status| {
            let request = http::Request::get(path).body(()).unwrap();
            let answer = http::Response::builder().status(status);
            let answer = answer.body(silent()).unwrap();
            way.answer(settings.clone(), request, answer)
        };
        let [first, second] = [ask("/1", 200).await, ask("/2", 200).await];
        let _no_stream = ask("/3", 404).await;
        drop(second);
        drop(first);
        for path in ["/2", "/1"] {
            let told = (path.to_owned(), Fate::Ended(EndReason::ClientGone));
            assert_eq!(ends.recv().await, Some(told));
        }
        assert!(ends.try_recv().is_err());
        // The hook also knows the request of a refused stream.
        let refusing = settings.limits(&Limits::new(0));
        let request = http::Request::get("/4").body(()).unwrap();
        way.answer(refusing, request, http::Response::new(silent()))
            .await;
        assert_eq!(
            ends.recv().await,
            Some(("/4".to_owned(), Fate::Refused(RefusalReason::Limit)))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_can_become_an_event_too() {
    for way in WAYS {
        let settings =
            Settings::new().error_event(|_| Some(Event::from_static("try again").with_type(ERROR)));
        let (events, ready) = live::<Event, Infallible>();
        drop(events);
        let stream = Panics {
            ready,
            drop_panics: false,
        };
        let mut reader = EventReader::new(way.open(settings, stream).await);
        assert_eq!(reader.event().await.event_type(), &ERROR);
        reader.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_says_why_it_ends_gets_an_end_in_order() {
    for way in WAYS {
        let settings = Settings::new()
            .final_event(Event::from_static("[DONE]"))
            .error_event(|_| Some(Event::from_static("not for this").with_type(ERROR)));
        let (settings, mut ends) = told(settings);
        for (error, reason) in [
            (BoxError::from(Lagged::new(3)), EndReason::Lag),
            (
                io::Error::other(io::Error::other(Lagged::new(3))).into(),
                EndReason::Lag,
            ),
            (Kicked::new().into(), EndReason::Kick),
            (io::Error::other(Kicked::new()).into(), EndReason::Kick),
            (Expired::new().into(), EndReason::Expiry),
            (Unavailable::new("a cause").into(), EndReason::Unavailable),
        ] {
            let text = error.to_string();
            let (events, stream) = live::<Event, BoxError>();
            events.send(Ok(Event::from_static("1"))).unwrap();
            events.send(Err(error)).unwrap();
            let mut reader = EventReader::new(way.open(settings.clone(), stream).await);
            assert_eq!(reader.rest().await, [Event::from_static("1")]);
            let (fate, .., error) = ends.recv().await.unwrap();
            assert_eq!(fate, Fate::Ended(reason));
            assert_eq!(error, Some(text));
        }
    }
}

#[cfg(feature = "tokio-stream")]
#[tokio::test(start_paused = true)]
async fn a_broadcast_channel_that_overflows_ends_the_stream_as_lagged() {
    use tokio_stream::{StreamExt, wrappers::BroadcastStream};

    for way in WAYS {
        let (settings, mut ends) = told(Settings::new());
        let (sender, receiver) = tokio::sync::broadcast::channel(2);
        for number in 0..5 {
            sender.send(Event::new(number.to_string())).unwrap();
        }
        let events = BroadcastStream::new(receiver).map(|event| event.map_err(Lagged::from));
        let mut reader = EventReader::new(way.open(settings, events).await);
        assert_eq!(reader.rest().await, []);
        let (reason, .., error) = ends.recv().await.unwrap();
        assert_eq!(reason, Fate::Ended(EndReason::Lag));
        assert_eq!(error, Some(Lagged::new(3).to_string()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_final_event_marks_the_end_of_the_stream() {
    for way in WAYS {
        let settings = Settings::new().final_event(Event::from_static("[DONE]"));
        let (settings, mut ends) = told(settings);
        let (events, stream) = live::<Event, io::Error>();
        events.send(Ok(Event::from_static("1"))).unwrap();
        drop(events);
        let mut reader = EventReader::new(way.open(settings.clone(), stream).await);
        let expected = ["1", "[DONE]"].map(Event::from_static);
        assert_eq!(reader.rest().await, expected);
        let (reason, events, ..) = ends.recv().await.unwrap();
        assert_eq!((reason, events), (Fate::Ended(EndReason::Completed), 2));

        // Without it, nothing else marks the end.
        let (events, stream) = live::<Event, io::Error>();
        events
            .send(Err(io::Error::other("upstream is gone")))
            .unwrap();
        let mut reader = EventReader::new(way.open(settings.clone(), stream).await);
        assert_eq!(reader.error().await, way.failed("upstream is gone"));
        let short = settings.lifetime(Duration::from_millis(10));
        let bytes = all(way.open(short, silent()).await).await;
        assert_eq!(bytes, b"retry: 3000\n");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_added_to_an_incomplete_event() {
    let settings = Settings::new()
        .without_heartbeat()
        .final_event(Event::from_static("[DONE]"))
        .error_event(|_| Some(Event::from_static("try again")));
    let ended = relay::stream(settings.clone(), [data("data: 1\n")]).await;
    assert_eq!(all(ended).await, b"data: 1\n");
    for step in [
        Step::Fail("upstream is gone"),
        Step::Panic("upstream is gone"),
    ] {
        let failed = relay::stream(settings.clone(), [data("data: 1\n"), step]).await;
        let mut body = Box::pin(failed.into_body());
        assert_eq!(next_frame(&mut body).await.unwrap().unwrap(), "data: 1\n");
        let error = next_frame(&mut body).await.unwrap().unwrap_err();
        let cause = error.source().unwrap().to_string();
        assert!(cause.ends_with("upstream is gone"), "{cause}");
        assert!(next_frame(&mut body).await.is_none());
    }
    // After a lone CR, the final event can be inserted between events.
    let ended = relay::stream(settings, [data("data: 1\r\r")]).await;
    assert_eq!(all(ended).await, b"data: 1\r\rdata: [DONE]\n\n");
}

#[tokio::test(start_paused = true)]
async fn a_hook_without_a_stream_is_not_told() {
    let (settings, mut ends) = told(Settings::new());
    for way in WAYS {
        let refusal = http::Response::builder()
            .status(404)
            .body(silent())
            .unwrap();
        let request = http::Request::new(());
        let response = way.answer(settings.clone(), request, refusal).await;
        assert_eq!(response.status(), 404);
    }
    drop(settings);
    assert_eq!(ends.recv().await, None);
}
