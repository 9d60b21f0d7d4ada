//! Runs: answers, such as those of language models, that survive the connections of their readers.
//!
//! A POST starts a run: a stream of events that this server produces once and keeps in a log. A GET follows it, from
//! the start or after the last event that the client has. A reload, a lost network or a second tab reads the same
//! answer. With a store that several processes share, any of them can serve the followers.
//!
//! ```
//! # #[cfg(all(feature = "axum", feature = "tokio"))] {
//! use axum::{Router, extract::{Path, State}, routing::{get, post}};
//! use futures_core::Stream;
//! use sse_tower::{
//!     Event, LastEventId, Sse,
//!     error::BoxError,
//!     runs::{Follower, RunError, RunId, Runs},
//! };
//!
//! fn ask_model(_question: String) -> impl Stream<Item = Result<Event, BoxError>> + Send + 'static {
//!     tokio_stream::iter(["Forty", "-", "two"].map(|token| Ok(Event::new(token))))
//! }
//!
//! async fn start(State(runs): State<Runs>, question: String) -> Result<String, RunError> {
//!     let run = runs.start(ask_model(question)).await?;
//!     let id = run.id();
//!     tokio::spawn(run.drive());
//!     Ok(id.to_string())
//! }
//!
//! async fn follow(
//!     Path(id): Path<RunId>,
//!     last: LastEventId,
//!     State(runs): State<Runs>,
//! ) -> Result<Sse<Follower>, RunError> {
//!     Ok(Sse::new(runs.follow(id, last).await?))
//! }
//!
//! let app: Router = Router::new()
//!     .route("/answers", post(start))
//!     .route("/answers/{id}", get(follow))
//!     .with_state(Runs::memory());
//! # let _ = app;
//! # }
//! ```
//!
//! The chapter [`guide::runs`](crate::guide::runs) has the code of the page, and explains stopping, users, errors,
//! and the endpoints of AI SDKs.
//!
//! # What is promised
//!
//! - **Every event exactly once.** A follower gets each event of a run exactly once over all its connections, from the
//!   start, and then one event that says how the run has ended ([`Seal`]).
//! - **One generation.** The stream of a run is read once, whoever follows, reconnects or goes away. No method of a
//!   follower starts a stream. With an ID that the client has chosen ([`Start::id`]), a POST that is sent twice starts
//!   one run.
//! - **No endless wait.** If the producer's process dies, its followers get `interrupted` at most 20 seconds later.
//! - **One seal.** Whatever seals a run first counts. The store tells a producer at once that its run was sealed,
//!   such as by [`Runs::stop`], and it drops its stream. If the message is lost, the producer notices at its next write, 5
//!   seconds later at most.
//!
//! # Memory
//!
//! A run takes what its events take, about 40 bytes more for each of them, and less than 2 KiB besides with its task.
//! [`RunsBuilder`] bounds the bytes and events of a run, the number of runs, and the time after which an ended run is removed. A
//! follower takes less than 1 KiB and, while it sends, one page.

mod deadline;
mod entry;
mod error;
mod follower;
mod producer;
mod run_id;
mod seal;
mod settings;
mod start;
mod status;
pub mod store;

use std::{fmt, sync::Arc, time::Instant};

pub use error::{RunError, RunErrorKind};
pub use follower::Follower;
pub use run_id::{InvalidRunId, RunId};
pub use seal::Seal;
pub use settings::RunsBuilder;
pub use start::{Run, Start};
pub use status::RunStatus;

use crate::last_event_id::LastEventId;
use entry::Place;
use settings::Settings;
use store::{RunState, SealWhen, Store};

/// Runs, in memory or in a store that several nodes share.
///
/// A clone is another handle of the same runs.
///
/// ```
/// # #[cfg(feature = "tokio")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// use std::convert::Infallible;
///
/// use sse_tower::{Event, LastEventId, runs::{Runs, Seal}};
/// use tokio_stream::StreamExt;
///
/// let runs = Runs::memory();
/// let tokens = tokio_stream::iter(["Forty", "two"].map(|token| Ok::<_, Infallible>(Event::new(token))));
/// let run = runs.start(tokens).await?;
/// let id = run.id();
/// assert_eq!(run.drive().await?, Seal::End);
///
/// let mut follower = runs.follow(id, LastEventId::none()).await?;
/// let frame = follower.next().await.expect("the whole answer")?;
/// assert_eq!(frame.events(), 3);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "tokio"))] fn main() {}
/// ```
#[derive(Clone)]
pub struct Runs {
    shared: Arc<Shared>,
    key: Option<Arc<str>>,
}

/// The state that all handles of this node share.
#[derive(Debug)]
pub(crate) struct Shared {
    settings: Settings,
    store: Arc<dyn Store>,
}

impl Runs {
    /// Makes runs in the memory of this process, with the default bounds of [`RunsBuilder`].
    #[cfg(feature = "tokio")]
    #[must_use]
    pub fn memory() -> Self {
        Self::builder().build()
    }

    /// Returns a builder, to set bounds.
    #[cfg(feature = "tokio")]
    pub fn builder() -> RunsBuilder {
        RunsBuilder::with_timer(crate::rt::timer::TokioTimer)
    }

    /// Connects to a Redis server, in which several nodes share their runs, with the default bounds.
    ///
    /// To set bounds, give a [`RedisStore`](store::redis::RedisStore) to [`RunsBuilder::build_on`].
    ///
    /// # Errors
    ///
    /// The server cannot be used: see [`RedisErrorKind`](store::redis::RedisErrorKind).
    #[cfg(feature = "redis")]
    pub async fn redis(url: &str) -> Result<Self, store::redis::RedisError> {
        let options = store::redis::RedisStoreOptions::new();
        let store = store::redis::RedisStore::connect(url, options).await?;
        Ok(Self::builder().build_on(store))
    }

