//! The producer of a run: reads its stream, and is the only one that appends to its log.

use std::{
    future::{self, poll_fn},
    mem,
    ops::ControlFlow,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use futures_core::Stream;
use sse_proto::Event;

use crate::{
    error::BoxError,
    foreign::{Guarded, catch_panic},
    runs::{
        Shared,
        deadline::Deadline,
        entry::lines,
        error::RunError,
        run_id::RunId,
        seal::Seal,
        settings::RENEWAL,
        start::Options,
        store::{Appended, Batch, RunState, SealWhen, SealedFuture, StoreError},
    },
};

/// The number of events that are written at once. The stream is not polled while that many wait.
const MAX_BATCH_EVENTS: usize = 512;

/// The length of the lines that are written at once. A batch ends with the event that reaches it.
const MAX_BATCH_BYTES: usize = 64 * 1024;

/// The time between two calls that fail.
pub(crate) const RETRY_INTERVAL: Duration = Duration::from_millis(500);

/// The time for which calls may fail.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Producer<St> {
    shared: Arc<Shared>,
    pub(crate) id: RunId,
    stream: Pin<Box<Guarded<St>>>,
    options: Options,
    /// The position of the newest entry that was written.
    head: u64,
    /// The size of the whole run, including the batch.
    events: u64,
    bytes: usize,
    batch: Vec<Arc<str>>,
    batch_bytes: usize,
    written_at: Instant,
    /// The time from which on the batch may be written.
    flush_at: Instant,
    failing_since: Option<Instant>,
    /// Ready once somebody else has sealed the run.
    sealed: SealedFuture,
    deadline: Deadline,
}

/// The next step of the producer.
#[derive(Debug)]
enum Step {
    /// Writes the events, or only renews the lease.
    Write,
    /// Writes the events and the seal.
    Seal(Seal),
}

/// The result of the driver.
type Ended = Result<Seal, RunError>;

impl<St> Producer<St> {
    pub(crate) fn new(
        shared: Arc<Shared>,
        id: RunId,
        stream: Pin<Box<Guarded<St>>>,
        options: Options,
    ) -> Self {
        let now = shared.now();
        let sealed = shared.store.sealed(id);
        Self {
            shared,
            sealed,
            id,
            stream,
            options,
            head: 0,
            events: 0,
            bytes: 0,
            batch: Vec::new(),
            batch_bytes: 0,
            written_at: now,
            flush_at: now,
            failing_since: None,
            deadline: Deadline::default(),
        }
    }

    pub(crate) async fn run<T, E>(mut self) -> Ended
    where
        St: Stream<Item = Result<T, E>>,
        T: Into<Event>,
        E: Into<BoxError>,
    {
        loop {
            let step = poll_fn(|cx| self.poll_step(cx)).await;
            let is_full = self.batch_is_full();
            let written = match step {
                Step::Write => self.write(None).await,
                Step::Seal(seal) => {
                    self.stream.as_mut().clear();
                    self.write(Some(seal)).await
                }
            };
            if let ControlFlow::Break(ended) = written {
                return ended;
            }
            if is_full {
                // A stream that is always ready must not keep other tasks from running.
                yield_now().await;
            }
        }
    }

