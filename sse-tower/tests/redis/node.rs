//! A process of a server, as a hub and its driver in a task.

use sse_tower::{
    EventId,
    hub::{
        Hub, HubBuilder, Subscription,
        log::{
            LogName,
            redis::{RedisLog, RedisOptions},
        },
    },
    rt::TokioTimer,
};
use tokio::task::JoinHandle;

pub(crate) struct Node {
    pub(crate) hub: Hub,
    driver: JoinHandle<()>,
}

impl Node {
    pub(crate) async fn start(url: &str) -> Self {
        Self::with(url, RedisOptions::new(), Hub::builder()).await
    }

    pub(crate) async fn with(url: &str, options: RedisOptions, builder: HubBuilder) -> Self {
        let log = RedisLog::connect(url, options).await.unwrap();
        let built = builder.build_on(log, LogName::new("log")).await;
        let (hub, driver) = built.unwrap();
        let driver = tokio::spawn(driver.run(TokioTimer));
        Self { hub, driver }
    }

    pub(crate) fn stop_driver(&self) {
        self.driver.abort();
    }

    /// Subscribes to the topic of the tests after an ID.
    pub(crate) fn resume(&self, last_event_id: &str) -> Subscription {
        let id = EventId::new(last_event_id).unwrap();
        self.hub.subscribe("a").after(id)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.driver.abort();
    }
}
