//! The hubs of the demonstrations. Nothing else in this program says where their logs are.
//!
//! Each demonstration has a hub of its own, since each log has bounds of its own. Logs in memory end with the server,
//! which tells the pages that come back of a gap. With Redis, several servers share the chat and the notifications.

use anyhow::Context;
use sse_tower::{
    hub::{
        Hub, HubBuilder, HubMetrics,
        log::{
            LogName,
            redis::{RedisLog, RedisOptions},
        },
    },
    rt::TokioTimer,
};

/// The number of messages that a page gets when it joins the chat.
const MESSAGES: usize = 50;

/// The number of notifications that a page can miss and still resume: those of six minutes.
const NOTIFICATIONS: usize = 256;

/// The number of readings that a page can be behind: those of two seconds, so that a gap is soon seen.
const READINGS: usize = 40;

pub(crate) struct Hubs {
    pub(crate) chat: Hub,
    pub(crate) notifications: Hub,
    pub(crate) readings: Hub,
}

impl Hubs {
    pub(crate) fn in_memory() -> Self {
        let with_log_of = |name, events| builder(name).max_events(events).build();
        Self {
            chat: with_log_of("chat", MESSAGES),
            notifications: with_log_of("notifications", NOTIFICATIONS),
            readings: with_log_of("readings", READINGS),
        }
    }

    /// Shares the chat and the notifications with the other servers that have the same URL. The readings stay in
    /// memory: a client is not slow for long if it can read what it missed from Redis.
    pub(crate) async fn on_redis(url: &str) -> anyhow::Result<Self> {
        Ok(Self {
            chat: on_redis(url, "chat", MESSAGES).await?,
            notifications: on_redis(url, "notifications", NOTIFICATIONS).await?,
            ..Self::in_memory()
        })
    }
}

/// Returns the builder of a hub whose metrics have its name as a label.
fn builder(name: &str) -> HubBuilder {
    Hub::builder().metrics(&HubMetrics::with_labels([("hub", name)]))
}

async fn on_redis(url: &str, name: &str, events: usize) -> anyhow::Result<Hub> {
    let options = RedisOptions::new().max_events(events as u64);
    let redis = RedisLog::connect(url, options).await.context("--redis")?;
    let log = LogName::new(format!("demo-{name}"));
    let built = builder(name).build_on(redis, log).await;
    let (hub, driver) = built.context("--redis")?;
    tokio::spawn(driver.run(TokioTimer));
    Ok(hub)
}
