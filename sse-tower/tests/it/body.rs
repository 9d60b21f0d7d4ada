//! Tests that a body turns events into frames.

use std::{error::Error, io, sync::atomic::Ordering, time::Duration};

use http_body::Body;
use sse_tower::{
    Event, EventFrame, EventId, Settings, Sse,
    server::SseBody,
    testing::{EventReader, Received},
};

use crate::support::{Live, Never, WAYS, finished, live, next_frame};

#[tokio::test(start_paused = true)]
async fn ready_events_are_one_frame() {
    let mut body = Box::pin(Sse::new(finished(["1", "2", "3"])).into_http().into_body());
    let frame = next_frame(&mut body).await.unwrap().unwrap();
    assert_eq!(frame, "data: 1\n\ndata: 2\n\ndata: 3\n\n");
    assert!(next_frame(&mut body).await.is_none());
    assert!(next_frame(&mut body).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_frame_is_bounded_even_if_more_events_are_ready() {
    let endless = tokio_stream::iter(std::iter::repeat_with(|| {
        Ok::<_, Never>(Event::new("x".repeat(1000)))
    }));
    let mut body = Box::pin(Sse::new(endless).into_http().into_body());
    for _ in 0..3 {
        let length = next_frame(&mut body).await.unwrap().unwrap().len();
        assert!((1..17 * 1024 + 16).contains(&length), "{length}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_single_event_is_not_copied() {
    let frame = EventFrame::from(Event::new("shared"));
    let stream = tokio_stream::iter([Ok::<_, Never>(frame.clone())]);
    let mut body = Box::pin(Sse::new(stream).into_http().into_body());
    let sent = next_frame(&mut body).await.unwrap().unwrap();
    assert_eq!(sent.as_ptr(), frame.as_bytes().as_ptr());
}

#[tokio::test(start_paused = true)]
async fn the_reconnection_time_comes_first_and_at_once() {
    let (_sender, stream) = live::<Event, Never>();
    let response = Sse::new(stream)
        .retry(Duration::from_millis(2500))
        .into_http();
    let mut body = Box::pin(response.into_body());
    let frame = next_frame(&mut body).await.unwrap().unwrap();
    assert_eq!(frame, "retry: 2500\n");
}

/// Common clients store milliseconds in 32 bits.
#[tokio::test(start_paused = true)]
async fn a_reconnection_time_fits_the_timers_of_clients() {
    for (time, sent) in [
        (Duration::from_millis(2_147_483_647), 2_147_483_647),
        (Duration::from_millis(2_147_483_648), 2_147_483_647),
        (Duration::MAX, 2_147_483_647),
    ] {
        let expected = format!("retry: {sent}\n");
        assert_eq!(EventFrame::retry(time).as_bytes(), expected.as_bytes());
        let (_sender, stream) = live::<Event, Never>();
        let response = Sse::new(stream).retry(time).into_http();
        let mut body = Box::pin(response.into_body());
        let frame = next_frame(&mut body).await.unwrap().unwrap();
        assert_eq!(frame, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_can_carry_more_than_events() {
    let (sender, stream) = live::<EventFrame, Never>();
    for frame in [
        EventFrame::last_event_id(&EventId::from(7)),
        EventFrame::comment("two\nlines"),
        EventFrame::retry(Duration::ZERO),
        EventFrame::from(&Event::from_static("x")),
    ] {
        sender.send(Ok(frame)).unwrap();
    }
    let mut body = Box::pin(Sse::new(stream).into_http().into_body());
    let frame = next_frame(&mut body).await.unwrap().unwrap();
    assert_eq!(frame, "id: 7\n\n: two\n: lines\nretry: 0\ndata: x\n\n");
}

#[tokio::test(start_paused = true)]
async fn an_error_ends_the_body_after_the_ready_events() {
    let (sender, stream) = live::<Event, io::Error>();
    let dropped = stream.dropped();
    sender.send(Ok(Event::from_static("before"))).unwrap();
    sender
        .send(Err(io::Error::other("upstream is gone")))
        .unwrap();
    sender.send(Ok(Event::from_static("after"))).unwrap();
    let mut body = Box::pin(Sse::new(stream).into_http().into_body());

    assert_eq!(
        next_frame(&mut body).await.unwrap().unwrap(),
        "data: before\n\n"
    );
    assert!(
        dropped.load(Ordering::Relaxed),
        "what the stream held is freed at once"
    );
    assert!(!body.is_end_stream());
    let error = next_frame(&mut body).await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "the stream of events failed");
    assert_eq!(error.source().unwrap().to_string(), "upstream is gone");
    assert!(next_frame(&mut body).await.is_none());
    assert!(body.is_end_stream());
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_is_dropped_before_the_body() {
    let (sender, stream) = live::<Event, Never>();
    let dropped = stream.dropped();
    sender.send(Ok(Event::from_static("last"))).unwrap();
    drop(sender);
    let mut body = Box::pin(Sse::new(stream).into_http().into_body());
    assert!(next_frame(&mut body).await.is_some());
    assert!(dropped.load(Ordering::Relaxed));
    assert!(body.is_end_stream());
}

#[tokio::test]
async fn the_default_body_has_ended() {
    let mut body = Box::pin(SseBody::<Live<Event>>::default());
    assert!(body.is_end_stream());
    assert_eq!(body.size_hint().exact(), Some(0));
    assert!(next_frame(&mut body).await.is_none());
}

#[tokio::test]
async fn a_running_body_has_no_length() {
    let body = Sse::new(finished([])).into_http().into_body();
    assert_eq!(body.size_hint().exact(), None);
}

#[tokio::test(start_paused = true)]
async fn the_reconnection_time_of_the_settings_fits_the_timers_of_clients() {
    const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);
    for way in WAYS {
        for (set, sent) in [
            (Duration::ZERO, Duration::ZERO),
            (Duration::from_nanos(1), Duration::from_millis(1)),
            (Duration::from_secs(2), Duration::from_secs(2)),
            (LONGEST - Duration::from_nanos(1), LONGEST),
            (LONGEST, LONGEST),
            (LONGEST + Duration::from_nanos(1), LONGEST),
            (LONGEST + Duration::from_millis(1), LONGEST),
            (Duration::from_millis(1 << 32), LONGEST),
            (Duration::MAX, LONGEST),
        ] {
            let settings = Settings::new().retry(set);
            let mut reader = EventReader::new(way.open(settings, finished(["x"])).await);
            assert_eq!(reader.next().await, Some(Received::Retry(sent)), "{set:?}");
        }
    }
}
