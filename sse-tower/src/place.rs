//! Places in an event stream where something can be put in.

/// The place in the stream up to which bytes have been sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    BetweenEvents,
    /// Between events, but a LF may follow that belongs to the CR: nothing may be put in except at the
    /// end of the stream.
    AfterCr,
    /// Between the lines of an event: only a comment may be put in.
    BetweenLines,
    /// Within a line, or between its CR and a LF, before the event is complete.
    WithinEvent,
}

impl Place {
    /// Returns whether no event is left incomplete if the stream ends here.
    pub(crate) fn is_between_events(self) -> bool {
        matches!(self, Self::BetweenEvents | Self::AfterCr)
    }
}
