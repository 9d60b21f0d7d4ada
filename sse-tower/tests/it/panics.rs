//! Panics in code of the user. None of them aborts the process, no matter how the stream ends.

use std::{
    convert::Infallible,
    error::Error,
    fmt,
    future::{poll_fn, ready},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use http::{Request, Response};
use http_body::Body;
use http_body_util::BodyExt;
use sse_tower::{
    Drain, Event, RelayLayer, Settings, Sse, SseLayer,
    error::BoxError,
    server::{EndReason, Lagged, Limits, Notice, RefusalReason},
};
use tower::{Layer, ServiceExt, service_fn};

use crate::support::{AnyBody, Fate, Live, WAYS, Way, live, next_frame, silent};

/// A stream whose drop panics if the flag is set.
struct DropPanics(Live<Event, BoxError>, bool);

impl tokio_stream::Stream for DropPanics {
    type Item = Result<Event, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.0).poll_next(cx)
    }
}

impl Drop for DropPanics {
    fn drop(&mut self) {
        assert!(!self.1, "the drop of the stream");
    }
}

/// An error whose methods all panic.
#[derive(Debug)]
struct BadError;

impl fmt::Display for BadError {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("the text of the error");
    }
}

impl Error for BadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        panic!("the source of the error");
    }
}

impl Drop for BadError {
    fn drop(&mut self) {
        panic!("the drop of the error");
    }
}

/// A panic payload whose drop also panics.
struct BadPayload;

impl Drop for BadPayload {
    fn drop(&mut self) {
        panic!("the drop of the payload");
    }
}

/// The possible ends of a stream.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    DroppedUnpolled,
    Dropped,
    /// Dropped while another panic unwinds.
    DroppedByPanic,
    /// Dropped after an error, before the body has returned that error.
    DroppedWithError,
    Complete,
    Error,
    BadError,
    Lag,
    Lifetime,
    Drain,
    RefusedByLimit,
    RefusedByDrain,
}

const ENDS: [(End, Fate); 12] = [
    (End::DroppedUnpolled, Fate::Ended(EndReason::ClientGone)),
    (End::Dropped, Fate::Ended(EndReason::ClientGone)),
    (End::DroppedByPanic, Fate::Ended(EndReason::ClientGone)),
    (End::DroppedWithError, Fate::Ended(EndReason::Error)),
    (End::Complete, Fate::Ended(EndReason::Completed)),
    (End::Error, Fate::Ended(EndReason::Error)),
    (End::BadError, Fate::Ended(EndReason::Error)),
    (End::Lag, Fate::Ended(EndReason::Lag)),
    (End::Lifetime, Fate::Ended(EndReason::Lifetime)),
    (End::Drain, Fate::Ended(EndReason::Drain)),
    (End::RefusedByLimit, Fate::Refused(RefusalReason::Limit)),
    (End::RefusedByDrain, Fate::Refused(RefusalReason::Drain)),
];

/// Returns a response with a stream whose drop panics: without a layer, or with one of the two
/// layers.
async fn open(way: Option<Way>, settings: Settings, stream: DropPanics) -> Response<AnyBody> {
    match way {
        Some(way) => way.open(settings, stream).await,
        None => Sse::with(stream, settings)
            .into_http()
            .map(BodyExt::boxed_unsync),
    }
}

/// Reads the body until it ends, fails or is silent for an hour. Then drops it.
async fn read(mut body: Pin<Box<AnyBody>>) {
    let wait = Duration::from_secs(3600);
    while let Ok(Some(Ok(_))) = tokio::time::timeout(wait, next_frame(&mut body)).await {}
}

