//! What can go wrong when an event is published.

use std::{error::Error, fmt};

use sse_proto::EventType;

use crate::{
    error::BoxError,
    hub::{publish::id::InvalidPublishId, topic::InvalidTopic},
};

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
    InvalidPublishId(InvalidPublishId),
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
    /// The publish ID is empty or too long. The caller's mistake.
    InvalidPublishId,
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
            Cause::InvalidPublishId(_) => PublishErrorKind::InvalidPublishId,
            Cause::NotInMemory => PublishErrorKind::NotInMemory,
            Cause::NotPublished(_) => PublishErrorKind::NotPublished,
            Cause::Unknown(_) => PublishErrorKind::Unknown,
        }
    }

    pub(crate) const fn invalid_topic(error: InvalidTopic) -> Self {
        Self(Cause::InvalidTopic(error))
    }

    pub(crate) const fn has_id() -> Self {
        Self(Cause::HasId)
    }

    pub(crate) fn reserved_type(reserved: &EventType) -> Self {
        Self(Cause::ReservedType(reserved.clone()))
    }

    pub(crate) const fn too_large(size: usize, max: usize) -> Self {
        Self(Cause::TooLarge { size, max })
    }

    pub(crate) const fn invalid_publish_id(error: InvalidPublishId) -> Self {
        Self(Cause::InvalidPublishId(error))
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
            Cause::InvalidPublishId(_) => {
                f.write_str("cannot publish an event with this publish ID")
            }
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
            Cause::InvalidPublishId(error) => Some(error),
            Cause::NotPublished(cause) | Cause::Unknown(cause) => Some(&**cause),
            _ => None,
        }
    }
}
