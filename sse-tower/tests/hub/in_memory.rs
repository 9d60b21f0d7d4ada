//! The tests with a log in memory.

use std::{
    error::Error,
    sync::{Arc, Mutex},
    time::Duration,
};

use sse_tower::{
    Event,
    hub::{Hub, HubNotice, PublishErrorKind, PublishId},
};

use crate::{broadcast, cases::cases, ends, gaps, presence, publish_ids, support::Backend};

struct Memory;

impl Backend for Memory {
    async fn hub_of(&self, max_events: usize) -> Hub {
        Hub::builder().max_events(max_events).build()
    }
}

macro_rules! test {
    ($($module:ident: $name:ident;)*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            $module::$name(&Memory).await;
        }
    )*};
}

cases!(test);

#[tokio::test]
async fn a_publish_id_has_a_length() {
    let hub = Hub::new();
    let long = "x".repeat(PublishId::MAX_LENGTH);
    for (id, is_valid) in [
        ("", false),
        ("x", true),
        (&*long, true),
        (&*format!("{long}x"), false),
    ] {
        assert_eq!(PublishId::new(id).is_ok(), is_valid, "{id}");
        let published = hub.publish("a", Event::new("1")).publish_id(id).await;
        match published {
            Ok(_) => assert!(is_valid, "{id}"),
            Err(error) => {
                assert_eq!(error.kind(), PublishErrorKind::InvalidPublishId);
                let cause = error.source().unwrap().to_string();
                assert!(cause.contains("1 to 128 bytes") && cause.contains(&id.len().to_string()));
            }
        }
    }
    // An error that was there before stays.
    let invalid = hub.publish("", Event::new("1")).publish_id("x").await;
    assert_eq!(invalid.unwrap_err().kind(), PublishErrorKind::InvalidTopic);
}

#[tokio::test(start_paused = true)]
async fn a_log_in_memory_forgets_publish_ids() {
    let window = Duration::from_secs(10);
    let notices = Arc::new(Mutex::new(0));
    let count = notices.clone();
    let hub = Hub::builder()
        .publish_id_window(window)
        .on_notice(move |notice| {
            *count.lock().unwrap() += i32::from(matches!(notice, HubNotice::Published { .. }));
        })
        .build();
    let publish = async |id: String| {
        let published = hub.publish("a", Event::new("1")).publish_id(id);
        published.await.unwrap()
    };
    let first = publish("first".into()).await;
    tokio::time::advance(window).await;
    assert_eq!(publish("first".into()).await, first);
    tokio::time::advance(Duration::from_millis(1)).await;
    let second = publish("first".into()).await;
    assert_ne!(second, first);
    assert_eq!(*notices.lock().unwrap(), 2, "a repetition is not told");

    // It remembers ten thousand at most.
    for number in 0..9_999 {
        publish(number.to_string()).await;
    }
    assert_eq!(publish("first".into()).await, second);
    publish("one more".into()).await;
    publish("another".into()).await;
    assert_ne!(publish("first".into()).await, second);
}
