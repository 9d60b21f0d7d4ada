//! The chat: history on joining, everyone gets every message, and a bad message is refused with a reason.

use http::StatusCode;
use hyper::body::Incoming;
use serde_json::{Value, json};
use sse_tower::{Event, testing::EventReader};

use crate::demo::{Demo, data, get, within};

/// Returns the next event, which has to be the list of those who are here.
async fn here(reader: &mut EventReader<Incoming>) -> Value {
    let event = within(reader.event()).await;
    assert_eq!(event.event_type().as_str(), "here", "{event:?}");
    data(&event)
}

/// Returns the text of the next event, which has to be a message.
async fn message(reader: &mut EventReader<Incoming>) -> String {
    text(&within(reader.event()).await)
}

fn text(event: &Event) -> String {
    assert_eq!(event.event_type().as_str(), "message", "{event:?}");
    data(event)["message"].as_str().unwrap().to_owned()
}

async fn say(demo: &Demo, message: &str) {
    let (status, _) = demo.post("/chat", &format!("message={message}")).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn everyone_gets_messages_and_learns_who_joins_and_leaves() {
    let demo = Demo::start().await;
    let mut ada = demo.listen("/chat?name=Ada").await;
    assert_eq!(
        here(&mut ada).await,
        json!({ "listeners": 1, "names": ["Ada"] })
    );
    let mut grace = demo.listen("/chat?name=Grace%20H.").await;
    let both = json!({ "listeners": 2, "names": ["Ada", "Grace H."] });
    assert_eq!(here(&mut ada).await, both);
    assert_eq!(here(&mut grace).await, both);

    let form = "message=+1%2B1%0D%0A%3Cb%3E+&name=Ada";
    let answer = demo.post("/chat", form).await;
    assert_eq!(answer, (StatusCode::NO_CONTENT, String::new()));
    for listener in [&mut ada, &mut grace] {
        let event = within(listener.event()).await;
        assert_eq!(text(&event), "1+1\r\n<b>");
        assert_eq!(data(&event)["name"], "Ada");
    }

    drop(grace);
    assert_eq!(
        here(&mut ada).await,
        json!({ "listeners": 1, "names": ["Ada"] })
    );
}

#[tokio::test]
async fn who_joins_gets_the_latest_messages_and_who_comes_back_those_it_missed() {
    let demo = Demo::start().await;
    for n in 0..60 {
        say(&demo, &n.to_string()).await;
    }
    let mut reader = demo.listen("/chat").await;
    for n in 10..60 {
        assert_eq!(message(&mut reader).await, n.to_string());
    }
    here(&mut reader).await;

    let client = reader.disconnect();
    for n in 60..63 {
        say(&demo, &n.to_string()).await;
    }
    let mut reader = EventReader::new(demo.send(client.resume(get("/chat"))).await);
    for n in 60..63 {
        assert_eq!(message(&mut reader).await, n.to_string());
    }
    here(&mut reader).await;

    // A client that has missed more messages than the log has gets a gap event, and then the latest messages.
    let client = reader.disconnect();
    for n in 63..120 {
        say(&demo, &n.to_string()).await;
    }
    let mut reader = EventReader::new(demo.send(client.resume(get("/chat"))).await);
    let gap = within(reader.event()).await;
    assert_eq!(gap.event_type().as_str(), "gap");
    assert_eq!(data(&gap)["reason"], "trimmed");
    for n in 70..120 {
        assert_eq!(message(&mut reader).await, n.to_string());
    }
}

#[tokio::test]
async fn a_client_may_post_without_a_stream_and_without_a_name() {
    let demo = Demo::start().await;
    let mut listener = demo.listen("/chat").await;
    assert_eq!(
        here(&mut listener).await,
        json!({ "listeners": 1, "names": ["Passer-by"] })
    );
    for (form, name) in [
        ("message=hello", "Passer-by"),
        ("message=hello&name=Ada", "Ada"),
    ] {
        demo.post("/chat", form).await;
        let event = within(listener.event()).await;
        assert_eq!(text(&event), "hello");
        assert_eq!(data(&event)["name"], name);
    }
}

#[tokio::test]
async fn a_bad_name_is_refused_with_a_reason() {
    let demo = Demo::start().await;
    let long = "%C3%A9".repeat(33);
    for name in ["", "a%0Ab", "%C2%85", &long] {
        let answer = demo.send(get(&format!("/chat?name={name}"))).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{name}");
        let (status, text) = demo
            .post("/chat", &format!("message=hello&name={name}"))
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(text.contains("a name has 1 to 32 characters"), "{text}");
    }
    let longest = "%C3%A9".repeat(32);
    let mut reader = demo.listen(&format!("/chat?name={longest}")).await;
    assert_eq!(here(&mut reader).await["names"], json!(["é".repeat(32)]));
}

#[tokio::test]
async fn a_bad_message_is_refused_with_a_reason() {
    let demo = Demo::start().await;
    let long = format!("message={}", "%C3%A9".repeat(281));
    let huge = format!("message={}", "x".repeat(10_000));
    for (form, status, reason) in [
        (
            "message=",
            StatusCode::UNPROCESSABLE_ENTITY,
            "the message is empty",
        ),
        (
            "message=+%0A",
            StatusCode::UNPROCESSABLE_ENTITY,
            "the message is empty",
        ),
        (
            &long,
            StatusCode::UNPROCESSABLE_ENTITY,
            "the message has 281 characters; at most 280",
        ),
        (
            &huge,
            StatusCode::PAYLOAD_TOO_LARGE,
            "length limit exceeded",
        ),
        (
            "name=Ada",
            StatusCode::UNPROCESSABLE_ENTITY,
            "missing field `message`",
        ),
    ] {
        let (answered, text) = demo.post("/chat", form).await;
        assert_eq!(answered, status, "{text}");
        assert!(text.contains(reason), "{text}");
    }
    let (message, name) = ("%F0%9F%A6%80".repeat(280), "%F0%9F%A6%80".repeat(32));
    let longest = format!("message={message}&name={name}");
    assert_eq!(demo.post("/chat", &longest).await.0, StatusCode::NO_CONTENT);
}
