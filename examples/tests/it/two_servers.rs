//! Two demos on one Redis server share the chat and the notifications.

use std::collections::{HashMap, HashSet};

use http::StatusCode;
use hyper::body::Incoming;
use serde_json::Value;
use sse_tower::testing::EventReader;

use crate::{
    demo::{Demo, command, data, within},
    hub::redis::{Redis, free_port},
};

/// Returns the data of the next event of this type.
async fn next(reader: &mut EventReader<Incoming>, event_type: &str) -> Value {
    loop {
        let event = within(reader.event()).await;
        if event.event_type().as_str() == event_type {
            return data(&event);
        }
    }
}

#[tokio::test]
async fn a_message_reaches_the_pages_of_both_servers() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let options = ["--redis", &redis.url];
    let (one, two) = tokio::join!(Demo::start_with(&options), Demo::start_with(&options));
    let mut ada = one.listen("/chat?name=Ada").await;
    let mut grace = two.listen("/chat?name=Grace").await;
    for (demo, message) in [(&one, "from one"), (&two, "from two")] {
        let (status, _) = demo.post("/chat", &format!("message={message}")).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        for reader in [&mut ada, &mut grace] {
            assert_eq!(next(reader, "message").await["message"], message);
        }
    }
    // The history is that of both.
    let mut late = two.listen("/chat?name=Late").await;
    for message in ["from one", "from two"] {
        assert_eq!(next(&mut late, "message").await["message"], message);
    }
}

#[tokio::test]
async fn each_server_counts_its_own_notifications() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let options = ["--redis", &redis.url];
    let (one, two) = tokio::join!(Demo::start_with(&options), Demo::start_with(&options));
    let mut last: HashMap<(String, String), u64> = HashMap::new();
    let mut reader = one.listen("/notifications").await;
    let mut servers = HashSet::new();
    while servers.len() < 2 || last.len() < 4 {
        let notification = data(&within(reader.event()).await);
        let text = |name: &str| notification[name].as_str().unwrap().to_owned();
        servers.insert(text("server"));
        let number = notification["number"].as_u64().unwrap();
        if let Some(before) = last.insert((text("server"), text("topic")), number) {
            assert_eq!(number, before + 1, "{notification}");
        }
    }
    drop(two);
}

#[tokio::test]
async fn a_redis_server_that_cannot_be_reached_is_a_message() {
    let url = format!("redis://127.0.0.1:{}", free_port());
    let run = command().args(["--port", "0", "--redis", &url]).output();
    let output = within(run).await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("demo: --redis: "), "{said}");
    assert!(said.contains("cannot be reached"), "{said}");
    assert_eq!(output.status.code(), Some(1), "{said}");
}
