//! Requests of a source.

use http::{Request, StatusCode};
use sse_proto::EventId;
use sse_tower::client::{Error, ErrorKind, EventSource, StatusPolicy};

use crate::script::{Answer, Notices, Server, all, broken, get, open, status, stream, take};

#[tokio::test(start_paused = true)]
async fn every_reconnect_sends_the_newest_id() {
    let server = Server::new([
        stream("id: 1\ndata: one\n\n"),
        broken("id: 2\ndata: two\n\nid: 3\ndata: half"),
        Answer::Unreachable,
        status(503),
        // A resumed stream that dies before any ID keeps the old one.
        broken("data: three\n\n"),
        broken(""),
        // An ID alone counts; a reset one is not sent.
        stream("id: 4\n\n"),
        stream("id\n\n"),
        stream("id: 5\n\n"),
        status(204),
    ]);
    let (data, error) = all(&mut server.get()).await;
    assert_eq!(data, ["one", "two", "three"]);
    assert!(error.is_none());
    assert_eq!(
        server.values("last-event-id"),
        ["-", "1", "2", "2", "2", "2", "2", "4", "-", "5"]
    );
}

#[tokio::test(start_paused = true)]
async fn the_fields_of_the_standard_are_sent_and_can_be_replaced() {
    let server = Server::new([status(204)]);
    let _ = all(&mut server.get()).await;
    assert_eq!(server.values("accept"), ["text/event-stream"]);
    assert_eq!(server.values("cache-control"), ["no-cache"]);

    let server = Server::new([status(204)]);
    let mut events = server.client().build(|_| {
        let request = Request::get("http://a.test/").header("Accept", "text/event-stream, */*");
        request
            .header("Cache-Control", "no-store")
            .body(String::new())
            .unwrap()
    });
    let _ = all(&mut events).await;
    assert_eq!(server.values("accept"), ["text/event-stream, */*"]);
    assert_eq!(server.values("cache-control"), ["no-store"]);
}

#[tokio::test(start_paused = true)]
async fn a_field_of_the_caller_is_replaced_and_not_doubled() {
    for name in ["Last-Event-ID", "last-event-id", "LAST-EVENT-ID"] {
        let server = Server::new([
            stream("data: without an ID\n\n"),
            stream("id: 8\n\n"),
            stream("id\n\n"),
            stream("data: after the reset\n\n"),
            status(204),
        ]);
        let mut events = server.client().build(move |_| {
            Request::get("http://a.test/")
                .header(name, "7")
                .body(String::new())
                .unwrap()
        });
        let _ = all(&mut events).await;
        // The caller's place holds until the server names one.
        assert_eq!(server.values("last-event-id"), ["7", "7", "8", "-", "-"]);
    }
}

/// Also within one connection.
#[tokio::test(start_paused = true)]
async fn a_reset_id_takes_the_place_of_the_callers() {
    let server = Server::new([stream("id: 8\ndata: 1\n\nid\n\n"), status(204)]);
    let mut events = server.client().build(|_| {
        let request = Request::get("http://a.test/").header("last-event-id", "7");
        request.body(String::new()).unwrap()
    });
    let _ = all(&mut events).await;
    assert_eq!(server.values("last-event-id"), ["7", "-"]);
}

#[tokio::test(start_paused = true)]
async fn a_source_starts_after_a_known_event() {
    let server = Server::new([stream("data: 1\n\nid: 8\ndata: 2\n\n"), status(204)]);
    let mut events = get(server.client().last_event_id(EventId::from(7)));
    assert_eq!(events.last_event_id().as_str(), "7");
    take(&mut events, 1).await;
    assert_eq!(events.last_event_id().as_str(), "7");
    take(&mut events, 1).await;
    assert_eq!(events.last_event_id().as_str(), "8");
    let _ = all(&mut events).await;
    assert_eq!(server.values("last-event-id"), ["7", "8"]);
}