    pub(crate) fn new(settings: Settings, store: Arc<dyn Store>) -> Self {
        let shared = Arc::new(Shared { settings, store });
        Self { shared, key: None }
    }

    /// Returns a handle for the runs of one user, or any other key.
    ///
    /// The runs that it starts are bound to the key, and it finds only those. Any other handle answers 404 for them,
    /// even to a client that knows the ID. A handle without a key finds only runs without one.
    ///
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// use sse_tower::{Event, error::BoxError, runs::{RunErrorKind, Runs}};
    ///
    /// let runs = Runs::memory();
    /// let run = runs.of("alice").start(tokio_stream::empty::<Result<Event, BoxError>>()).await?;
    /// assert!(runs.of("alice").status(run.id()).await.is_ok());
    /// for other in [runs.of("bob"), runs] {
    ///     let error = other.stop(run.id()).await.unwrap_err();
    ///     assert_eq!(error.kind(), RunErrorKind::NotFound);
    /// }
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))] fn main() {}
    /// ```
    #[must_use]
    pub fn of(&self, key: impl Into<Arc<str>>) -> Self {
        let (shared, key) = (self.shared.clone(), Some(key.into()));
        Self { shared, key }
    }

    /// Starts a run whose events are those of `stream`. Await the result, and spawn [`Run::drive`].
    ///
    /// The stream yields `Result`s of events and errors. If it fails, or panics, the run ends with [`Seal::Failed`].
    /// The run gives each event its ID, which replaces an ID of the stream.
    ///
    /// # Errors
    ///
    /// There are too many runs, the store does not answer, or the ID that [`Start::id`] sets is that of another run.
    pub fn start<St: Send + 'static>(&self, stream: St) -> Start<St> {
        Start::new(self.clone(), stream)
    }

    /// Follows a run after the last event ID of a client, or from the start if it has none, or one of another run.
    ///
    /// Followers never start anything, and there may be any number of them, on any node.
    ///
    /// # Errors
    ///
    /// The run is [unknown](RunErrorKind::NotFound), or the client [has all of it](RunErrorKind::Complete). Answer
    /// with the [status](RunError::status) of the error.
    pub async fn follow(
        &self,
        id: RunId,
        last_event_id: impl Into<LastEventId>,
    ) -> Result<Follower, RunError> {
        let place = Place::of_client(&last_event_id.into()).filter(|place| place.run == id);
        self.find(id).await?;
        // A client gets one end, even if the store has lost the seal since.
        if place.is_some_and(|place| place.seal.is_some()) {
            return Err(RunError::complete());
        }
        let position = place.map_or(0, |place| place.position);
        Ok(Follower::new(self.shared.clone(), id, position))
    }

    /// Stops a run on whichever node it is produced, and returns how it has ended: [`Seal::Stopped`], unless it had
    /// ended before.
    ///
    /// Its followers get the end at once, and the producer drops its stream. If the producer's node cannot be reached, it
    /// notices at its first write after that, 5 seconds later at most.
    /// A client that disconnects stops nothing: this does, and
    /// [`stop_when_unwatched`](Start::stop_when_unwatched).
    ///
    /// # Errors
    ///
    /// The run is unknown, or the store does not answer. Then it may be stopped or not.
    pub async fn stop(&self, id: RunId) -> Result<Seal, RunError> {
        self.find(id).await?;
        let store = &self.shared.store;
        let state = store.seal(id, Seal::Stopped, SealWhen::Now).await?;
        let seal = state.and_then(|state| state.seal);
        seal.ok_or_else(RunError::not_found)
    }

    /// Returns the status of a run. If its producer is dead, the run is sealed.
    ///
    /// # Errors
    ///
    /// The run is unknown, or the store does not answer.
    pub async fn status(&self, id: RunId) -> Result<RunStatus, RunError> {
        let state = self.find(id).await?;
        Ok(RunStatus::new(id, &self.interrupt(id, state).await?))
    }

    /// Returns the runs of this handle's [key](Self::of), or those without a key, the oldest one first.
    ///
    /// # Errors
    ///
    /// The store does not answer.
    pub async fn list(&self) -> Result<Vec<RunStatus>, RunError> {
        let mut runs = Vec::new();
        for (id, state) in self.shared.store.list(self.key.clone()).await? {
            match self.interrupt(id, state).await {
                Ok(state) => runs.push(RunStatus::new(id, &state)),
                Err(error) if error.kind() == RunErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(runs)
    }

    /// Finds a run with the key of this handle.
    async fn find(&self, id: RunId) -> Result<RunState, RunError> {
        let state = self.shared.store.state(id).await?;
        let state = state.filter(|state| state.key == self.key);
        state.ok_or_else(RunError::not_found)
    }

    /// Seals a run whose producer is dead.
    async fn interrupt(&self, id: RunId, state: RunState) -> Result<RunState, RunError> {
        if !state.lease_is_over {
            return Ok(state);
        }
        let store = &self.shared.store;
        let sealed = store.seal(id, Seal::Interrupted, SealWhen::LeaseIsOver);
        sealed.await?.ok_or_else(RunError::not_found)
    }
}

impl Shared {
    fn now(&self) -> Instant {
        self.settings.timer.now()
    }
}

impl fmt::Debug for Runs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runs")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
