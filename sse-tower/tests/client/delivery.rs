//! Events arrive whole, in order and once.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use sse_proto::{Event, EventId, OwnedItem};
use sse_tower::client::{ErrorKind, EventStream};
use tokio_stream::{StreamExt, iter};

use crate::script::{Notices, Part, Server, all, broken, get, open, parts, status, stream};

fn split(text: &str, size: usize) -> Vec<Part> {
    let bytes = text.as_bytes().chunks(size);
    bytes
        .map(|part| Part::Bytes(String::from_utf8(part.to_vec()).unwrap()))
        .collect()
}

const STREAM: &str =
    ": hi\r\nid: 1\r\ndata: one\r\ndata: more\r\n\r\nevent: tick\rdata\r\rdata: three\n\n";

#[tokio::test(start_paused = true)]
async fn events_are_the_same_however_they_are_cut() {
    for size in 1..STREAM.len() {
        let server = Server::new([parts(split(STREAM, size)), status(204)]);
        let mut events = server.get();
        let mut seen = Vec::new();
        while let Some(event) = events.next().await {
            seen.push(event.unwrap());
        }
        let tick = "tick".parse().unwrap();
        let expected = [
            Event::new("one\nmore").with_id(1),
            Event::new("").with_type(tick).with_id(1),
            Event::new("three").with_id(1),
        ];
        assert_eq!(seen, expected, "{size}");
    }
}

#[tokio::test(start_paused = true)]
async fn half_an_event_is_dropped_and_whole_ones_are_delivered_first() {
    let server = Server::new([
        broken("data: 1\n\ndata: 2\n\nid: 9\ndata: half\n"),
        stream("data: 3\n\ndata: half"),
        status(204),
    ]);
    let (data, _) = all(&mut server.get()).await;
    assert_eq!(data, ["1", "2", "3"]);
    assert_eq!(server.values("last-event-id"), ["-"; 3]);
}

#[tokio::test(start_paused = true)]
async fn an_option_completes_the_last_event_of_a_clean_end() {
    let answers = || {
        [
            broken("data: half"),
            stream("id: 7\ndata: last"),
            status(204),
        ]
    };
    let server = Server::new(answers());
    let (data, _) = all(&mut get(server.client().completes_at_end(true))).await;
    assert_eq!(data, ["last"]);
    assert_eq!(server.values("last-event-id"), ["-", "-", "7"]);
    let (data, _) = all(&mut Server::new(answers()).get()).await;
    assert!(data.is_empty());
}

/// A long chunk is decoded in parts.
#[tokio::test(start_paused = true)]
async fn a_chunk_of_many_events_is_delivered_whole() {
    let expected: Vec<_> = (0..20_000).map(|n| n.to_string()).collect();
    let text: String = expected.iter().map(|n| format!("data: {n}\n\n")).collect();
    let server = Server::new([stream(&text), status(204)]);
    let (data, _) = all(&mut server.get()).await;
    assert_eq!(data, expected);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_read_while_the_caller_holds_an_event() {
    let (sender, frames) = tokio::sync::mpsc::channel::<Result<Bytes, Infallible>>(1);
    let mut events = EventStream::of_stream(tokio_stream::wrappers::ReceiverStream::new(frames));
    let chunk = || Ok(Bytes::from("data: 1\n\ndata: 2\n\n"));
    sender.send(chunk()).await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap().data(), "1");
    // One chunk fits into the channel, and nobody takes it out.
    sender.send(chunk()).await.unwrap();
    let full = tokio::time::timeout(Duration::from_secs(1), sender.send(chunk())).await;
    assert!(full.is_err());
    assert_eq!(events.next().await.unwrap().unwrap().data(), "2");
    assert_eq!(events.next().await.unwrap().unwrap().data(), "1");
    sender.send(chunk()).await.unwrap();
}

fn text(parts: &'static [&'static str]) -> EventStream {
    let bytes = parts
        .iter()
        .map(|part| Ok::<_, Infallible>(Bytes::from_static(part.as_bytes())));
    EventStream::of_stream(iter(bytes.collect::<Vec<_>>()))
}

#[tokio::test]
async fn a_body_gives_its_items_too() {
    let items = text(&[": hi\nretry: 7\nid: 1\nda", "ta: 1\n\ndata: half\n"]).with_items();
    let items: Vec<_> = items.map(Result::unwrap).collect().await;
    let expected = [
        OwnedItem::Comment("hi".to_owned()),
        OwnedItem::Retry(Duration::from_millis(7)),
        OwnedItem::Event(Event::new("1").with_id(EventId::from(1))),
    ];
    assert_eq!(items, expected);
    let last = text(&["data: half\n"]).completes_at_end(true);
    let last: Vec<_> = last
        .map(|event| event.unwrap().data().to_owned())
        .collect()
        .await;
    assert_eq!(last, ["half"]);
}

#[tokio::test]
async fn an_error_is_the_last_item_of_a_body() {
    let mut events = text(&["data: 1\n\ndata: much too long\n\ndata: 2\n\n"]).limit(8);
    assert_eq!(events.next().await.unwrap().unwrap().data(), "1");
    let error = events.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(events.next().await.is_none());

    let broken = [
        Ok(Bytes::from("data: 1\n\n")),
        Err(std::io::Error::other("cut")),
    ];
    let mut events = EventStream::of_stream(iter(broken));
    assert!(events.next().await.unwrap().is_ok());
    let error = events.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Body);
    assert_eq!(
        std::error::Error::source(&error).unwrap().to_string(),
        "cut"
    );
    assert!(events.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn another_connection_on_request_goes_on_after_what_has_arrived() {
    let server = Server::new([
        open("id: 1\ndata: 1\n\nid: 2\ndata: 2\n\nid: 3\ndata: half"),
        stream("id: 3\ndata: 3\n\n"),
        status(204),
    ]);
    let notices = Notices::default();
    let mut events = get(server.client().on_notice(notices.hook()));
    assert_eq!(events.next().await.unwrap().unwrap().data(), "1");
    events.reconnect();
    let (rest, error) = all(&mut events).await;
    assert_eq!(rest, ["2", "3"]);
    assert!(error.is_none());
    assert_eq!(server.values("last-event-id"), ["-", "2", "3"]);
    let asked = notices.lines().into_iter();
    let asked = asked.filter(|line| line.contains("another connection was asked for"));
    assert_eq!(asked.count(), 1);
    // A source that has ended stays so.
    events.reconnect();
    assert!(events.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn another_connection_for_a_post_ends_its_source() {
    let server = Server::new([open("data: 1\n\ndata: 2\n\n")]);
    let mut events = server.client().build(|_| {
        let request = http::Request::post("http://a.test/feed");
        request.body(String::new()).unwrap()
    });
    assert_eq!(events.next().await.unwrap().unwrap().data(), "1");
    events.reconnect();
    let (rest, error) = all(&mut events).await;
    assert_eq!(rest, ["2"]);
    assert!(error.is_none());
    assert_eq!(server.requests().len(), 1);
}
