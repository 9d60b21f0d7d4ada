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
//! ACL SETUSER runs on >password ~sse:* &sse:* +@hash +@list +@sortedset +del +pttl +pexpireat +eval +evalsha +script|load +info +time +publish +subscribe +unsubscribe +@connection
//! ```
//!
//! Without one of them, [`connect`](RedisStore::connect) fails.
//!
//! # Connections
//!
//! A node has two connections: one for commands, and one on which the server tells it of new entries and seals. All
//! followers of a run on a node share one subscription and one task. The task also reads the run every 2.5 seconds, in case
//! a message was lost. A stop reaches the producer's node by a message, and at the next renewal of the lease if the message
//! was lost.
//!
//! # Commands
//!
//! A test counts what the clients send to a server (`INFO commandstats`, Redis 7.0), with a follower on another node, open
//! connections and the default flush interval of 100 ms:
//!
//! | tokens | commands |
//! |---|---|
//! | 2,000 in 40 seconds | 411 |
//! | 100 in 2 seconds | 26 |
//! | 2,000 at once | 11 to 13 |
//!
//! A quiet run costs one command every 5 seconds for its lease, and each node with followers one every 2.5 seconds,
//! however many followers it has.
//!
//! # Lost runs
//!
//! A run is lost if the server loses its keys: after a restart without persistence, or if `maxmemory-policy` removes
//! them. Set that policy to `noeviction`: with another one, there is a [`warning`](RedisStore::warning). A producer whose run is gone ends with an error, and its clients get 404 when
//! they come back. If the server comes back with an older state, the producer notices at its next write that the log is
//! shorter, and seals the run as [interrupted](crate::runs::Seal::Interrupted).
//!
//! # Memory
//!
//! The bounds of a run are those of [`RunsBuilder`](crate::runs::RunsBuilder), and memory of the server. A node keeps at most
//! 64 KiB of the newest entries of each run that is followed, or one entry if that is longer. It drops them once the run
//! has been quiet for 2.5 seconds. Each follower also keeps the page that it sends.
//!
//! A run without events takes less than 1 KiB of the server: 688 bytes on average over 1,000 runs with Redis 7.0 (`used_memory`,
//! measured by a test). `max_runs` times `max_bytes` bounds the events of all runs together.
//!
//! # Errors
//!
//! [`connect`](RedisStore::connect) fails with a [`RedisError`]. Later failures are
//! [`Unavailable`](crate::runs::RunErrorKind::Unavailable), with the [`RedisError`] among the sources. Producers and
//! followers try again for 30 seconds. A server that was out of reach for less costs no event.
//!
//! # Cancel safety
//!
//! The futures can be dropped. A command that was written to the server before that is run.

mod answer;
mod link;
mod message;
mod options;
mod script;
mod table;
mod watch;
mod watcher;

use std::{fmt, pin::pin, sync::Arc, time::Duration};

use ::redis::{Cmd, Value};
use tokio::{
    sync::watch::Sender,
    time::{Instant, timeout_at},
};

pub use crate::redis::{
    error::{RedisError, RedisErrorKind},
    warning::RedisWarning,
};
pub use options::RedisStoreOptions;

use link::{Link, Opened};
use table::Table;
use watch::{Followed, Look};

use crate::{
    redis::{
        client::Client,
        connection::Connection,
        script::{Script, millis},
        warning::has_policy,
    },
    runs::{
        run_id::RunId,
        seal::Seal,
        store::{
            Appended, Batch, Created, MAX_PAGE_BYTES, MAX_WAIT, NewRun, Page, RunState, SealWhen,
            SealedFuture, Store, StoreError, StoreFuture,
        },
    },
};

/// The time without another read after which a run counts as unwatched.
const READER_WAIT: Duration = Duration::from_millis(900);

