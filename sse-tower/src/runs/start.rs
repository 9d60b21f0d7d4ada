//! Starting a run.

use std::{
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
    time::Duration,
};

use futures_core::Stream;
use sse_proto::Event;

use crate::{
    error::BoxError,
    foreign::Guarded,
    runs::{
        Runs,
        error::RunError,
        producer::Producer,
        run_id::RunId,
        seal::Seal,
        settings::{LEASE, RENEWAL},
        store::{Created, NewRun},
    },
};

/// A run that is to be started, made by [`Runs::start`]. Await it.
#[must_use = "a run is started when this is awaited"]
pub struct Start<St> {
    runs: Runs,
    stream: Pin<Box<Guarded<St>>>,
    id: Option<RunId>,
    options: Options,
}

/// The options of a producer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) flush_interval: Duration,
    pub(crate) stop_when_unwatched: Option<Duration>,
}

impl<St> Start<St> {
    pub(crate) fn new(runs: Runs, stream: St) -> Self {
        let options = Options {
            flush_interval: Duration::from_millis(100),
            stop_when_unwatched: None,
        };
        let stream = Box::pin(Guarded::new(stream));
        Self {
            runs,
            stream,
            id: None,
            options,
        }
    }

    /// Starts the run under an ID that the client has chosen, unless there already is a run with this ID. By default
    /// the ID is a new one.
    ///
    /// So a client whose POST was not answered may send it again: the answer is generated once, even if two nodes get
    /// the two requests at the same time. The second one fails with [`Exists`](crate::runs::RunErrorKind::Exists), and
    /// its stream is dropped without being polled. This holds until the run is removed.
    ///
    /// The client has to choose its ID as 16 bytes of a secure random generator, such as `crypto.getRandomValues`.
    ///
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// use sse_tower::{Event, error::BoxError, runs::{RunErrorKind, RunId, Runs}};
    ///
    /// let runs = Runs::memory();
    /// let id: RunId = "6c1f0e5d2b3a49788796a5b4c3d2e1f0".parse()?;
    /// let model = || tokio_stream::empty::<Result<Event, BoxError>>();
    /// let run = runs.start(model()).id(id).await?;
    /// assert_eq!(run.id(), id);
    /// let error = runs.start(model()).id(id).await.unwrap_err();
    /// assert_eq!(error.kind(), RunErrorKind::Exists);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))] fn main() {}
    /// ```
    pub fn id(mut self, id: RunId) -> Self {
        self.id = Some(id);
        self
    }

    /// Sets the time between two writes to the store. The default is 100 ms, and more than 5 s is taken as 5 s.
    ///
    /// The first event after a longer pause is written at once. The events that arrive within the time after it are
    /// written together.
    pub fn flush_interval(mut self, interval: Duration) -> Self {
        self.options.flush_interval = interval.min(RENEWAL);
        self
    }

    /// Stops the run when nobody has followed it for this time. By default it goes on without followers.
    ///
    /// It is noticed within 5 more seconds. A client that disconnects has the time to come back. A follower counts while its
    /// stream waits for events.
    pub fn stop_when_unwatched(mut self, after: Duration) -> Self {
        self.options.stop_when_unwatched = Some(after);
        self
    }

    async fn create(self) -> Result<Run<St>, RunError> {
        let shared = self.runs.shared.clone();
        let id = match self.id {
            Some(id) => id,
            None => RunId::random().map_err(RunError::unavailable)?,
        };
        let run = NewRun {
            id,
            key: self.runs.key.clone(),
            lease: LEASE,
            keep_for: shared.settings.keep_for,
        };
        match shared.store.create(run).await? {
            Created::Created => Ok(Run(Producer::new(shared, id, self.stream, self.options))),
            Created::Exists => Err(RunError::exists()),
            Created::Full => Err(RunError::full()),
        }
    }
}

impl<St: Send + 'static> IntoFuture for Start<St> {
    type Output = Result<Run<St>, RunError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.create())
    }
}

impl<St> fmt::Debug for Start<St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Start")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// A run that exists, and the stream that produces it.
///
/// Nothing is produced unless [`drive`](Self::drive) runs. If this is dropped instead, or the driver, the run is
/// sealed as [interrupted](Seal::Interrupted) within 20 seconds while somebody follows it or asks for its status.
#[must_use = "nothing is produced unless `drive` runs"]
pub struct Run<St>(Producer<St>);

impl<St> Run<St> {
    /// Returns the ID.
    #[must_use]
    pub const fn id(&self) -> RunId {
        self.0.id
    }

    /// Reads the stream and writes its events, until the stream or the run ends. Returns how the run ended. Spawn it
    /// as a task.
    ///
    /// It drops the stream once the run is sealed: after a [stop](Runs::stop) at once, or, if the store does not tell it,
    /// within 5 seconds. The stream is not polled while the store does not answer.
    ///
    /// # Errors
    ///
    /// The run is gone, or the store did not answer for 30 seconds. The run is then sealed by whoever looks at it.
    pub async fn drive<T, E>(self) -> Result<Seal, RunError>
    where
        St: Stream<Item = Result<T, E>>,
        T: Into<Event>,
        E: Into<BoxError>,
    {
        self.0.run().await
    }
}

impl<St> fmt::Debug for Run<St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}
