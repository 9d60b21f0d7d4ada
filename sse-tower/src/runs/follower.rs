//! A follower: the events of a run as a stream.

use std::{
    fmt, mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Instant,
};

use bytes::Bytes;
use futures_core::Stream;
use sse_proto::EventRef;

use crate::{
    error::BoxError,
    frame::{EventFrame, encode_lines},
    runs::{
        Shared,
        deadline::Deadline,
        entry::Place,
        error::RunError,
        producer::{PATIENCE, RETRY_INTERVAL},
        run_id::RunId,
        seal::Seal,
        store::{Page, RunState, SealWhen, StoreError, StoreFuture},
    },
};

/// The length of a frame of several events. It ends with the event that reaches it.
const MAX_FRAME_BYTES: usize = 16 * 1024;

/// The events of a run, as a stream for [`Sse`](crate::Sse). [`Runs::follow`](crate::runs::Runs::follow) makes it.
///
/// It ends after the event that says how the run has ended. Each item is a frame with at least one event.
///
/// # Errors
///
/// It fails if the store did not answer for 30 seconds. The client should come back: it resumes after the last event
/// that it received. If the run is removed meanwhile, the stream ends, and the client gets 404 when it comes back.
///
/// # Backpressure
///
/// A follower has no queue except for a page of at most 64 KiB and one event. It reads the next page once this one is
/// sent, so a slow client neither slows the producer nor misses an event.
pub struct Follower {
    shared: Arc<Shared>,
    id: RunId,
    /// The position of the last event that was sent.
    position: u64,
    state: State,
    failing_since: Option<Instant>,
    deadline: Deadline,
}

enum State {
    Idle,
    Reading(StoreFuture<Option<Page>>),
    /// The producer has not renewed its lease.
    Sealing(StoreFuture<Option<RunState>>),
    Sending(Sending),
    /// Waits after a failure.
    Waiting(Instant),
    Done,
}

/// The rest of a page.
struct Sending {
    entries: std::vec::IntoIter<Arc<str>>,
    /// The seal that follows the entries, and the position before it.
    seal: Option<(Seal, u64)>,
}

type Polled = Poll<Option<Result<EventFrame, BoxError>>>;

impl Follower {
    /// Follows a run after the position that the client has.
    pub(crate) fn new(shared: Arc<Shared>, id: RunId, position: u64) -> Self {
        Self {
            shared,
            id,
            position,
            state: State::Idle,
            failing_since: None,
            deadline: Deadline::default(),
        }
    }

    fn take_page(&mut self, page: Page, cx: &Context<'_>) -> Polled {
        let RunState { head, seal, .. } = page.state;
        let last = self.position.saturating_add(page.entries.len() as u64);
        // If the store has lost events that the client has, its log ends before them.
        let seal = seal.filter(|_| last >= head).map(|seal| (seal, head));
        if page.entries.is_empty() && seal.is_none() {
            self.state = match page.state.lease_is_over {
                true => {
                    let when = SealWhen::LeaseIsOver;
                    State::Sealing(self.shared.store.seal(self.id, Seal::Interrupted, when))
                }
                false => State::Idle,
            };
            // A store that answers too early must not keep other tasks from running.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let entries = page.entries.into_iter();
        self.send(Sending { entries, seal })
    }

    /// Sends the next frame.
    fn send(&mut self, mut sending: Sending) -> Polled {
        let (mut text, mut events) = (String::new(), 0);
        while text.len() < MAX_FRAME_BYTES {
            let Some(lines) = sending.entries.next() else {
                break;
            };
            self.position += 1;
            text.push_str(&lines);
            text.push_str("id: ");
            text.push_str(&self.place(self.position, None));
            text.push_str("\n\n");
            events += 1;
        }
        if sending.entries.len() > 0 {
            self.state = State::Sending(sending);
        } else if let Some((seal, head)) = sending.seal {
            self.state = State::Done;
            if let Some(event) = self.shared.settings.seal_event(seal) {
                let event = EventRef::new(event.data()).with_type(event.event_type());
                text.push_str(&encode_lines(event, 0));
                events += 1;
            }
            text.push_str("id: ");
            text.push_str(&self.place(head, Some(seal)));
            text.push_str("\n\n");
        } else {
            self.state = State::Idle;
        }
        let frame = EventFrame::from_encoded(Bytes::from(text), events);
        Poll::Ready(Some(Ok(frame)))
    }

    fn place(&self, position: u64, seal: Option<Seal>) -> String {
        let run = self.id;
        Place {
            run,
            position,
            seal,
        }
        .to_string()
    }

    /// Tries again later, unless calls have failed for too long.
    fn fail(&mut self, error: StoreError) -> Option<BoxError> {
        let now = self.shared.now();
        let since = *self.failing_since.get_or_insert(now);
        if now.saturating_duration_since(since) >= PATIENCE {
            self.state = State::Done;
            return Some(RunError::from(error).into());
        }
        self.state = State::Waiting(now + RETRY_INTERVAL);
        None
    }
}

impl Stream for Follower {
    type Item = Result<EventFrame, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        let this = &mut *self;
        loop {
            let failed = match &mut this.state {
                State::Idle => {
                    this.state = State::Reading(this.shared.store.tail(this.id, this.position));
                    continue;
                }
                State::Reading(reading) => match ready!(reading.as_mut().poll(cx)) {
                    Ok(Some(page)) => {
                        this.failing_since = None;
                        return this.take_page(page, cx);
                    }
                    Ok(None) => {
                        this.state = State::Done;
                        continue;
                    }
                    Err(error) => this.fail(error),
                },
                State::Sealing(sealing) => match ready!(sealing.as_mut().poll(cx)) {
                    Ok(_) => {
                        this.state = State::Idle;
                        continue;
                    }
                    Err(error) => this.fail(error),
                },
                State::Sending(_) => {
                    if let State::Sending(sending) = mem::replace(&mut this.state, State::Idle) {
                        return this.send(sending);
                    }
                    continue;
                }
                State::Waiting(until) => {
                    let timer = &*this.shared.settings.timer;
                    ready!(this.deadline.poll(timer, *until, cx));
                    this.state = State::Idle;
                    continue;
                }
                State::Done => return Poll::Ready(None),
            };
            if let Some(error) = failed {
                return Poll::Ready(Some(Err(error)));
            }
        }
    }
}

impl fmt::Debug for Follower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follower")
            .field("id", &self.id)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}
