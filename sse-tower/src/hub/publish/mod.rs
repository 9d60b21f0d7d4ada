//! Publishing: events to entries, and what can go wrong.

use std::{
    error::Error,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use sse_proto::{Encoder, Event, EventId, EventRef, EventType};

use crate::{
    error::BoxError,
    hub::{
        entry_id::{EntryId, Epoch},
        log::{Appended, LogFuture, LogName},
        shared::Shared,
        topic::{IntoTopics, InvalidTopic, Topics},
    },
};

/// The future of [`Hub::publish`](crate::hub::Hub::publish): the ID of the published event.
///
/// It does nothing until it is polled. In a hub in memory it is ready at its first poll. If it is dropped
/// before it is ready, the event may or may not be published.
#[must_use = "an event is published when the future is polled"]
pub struct Publish(PublishBatch);

/// The future of [`Hub::publish_batch`](crate::hub::Hub::publish_batch): one result for each event.
///
/// It does nothing until it is polled. In a hub in memory it is ready at its first poll. If it is dropped
/// before it is ready, each of the events may or may not be published.
#[must_use = "events are published when the future is polled"]
pub struct PublishBatch {
    shared: Arc<Shared>,
    state: State,
}

enum State {
    Prepared(Vec<Result<Prepared, PublishError>>),
    /// The log appends the entries. The others are the results of events that are not among them.
    Appending(
        LogFuture<Vec<Result<Appended, PublishError>>>,
        Vec<Result<(), PublishError>>,
    ),
    Done,
}

impl Publish {
    pub(crate) fn new(shared: Arc<Shared>, entry: Result<Prepared, PublishError>) -> Self {
        Self(PublishBatch::new(shared, vec![entry]))
    }
}

impl Future for Publish {
    type Output = Result<EventId, PublishError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let results = Pin::new(&mut self.0).poll(cx);
        // There is one result for one event.
        results.map(|results| {
            results
                .into_iter()
                .next()
                .unwrap_or_else(|| Err(no_answer()))
        })
    }
}

impl PublishBatch {
    pub(crate) fn new(shared: Arc<Shared>, entries: Vec<Result<Prepared, PublishError>>) -> Self {
        let state = State::Prepared(entries);
        Self { shared, state }
    }
}

impl Future for PublishBatch {
    type Output = Vec<Result<EventId, PublishError>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            match std::mem::replace(&mut self.state, State::Done) {
                State::Prepared(entries) => {
                    let Some(store) = self.shared.store() else {
                        return Poll::Ready(self.shared.append(entries));
                    };
                    let (mut accepted, mut results) = (Vec::new(), Vec::new());
                    for entry in entries {
                        results.push(entry.map(|entry| accepted.push(self.shared.check(entry))));
                    }
                    let append = store.log.append(&store.name, accepted);
                    self.state = State::Appending(append, results);
                }
                State::Appending(mut append, results) => {
                    let name = self.shared.store().map(|store| store.name.clone());
                    let Poll::Ready(appended) = append.as_mut().poll(cx) else {
                        self.state = State::Appending(append, results);
                        return Poll::Pending;
                    };
                    let mut appended = appended.into_iter();
                    let result = |accepted: Result<(), PublishError>| {
                        accepted?;
                        let appended = appended.next().unwrap_or_else(|| Err(no_answer()));
                        let (appended, name) = (appended?, name.as_ref().ok_or_else(no_answer)?);
                        Ok(appended.id(name).to_event_id())
                    };
                    return Poll::Ready(results.into_iter().map(result).collect());
                }
                // Polled after it was ready.
                State::Done => return Poll::Ready(Vec::new()),
            }
        }
    }
}

impl fmt::Debug for Publish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publish").finish_non_exhaustive()
    }
}

impl fmt::Debug for PublishBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublishBatch").finish_non_exhaustive()
    }
}

fn no_answer() -> PublishError {
    PublishError::unknown("the log has not answered for this event")
}

/// The room that an entry's ID takes: `id: `, its text, and two line ends.
const ID_LINES: usize = 4 + EntryId::MAX_LENGTH + 2;

/// An event that is ready to be appended to a log.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) topics: Topics,
    /// The event's lines without its ID and without the blank line.
    pub(crate) text: String,
}

impl Appended {
    fn id(self, log: &LogName) -> EntryId {
        EntryId {
            epoch: Epoch::of(log, self.epoch),
            position: self.position,
            check: Some(self.check),
        }
    }
}

