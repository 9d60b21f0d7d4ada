//! 204 stops a client for good, and the streams of other pages continue.

use http::StatusCode;

use crate::demo::{Demo, get, rest, text, within};

#[tokio::test]
async fn a_stopped_stream_ends_and_is_answered_with_204_until_it_is_started() {
    let demo = Demo::start().await;
    let mut ours = demo.listen("/ticks?page=ours").await;
    let mut theirs = demo.listen("/ticks?page=theirs").await;
    assert_eq!(within(ours.event()).await.data(), "tick 1");
    assert_eq!(within(theirs.event()).await.data(), "tick 1");

    assert_eq!(
        demo.post("/ticks/stop?page=ours", "").await.0,
        StatusCode::NO_CONTENT
    );
    rest(&mut ours).await;
    for _ in 0..2 {
        let response = demo.send(get("/ticks?page=ours")).await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert!(!response.headers().contains_key("content-type"));
        assert_eq!(text(response).await, "");
    }
    assert_eq!(within(theirs.event()).await.data(), "tick 2");

    assert_eq!(
        demo.post("/ticks/start?page=ours", "").await.0,
        StatusCode::NO_CONTENT
    );
    let mut ours = demo.listen("/ticks?page=ours").await;
    assert_eq!(within(ours.event()).await.data(), "tick 1");
}

#[tokio::test]
async fn the_name_of_a_page_is_checked() {
    let demo = Demo::start().await;
    for page in ["a-b", "%0A", &"x".repeat(33)] {
        let response = demo.send(get(&format!("/ticks?page={page}"))).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert!(
            text(response)
                .await
                .contains("at most 32 ASCII letters and digits")
        );
    }
}
