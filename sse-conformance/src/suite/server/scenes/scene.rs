//! The scenes that are played with a server: one observation serves all the cases that look at it.

use crate::suite::server::scenes::question::Question;

/// What is done with a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scene {
    /// The stream of an `EventSource`, to which nothing is published.
    Idle,
    /// The redirects before the first answer.
    Redirected,
    /// A second stream while the first is open.
    Twice,
    Ask(Question),
    /// GET on the connection of a HEAD.
    AfterHead,
    /// Events one by one, each read before the next is published.
    OneByOne,
    /// Events as fast as they can be published.
    Burst,
    /// Events that are published at the same time.
    Together,
    /// Events that are published by one call of the hook.
    Batch,
    Large,
    /// Long text that is not ASCII.
    LongText,
    /// A reader that stalls beside one that does not.
    Slow,
    /// Several readers, of which one leaves and one comes late.
    Readers,
    Gzip,
    /// Every value that could break a stream.
    Values,
    /// A stream resumed after each of its events.
    Resumed,
    /// A stream cut inside an event.
    Cut,
    /// Events published while nobody reads.
    Away,
    /// The id that an idle stream sets.
    IdleId,
    OddId(OddId),
    /// A stream resumed after its newest event.
    Newest,
    /// A stream resumed by a field whose name is in two letter cases.
    LetterCase,
    /// The readers that the server counts.
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

/// A last event ID that the server did not give out, or not so.
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
    /// Whether it publishes: then it is played alone, and after the watch over the idle stream.
    pub(crate) fn publishes(self) -> bool {
        !matches!(
            self,
            Self::Idle | Self::Redirected | Self::Twice | Self::Ask(_) | Self::AfterHead
        )
    }
}

impl Scene {
    /// Returns whether it is played even with a server that answers too late. Its cases report that.
    pub(crate) fn is_always_played(self) -> bool {
        matches!(self, Self::Idle | Self::Redirected)
    }
}