impl Prepared {
    /// Encodes an event.
    pub(crate) fn new(
        topics: impl IntoTopics,
        event: &Event,
        gap_type: &EventType,
    ) -> Result<Self, PublishError> {
        let topics = topics.into_topics().map_err(PublishError::invalid_topic)?;
        if event.id().is_some() {
            return Err(PublishError(Cause::HasId));
        }
        if event.event_type() == gap_type {
            return Err(PublishError(Cause::ReservedType(gap_type.clone())));
        }
        let event = EventRef::from(event);
        let length = event.encoded_length();
        let mut encoder = Encoder::new(String::with_capacity(length + ID_LINES));
        // A String takes any text: the result of writing to it is always Ok.
        let _always_ok = encoder.event(event);
        let mut text = encoder.into_inner();
        // The blank line follows the ID.
        text.pop();
        Ok(Self { topics, text })
    }
}

/// An event was not published, or may not have been.
///
/// The message says what to do. [`kind`](Self::kind) tells the cases apart:
///
/// ```
/// use sse_tower::{Event, hub::{Hub, PublishErrorKind}};
///
/// let hub = Hub::new();
/// let error = hub.publish_now("orders", Event::new("1").with_id(7)).unwrap_err();
/// assert_eq!(error.kind(), PublishErrorKind::HasId);
/// ```
#[derive(Debug)]
pub struct PublishError(Cause);

#[derive(Debug)]
enum Cause {
    InvalidTopic(InvalidTopic),
    HasId,
    ReservedType(EventType),
    TooLarge { size: usize, max: usize },
    NotInMemory,
    NotPublished(BoxError),
    Unknown(BoxError),
}

/// Why an event was not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PublishErrorKind {
    /// A topic's name is invalid, or there are too few or too many topics. The caller's mistake.
    InvalidTopic,
    /// The event has an ID. The hub gives each event its ID, so leave it out. The caller's mistake.
    HasId,
    /// The event's type is that of gap events. The caller's mistake.
    ReservedType,
    /// The event is larger than the hub's bound of bytes. The caller's mistake.
    TooLarge,
    /// [`publish_now`](crate::hub::Hub::publish_now) was called on a hub whose log is not in memory. The
    /// caller's mistake.
    NotInMemory,
    /// The log has refused the event, or was not sent it. It is safe to publish it again.
    NotPublished,
    /// The log has not answered. The event may be published, so publishing it again may double it.
    Unknown,
}

impl PublishError {
    /// Returns what kind of error this is.
    #[must_use]
    pub const fn kind(&self) -> PublishErrorKind {
        match self.0 {
            Cause::InvalidTopic(_) => PublishErrorKind::InvalidTopic,
            Cause::HasId => PublishErrorKind::HasId,
            Cause::ReservedType(_) => PublishErrorKind::ReservedType,
            Cause::TooLarge { .. } => PublishErrorKind::TooLarge,
            Cause::NotInMemory => PublishErrorKind::NotInMemory,
            Cause::NotPublished(_) => PublishErrorKind::NotPublished,
            Cause::Unknown(_) => PublishErrorKind::Unknown,
        }
    }

    pub(crate) const fn invalid_topic(error: InvalidTopic) -> Self {
        Self(Cause::InvalidTopic(error))
    }

    pub(crate) const fn too_large(size: usize, max: usize) -> Self {
        Self(Cause::TooLarge { size, max })
    }

    pub(crate) const fn not_in_memory() -> Self {
        Self(Cause::NotInMemory)
    }

    /// Makes the error of a [`Log`](crate::hub::log::Log) that certainly has not appended an entry.
    pub fn not_published(cause: impl Into<BoxError>) -> Self {
        Self(Cause::NotPublished(cause.into()))
    }

    /// Makes the error of a [`Log`](crate::hub::log::Log) that may have appended an entry.
    pub fn unknown(cause: impl Into<BoxError>) -> Self {
        Self(Cause::Unknown(cause.into()))
    }
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cause::InvalidTopic(_) => f.write_str("cannot publish to these topics"),
            Cause::HasId => f.write_str(
                "cannot publish an event with an ID: the hub makes the ID, so leave it out",
            ),
            Cause::ReservedType(reserved) => write!(
                f,
                "cannot publish an event of type `{}`, which is the type of the hub's gap events: \
                 use another type here or in `HubBuilder::gap_type`",
                reserved.as_str()
            ),
            Cause::TooLarge { size, max } => write!(
                f,
                "cannot publish an event that takes {size} bytes: the hub keeps at most {max} bytes, \
                 see `HubBuilder::max_bytes`"
            ),
            Cause::NotInMemory => f.write_str(
                "cannot publish at once, since this hub's log is not in memory: use `publish`",
            ),
            Cause::NotPublished(_) => f.write_str(
                "the log has not taken the event: publishing it again does not double it",
            ),
            Cause::Unknown(_) => {
                f.write_str("the log has not answered: the event may be published, or not")
            }
        }
    }
}

impl Error for PublishError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Cause::InvalidTopic(error) => Some(error),
            Cause::NotPublished(cause) | Cause::Unknown(cause) => Some(&**cause),
            _ => None,
        }
    }
}
