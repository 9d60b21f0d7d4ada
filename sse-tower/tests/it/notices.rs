//! The notices that the hook of the settings gets, and their order.

use std::{convert::Infallible, time::Duration};

use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use sse_tower::{
    Drain, Event, RelayLayer, Settings, Sse,
    server::{Limits, Notice},
};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tower::{Layer, ServiceExt, service_fn};

use crate::support::{AnyBody, Live, WAYS, Way, next_frame, silent};

/// Adds a hook that sends a line per notice: the path of the request and what has happened.
fn lines(settings: Settings) -> (Settings, UnboundedReceiver<String>) {
    let (sender, lines) = mpsc::unbounded_channel();
    let settings = settings.on_notice_with(move |request| {
        let (sender, path) = (sender.clone(), request.uri.path().to_owned());
        move |notice| {
            let text = match notice {
                Notice::Opened => "opened".to_owned(),
                Notice::Heartbeat => "heartbeat".to_owned(),
                Notice::Ended(end) => format!("{:?} {}", end.reason(), end.bytes()),
                Notice::Refused(refusal) => format!("refused {:?}", refusal.reason()),
                other => panic!("{other:?} is new"),
            };
            sender.send(format!("{path} {text}")).unwrap();
        }
    });
    (settings, lines)
}

fn all(lines: &mut UnboundedReceiver<String>) -> Vec<String> {
    std::iter::from_fn(|| lines.try_recv().ok()).collect()
}

fn get() -> Request<()> {
    Request::get("/a").body(()).unwrap()
}

async fn open(way: Option<Way>, settings: Settings) -> Response<AnyBody> {
    match way {
        Some(way) => way.answer(settings, get(), Response::new(silent())).await,
        None => Sse::with(silent(), settings)
            .into_http()
            .map(BodyExt::boxed_unsync),
    }
}

/// Each kind of response, with the path that its hook knows.
const ALL: [(Option<Way>, &str); 3] = [(None, "/"), (Some(WAYS[0]), "/a"), (Some(WAYS[1]), "/a")];

#[tokio::test(start_paused = true)]
async fn a_stream_opens_shows_that_it_is_alive_and_ends() {
    for (way, path) in ALL {
        let (settings, mut told) = lines(Settings::new());
        let mut body = Box::pin(open(way, settings).await.into_body());
        assert!(told.try_recv().is_err(), "{way:?}: the body was not polled");
        for _ in 0..2 {
            assert_eq!(next_frame(&mut body).await.unwrap().unwrap(), ":\n");
        }
        drop(body);
        let expected = ["opened", "heartbeat", "heartbeat", "ClientGone 4"];
        let expected = expected.map(|line| format!("{path} {line}"));
        assert_eq!(all(&mut told), expected, "{way:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_never_polled_opens_and_ends_if_its_request_is_known() {
    for (way, _) in ALL {
        let (settings, mut told) = lines(Settings::new());
        drop(open(way, settings).await);
        let expected = match way {
            None => &[][..],
            Some(_) => &["/a opened", "/a ClientGone 0"],
        };
        assert_eq!(all(&mut told), expected, "{way:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_once_with_its_reason_and_nothing_else_is() {
    let drain = Drain::new();
    drop(drain.start(Duration::ZERO));
    for (way, path) in ALL {
        for (settings, reason) in [
            (Settings::new().limits(&Limits::new(0)), "Limit"),
            (Settings::new().drain(&drain), "Drain"),
            (Settings::new().limits(&Limits::each(1)), "Mistake"),
        ] {
            let (settings, mut told) = lines(settings);
            let mut body = Box::pin(open(way, settings).await.into_body());
            while next_frame(&mut body).await.is_some() {}
            drop(body);
            let expected = format!("{path} refused {reason}");
            assert_eq!(all(&mut told), [expected], "{way:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_accepts_no_event_stream_is_refused() {
    for way in WAYS {
        let (settings, mut told) = lines(Settings::new().refuse_unacceptable());
        let request = Request::get("/a").header("accept", "text/html").body(());
        let response = Response::new(silent());
        let response = way.answer(settings, request.unwrap(), response).await;
        assert_eq!(response.status(), StatusCode::NOT_ACCEPTABLE);
        drop(response);
        assert_eq!(all(&mut told), ["/a refused NotAcceptable"], "{way:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_the_handler_or_to_head_tells_nothing() {
    for way in WAYS {
        let (settings, mut told) = lines(Settings::new());
        let answer = Response::builder().status(204).body(silent()).unwrap();
        drop(way.answer(settings.clone(), get(), answer).await);
        let head = Request::head("/a").body(()).unwrap();
        drop(way.answer(settings, head, Response::new(silent())).await);
        assert_eq!(all(&mut told), [""; 0], "{way:?}");
    }
}

/// Returns the response of an `Sse` with settings that a relay around it shares.
async fn shared(settings: Settings, events: Live<Event>) -> Response<AnyBody> {
    let inner = settings.clone();
    let mut events = Some(events);
    let service = service_fn(move |_: Request<()>| {
        let events = events.take().expect("one request is made");
        let response = Sse::with(events, inner.clone()).into_http();
        async { Ok::<_, Infallible>(response) }
    });
    let response = RelayLayer::with(settings)
        .layer(service)
        .oneshot(get())
        .await;
    response.unwrap().map(BodyExt::boxed_unsync)
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_shares_the_hook_tells_it_and_heartbeats_are_told_where_they_are_sent() {
    let (settings, mut told) = lines(Settings::new());
    let mut body = Box::pin(shared(settings, silent()).await.into_body());
    next_frame(&mut body).await.unwrap().unwrap();
    drop(body);
    let expected = ["/a opened", "/ heartbeat", "/a ClientGone 2"];
    assert_eq!(all(&mut told), expected);

    let (settings, mut told) = lines(Settings::new().limits(&Limits::new(0)));
    let mut body = Box::pin(shared(settings, silent()).await.into_body());
    while next_frame(&mut body).await.is_some() {}
    assert_eq!(all(&mut told), ["/a refused Limit"]);
}
