//! Settings that a response shares with a relay around it take effect once. HEAD has no stream.

use std::{convert::Infallible, io, time::Duration};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, combinators::UnsyncBoxBody};
use sse_tower::{
    Drain, Event, RelayLayer, Settings, Sse, SseLayer,
    error::{BodyError, BoxError},
    server::{EndReason, Lagged, Limits, RefusalReason},
    testing::EventReader,
};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio_stream::Stream;
use tower::{Layer, ServiceExt, service_fn};

use crate::support::{Fate, all, live, silent, told};

type AnyBody = UnsyncBoxBody<Bytes, BodyError>;

/// The kind of service inside the relay.
#[derive(Clone, Copy, Debug)]
enum Inner {
    Response,
    Layer,
    Relay,
}

const INNERS: [Inner; 3] = [Inner::Response, Inner::Layer, Inner::Relay];

fn request(method: Method) -> Request<()> {
    let request = Request::builder().method(method).uri("/path");
    request.header("x-user", "ann").body(()).unwrap()
}

/// Returns the response to a request, with `inner` settings inside and `outer` settings in a relay
/// around it.
async fn answer<St, E>(
    kind: Inner,
    inner: Settings,
    outer: Settings,
    request: Request<()>,
    events: St,
) -> Response<AnyBody>
where
    St: Stream<Item = Result<Event, E>> + Send + 'static,
    E: Into<BoxError> + 'static,
{
    let mut events = Some(events);
    let service = service_fn(move |request: Request<()>| {
        let events = events.take().expect("one request is made");
        let inner = inner.clone();
        async move {
            let response = match kind {
                Inner::Response => Sse::with(events, inner)
                    .into_http()
                    .map(BodyExt::boxed_unsync),
                Inner::Layer => {
                    let mut events = Some(Response::new(events));
                    let service = service_fn(move |_: Request<()>| {
                        let response = events.take().expect("one request is made");
                        async { Ok::<_, Infallible>(response) }
                    });
                    let service = SseLayer::with(inner).layer(service);
                    service.oneshot(request).await?.map(BodyExt::boxed_unsync)
                }
                Inner::Relay => {
                    let bare = Settings::new().without_heartbeat();
                    let mut response = Some(Sse::with(events, bare).into_http());
                    let service = service_fn(move |_: Request<()>| {
                        let response = response.take().expect("one request is made");
                        async { Ok::<_, Infallible>(response) }
                    });
                    let service = RelayLayer::with(inner).layer(service);
                    service.oneshot(request).await?.map(BodyExt::boxed_unsync)
                }
            };
            Ok::<_, Infallible>(response)
        }
    });
    let response = RelayLayer::with(outer)
        .layer(service)
        .oneshot(request)
        .await;
    response.unwrap().map(BodyExt::boxed_unsync)
}

async fn shared<St, E>(kind: Inner, settings: &Settings, events: St) -> Response<AnyBody>
where
    St: Stream<Item = Result<Event, E>> + Send + 'static,
    E: Into<BoxError> + 'static,
{
    answer(
        kind,
        settings.clone(),
        settings.clone(),
        request(Method::GET),
        events,
    )
    .await
}

/// Adds a hook that sends the path of the request and the reason.
fn paths(settings: Settings) -> (Settings, UnboundedReceiver<(String, Fate)>) {
    let (sender, ends) = mpsc::unbounded_channel();
    let settings = settings.on_notice_with(move |request| {
        let (sender, path) = (sender.clone(), request.uri.path().to_owned());
        move |notice| {
            if let Some(fate) = Fate::of(notice) {
                sender.send((path.clone(), fate)).unwrap();
            }
        }
    });
    (settings, ends)
}