/// The time after which something that has failed is tried again.
const RETRY_INTERVAL: Duration = Duration::from_millis(500);

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
    table: Arc<Table>,
    /// The connection for messages.
    link: Sender<Link>,
    warning: Option<RedisWarning>,
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
        let mut inner = Inner {
            client: Client::new(url, &options.trust, options.timeout)?,
            base: format!("{}:{{runs}}", options.prefix),
            max_runs: options.max_runs,
            table: Arc::default(),
            link: Sender::new(Link::Opening),
            warning: None,
        };
        let link = inner.check().await.map_err(RedisError::for_runs)?;
        inner.link.send_replace(Link::Up(link.connection.clone()));
        let store = Self(Arc::new(inner));
        tokio::spawn(link::keep(Arc::downgrade(&store.0), Some(link)));
        Ok(store)
    }

    /// Returns a warning about the settings of the server, as they were when it was connected.
    #[must_use]
    pub fn warning(&self) -> Option<RedisWarning> {
        self.0.warning
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
            let answer = this
                .0
                .run(script, |command| arguments(&this, command))
                .await;
            answer.and_then(read).map_err(failed)
        })
    }

    async fn wait_for_news(self, id: RunId, after: u64) -> Result<Option<Page>, StoreError> {
        let (inner, deadline) = (&*self.0, Instant::now() + MAX_WAIT);
        let followed = match inner.table.follow(id) {
            Some(followed) => followed,
            None => {
                // A follower that has to catch up, or whose run has ended, needs no subscription.
                let page = inner.read(id, after, READER_WAIT).await;
                match page.map_err(failed)? {
                    Some(page) if !has_news(&page) => self.watch(id, after),
                    page => return Ok(page),
                }
            }
        };
        let watch = &*followed.0;
        loop {
            let mut changed = pin!(watch.changed.notified());
            changed.as_mut().enable();
            let nothing = match watch.look(after) {
                Look::Page(page) => return Ok(Some(page)),
                Look::Gone => return Ok(None),
                Look::Failed(error) => return Err(error),
                Look::Wait(nothing) => nothing,
                Look::Read => {
                    let page = inner.read(id, after, READER_WAIT).await;
                    match page.map_err(failed)? {
                        Some(page) if !has_news(&page) => Some(page),
                        page => return Ok(page),
                    }
                }
            };
            if timeout_at(deadline, changed).await.is_err() {
                return match nothing {
                    Some(nothing) => Ok(Some(nothing)),
                    None => Err(failed(RedisError::timed_out())),
                };
            }
        }
    }

    /// Follows a run after a position, with the watcher that all followers of it share.
    fn watch(&self, id: RunId, position: u64) -> Followed {
        let (followed, is_new) = self.0.table.watch(id, position);
        if is_new {
            let (store, watch) = (Arc::downgrade(&self.0), followed.0.clone());
            tokio::spawn(watcher::run(store, watch, self.0.link.subscribe()));
        }
        followed
    }
}

impl Inner {
    /// Opens both connections, and looks at the settings. Fails on a replica, and without the rights.
    async fn check(&mut self) -> Result<Opened, RedisError> {
        self.run(&script::LIST, |_| {}).await?;
        let link = self.open_link().await?;
        self.check_channels(&link).await?;
        // All keys have a TTL.
        let evicts =
            async |connection: &Connection| has_policy(connection, &["allkeys", "volatile"]).await;
        let evicts = self.client.with_shared(evicts).await?;
        self.warning = evicts.then_some(RedisWarning::EvictsRuns);
        Ok(link)
    }

    async fn run(
        &self,
        script: &Script,
        arguments: impl Fn(&mut Cmd),
    ) -> Result<Value, RedisError> {
        let command = |command: &mut Cmd| arguments(command.arg(1).arg(&self.base));
        let call = async |connection: &Connection| connection.call(script, command).await;
        self.client.with_shared(call).await
    }

    /// Reads a page. The run counts as watched for the time `wait`.
    async fn read(
        &self,
        id: RunId,
        after: u64,
        wait: Duration,
    ) -> Result<Option<Page>, RedisError> {
        let wait = match wait.is_zero() {
            true => 0,
            false => millis(wait),
        };
        let arguments = |command: &mut Cmd| {
            command.arg(id.to_string()).arg(after);
            command.arg(MAX_PAGE_BYTES).arg(wait);
        };
        let answer = self.run(&script::READ, arguments).await?;
        answer::if_exists(answer, answer::page)
    }

    fn channel(&self, name: &str) -> String {
        format!("{}:{name}", self.base)
    }
}

fn failed(error: RedisError) -> StoreError {
    StoreError::new(error.for_runs())
}

fn has_news(page: &Page) -> bool {
    let RunState {
        seal,
        lease_is_over,
        ..
    } = &page.state;
    !page.entries.is_empty() || seal.is_some() || *lease_is_over
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
        Box::pin(self.clone().wait_for_news(id, after))
    }

    fn sealed(&self, id: RunId) -> SealedFuture {
        let table = self.0.table.clone();
        Box::pin(async move { table.produce(id).seal.notified().await })
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
