//! What is put into a stream besides its events.

/// What is put into a stream while it runs. The response says so in its extensions, so that no relay
/// over it adds the same again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Insertions {
    pub(crate) padding: bool,
    pub(crate) retry: bool,
    pub(crate) heartbeat: bool,
}

impl Insertions {
    /// What is put in by one or the other.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            padding: self.padding || other.padding,
            retry: self.retry || other.retry,
            heartbeat: self.heartbeat || other.heartbeat,
        }
    }

    /// What `other` has not put in already.
    pub(crate) fn without(self, other: Self) -> Self {
        Self {
            padding: self.padding && !other.padding,
            retry: self.retry && !other.retry,
            heartbeat: self.heartbeat && !other.heartbeat,
        }
    }
}
