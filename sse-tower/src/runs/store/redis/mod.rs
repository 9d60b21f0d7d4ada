//! Runs in Redis, which several processes share.
//!
//! ```no_run
//! use sse_tower::runs::{
//!     Runs,
//!     store::redis::{RedisStore, RedisStoreOptions},
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! let options = RedisStoreOptions::new().max_runs(5_000);
//! let store = RedisStore::connect("redis://:password@localhost:6379", options).await?;
//! let runs = Runs::builder().max_bytes(256 * 1024).build_on(store);
//! # let _ = runs;
//! # Ok(())
//! # }
//! ```
//!
//! # The server
//!
//! Redis 6.2 or later, as one primary. Leases, removals and the time without watchers follow its clock. All keys have a
//! TTL, so nothing stays behind if all nodes die. The user needs these rights:
//!
//! ```text
//! ACL SETUSER runs on >password ~sse:* +@hash +@list +@sortedset +del +pttl +pexpireat +eval +evalsha +script|load +info +time +@connection
//! ```
//!
//! # Lost runs
//!
//! A run is lost if the server loses its keys: after a restart without persistence, or if `maxmemory-policy` removes
//! them. Set that policy to `noeviction`. A producer whose run is gone ends with an error, and its clients get 404 when
//! they come back. If the server comes back with an older state, the producer notices at its next write that the log is
//! shorter, and seals the run as [interrupted](crate::runs::Seal::Interrupted).
//!
//! # Memory
//!
//! The bounds of a run are those of [`RunsBuilder`](crate::runs::RunsBuilder), and memory of the server. A node keeps
//! no entry, except for the page that a follower sends.

mod answer;
mod options;
mod script;

use std::{fmt, sync::Arc, time::Duration};

use ::redis::{Cmd, Value};

pub use crate::redis::error::{RedisError, RedisErrorKind};
pub use options::RedisStoreOptions;

use crate::{
    redis::{
        client::Client,
        connection::Connection,
        script::{Script, millis},
    },
    runs::{
        run_id::RunId,
        seal::Seal,
        store::{
            Appended, Batch, Created, MAX_PAGE_BYTES, NewRun, Page, RunState, SealWhen, Store,
            StoreError, StoreFuture,
        },
    },
};

/// The longest wait of a follower. It leaves time for the last read, so that a server that is paused is an
/// error within five seconds.
const WAIT: Duration = Duration::from_millis(900);

/// The time between two reads of a follower that waits.
const READ_INTERVAL: Duration = Duration::from_millis(100);

/// Runs in a Redis server. See the [module](self).
///
/// A clone shares the connection, which is a task of tokio and is opened again when it is needed.
#[derive(Clone)]
pub struct RedisStore(Arc<Inner>);

struct Inner {
    client: Client,
    /// The first part of all keys.
    base: String,
    max_runs: usize,
}

impl RedisStore {
    /// Connects to the server that a URL names: `redis://[user:password@]host[:port][/database]`, or `rediss://` for
    /// TLS.
    ///
    /// It has to be called within tokio's runtime.
    ///
    /// # Errors
    ///
    /// See [`RedisErrorKind`].
    pub async fn connect(url: &str, options: RedisStoreOptions) -> Result<Self, RedisError> {
        let store = Self(Arc::new(Inner {
            client: Client::new(url, &options.trust, options.timeout)?,
            base: format!("{}:{{runs}}", options.prefix),
            max_runs: options.max_runs,
        }));
        // It also fails on a replica, and without the rights.
        store.run(&script::LIST, |_| {}).await?;
        Ok(store)
    }

    async fn run(
        &self,
        script: &Script,
        arguments: impl Fn(&mut Cmd),
    ) -> Result<Value, RedisError> {
        let command = |command: &mut Cmd| arguments(command.arg(1).arg(&self.0.base));
        let call = async |connection: &Connection| connection.call(script, command).await;
        self.0.client.with_shared(call).await
    }

