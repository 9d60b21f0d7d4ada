//! Limits on the number of open streams, and the response to a stream beyond the limit.

use std::{convert::Infallible, sync::atomic::Ordering, time::Duration};

use http::{Request, Response, StatusCode, Version};
use http_body::Body;
use http_body_util::BodyExt;
use sse_tower::{
    Drain, Event, Settings, Sse, SseLayer,
    server::{EndReason, Limits, RefusalReason},
    testing::{EventReader, Received},
};
use tokio::{sync::mpsc::UnboundedReceiver, time::timeout};
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::support::{AnyBody, Fate, Live, Told, WAYS, Way, all, live, next_frame, silent, told};

const SECOND: Duration = Duration::from_secs(1);

async fn of_user(way: Way, settings: &Settings, user: &'static str) -> Response<AnyBody> {
    let request = Request::get("/").header("x-user", user).body(()).unwrap();
    way.answer(settings.clone(), request, Response::new(silent()))
        .await
}

/// Returns whether the response is a refusal: a `retry:` and the end. An accepted stream also
/// starts with `retry:`, but does not end.
async fn is_refused(response: Response<AnyBody>) -> bool {
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = Box::pin(response.into_body());
    let first = next_frame(&mut body).await.unwrap().unwrap();
    assert!(first.starts_with(b"retry: "), "{first:?}");
    body.is_end_stream()
}

