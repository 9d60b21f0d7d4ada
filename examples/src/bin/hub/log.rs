//! Makes the hub and its log, which is in memory or in Redis.

use std::{fmt, fs, path::PathBuf, time::Duration};

use anyhow::Context;
use clap::Args;
use examples::redis::name_option;
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

/// Where the log is, and its bounds: how long a client may be away and still get every event.
#[derive(Debug, Args)]
pub(crate) struct LogOptions {
    /// Keeps the log in the Redis server of this URL (redis: or rediss:), so that several hubs share it
    #[arg(long, env = "HUB_REDIS", hide_env_values = true, value_name = "URL")]
    redis: Option<String>,
    /// A PEM file of certificates to trust, besides those of the system, for rediss://
    #[arg(long, env = "HUB_REDIS_CA", value_name = "FILE", requires = "redis")]
    redis_ca: Option<PathBuf>,
    /// The name of the log in Redis; hubs with the same name share their events
    #[arg(long, env = "HUB_LOG", value_name = "NAME", default_value = "hub")]
    log: String,
    /// The memory that the log may take, in bytes
    #[arg(long, env = "HUB_MAX_BYTES", value_name = "BYTES", default_value_t = 64 * 1024 * 1024)]
    max_bytes: usize,
    /// The number of events that the log keeps
    #[arg(
        long,
        env = "HUB_MAX_EVENTS",
        value_name = "COUNT",
        default_value_t = 100_000
    )]
    max_events: usize,
    /// The seconds after which the log drops an event [default: age does not matter]
    #[arg(long, env = "HUB_MAX_AGE", value_name = "SECONDS")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    max_age: Option<u64>,
}

/// Where the log is, checked.
#[derive(Debug)]
pub(crate) struct LogConfig {
    hub: HubBuilder,
    redis: Option<Redis>,
}

struct Redis {
    url: String,
    name: String,
    options: RedisOptions,
}

impl LogOptions {
    pub(crate) fn check(self) -> anyhow::Result<LogConfig> {
        let mut hub = Hub::builder()
            .max_bytes(self.max_bytes)
            .max_events(self.max_events);
        let mut options = RedisOptions::new()
            .max_bytes(u64::try_from(self.max_bytes).unwrap_or(u64::MAX))
            .max_events(u64::try_from(self.max_events).unwrap_or(u64::MAX));
        if let Some(age) = self.max_age.map(Duration::from_secs) {
            hub = hub.max_age(age);
            options = options.max_age(age);
        }
        if let Some(path) = self.redis_ca {
            let pem = fs::read(&path);
            options =
                options.trust_pem(pem.with_context(|| format!("--redis-ca {}", path.display()))?);
        }
        let redis = self.redis.map(|url| Redis {
            url,
            name: self.log,
            options,
        });
        Ok(LogConfig { hub, redis })
    }
}

impl LogConfig {
    /// Makes the hub, and connects to the server of its log.
    pub(crate) async fn make_hub(self) -> anyhow::Result<Hub> {
        let hub = self.hub.metrics(&HubMetrics::new());
        let Some(redis) = self.redis else {
            return Ok(hub.build());
        };
        let log = RedisLog::connect(&redis.url, redis.options).await;
        let log = log.map_err(name_option)?;
        if let Some(warning) = log.warning() {
            eprintln!("hub: {warning}");
        }
        let made = hub.build_on(log, LogName::new(redis.name)).await;
        let (hub, driver) = made.context("--redis")?;
        tokio::spawn(driver.run(TokioTimer));
        Ok(hub)
    }

    /// Returns words that tell where the log is.
    pub(crate) fn place(&self) -> String {
        match &self.redis {
            None => "in memory, so it ends with this program".to_owned(),
            Some(redis) => format!("in Redis, under the name {:?}", redis.name),
        }
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL may have a password.
        f.debug_struct("Redis")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
