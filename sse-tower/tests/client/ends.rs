//! Ends of a source, and its errors.

use std::time::Duration;

use http::{Method, Request};
use sse_tower::client::{Error, ErrorKind, EventSource, Fault, ReadyState, StatusPolicy, Verdict};
use tokio_stream::StreamExt;

use crate::script::{Answer, Part, Server, all, broken, get, open, parts, status, stream, take};

fn post(server: &Server) -> sse_tower::client::EventSourceBuilder<Server> {
    server.client()
}

fn build_post(builder: sse_tower::client::EventSourceBuilder<Server>) -> EventSource {
    builder.build(|_| {
        let request = Request::builder()
            .method(Method::POST)
            .uri("http://a.test/answers");
        request.body("{}".to_owned()).unwrap()
    })
}

fn kind(error: Option<Error>) -> Option<ErrorKind> {
    error.map(|error| error.kind())
}

#[tokio::test(start_paused = true)]
async fn a_204_ends_the_source_without_an_error() {
    let server = Server::new([stream("data: 1\n\n"), status(204)]);
    let mut events = server.get();
    let (data, error) = all(&mut events).await;
    assert_eq!((data, kind(error)), (vec!["1".to_owned()], None));
    assert_eq!(events.ready_state(), ReadyState::Closed);
    assert_eq!(server.times(), [0, 3000]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_delivered_after_close() {
    let server = Server::new([open("data: 1\n\ndata: 2\n\ndata: 3\n\n")]);
    let mut events = server.get();
    assert_eq!(take(&mut events, 1).await, ["1"]);
    events.close();
    assert!(events.next().await.is_none());
    assert_eq!(events.ready_state(), ReadyState::Closed);
    events.close();
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_final_event_ends_the_source_and_is_not_delivered() {
    let server = Server::new([
        stream("data: 1\n\n"),
        open("data: 2\n\ndata: [DONE]\n\ndata: 3\n\n"),
    ]);
    let mut events = get(server.client().final_event("[DONE]"));
    let (data, error) = all(&mut events).await;
    assert_eq!(
        (data, kind(error)),
        (vec!["1".to_owned(), "2".to_owned()], None)
    );
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_not_sent_again_has_one_connection() {
    let some = || vec!["1".to_owned()];
    for (answer, final_event, expected) in [
        (stream("data: 1\n\n"), None, None),
        (
            stream("data: 1\n\n"),
            Some("[DONE]"),
            Some(ErrorKind::Incomplete),
        ),
        (stream("data: 1\n\ndata: [DONE]\n\n"), Some("[DONE]"), None),
        (broken("data: 1\n\n"), None, Some(ErrorKind::Body)),
        (broken("data: 1\n\n"), Some("[DONE]"), Some(ErrorKind::Body)),
        (open("data: 1\n\n"), None, Some(ErrorKind::IdleTimeout)),
    ] {
        let server = Server::new([answer.clone()]);
        let mut builder = post(&server).idle_timeout(Duration::from_secs(10));
        if let Some(data) = final_event {
            builder = builder.final_event(data);
        }
        let (data, error) = all(&mut build_post(builder)).await;
        assert_eq!(
            (data, kind(error)),
            (some(), expected),
            "{answer:?} {final_event:?}"
        );
        assert_eq!(server.requests().len(), 1);
    }
    for (answer, expected) in [
        (Answer::Unreachable, Some(ErrorKind::Service)),
        (Answer::Silent, Some(ErrorKind::ResponseTimeout)),
        (status(204), None),
        (status(401), Some(ErrorKind::Status)),
        (status(503), Some(ErrorKind::Status)),
        (status(200), Some(ErrorKind::ContentType)),
    ] {
        let server = Server::new([answer.clone()]);
        let (data, error) = all(&mut build_post(post(&server))).await;
        assert_eq!((data.len(), kind(error)), (0, expected), "{answer:?}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn any_method_is_sent_again_if_the_caller_says_so() {
    let server = Server::new([broken("data: 1\n\n"), stream("data: 2\n\n"), status(204)]);
    let mut events = build_post(post(&server).resend_any_method());
    let (data, error) = all(&mut events).await;
    assert_eq!((data.len(), kind(error)), (2, None));
    assert_eq!(server.bodies(), ["{}"; 3]);
}

#[tokio::test(start_paused = true)]
async fn an_error_of_status_or_type_has_head_and_body() {
    let html = |text: &str| {
        let body = vec![
            Part::Bytes(text.to_owned()),
            Part::Sleep(Duration::from_secs(1)),
        ];
        Answer::Response(200, vec![("content-type", "text/html".to_owned())], body)
    };
    let refusal = Answer::Response(
        404,
        vec![("x-request-id", "7".to_owned())],
        vec![
            Part::Bytes("no such ".to_owned()),
            Part::Bytes("feed".to_owned()),
        ],
    );
    for (answer, kind, body, message) in [
        (
            refusal,
            ErrorKind::Status,
            "no such feed",
            "the server answered with status 404 Not Found",
        ),
        (
            html("<html>"),
            ErrorKind::ContentType,
            "<html>",
            "the response is not an event stream: its Content-Type is \"text/html\", not \
             text/event-stream",
        ),
        (
            status(200),
            ErrorKind::ContentType,
            "",
            "the response is not an event stream: its Content-Type is missing, not \
             text/event-stream",
        ),
    ] {
        let server = Server::new([answer]);
        let (_, error) = all(&mut server.get()).await;
        let error = error.expect("it is final");
        assert_eq!(error.kind(), kind);
        assert_eq!(error.fault(), Fault::Server);
        assert_eq!(error.body(), body);
        assert_eq!(error.to_string(), message);
        assert!(error.head().is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn the_body_of_a_refusal_is_bounded_in_size_and_time() {
    let long = Answer::Response(404, Vec::new(), vec![Part::Bytes("x".repeat(40_000)); 3]);
    let (_, error) = all(&mut Server::new([long]).get()).await;
    assert_eq!(error.unwrap().body().len(), 64 * 1024);

    let parts = vec![Part::Bytes("slow".to_owned()), Part::Hang];
    let start = tokio::time::Instant::now();
    let server = Server::new([Answer::Response(404, Vec::new(), parts)]);
    let (_, error) = all(&mut server.get()).await;
    assert_eq!(error.unwrap().body(), "slow");
    assert_eq!(start.elapsed(), Duration::from_secs(5));

    let parts = vec![Part::Bytes("half".to_owned()), Part::Break];
    let server = Server::new([Answer::Response(404, Vec::new(), parts)]);
    let (_, error) = all(&mut server.get()).await;
    assert_eq!(error.unwrap().body(), "half");
}

#[tokio::test(start_paused = true)]
async fn retries_that_are_used_up_name_the_last_reason() {
    let server = Server::new([Answer::Unreachable, status(503), Answer::Unreachable]);
    let (_, error) = all(&mut get(server.client().max_retries(2))).await;
    let error = error.unwrap();
    assert_eq!(
        (error.kind(), error.fault()),
        (ErrorKind::Retries, Fault::Network)
    );
    let cause = std::error::Error::source(&error).unwrap();
    assert_eq!(cause.to_string(), "the server could not be reached");
    let root = cause.source().unwrap();
    assert_eq!(
        root.to_string(),
        std::io::Error::from(std::io::ErrorKind::ConnectionRefused).to_string()
    );
    assert_eq!(server.requests().len(), 3);

    // The last permitted attempt ends without the final event.
    let server = Server::new([stream("")]);
    let builder = server.client().max_retries(0).final_event("[DONE]");
    let (_, error) = all(&mut get(builder)).await;
    assert_eq!(kind(error), Some(ErrorKind::Incomplete));
}

#[tokio::test(start_paused = true)]
async fn an_event_ends_the_row_of_failures() {
    let answers = (0..10).flat_map(|_| [status(503), broken("data: 1\n\n")]);
    let server = Server::new(answers.chain([status(204)]));
    let (data, error) = all(&mut get(server.client().max_retries(2))).await;
    assert_eq!((data.len(), kind(error)), (10, None));
}

#[tokio::test(start_paused = true)]
async fn connections_that_deliver_nothing_new_are_given_up() {
    let server = Server::new((0..9).map(|_| stream(": hi\n\n")));
    let (_, error) = all(&mut get(server.client().max_without_progress(3))).await;
    let error = error.unwrap();
    assert_eq!(
        (error.kind(), error.fault()),
        (ErrorKind::NoProgress, Fault::Server)
    );
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_too_large_ends_the_source() {
    let server = Server::new([open("data: 1\n\ndata: much too long\n\ndata: 2\n\n")]);
    let (data, error) = all(&mut get(server.client().limit(8))).await;
    assert_eq!(
        (data, kind(error)),
        (vec!["1".to_owned()], Some(ErrorKind::TooLarge))
    );
}

#[tokio::test(start_paused = true)]
async fn statuses_follow_the_policy_and_the_verdict() {
    use StatusPolicy::{Resilient, Standard};
    for (code, policy, verdict, requests) in [
        (503, Resilient, None, 2),
        (503, Standard, None, 1),
        (404, Resilient, None, 1),
        (404, Resilient, Some(Verdict::Wait), 2),
        (404, Standard, Some(Verdict::Wait), 2),
        (503, Resilient, Some(Verdict::Final), 1),
        (401, Standard, None, 1),
        (401, Standard, Some(Verdict::Again), 2),
    ] {
        let server = Server::new([status(code), status(204)]);
        let builder = server
            .client()
            .status_policy(policy)
            .verdict(move |_| verdict);
        let (_, error) = all(&mut get(builder)).await;
        assert_eq!(
            server.requests().len(),
            requests,
            "{code} {policy:?} {verdict:?}"
        );
        assert_eq!(
            error.is_some(),
            requests == 1,
            "{code} {policy:?} {verdict:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_verdict_does_not_revive_what_204_has_ended() {
    let server = Server::new([status(204)]);
    let builder = server.client().verdict(|_| Some(Verdict::Wait));
    let (_, error) = all(&mut get(builder)).await;
    assert_eq!((server.requests().len(), kind(error)), (1, None));
}

#[tokio::test(start_paused = true)]
async fn the_ready_state_can_be_watched() {
    let server = Server::new([
        parts([
            Part::Sleep(Duration::from_secs(1)),
            Part::Bytes("data: 1\n\n".to_owned()),
        ]),
        status(204),
    ]);
    let mut events = server.get();
    let mut states = events.ready_states();
    assert_eq!(states.current(), ReadyState::Connecting);
    let watching = tokio::spawn(async move {
        let mut seen = Vec::new();
        while let Some(state) = states.changed().await {
            seen.push(state);
        }
        seen
    });
    tokio::task::yield_now().await;
    let _ = all(&mut events).await;
    tokio::task::yield_now().await;
    drop(events);
    let expected = [ReadyState::Open, ReadyState::Connecting, ReadyState::Closed];
    assert_eq!(watching.await.unwrap(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_source_drops_its_connection() {
    let dropped = std::sync::Arc::new(());
    let held = dropped.clone();
    let service = tower::service_fn(move |_: Request<String>| {
        let held = held.clone();
        async move {
            let events = async_stream::stream! {
                let _held = held;
                yield Ok::<_, std::io::Error>(http_body::Frame::data(bytes::Bytes::from("data: 1\n\n")));
                std::future::pending::<()>().await;
            };
            http::Response::builder()
                .header("content-type", "text/event-stream")
                .body(http_body_util::StreamBody::new(Box::pin(events)))
        }
    });
    let mut events = EventSource::builder(service)
        .build(|_| Request::get("http://a.test/").body(String::new()).unwrap());
    take(&mut events, 1).await;
    assert_eq!(std::sync::Arc::strong_count(&dropped), 3);
    events.close();
    assert_eq!(std::sync::Arc::strong_count(&dropped), 2);
}

/// A source can be kept in a struct and moved between tasks.
#[test]
fn a_source_is_an_ordinary_value() {
    fn is_ordinary<T: Send + Unpin + std::fmt::Debug + 'static>() {}

    is_ordinary::<EventSource>();
    is_ordinary::<sse_tower::client::EventStream>();
    is_ordinary::<sse_tower::client::ItemStream>();
    is_ordinary::<Error>();
}