#[tokio::test(start_paused = true)]
async fn a_body_counts_towards_the_total_until_the_client_disconnects() {
    for way in WAYS {
        let limits = Limits::new(2);
        let (settings, mut ends) = told(Settings::new().limits(&limits));
        let first = of_user(way, &settings, "a").await;
        let second = of_user(way, &settings, "a").await;
        assert_eq!(limits.open_streams(), 2);
        assert!(is_refused(of_user(way, &settings, "a").await).await);
        let told = ends.recv().await.unwrap();
        assert_eq!((told.0, told.1), (Fate::Refused(RefusalReason::Limit), 0));
        drop(first);
        assert_eq!(limits.open_streams(), 1);
        let told = ends.recv().await.unwrap();
        assert_eq!((told.0, told.1), (Fate::Ended(EndReason::ClientGone), 0));
        assert!(!is_refused(of_user(way, &settings, "a").await).await);
        drop(second);
        assert_eq!(limits.open_streams(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_permit_is_freed_when_the_stream_ends_even_if_the_body_is_kept() {
    for way in WAYS {
        let limits = Limits::new(1);
        let settings = Settings::new().limits(&limits);
        let (sender, events) = live::<Event, Infallible>();
        let mut body = Box::pin(way.open(settings, events).await.into_body());
        assert_eq!(limits.open_streams(), 1);
        drop(sender);
        while next_frame(&mut body).await.is_some() {}
        assert_eq!(limits.open_streams(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn each_key_has_its_own_limit() {
    for way in WAYS {
        let limits = Limits::new(100).per_key(1, |request| request.headers.get("x-user").cloned());
        let settings = Settings::new().limits(&limits);
        let first = of_user(way, &settings, "a").await;
        let _other = of_user(way, &settings, "b").await;
        assert!(is_refused(of_user(way, &settings, "a").await).await);
        drop(first);
        assert!(!is_refused(of_user(way, &settings, "a").await).await);
        // A stream without a key counts only towards the total.
        let _nobody = way.open(settings.clone(), silent()).await;
        let _nobody_else = way.open(settings.clone(), silent()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_refusal_is_a_stream_with_a_reconnection_time() {
    for way in WAYS {
        let limits = Limits::new(0);
        let settings = Settings::new()
            .limits(&limits)
            .come_back_after(5 * SECOND..=9 * SECOND);
        let mut times = Vec::new();
        for _ in 0..5 {
            let events = silent();
            let dropped = events.dropped();
            let mut reader = EventReader::new(way.open(settings.clone(), events).await);
            assert!(
                dropped.load(Ordering::Relaxed),
                "the handler's stream is dropped"
            );
            match reader.next().await {
                Some(Received::Retry(time)) => times.push(time),
                other => panic!("{other:?}"),
            }
            reader.end().await;
        }
        assert!(
            times
                .iter()
                .all(|time| (5 * SECOND..=9 * SECOND).contains(time))
        );
        assert!(times.iter().any(|time| *time != times[0]), "{times:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_refusal_is_503_if_configured() {
    for way in WAYS {
        let settings = Settings::new()
            .limits(&Limits::new(0))
            .come_back_after(Duration::from_millis(6500)..=Duration::from_millis(6500))
            .refuse_with_503();
        let response = way.open(settings, silent()).await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()["retry-after"], "7");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert!(!response.headers().contains_key("content-type"));
        assert!(response.body().is_end_stream());
    }
}

/// The timers of common clients fire at once for times above 2^31 - 1 milliseconds.
#[tokio::test(start_paused = true)]
async fn the_reconnection_time_of_a_refusal_fits_the_timers_of_clients() {
    for way in WAYS {
        for (start, end) in [
            (Duration::MAX, Duration::MAX),
            (Duration::from_millis(1 << 31), Duration::MAX),
            (Duration::MAX, Duration::ZERO),
            (Duration::MAX - SECOND, Duration::MAX),
        ] {
            let settings = Settings::new()
                .limits(&Limits::new(0))
                .come_back_after(start..=end);
            let mut reader = EventReader::new(way.open(settings.clone(), silent()).await);
            let longest = Duration::from_millis(i32::MAX as u64);
            assert_eq!(reader.next().await, Some(Received::Retry(longest)));

            let response = way.open(settings.refuse_with_503(), silent()).await;
            assert_eq!(response.headers()["retry-after"], "2147484");
        }
    }
}

#[tokio::test]
async fn a_refused_request_does_not_reach_the_service() {
    let service = SseLayer::with(Settings::new().limits(&Limits::new(0))).layer(service_fn(
        |_: Request<()>| async {
            panic!("it is called");
            #[expect(unreachable_code)]
            Ok::<_, Infallible>(Response::new(silent()))
        },
    ));
    let response = service.oneshot(Request::new(())).await.unwrap();
    EventReader::new(response).next().await;
}

#[tokio::test]
async fn a_dropped_call_frees_its_permit() {
    let (limits, drain) = (Limits::new(1), Drain::new());
    let mut service =
        SseLayer::with(Settings::new().limits(&limits).drain(&drain)).layer(service_fn(
            |_: Request<()>| std::future::pending::<Result<Response<Live<Event>>, Infallible>>(),
        ));
    let call = timeout(Duration::from_millis(10), service.call(Request::new(())));
    assert_eq!(
        limits.open_streams(),
        1,
        "one that is being answered counts"
    );
    assert!(call.await.is_err());
    assert_eq!((limits.open_streams(), drain.open_streams()), (0, 0));
    // Waiting for a drain can be cancelled and started again.
    assert!(timeout(Duration::ZERO, drain.started()).await.is_err());
    drop(drain.start(SECOND));
    drain.started().await;
    assert_eq!(drain.start(SECOND).await.streams(), 0);
}

#[tokio::test]
async fn other_responses_hold_no_permit() {
    for way in WAYS {
        let limits = Limits::new(1);
        let settings = Settings::new().limits(&limits);
        let refusal = Response::builder().status(401).body(silent()).unwrap();
        let response = way
            .answer(settings.clone(), Request::new(()), refusal)
            .await;
        assert_eq!(response.status(), 401);
        let head = Request::head("/").body(()).unwrap();
        let response = way.answer(settings, head, Response::new(silent())).await;
        assert_eq!(response.status(), 200);
        assert_eq!(limits.open_streams(), 0);
    }
}

#[tokio::test]
async fn a_refusal_closes_a_connection_of_http_1() {
    for way in WAYS {
        for with_503 in [false, true] {
            for (version, connection) in [
                (Version::HTTP_10, Some("close")),
                (Version::HTTP_11, Some("close")),
                (Version::HTTP_2, None),
            ] {
                let mut settings = Settings::new().limits(&Limits::new(0));
                if with_503 {
                    settings = settings.refuse_with_503();
                }
                let request = Request::builder().version(version).body(()).unwrap();
                let answer = Response::builder().header("keep-alive", "timeout=5");
                let answer = answer.body(silent()).unwrap();
                let response = way.answer(settings, request, answer).await;
                let seen = response.headers().get("connection");
                assert_eq!(seen.map(|value| value.to_str().unwrap()), connection);
                assert!(!response.headers().contains_key("keep-alive"));
            }
        }
    }
    // Without a layer, the response does not know the version of the request.
    let refused = Sse::with(silent(), Settings::new().limits(&Limits::new(0))).into_http();
    assert!(!refused.headers().contains_key("connection"));
}

#[tokio::test]
async fn head_is_refused_without_a_body() {
    for way in WAYS {
        for with_503 in [false, true] {
            let (mut settings, mut ends) = told(Settings::new().limits(&Limits::new(0)));
            if with_503 {
                settings = settings.refuse_with_503();
            }
            let get = way.open(settings.clone(), silent()).await;
            assert_eq!(
                ends.recv().await.unwrap().0,
                Fate::Refused(RefusalReason::Limit)
            );
            let head = Request::head("/").body(()).unwrap();
            let head = way.answer(settings, head, Response::new(silent())).await;
            assert_eq!(head.status(), get.status());
            let [mut names, mut of_get] =
                [&head, &get].map(|response| response.headers().keys().collect::<Vec<_>>());
            names.sort_by_key(|name| name.as_str());
            of_get.sort_by_key(|name| name.as_str());
            assert_eq!(names, of_get);
            assert!(head.body().is_end_stream());
            assert!(ends.try_recv().is_err(), "no stream was asked for");
        }
    }
}

#[tokio::test]
async fn a_refusal_varies_like_the_other_responses() {
    for way in WAYS {
        for with_503 in [false, true] {
            let mut settings = Settings::new()
                .limits(&Limits::new(0))
                .refuse_unacceptable();
            if with_503 {
                settings = settings.refuse_with_503();
            }
            let response = way.open(settings, silent()).await;
            assert_eq!(response.headers()["vary"], "accept");
        }
    }
}

#[tokio::test]
async fn fields_of_other_layers_are_kept_in_a_relayed_refusal() {
    for with_503 in [false, true] {
        let mut settings = Settings::new().limits(&Limits::new(0));
        if with_503 {
            settings = settings.refuse_with_503();
        }
        let response = Response::builder()
            .header("access-control-allow-origin", "https://a.example")
            .header("content-encoding", "gzip")
            .header("content-type", "text/event-stream")
            .body(silent());
        let response = Way::Relayed
            .answer(settings, Request::new(()), response.unwrap())
            .await;
        assert_eq!(
            response.headers()["access-control-allow-origin"],
            "https://a.example"
        );
        assert!(!response.headers().contains_key("content-encoding"));
    }
}

#[tokio::test]
async fn a_response_without_a_layer_is_limited_too() {
    let limits = Limits::each(1).total(10).per_key(1, |request| {
        let user = request.headers.get("x-user")?;
        user.to_str().ok().map(str::to_owned)
    });
    let answer = |user: &str| {
        Sse::with(silent(), Settings::new().limits(&limits))
            .limit_key(user)
            .into_http()
    };
    let first = answer("a");
    let service =
        SseLayer::with(Settings::new().limits(&limits)).layer(service_fn(|_: Request<()>| async {
            Ok::<_, Infallible>(Response::new(silent()))
        }));
    let request = Request::get("/").header("x-user", "a").body(()).unwrap();
    let of_layer = service.oneshot(request).await.unwrap();
    assert!(
        is_refused(of_layer.map(BodyExt::boxed_unsync)).await,
        "the same user's"
    );
    let refused = answer("a");
    assert!(refused.body().size_hint().exact().is_none());
    assert_eq!(limits.open_streams(), 1);
    let _other = answer("b");
    assert_eq!(limits.open_streams(), 2);
    drop(first);
    assert_eq!(limits.open_streams(), 1);
}

#[tokio::test]
async fn a_response_can_set_its_own_key() {
    let limits = Limits::each(3);
    let answer = |user| Sse::with(silent(), Settings::new().limits(&limits)).limit_key(user);
    let mut open: Vec<_> = (0..3).map(|_| answer("a").into_http()).collect();
    let refused = answer("a").into_http().map(BodyExt::boxed_unsync);
    assert!(is_refused(refused).await);
    open.push(answer("b").into_http());
    open.push(answer("a").without_limit_key().into_http());
    assert_eq!(limits.open_streams(), 5);
    open.clear();
    assert_eq!(limits.open_streams(), 0);
    let both = Limits::each(3).total(1);
    let answer = |user| {
        Sse::with(silent(), Settings::new().limits(&both))
            .limit_key(user)
            .into_http()
    };
    let _open = answer("a");
    assert!(is_refused(answer("b").map(BodyExt::boxed_unsync)).await);
}

/// Checks that the response has status 500 and a text, and that the hook was notified. Returns the
/// text.
async fn is_a_mistake(response: Response<AnyBody>, ends: &mut UnboundedReceiver<Told>) -> String {
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = &response.headers()["content-type"];
    assert_eq!(content_type, "text/plain; charset=utf-8");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let text = String::from_utf8(all(response).await).unwrap();
    let (reason, events, bytes, error) = ends.recv().await.unwrap();
    assert_eq!((reason, events), (Fate::Refused(RefusalReason::Mistake), 0));
    assert_eq!((bytes, error.as_deref()), (text.len() as u64, Some(&*text)));
    text
}

#[tokio::test]
async fn a_limit_without_a_key_and_a_key_without_a_limit_are_refused_with_500() {
    let per_key = Limits::new(100).per_key(1, |request| request.headers.get("x-user").cloned());
    let (each, total) = (Limits::each(1), Limits::new(100));
    for with_503 in [false, true] {
        for (limits, key, missing) in [
            (Some(&per_key), None, "Sse::limit_key"),
            (Some(&each), None, "Sse::limit_key"),
            (Some(&total), Some("a"), "Limits::each"),
            (None, Some("a"), "Limits::each"),
        ] {
            let (mut settings, mut ends) = told(Settings::new());
            if with_503 {
                settings = settings.refuse_with_503();
            }
            let events = silent();
            let dropped = events.dropped();
            if let Some(limits) = limits {
                settings = settings.limits(limits);
            }
            let mut response = Sse::with(events, settings);
            if let Some(key) = key {
                response = response.limit_key(key);
            }
            let response = response.into_http().map(BodyExt::boxed_unsync);
            assert!(dropped.load(Ordering::Relaxed));
            let text = is_a_mistake(response, &mut ends).await;
            assert!(text.contains(missing), "{text}");
        }
        for way in WAYS {
            let (mut settings, mut ends) = told(Settings::new().limits(&each));
            if with_503 {
                settings = settings.refuse_with_503();
            }
            let text = is_a_mistake(way.open(settings.clone(), silent()).await, &mut ends).await;
            assert!(text.contains("Limits::per_key"), "{text}");
            let head = Request::head("/").body(()).unwrap();
            let head = way.answer(settings, head, Response::new(silent())).await;
            assert_eq!(head.status(), StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(all(head).await, b"");
            assert!(ends.try_recv().is_err());
        }
    }
    for limits in [&per_key, &each, &total] {
        assert_eq!(limits.open_streams(), 0);
    }
}