    /// Reads events until they are to be written.
    fn poll_step<T, E>(&mut self, cx: &mut Context<'_>) -> Poll<Step>
    where
        St: Stream<Item = Result<T, E>>,
        T: Into<Event>,
        E: Into<BoxError>,
    {
        while !self.batch_is_full() {
            match self.poll_event(cx) {
                Poll::Pending => break,
                Poll::Ready(None) => return Poll::Ready(Step::Seal(Seal::End)),
                Poll::Ready(Some(Ok(event))) => {
                    if !self.push(&event) {
                        return Poll::Ready(Step::Seal(Seal::TooLarge));
                    }
                }
                Poll::Ready(Some(Err(error))) => {
                    if let Some(event) = self.shared.settings.error_event(&*error) {
                        self.push(&event);
                    }
                    return Poll::Ready(Step::Seal(Seal::Failed));
                }
            }
        }
        let renew_at = self.written_at + RENEWAL;
        let write_at = match self.batch.is_empty() {
            true => renew_at,
            false => self.flush_at.min(renew_at),
        };
        let timer = &*self.shared.settings.timer;
        if self.batch_is_full() || timer.now() >= write_at {
            return Poll::Ready(Step::Write);
        }
        if self.sealed.as_mut().poll(cx).is_ready() {
            // The write is refused. Otherwise the hint was wrong, and is not heeded before the next renewal.
            self.sealed = Box::pin(future::pending());
            return Poll::Ready(Step::Write);
        }
        let deadline = self.deadline.poll(timer, write_at, cx);
        deadline.map(|()| Step::Write)
    }

    fn poll_event<T, E>(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Event, BoxError>>>
    where
        St: Stream<Item = Result<T, E>>,
        T: Into<Event>,
        E: Into<BoxError>,
    {
        let Some(stream) = self.stream.as_mut().as_pin_mut() else {
            return Poll::Ready(None);
        };
        let polled = catch_panic(|| {
            let convert = |item: Result<T, E>| item.map(T::into).map_err(E::into);
            stream.poll_next(cx).map(|item| item.map(convert))
        });
        polled.unwrap_or_else(|panic| Poll::Ready(Some(Err(panic))))
    }

    /// Adds an event to the batch. Returns false if the run would become too large.
    fn push(&mut self, event: &Event) -> bool {
        let lines = lines(event);
        let bytes = self.bytes.saturating_add(lines.len());
        if self.events >= self.shared.settings.max_events || bytes > self.shared.settings.max_bytes
        {
            return false;
        }
        self.events += 1;
        self.bytes = bytes;
        self.batch_bytes += lines.len();
        self.batch.push(lines);
        true
    }

    fn batch_is_full(&self) -> bool {
        self.batch.len() >= MAX_BATCH_EVENTS || self.batch_bytes >= MAX_BATCH_BYTES
    }

    /// Writes the batch, and then the seal.
    async fn write(&mut self, seal: Option<Seal>) -> ControlFlow<Ended> {
        loop {
            let batch = Batch {
                after: self.head,
                entries: self.batch.clone(),
                seal,
            };
            match self.shared.store.append(self.id, batch).await {
                Ok(Appended::Appended(state)) => return self.written(&state, seal).await,
                Ok(Appended::Refused(RunState {
                    seal: Some(seal), ..
                })) => return ControlFlow::Break(Ok(seal)),
                Ok(Appended::Refused(state)) => {
                    // An append that was not answered may have succeeded, as a whole or, if the store has lost its end
                    // after that, in part.
                    let stored = state.head.saturating_sub(self.head);
                    if stored == 0 || stored > self.batch.len() as u64 {
                        // The store has lost events that were written.
                        return self.seal(Seal::Interrupted).await;
                    }
                    let stored = usize::try_from(stored).unwrap_or(usize::MAX);
                    self.batch.drain(..stored);
                    self.head = state.head;
                }
                Ok(Appended::Gone) => return ControlFlow::Break(Err(RunError::not_found())),
                Err(error) => self.wait_after(error).await?,
            }
        }
    }

    /// The batch was written.
    async fn written(&mut self, state: &RunState, seal: Option<Seal>) -> ControlFlow<Ended> {
        self.failing_since = None;
        if let Some(seal) = seal {
            return ControlFlow::Break(Ok(seal));
        }
        self.head = state.head;
        self.batch.clear();
        self.batch_bytes = 0;
        self.written_at = self.shared.now();
        self.flush_at = self.written_at + self.options.flush_interval;
        let max = self.options.stop_when_unwatched;
        match max.is_some_and(|max| state.unwatched_for >= max) {
            true => self.seal(Seal::Stopped).await,
            false => ControlFlow::Continue(()),
        }
    }

    /// Seals the run wherever its log ends.
    async fn seal(&mut self, seal: Seal) -> ControlFlow<Ended> {
        self.stream.as_mut().clear();
        loop {
            match self.shared.store.seal(self.id, seal, SealWhen::Now).await {
                Ok(state) => {
                    let sealed = state.and_then(|state| state.seal);
                    return ControlFlow::Break(sealed.ok_or_else(RunError::not_found));
                }
                Err(error) => self.wait_after(error).await?,
            }
        }
    }

    /// Waits after a failure, unless calls have failed for too long.
    async fn wait_after(&mut self, error: StoreError) -> ControlFlow<Ended> {
        let timer = self.shared.settings.timer.clone();
        let now = timer.now();
        let since = *self.failing_since.get_or_insert(now);
        if now.saturating_duration_since(since) >= PATIENCE {
            return ControlFlow::Break(Err(error.into()));
        }
        let deadline = &mut self.deadline;
        poll_fn(|cx| deadline.poll(&*timer, now + RETRY_INTERVAL, cx)).await;
        ControlFlow::Continue(())
    }
}

async fn yield_now() {
    let mut has_yielded = false;
    poll_fn(|cx| match mem::replace(&mut has_yielded, true) {
        true => Poll::Ready(()),
        false => {
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await;
}
