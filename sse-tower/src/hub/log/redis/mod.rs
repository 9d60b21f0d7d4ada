//! Logs in Redis, for a hub of several processes.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use sse_tower::{
//!     Event,
//!     hub::{
//!         Hub,
//!         log::{LogName, redis::{RedisLog, RedisOptions}},
//!     },
//!     rt::TokioTimer,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! let options = RedisOptions::new().max_age(Duration::from_secs(24 * 3600));
//! let log = RedisLog::connect("redis://:password@localhost:6379", options).await?;
//! let (hub, driver) = Hub::builder().build_on(log, LogName::new("orders")).await?;
//! tokio::spawn(driver.run(TokioTimer));
//! hub.publish("orders", Event::new("paid")).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # The server
//!
//! Redis 6.2 or later. It must be one primary: Sentinel and Cluster clients are not supported, and a replica is
//! refused. Point the URL at a name or a proxy that follows the primary.
//!
//! The user needs these rights. Without them, connecting fails with a message that lists them:
//!
//! ```text
//! ACL SETUSER hub on >password ~sse:* +@stream +@hash +get +set +eval +evalsha +script|load +info +time +@connection
//! ```
//!
//! # Lost entries
//!
//! Redis can lose the newest entries that it has confirmed: when it crashes, when a replica that lagged becomes
//! the primary, or when somebody deletes keys. So each operation is a script on the server, which compares the server's
//! run ID with that of the log, and the last ID of the stream with the position that was stored. If they differ, the
//! log begins a new epoch, which is empty: each subscriber gets one gap event. So **each restart and each failover of
//! the server is one gap for everyone**, even if nothing was lost. The reader of each process runs the same check
//! after it has connected, and every two seconds.
//!
//! # Memory
//!
//! The bounds of the log are those of [`RedisOptions`], and memory of the server. A process keeps what
//! [`HubBuilder`](crate::hub::HubBuilder) allows. Set `maxmemory-policy` to `noeviction` or to one of the `volatile-`
//! policies, which leave a log alone. Others may remove a whole log when memory is short: see
//! [`warning`](RedisLog::warning).

mod answer;
mod append;
mod options;
mod read;
mod script;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex},
};

use ::redis::Value;

pub use crate::redis::{
    error::{RedisError, RedisErrorKind},
    warning::RedisWarning,
};
pub use options::RedisOptions;

use read::Reader;

use crate::{
    hub::{
        log::{Appended, Log, LogError, LogFuture, LogName, NewEntry, Page},
        publish::error::PublishError,
    },
    redis::{answer::Answer, client::Client, connection::Connection, warning::has_policy},
};

/// Logs in a Redis server. See the [module](self).
///
/// A clone shares the connections: one for publishing and for pages, and one for the reader of each log. Each runs in
/// a task of tokio, and is opened again when it is needed.
#[derive(Clone)]
pub struct RedisLog(Arc<Inner>);

struct Inner {
    client: Client,
    options: RedisOptions,
    /// Connections for commands that wait, one for each log.
    readers: Mutex<HashMap<LogName, Reader>>,
    warning: Option<RedisWarning>,
}

impl RedisLog {
    /// Connects to the server that a URL names: `redis://[user:password@]host[:port][/database]`, or `rediss://` for
    /// TLS.
    ///
    /// It has to be called within tokio's runtime.
    ///
    /// # Errors
    ///
    /// See [`RedisErrorKind`].
    pub async fn connect(url: &str, options: RedisOptions) -> Result<Self, RedisError> {
        let client = Client::new(url, &options.trust, options.timeout)?;
        let warning = client.with_shared(check).await?;
        let inner = Inner {
            client,
            options,
            readers: Mutex::default(),
            warning,
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Returns a warning about the settings of the server, as they were when it was connected.
    #[must_use]
    pub fn warning(&self) -> Option<RedisWarning> {
        self.0.warning
    }
}

/// Checks the role and the settings of a server.
async fn check(connection: &Connection) -> Result<Option<RedisWarning>, RedisError> {
    let info = async |section: &str| {
        connection
            .run(::redis::cmd("INFO").arg(section))
            .await?
            .text()
    };
    if !info("replication").await?.contains("role:master") {
        return Err(RedisError::of_reply("SSEREPLICA the server is a replica"));
    }
    let mut script = ::redis::cmd("EVAL");
    script.arg("return redis.call('INFO', 'server')").arg(0);
    let server: Value = connection.run(&script).await?;
    if !server.text()?.contains("run_id:") {
        return Err(RedisError::of_reply(
            "SSENORUNID the server does not tell its run_id",
        ));
    }
    let evicts = has_policy(connection, &["allkeys"]).await?;
    Ok(evicts.then_some(RedisWarning::EvictsLogs))
}

impl Log for RedisLog {
    fn append(
        &self,
        log: &LogName,
        entries: Vec<NewEntry>,
    ) -> LogFuture<Vec<Result<Appended, PublishError>>> {
        Box::pin(self.clone().append_all(log.clone(), entries))
    }

    fn read(&self, log: &LogName, from: u64) -> LogFuture<Result<Page, LogError>> {
        let read = self.clone().read_from(log.clone(), from);
        Box::pin(async { read.await.map_err(LogError::new) })
    }

    fn tail(&self, log: &LogName, after: Option<u64>) -> LogFuture<Result<Page, LogError>> {
        let tail = self.clone().tail_of(log.clone(), after);
        Box::pin(async { tail.await.map_err(LogError::new) })
    }
}

impl fmt::Debug for RedisLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisLog")
            .field("host", &self.0.client.target.server.host)
            .field("port", &self.0.client.target.server.port)
            .finish_non_exhaustive()
    }
}