#[tokio::test(start_paused = true)]
async fn limits_drain_and_hook_see_a_stream_once() {
    for kind in INNERS {
        let (limits, drain) = (Limits::new(2), Drain::new());
        let (settings, mut ends) = paths(Settings::new().limits(&limits).drain(&drain));
        let open = async || shared(kind, &settings, silent()).await;
        let (first, second) = (open().await, open().await);
        assert_eq!(
            (limits.open_streams(), drain.open_streams()),
            (2, 2),
            "{kind:?}"
        );
        let third = all(open().await).await;
        assert!(third.starts_with(b"retry: "), "{kind:?}");
        let (path, reason) = ends.recv().await.unwrap();
        assert_eq!(
            (&*path, reason),
            ("/path", Fate::Refused(RefusalReason::Limit)),
            "{kind:?}"
        );
        assert!(ends.try_recv().is_err(), "{kind:?}");
        drop(first);
        let end = ("/path".to_owned(), Fate::Ended(EndReason::ClientGone));
        assert_eq!(ends.recv().await, Some(end));
        assert_eq!((limits.open_streams(), drain.open_streams()), (1, 1));
        let reading = tokio::spawn(all(second));
        tokio::task::yield_now().await;
        let drained = drain.start(Duration::from_secs(10)).await;
        assert_eq!((drained.streams(), drained.ended_cleanly()), (1, 1));
        let bytes = String::from_utf8(reading.await.unwrap()).unwrap();
        assert_eq!(bytes.matches("retry: ").count(), 2, "{bytes}");
        let end = ("/path".to_owned(), Fate::Ended(EndReason::Drain));
        assert_eq!(ends.recv().await, Some(end), "{kind:?}");
        assert!(ends.try_recv().is_err(), "{kind:?}");
        assert_eq!((limits.open_streams(), drain.open_streams()), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_counts_once_and_a_key_of_the_relay_alone_counts_too() {
    let by_user =
        |limits: Limits| limits.per_key(1, |request| request.headers.get("x-user").cloned());
    for kind in [Inner::Layer, Inner::Relay] {
        let limits = by_user(Limits::new(10));
        let settings = Settings::new().limits(&limits);
        let first = shared(kind, &settings, silent()).await;
        assert_eq!((first.status(), limits.open_streams()), (StatusCode::OK, 1));
        let second = all(shared(kind, &settings, silent()).await).await;
        assert!(second.starts_with(b"retry: "), "{kind:?}");
        drop(first);
        assert_eq!(limits.open_streams(), 0);
    }
    // Inside, a total; outside, the same total and a limit per key.
    for kind in INNERS {
        let total = Limits::new(10);
        let outer = Settings::new().limits(&by_user(total.clone()));
        let inner = Settings::new().limits(&total);
        let open = || {
            let request = request(Method::GET);
            answer(kind, inner.clone(), outer.clone(), request, silent())
        };
        let _first = open().await;
        assert_eq!(total.open_streams(), 1);
        assert!(all(open().await).await.starts_with(b"retry: "), "{kind:?}");
        assert_eq!(total.open_streams(), 1);
    }
    // The key of a handler is independent of the relay's.
    let limits = by_user(Limits::new(10));
    let outer = Settings::new().limits(&limits);
    let handler = Sse::with(silent(), Settings::new().limits(&limits)).limit_key("another");
    let mut response = Some(handler.into_http());
    let service = service_fn(move |_: Request<()>| {
        let response = response.take().expect("one request is made");
        async { Ok::<_, Infallible>(response) }
    });
    let relay = RelayLayer::with(outer.clone()).layer(service);
    let _first = relay.oneshot(request(Method::GET)).await.unwrap();
    let _layered = shared(Inner::Layer, &outer, silent()).await;
    assert_eq!(limits.open_streams(), 1, "Ann has a stream, by the relay");
}

#[tokio::test(start_paused = true)]
async fn a_relay_does_not_report_an_early_end_as_complete() {
    for kind in INNERS {
        let done = Settings::new()
            .without_heartbeat()
            .final_event(Event::from_static("[DONE]"));
        // The stream completes: there is one final event, no matter which settings have it.
        for (inner, outer) in [
            (done.clone(), done.clone()),
            (done.clone(), Settings::new()),
            (Settings::new(), done.clone()),
        ] {
            let (sender, events) = live::<Event, Infallible>();
            drop(sender);
            let (outer, mut ends) = told(outer);
            let response = answer(kind, inner, outer, request(Method::GET), events).await;
            assert_eq!(all(response).await, b"data: [DONE]\n\n", "{kind:?}");
            assert_eq!(
                ends.recv().await.unwrap().0,
                Fate::Ended(EndReason::Completed)
            );
        }
        // The inner stream ends early: the relay reports the reason and adds no final event.
        let drain = Drain::new();
        let error_event =
            |settings: Settings| settings.error_event(|_| Some(Event::from_static("try again")));
        let lagged = || io::Error::other(Lagged::new(3));
        for (inner, error, reason, text, sent) in [
            (
                done.clone().lifetime(Duration::from_secs(1)),
                None,
                Fate::Ended(EndReason::Lifetime),
                None,
                "",
            ),
            (
                done.clone().drain(&drain),
                None,
                Fate::Ended(EndReason::Drain),
                None,
                "retry: ",
            ),
            (
                done.clone(),
                Some(lagged()),
                Fate::Ended(EndReason::Lag),
                Some("the reader was too slow"),
                "",
            ),
            (
                error_event(done.clone()),
                Some(io::Error::other("no database")),
                Fate::Ended(EndReason::Error),
                Some("no database"),
                "data: try again\n\n",
            ),
        ] {
            let (sender, events) = live::<Event, io::Error>();
            if let Some(error) = error {
                sender.send(Err(error)).unwrap();
            }
            let (outer, mut ends) = told(done.clone());
            let response = answer(kind, inner, outer, request(Method::GET), events).await;
            let reading = tokio::spawn(all(response));
            tokio::task::yield_now().await;
            let _draining =
                (reason == Fate::Ended(EndReason::Drain)).then(|| drain.start(Duration::ZERO));
            let bytes = String::from_utf8(reading.await.unwrap()).unwrap();
            assert!(
                bytes.contains(sent) && !bytes.contains("[DONE]"),
                "{kind:?} {bytes}"
            );
            let (told, .., error) = ends.recv().await.unwrap();
            assert_eq!(told, reason, "{kind:?}");
            let starts = |error: String| error.starts_with(text.unwrap_or("-"));
            assert_eq!(
                error.is_some_and(starts),
                text.is_some(),
                "{kind:?} {reason:?}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_inside_is_reported_and_answered_once() {
    for kind in INNERS {
        for has_error_event in [false, true] {
            let mut settings = Settings::new().without_heartbeat();
            if has_error_event {
                settings = settings.error_event(|_| Some(Event::from_static("try again")));
            }
            let (settings, mut ends) = told(settings);
            let (sender, events) = live::<Event, io::Error>();
            sender.send(Err(io::Error::other("no database"))).unwrap();
            let mut reader = EventReader::new(shared(kind, &settings, events).await);
            match has_error_event {
                true => assert_eq!(reader.rest().await, [Event::from_static("try again")]),
                false => {
                    let error = reader.error().await;
                    assert_eq!(error, "the relayed body failed: no database", "{kind:?}");
                }
            }
            drop(reader);
            let (reason, .., error) = ends.recv().await.unwrap();
            assert_eq!(
                (reason, error.as_deref()),
                (Fate::Ended(EndReason::Error), Some("no database"))
            );
            assert!(ends.try_recv().is_err(), "{kind:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_mistake_is_reported_once() {
    for kind in INNERS {
        let (settings, mut ends) = paths(Settings::new().limits(&Limits::each(1)));
        let response = shared(kind, &settings, silent()).await;
        assert_eq!(
            response.status(),
            StatusCode::INTERNAL_SERVER_ERROR,
            "{kind:?}"
        );
        drop(all(response).await);
        let (path, reason) = ends.recv().await.unwrap();
        let mistake = Fate::Refused(RefusalReason::Mistake);
        assert_eq!((&*path, reason), ("/path", mistake), "{kind:?}");
        assert!(ends.try_recv().is_err(), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_fields_of_the_response_are_not_repeated() {
    for kind in INNERS {
        let settings = Settings::new().refuse_unacceptable();
        let response = shared(kind, &settings, silent()).await;
        for name in response.headers().keys() {
            let count = response.headers().get_all(name).iter().count();
            assert_eq!(count, 1, "{kind:?} {name}");
        }
        assert_eq!(response.headers()["vary"], "accept");
    }
}

#[tokio::test(start_paused = true)]
async fn different_hooks_are_both_called() {
    for kind in INNERS {
        let (inner, mut inner_ends) = told(Settings::new());
        let (outer, mut outer_ends) = told(Settings::new());
        drop(answer(kind, inner, outer, request(Method::GET), silent()).await);
        assert_eq!(
            outer_ends.recv().await.unwrap().0,
            Fate::Ended(EndReason::ClientGone)
        );
        // A response that was never polled may have answered a HEAD request.
        let is_known = !matches!(kind, Inner::Response);
        assert_eq!(inner_ends.recv().await.is_some(), is_known, "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn head_has_no_stream_and_calls_no_hook() {
    for kind in INNERS {
        for refused in [false, true] {
            for with_503 in [false, true] {
                let limits = Limits::new(usize::from(!refused));
                let mut inner = Settings::new().limits(&limits);
                if with_503 {
                    inner = inner.refuse_with_503();
                }
                let (inner, mut inner_ends) = told(inner);
                let (outer, mut outer_ends) = told(Settings::new());
                let request = request(Method::HEAD);
                drop(answer(kind, inner, outer, request, silent()).await);
                assert_eq!(inner_ends.recv().await, None, "{kind:?}");
                assert_eq!(outer_ends.recv().await, None, "{kind:?}");
                assert_eq!(limits.open_streams(), 0);
            }
        }
    }
}

#[cfg(feature = "axum")]
#[tokio::test(start_paused = true)]
async fn under_axum_head_calls_no_hook_and_get_does() {
    use axum::{Router, body::Body, routing::get};

    for total in [2, 0] {
        for with_503 in [false, true] {
            let (mut settings, mut ends) = told(Settings::new().limits(&Limits::new(total)));
            if with_503 {
                settings = settings.refuse_with_503();
            }
            let router = Router::new().route(
                "/path",
                get(move || async move { Sse::with(silent(), settings) }),
            );
            let ask = |method| {
                let request = request(method).map(|()| Body::empty());
                router.clone().oneshot(request)
            };
            let get = ask(Method::GET).await.unwrap();
            let head = ask(Method::HEAD).await.unwrap();
            let is_refused = total == 0;
            let status = match is_refused && with_503 {
                true => StatusCode::SERVICE_UNAVAILABLE,
                false => StatusCode::OK,
            };
            assert_eq!((get.status(), head.status()), (status, status));
            assert!(!head.headers().contains_key("content-length"));
            drop(head);
            assert!(ends.try_recv().is_err(), "nothing is told of HEAD");
            let mut body = get.into_body();
            let _first = tokio::time::timeout(Duration::from_secs(1), body.frame()).await;
            drop(body);
            let reason = match is_refused {
                true => Fate::Refused(RefusalReason::Limit),
                false => Fate::Ended(EndReason::ClientGone),
            };
            assert_eq!(ends.try_recv().unwrap().0, reason);
            assert!(ends.try_recv().is_err());
        }
    }
}
