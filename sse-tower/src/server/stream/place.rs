//! Places in an event stream where something can be put in.

/// The place in the stream up to which bytes have been sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    BetweenEvents,
    /// Between the lines of an event: only a comment may be put in.
    BetweenLines,
    /// Within a line, before the event is complete.
    WithinEvent,
}

impl Place {
    /// Returns whether no event is left incomplete if the stream ends here.
    pub(crate) fn is_between_events(self) -> bool {
        self == Self::BetweenEvents
    }
}
