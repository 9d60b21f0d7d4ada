//! The scenes that are played with a server.

use crate::suite::server::scenes::question::Question;

/// A sequence of steps with a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scene {
    /// The stream of an `EventSource`. Nothing is published.
    Idle,
    /// The redirects before the first answer.
    Redirected,
    /// A second stream while the first is open.
    Twice,
    Ask(Question),
    /// A GET on the connection of a HEAD.
    AfterHead,
    /// Events one by one. Each is read before the next is published.
    OneByOne,
    /// Events as fast as they can be published.
    Burst,
    /// Events that are published at the same time.
    Together,
    /// Events that one call of the hook publishes.
    Batch,
    Large,
    /// Long text that is not ASCII.
    LongText,
    /// A client that stalls beside one that does not.
    Slow,
    /// Several clients. One leaves and one comes late.
    Readers,
    Gzip,
    /// Every value that could break a stream.
    Values,
    /// A stream that is resumed after each of its events.
    Resumed,
    /// A stream that is cut inside an event.
    Cut,
    /// Events that are published while nobody reads.
    Away,
    /// The ID that an idle stream sets.
    IdleId,
    OddId(OddId),
    /// A stream that is resumed after its newest event.
    Newest,
    /// A stream that is resumed with the field's name in two letter cases.
    LetterCase,
    /// The clients that the server counts.
    Counted,
    Ended,
    Http2,
    /// An ID that is older than the log.
    OldId,
    Restarted,
    /// HTTP/2 streams that nobody reads for a while.
    Stalled,
    /// An HTTP/2 client that sends GOAWAY.
    ClientGoesAway,
    /// HTTP/2 streams that the server ends.
    Http2Ended,
}

/// A last event ID that the server did not give out, or not in this form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum OddId {
    Unknown,
    Future,
    Malformed,
    Long,
    Oversized,
    Empty,
    InQuery,
}

impl Scene {
    /// Returns whether it publishes. If so, it is played alone, after the idle stream was watched.
    pub(crate) fn publishes(self) -> bool {
        !matches!(
            self,
            Self::Idle | Self::Redirected | Self::Twice | Self::Ask(_) | Self::AfterHead
        )
    }
}

impl Scene {
    /// Returns whether it is played even if the server answers too late. Its cases report that.
    pub(crate) fn is_always_played(self) -> bool {
        matches!(self, Self::Idle | Self::Redirected)
    }
}
