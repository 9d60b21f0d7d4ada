//! Events as values.

use serde::Deserialize;
use sse_tower::{
    Event, EventType,
    client::{Error, ErrorKind, EventStream, Fault, Typed, TypedEvents},
};
use tokio_stream::{Stream, StreamExt};

use crate::script::{Server, broken, get, stream};

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Token(String),
    Stop,
}

fn token(text: &str) -> Answer {
    Answer::Token(text.to_owned())
}

fn typed(body: &str) -> TypedEvents<EventStream, Answer> {
    EventStream::of_body(body.to_owned()).typed()
}

/// The items of a stream, and the kind of the error at its end.
async fn items<T>(
    mut events: impl Stream<Item = Result<T, Error>> + Unpin,
) -> (Vec<T>, Option<ErrorKind>) {
    let mut items = Vec::new();
    while let Some(item) = events.next().await {
        match item {
            Ok(item) => items.push(item),
            Err(error) => {
                assert!(events.next().await.is_none(), "{error} is the last item");
                return (items, Some(error.kind()));
            }
        }
    }
    assert!(events.next().await.is_none(), "the end is the end");
    (items, None)
}

const STREAM: &str = "event: token\ndata: \"a\"\n\nevent: other\ndata: x\n\ndata: y\n\n\
                      event: stop\ndata: {}\n\nevent: token\ndata: \"late\"\n\n";

#[tokio::test]
async fn unknown_types_are_skipped_or_passed_on() {
    let (known, end) = items(typed(STREAM)).await;
    assert_eq!(known, [token("a"), Answer::Stop, token("late")]);
    assert_eq!(end, None);

    let (all, _) = items(typed(STREAM).with_unknown()).await;
    let other = Event::new("x").with_type(EventType::from_static("other"));
    let expected = [
        Typed::Known(token("a")),
        Typed::Unknown(other),
        Typed::Unknown(Event::new("y")),
        Typed::Known(Answer::Stop),
        Typed::Known(token("late")),
    ];
    assert_eq!(all, expected);
}

#[tokio::test]
async fn the_final_event_ends_the_stream() {
    // By type it is delivered, by data it is not.
    let by_type = items(typed(STREAM).final_type("stop")).await;
    assert_eq!(by_type, (vec![token("a"), Answer::Stop], None));
    let by_data = items(typed(STREAM).final_event("{}")).await;
    assert_eq!(by_data, (vec![token("a")], None));
    for events in [
        typed(STREAM).final_type("end"),
        typed(STREAM).final_event("[DONE]"),
    ] {
        let (values, end) = items(events).await;
        assert_eq!(values.len(), 3);
        assert_eq!(end, Some(ErrorKind::Incomplete));
    }
}

#[tokio::test]
async fn wrong_data_is_an_error_after_which_the_stream_goes_on() {
    let mut events = typed("event: token\ndata: 1\n\nevent: token\ndata: \"a\"\n\n");
    let error = events.next().await.unwrap().unwrap_err();
    assert_eq!(
        (error.kind(), error.fault()),
        (ErrorKind::Data, Fault::Server)
    );
    assert_eq!(error.event().unwrap().data(), "1");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("invalid type: integer `1`"), "{cause}");
    assert_eq!(events.next().await.unwrap().unwrap(), token("a"));
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn a_declared_error_event_is_the_last_item() {
    let mut events = typed(STREAM).errors_when(|event| event.event_type() == "other");
    assert_eq!(events.next().await.unwrap().unwrap(), token("a"));
    let error = events.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Reported);
    assert_eq!(error.event().unwrap().data(), "x");
    assert!(error.to_string().contains("other"), "{error}");
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn errors_of_the_stream_below_are_the_last_item() {
    let events = EventStream::of_body("event: token\ndata: \"a\"\n\n".to_owned());
    let (values, end) = items(events.limit(4).typed::<Answer>()).await;
    assert_eq!((values.len(), end), (0, Some(ErrorKind::TooLarge)));
}

#[tokio::test(start_paused = true)]
async fn a_source_reconnects_below_the_values() {
    let server = Server::new([
        broken("event: token\nid: 1\ndata: \"a\"\n\nevent: token\nid: 2\ndata: \"half"),
        stream("event: token\nid: 2\ndata: \"b\"\n\nevent: stop\ndata\n\n"),
    ]);
    let mut events = get(server.client()).typed::<Answer>().final_type("stop");
    assert_eq!(events.next().await.unwrap().unwrap(), token("a"));
    assert_eq!(events.inner().unwrap().last_event_id(), "1");
    let (rest, end) = items(events).await;
    assert_eq!((rest, end), (vec![token("b"), Answer::Stop], None));
    assert_eq!(server.values("last-event-id"), ["-", "1"]);
}
