//! Places in an event stream where something can be put in.

/// The place in the stream up to which bytes have been sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    BetweenEvents,
    /// Between the lines of an event: only a comment may be put in.
    BetweenLines,
    /// Within a line, before the event is complete.
    WithinEvent,
    /// The stream is compressed, so nothing may be put in. It may end anywhere.
    Unreadable,
}

impl Place {
    /// Returns whether the stream may end here: no event is known to be incomplete.
    pub(crate) fn may_end(self) -> bool {
        matches!(self, Self::BetweenEvents | Self::Unreadable)
    }

    /// Returns whether an event may be put in here.
    pub(crate) fn takes_events(self) -> bool {
        self == Self::BetweenEvents
    }
}
