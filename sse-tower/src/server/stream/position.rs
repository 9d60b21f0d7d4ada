//! Positions in an event stream.

/// How far a stream has been sent, which says what may be inserted next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    BetweenEvents,
    /// Between the lines of an event: only a comment may be put in.
    BetweenLines,
    /// Within a line, before the event is complete.
    WithinEvent,
    /// The stream is compressed, so nothing may be put in. It may end anywhere.
    Unreadable,
}

impl Position {
    /// Returns whether the stream may end here: no event is known to be incomplete.
    pub(crate) fn may_end(self) -> bool {
        matches!(self, Self::BetweenEvents | Self::Unreadable)
    }

    /// Returns whether an event may be put in here.
    pub(crate) fn takes_events(self) -> bool {
        self == Self::BetweenEvents
    }
}
