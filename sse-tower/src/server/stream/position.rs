//! Positions in an event stream, which determine what may be inserted.

/// The position of a stream after the last byte that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    BetweenEvents,
    /// Between the lines of an event. Only a comment may be inserted.
    BetweenLines,
    /// Within a line, before the event is complete.
    WithinEvent,
    /// The stream is compressed. Nothing may be inserted, but the stream may end anywhere.
    Unreadable,
}

impl Position {
    /// Returns whether the stream may end here, because no event is known to be incomplete.
    pub(crate) fn may_end(self) -> bool {
        matches!(self, Self::BetweenEvents | Self::Unreadable)
    }

    /// Returns whether an event may be inserted here.
    pub(crate) fn takes_events(self) -> bool {
        self == Self::BetweenEvents
    }
}
