//! Insertions: bytes in a stream apart from its events.

/// The kinds of bytes that are inserted into a stream. They are recorded in the extensions of the
/// response, so that a relay around it does not insert the same again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Insertions {
    pub(crate) padding: bool,
    pub(crate) retry: bool,
    pub(crate) heartbeat: bool,
}

impl Insertions {
    /// Returns the insertions of either.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            padding: self.padding || other.padding,
            retry: self.retry || other.retry,
            heartbeat: self.heartbeat || other.heartbeat,
        }
    }

    /// Returns the insertions that `other` does not have.
    pub(crate) fn without(self, other: Self) -> Self {
        Self {
            padding: self.padding && !other.padding,
            retry: self.retry && !other.retry,
            heartbeat: self.heartbeat && !other.heartbeat,
        }
    }
}