    /// Makes a future that runs a script and reads its answer.
    fn call<T: Send + 'static>(
        &self,
        script: &'static Script,
        arguments: impl Fn(&Self, &mut Cmd) + Send + Sync + 'static,
        read: fn(Value) -> Result<T, RedisError>,
    ) -> StoreFuture<T> {
        let this = self.clone();
        Box::pin(async move {
            let answer = this.run(script, |command| arguments(&this, command)).await;
            answer.and_then(read).map_err(StoreError::new)
        })
    }

    async fn wait_for_news(self, id: RunId, after: u64) -> Result<Option<Page>, RedisError> {
        let deadline = tokio::time::Instant::now() + WAIT;
        loop {
            let arguments = |command: &mut Cmd| {
                let wait = millis(WAIT);
                command.arg(id.to_string()).arg(after);
                command.arg(MAX_PAGE_BYTES).arg(wait);
            };
            let answer = self.run(&script::READ, arguments).await?;
            let Some(page) = answer::if_exists(answer, answer::page)? else {
                return Ok(None);
            };
            let RunState {
                seal,
                lease_is_over,
                ..
            } = page.state;
            let has_news = !page.entries.is_empty() || seal.is_some() || lease_is_over;
            if has_news || tokio::time::Instant::now() >= deadline {
                return Ok(Some(page));
            }
            tokio::time::sleep(READ_INTERVAL).await;
        }
    }
}

impl Store for RedisStore {
    fn create(&self, run: NewRun) -> StoreFuture<Created> {
        let arguments = move |this: &Self, command: &mut Cmd| {
            command.arg(run.id.to_string());
            command.arg(millis(run.lease)).arg(millis(run.keep_for));
            command.arg(this.0.max_runs).arg(run.key.as_deref());
        };
        self.call(&script::CREATE, arguments, |answer| {
            use crate::redis::answer::Answer;
            Ok(match answer.number()? {
                0 => Created::Full,
                2 => Created::Exists,
                _ => Created::Created,
            })
        })
    }

    fn append(&self, id: RunId, batch: Batch) -> StoreFuture<Appended> {
        let arguments = move |_: &Self, command: &mut Cmd| {
            command.arg(id.to_string()).arg(batch.after);
            command.arg(batch.seal.map_or("", Seal::name));
            for entry in &batch.entries {
                command.arg(&**entry);
            }
        };
        self.call(&script::APPEND, arguments, |answer| {
            let appended = answer::if_exists(answer, answer::appended)?;
            Ok(appended.unwrap_or(Appended::Gone))
        })
    }

    fn seal(&self, id: RunId, seal: Seal, when: SealWhen) -> StoreFuture<Option<RunState>> {
        let arguments = move |_: &Self, command: &mut Cmd| {
            command.arg(id.to_string()).arg(seal.name());
            command.arg(u8::from(when == SealWhen::LeaseIsOver));
        };
        self.call(&script::SEAL, arguments, |answer| {
            answer::if_exists(answer, answer::state)
        })
    }

    fn state(&self, id: RunId) -> StoreFuture<Option<RunState>> {
        let arguments = move |_: &Self, command: &mut Cmd| {
            command.arg(id.to_string());
        };
        self.call(&script::STATE, arguments, |answer| {
            answer::if_exists(answer, answer::state)
        })
    }

    fn tail(&self, id: RunId, after: u64) -> StoreFuture<Option<Page>> {
        let tail = self.clone().wait_for_news(id, after);
        Box::pin(async { tail.await.map_err(StoreError::new) })
    }

    fn list(&self, key: Option<Arc<str>>) -> StoreFuture<Vec<(RunId, RunState)>> {
        let arguments = move |_: &Self, command: &mut Cmd| {
            command.arg(key.as_deref());
        };
        self.call(&script::LIST, arguments, answer::list)
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("host", &self.0.client.target.server.host)
            .field("port", &self.0.client.target.server.port)
            .finish_non_exhaustive()
    }
}
