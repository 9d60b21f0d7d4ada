//! The tests of the hub, with its log in Redis.

use std::cell::Cell;

use sse_tower::{
    hub::{
        Hub,
        log::{
            LogName,
            redis::{RedisLog, RedisOptions},
        },
    },
    rt::TokioTimer,
};

use crate::{
    broadcast, cases::cases, ends, gaps, old_entries::all_are_read_again, presence, publish_ids,
    server::Server, support::Backend,
};

/// Makes each hub on a log of its own.
struct Redis {
    server: Server,
    logs: Cell<u32>,
}

impl Backend for Redis {
    async fn hub_of(&self, max_events: usize) -> Hub {
        let options = RedisOptions::new().max_events(max_events as u64);
        let log = RedisLog::connect(&self.server.url(), options)
            .await
            .unwrap();
        let name = LogName::new(format!("log {}", self.logs.replace(self.logs.get() + 1)));
        let (hub, driver) = Hub::builder().build_on(log, name).await.unwrap();
        tokio::spawn(driver.run(TokioTimer));
        hub
    }
}

macro_rules! test {
    ($($module:ident: $name:ident;)*) => {$(
        #[tokio::test]
        async fn $name() {
            if let Some(server) = Server::start() {
                let logs = Cell::new(0);
                $module::$name(&Redis { server, logs }).await;
            }
        }
    )*};
}

cases!(test);

#[tokio::test]
async fn entries_that_the_node_does_not_keep_are_read_from_the_log() {
    if let Some(server) = Server::start() {
        let log = RedisLog::connect(&server.url(), RedisOptions::new()).await;
        all_are_read_again(log.unwrap()).await;
    }
}
