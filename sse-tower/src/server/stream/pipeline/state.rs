//! The state of a stream besides its source.

use bytes::Bytes;

/// The progress of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// Nothing was sent yet.
    New,
    Running,
    /// The stream has failed. The body is pending once, so that the connection first writes the
    /// data that was ready before.
    Failing,
    /// The connection had the chance to write that data.
    Failed,
    Ended,
}

/// The urgency of the end of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Urgency {
    /// The stream need not end.
    None,
    /// The stream ends as soon as the current event is complete.
    WhenWhole,
    AtOnce,
}

/// The next step while the source is pending.
#[derive(Debug)]
pub(super) enum Idle {
    Send(Bytes),
    End,
}

/// Tells which moments were moved because a pause of the process made them late. See
/// [`LATE_AFTER`](crate::rt::alarm::LATE_AFTER).
#[derive(Debug, Default)]
pub(super) struct Lateness {
    /// The end was moved. This happens only once.
    pub(super) end: bool,
    /// The next heartbeat was moved. The interval after it will be random.
    pub(super) heartbeat: bool,
}
