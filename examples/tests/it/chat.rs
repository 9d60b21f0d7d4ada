//! The chat: everyone gets every message, and a bad message is refused with a reason.

use http::StatusCode;
use serde_json::json;

use crate::demo::{Demo, data, within};

#[tokio::test]
async fn everyone_gets_messages_and_learns_who_joins_and_leaves() {
    let demo = Demo::start().await;
    let mut ada = demo.listen("/chat").await;
    let adas = data(&within(ada.event()).await);
    let mut grace = demo.listen("/chat").await;
    let graces = data(&within(grace.event()).await);
    assert_eq!(
        (&adas["listeners"], &graces["listeners"]),
        (&json!(1), &json!(2))
    );
    assert_ne!(adas["name"], graces["name"]);

    let joined = within(ada.event()).await;
    assert_eq!(joined.event_type().as_str(), "joined");
    assert_eq!(
        data(&joined),
        json!({ "name": graces["name"], "listeners": 2 })
    );

    let ticket = adas["ticket"].as_str().unwrap();
    let answer = demo
        .post(
            "/chat",
            &format!("message=+1%2B1%0D%0A%3Cb%3E+&ticket={ticket}"),
        )
        .await;
    assert_eq!(answer, (StatusCode::NO_CONTENT, String::new()));
    for listener in [&mut ada, &mut grace] {
        let said = within(listener.event()).await;
        assert_eq!(said.event_type().as_str(), "message");
        assert_eq!(
            data(&said),
            json!({ "name": adas["name"], "message": "1+1\r\n<b>" })
        );
    }

    drop(grace);
    let left = within(ada.event()).await;
    assert_eq!(left.event_type().as_str(), "left");
    assert_eq!(
        data(&left),
        json!({ "name": graces["name"], "listeners": 1 })
    );
}

#[tokio::test]
async fn a_client_may_post_without_a_stream() {
    let demo = Demo::start().await;
    let mut listener = demo.listen("/chat").await;
    within(listener.event()).await;
    for form in ["message=hello", "message=hello&ticket=of+a+former+life"] {
        demo.post("/chat", form).await;
        let said = within(listener.event()).await;
        assert_eq!(
            data(&said),
            json!({ "name": "Passer-by", "message": "hello" })
        );
    }
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
            "ticket=1",
            StatusCode::UNPROCESSABLE_ENTITY,
            "missing field `message`",
        ),
    ] {
        let (answered, text) = demo.post("/chat", form).await;
        assert_eq!(answered, status, "{text}");
        assert!(text.contains(reason), "{text}");
    }
    let longest = format!("message={}", "%F0%9F%A6%80".repeat(280));
    assert_eq!(demo.post("/chat", &longest).await.0, StatusCode::NO_CONTENT);
}