/// Whole events are read ahead, and only those that were delivered count for the caller.
#[tokio::test(start_paused = true)]
async fn the_last_event_id_is_that_of_the_event_that_was_delivered() {
    let server = Server::new([open("id: 1\ndata: 1\n\nid: 2\ndata: 2\n\nid\ndata: 3\n\n")]);
    let mut events = server.get();
    for expected in ["1", "2", ""] {
        take(&mut events, 1).await;
        assert_eq!(events.last_event_id().as_str(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn ids_are_sent_as_their_utf8_bytes() {
    let server = Server::new([stream("id: é\u{1F600}\n\n"), status(204)]);
    let _ = all(&mut server.get()).await;
    assert_eq!(server.values("last-event-id"), ["-", "é\u{1F600}"]);
}

#[tokio::test(start_paused = true)]
async fn an_id_that_http_cannot_carry_is_left_out_or_ends_the_source() {
    let long = "x".repeat(8 * 1024 + 1);
    for id in ["a\u{1}b", "a\u{7F}b", " a", "a ", "\ta", &long] {
        let stream_of_id = || stream(&format!("id: {id}\ndata: 1\n\n"));
        let server = Server::new([stream_of_id(), stream("id: 2\n\n"), status(204)]);
        let notices = Notices::default();
        let (data, error) = all(&mut get(server.client().on_notice(notices.hook()))).await;
        assert_eq!((data.len(), error.is_none()), (1, true));
        assert_eq!(server.values("last-event-id"), ["-", "-", "2"], "{id:?}");
        let told = notices
            .lines()
            .into_iter()
            .filter(|line| line.starts_with("UnsendableId"));
        assert_eq!(told.count(), 1, "{id:?}");

        let server = Server::new([stream_of_id()]);
        let (data, error) = all(&mut get(server.client().strict_ids(true))).await;
        assert_eq!((data.len(), server.requests().len()), (1, 1));
        assert_eq!(error.unwrap().kind(), ErrorKind::LastEventId, "{id:?}");
    }
    // As long as it may be.
    let id = "x".repeat(8 * 1024);
    let server = Server::new([stream(&format!("id: {id}\n\n")), status(204)]);
    let (_, error) = all(&mut get(server.client().strict_ids(true))).await;
    assert!(error.is_none());
    assert_eq!(server.values("last-event-id"), ["-".to_owned(), id]);
}

#[tokio::test(start_paused = true)]
async fn a_token_can_be_refreshed_once_after_401_and_403() {
    for code in [401, 403] {
        let server = Server::new([
            status(code),
            stream("data: 1\n\n"),
            status(code),
            status(code),
        ]);
        let mut events = server.client().build_async(|attempt| async move {
            let token = match attempt.last_status() {
                Some(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => "new",
                _ => "old",
            };
            let request = Request::get("http://a.test/").header("authorization", token);
            request.body(String::new())
        });
        let (data, error) = all(&mut events).await;
        let refused = error.as_ref().and_then(Error::status);
        let refused = refused.map(|status| status.as_u16());
        assert_eq!((data.len(), refused), (1, Some(code)));
        assert_eq!(server.values("authorization"), ["old", "new", "old", "new"]);
        // At once, and only the second answer counts.
        assert_eq!(server.times(), [0, 0, 3000, 3000]);

        let server = Server::new([status(code)]);
        let builder = server.client().status_policy(StatusPolicy::Standard);
        let (_, error) = all(&mut get(builder)).await;
        assert_eq!(error.unwrap().kind(), ErrorKind::Status);
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_cannot_be_made_is_tried_again() {
    let server = Server::new([status(204)]);
    let mut events = server
        .client()
        .max_retries(1)
        .build_async(|attempt| async move {
            match attempt.number() {
                1 => Err(std::io::Error::other("no token")),
                _ => Ok(Request::get("http://a.test/").body(String::new()).unwrap()),
            }
        });
    let (_, error) = all(&mut events).await;
    assert!(error.is_none());
    assert_eq!(server.requests().len(), 1);

    let mut events: EventSource = server
        .client()
        .max_retries(0)
        .build_async(|_| async { Err::<Request<String>, _>(std::io::Error::other("no token")) });
    let (_, error) = all(&mut events).await;
    let error = error.unwrap();
    let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<Error>());
    assert_eq!(cause.map(Error::kind), Some(ErrorKind::Request));
    assert_eq!(error.fault(), sse_tower::client::Fault::Caller);
}

#[tokio::test(start_paused = true)]
async fn the_attempt_says_where_to_go_on() {
    let server = Server::new([stream("id: 1\n\n"), status(204)]);
    let mut events = server.client().build(|attempt| {
        let after = attempt
            .last_event_id()
            .map_or("start", EventId::as_str)
            .to_owned();
        let uri = format!("http://a.test/{}/{after}", attempt.number());
        Request::get(uri).body(String::new()).unwrap()
    });
    let _ = all(&mut events).await;
    let paths: Vec<_> = server
        .requests()
        .iter()
        .map(|head| head.uri.path().to_owned())
        .collect();
    assert_eq!(paths, ["/1/start", "/2/1"]);
}
