//! Makes the runs, which are in memory or in Redis.

use std::{error::Error, fs, path::PathBuf, time::Duration};

use anyhow::Context;
use clap::Args;
use examples::redis::name_option;
use sse_tower::{
    Event, EventType,
    runs::{
        Runs, RunsBuilder,
        store::redis::{RedisStore, RedisStoreOptions},
    },
};

use crate::model::ModelError;

/// The type of the event that says why an answer has failed. It is not `error`, since an `EventSource` has an event of
/// its own with that name.
const PROBLEM: EventType = EventType::from_static("problem");

/// Where the answers are, and for how long.
#[derive(Args)]
pub(crate) struct StoreOptions {
    /// Keeps the answers in the Redis server of this URL (redis: or rediss:), so that several servers share them
    #[arg(long, env = "LLM_REDIS", hide_env_values = true, value_name = "URL")]
    redis: Option<String>,
    /// A PEM file of certificates to trust, besides those of the system, for rediss://
    #[arg(long, env = "LLM_REDIS_CA", value_name = "FILE", requires = "redis")]
    redis_ca: Option<PathBuf>,
    /// The number of answers that are kept
    #[arg(
        long,
        env = "LLM_ANSWERS",
        value_name = "COUNT",
        default_value_t = 1_000
    )]
    answers: usize,
    /// The seconds for which an answer is kept after its end
    #[arg(long, env = "LLM_KEEP", value_name = "SECONDS", default_value_t = 3600)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=604_800))]
    keep: u64,
}

/// Where the answers are, checked.
pub(crate) struct StoreConfig {
    runs: RunsBuilder,
    redis: Option<(String, RedisStoreOptions)>,
}

impl StoreOptions {
    pub(crate) fn check(self) -> anyhow::Result<StoreConfig> {
        let mut options = RedisStoreOptions::new().max_runs(self.answers);
        if let Some(path) = self.redis_ca {
            let pem = fs::read(&path);
            let pem = pem.with_context(|| format!("--redis-ca {}", path.display()))?;
            options = options.trust_pem(pem);
        }
        let runs = Runs::builder()
            .max_runs(self.answers)
            .keep_for(Duration::from_secs(self.keep))
            .error_event(|error| Some(problem(error)));
        let redis = self.redis.map(|url| (url, options));
        Ok(StoreConfig { runs, redis })
    }
}

impl StoreConfig {
    /// Makes the runs, and connects to their server.
    pub(crate) async fn make_runs(self) -> anyhow::Result<Runs> {
        let Some((url, options)) = self.redis else {
            return Ok(self.runs.build());
        };
        let store = RedisStore::connect(&url, options).await;
        Ok(self.runs.build_on(store.map_err(name_option)?))
    }

    /// Returns words that tell where the answers are.
    pub(crate) fn place(&self) -> &'static str {
        match self.redis {
            None => "in memory, so they end with this program",
            Some(_) => "in Redis",
        }
    }
}

/// Returns the event for the page. The text of other errors may contain secrets.
fn problem(error: &(dyn Error + 'static)) -> Event {
    let text = match error.downcast_ref::<ModelError>() {
        Some(error) => error.to_string(),
        None => "The model has failed.".to_owned(),
    };
    Event::new(text).with_type(PROBLEM)
}