#[tokio::test(start_paused = true)]
async fn no_panic_of_a_drop_or_a_callback_aborts_or_is_lost() {
    for way in [None, Some(WAYS[0]), Some(WAYS[1])] {
        for (end, expected) in ENDS {
            let reasons = Arc::new(Mutex::new(Vec::new()));
            let (drain, limits) = (Drain::new(), Limits::new(1));
            let mut settings = Settings::new()
                .drain(&drain)
                .limits(&limits)
                .final_event(Event::from_static("[DONE]"))
                .error_event(|_| panic!("the error event"))
                .on_notice({
                    let reasons = reasons.clone();
                    move |notice| {
                        reasons.lock().unwrap().extend(Fate::of(notice));
                        std::panic::panic_any(BadPayload)
                    }
                });
            let mut others = None;
            match end {
                End::Lifetime => settings = settings.lifetime(Duration::from_secs(60)),
                End::RefusedByLimit => {
                    others = Some(
                        Sse::with(silent(), Settings::new().limits(&limits))
                            .into_http()
                            .into_body(),
                    );
                }
                End::RefusedByDrain => drop(drain.start(Duration::ZERO)),
                _ => {}
            }
            let (events, stream) = live::<Event, BoxError>();
            // The layer refuses the request before it calls the service, so it never gets the
            // service's stream.
            let is_refused = matches!(end, End::RefusedByLimit | End::RefusedByDrain);
            let is_never_ours = is_refused && matches!(way, Some(Way::Events));
            let stream = DropPanics(stream, !is_never_ours);
            let response = open(way, settings, stream).await;
            let mut body = Box::pin(response.into_body());
            let context = format!("{way:?}, {end:?}");
            if end != End::DroppedUnpolled {
                next_frame(&mut body)
                    .await
                    .expect(&context)
                    .expect(&context);
            }
            match end {
                End::DroppedByPanic => {
                    let unwound = catch_unwind(AssertUnwindSafe(|| {
                        let _body = body;
                        panic!("another panic");
                    }));
                    unwound.unwrap_err();
                }
                End::DroppedUnpolled | End::Dropped => drop(body),
                End::Complete => {
                    drop(events);
                    read(body).await;
                }
                End::DroppedWithError => {
                    events.send(Err(BadError.into())).unwrap();
                    // The body is pending once after the start, and once before the error.
                    for _ in 0..2 {
                        let poll = poll_fn(|cx| Poll::Ready(body.as_mut().poll_frame(cx)));
                        assert!(poll.await.is_pending(), "{context}");
                    }
                    drop(body);
                }
                End::Error => {
                    events.send(Err("upstream is gone".into())).unwrap();
                    read(body).await;
                }
                End::BadError => {
                    events.send(Err(BadError.into())).unwrap();
                    match next_frame(&mut body).await {
                        Some(Err(error)) => std::mem::forget(error),
                        other => panic!("{context}: {:?}", other.is_some()),
                    }
                    drop(body);
                }
                End::Lag => {
                    events.send(Err(Lagged::new(3).into())).unwrap();
                    read(body).await;
                }
                End::Drain => {
                    drop(drain.start(Duration::from_secs(10)));
                    read(body).await;
                }
                End::Lifetime | End::RefusedByLimit | End::RefusedByDrain => read(body).await,
            }
            drop(others);
            // Without a layer, a body that was never polled may have answered a HEAD request.
            let is_told = way.is_some() || end != End::DroppedUnpolled;
            let expected: Vec<_> = is_told.then_some(expected).into_iter().collect();
            assert_eq!(*reasons.lock().unwrap(), expected, "{context}");
            assert_eq!(limits.open_streams(), 0, "{context}");
            assert_eq!(drain.open_streams(), 0, "{context}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn if_the_error_event_panics_the_body_fails_with_the_error() {
    for way in WAYS {
        let (events, stream) = live::<Event, BoxError>();
        let settings = Settings::new().error_event(|_| panic!("the error event"));
        let mut body = Box::pin(way.open(settings, stream).await.into_body());
        events.send(Err("upstream is gone".into())).unwrap();
        let error = next_frame(&mut body).await.unwrap().unwrap_err();
        let cause = error.source().unwrap().to_string();
        assert_eq!(cause, "upstream is gone", "{way:?}");
        assert!(next_frame(&mut body).await.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_while_a_relayed_frame_or_error_is_converted_is_an_error_of_the_stream() {
    struct Bad;
    impl From<Bad> for BoxError {
        fn from(_: Bad) -> Self {
            panic!("the conversion");
        }
    }
    struct BadData;
    impl bytes::Buf for BadData {
        fn remaining(&self) -> usize {
            panic!("the conversion");
        }
        fn chunk(&self) -> &[u8] {
            &[]
        }
        fn advance(&mut self, _: usize) {}
    }
    for frame in [Ok(http_body::Frame::data(BadData)), Err(Bad)] {
        let body = http_body_util::StreamBody::new(tokio_stream::iter([frame]));
        let mut response = Some(Response::new(body));
        let service = RelayLayer::new().layer(service_fn(move |_: Request<()>| {
            let mut response = response.take().expect("one request is made");
            let event_stream = http::HeaderValue::from_static("text/event-stream");
            response.headers_mut().insert("content-type", event_stream);
            ready(Ok::<_, Infallible>(response))
        }));
        let response = service.oneshot(Request::new(())).await.unwrap();
        let mut body = Box::pin(response.into_body());
        let error = next_frame(&mut body).await.unwrap().unwrap_err();
        let cause = error.source().unwrap().to_string();
        assert!(cause.ends_with("the conversion"), "{cause}");
    }
}

/// Functions that are called with the request run as part of the service. So their panic is a panic
/// of the service, and nothing stays counted.
#[tokio::test(start_paused = true)]
async fn a_panic_of_a_key_function_or_a_hook_factory_is_a_panic_of_the_service() {
    fn bad_hook(_: &http::request::Parts) -> fn(&Notice<'_>) {
        panic!("the maker of the hook")
    }
    let drain = Drain::new();
    let limits = Limits::new(1);
    let bad_key = limits
        .clone()
        .per_key(1, |_| -> Option<u8> { panic!("the key") });
    let base = Settings::new().drain(&drain);
    for (settings, is_for_sse) in [
        (base.clone().limits(&limits).on_notice_with(bad_hook), true),
        (base.limits(&bad_key), false),
    ] {
        let service = SseLayer::with(settings.clone()).layer(service_fn(|_: Request<()>| {
            ready(Ok::<_, Infallible>(Response::new(silent())))
        }));
        let call = tokio::spawn(async move { service.oneshot(Request::new(())).await.is_ok() });
        assert!(call.await.unwrap_err().is_panic());
        if is_for_sse {
            let (_events, stream) = live::<Event, BoxError>();
            let response = || drop(Sse::with(DropPanics(stream, true), settings).into_http());
            catch_unwind(AssertUnwindSafe(response)).unwrap_err();
        }
        assert_eq!(limits.open_streams(), 0);
        assert_eq!(drain.open_streams(), 0);
    }
}

/// A value that a callback captures, and whose drop panics.
struct Captured;

impl Captured {
    fn touch(&self) {}
}

impl Drop for Captured {
    fn drop(&mut self) {
        panic!("the drop of what a callback has captured");
    }
}

/// A body can be the last owner of its settings, and can be dropped while another panic unwinds.
#[tokio::test]
async fn no_drop_of_a_callback_aborts() {
    for way in WAYS {
        let (hook, error, key, made) = (Captured, Captured, Captured, Captured);
        let each = Limits::new(1).per_key(1, move |_| {
            key.touch();
            Some(())
        });
        let settings = Settings::new().limits(&each).error_event(move |_| {
            error.touch();
            None
        });
        drop(each);
        let with_hook = settings.clone().on_notice(move |_| hook.touch());
        let with_made = settings.on_notice_with(move |_| {
            made.touch();
            |_: &Notice<'_>| {}
        });
        for settings in [with_hook, with_made] {
            let mut body = Box::pin(way.open(settings, silent()).await.into_body());
            next_frame(&mut body).await.unwrap().unwrap();
            let unwound = catch_unwind(AssertUnwindSafe(|| {
                let _body = body;
                panic!("another panic");
            }));
            unwound.unwrap_err();
        }
    }
}
