//! The status of a run.

use crate::runs::{run_id::RunId, seal::Seal, store::RunState};

/// The status of a run, as [`Runs::status`](crate::runs::Runs::status) and [`Runs::list`](crate::runs::Runs::list)
/// return it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunStatus {
    id: RunId,
    events: u64,
    seal: Option<Seal>,
}

impl RunStatus {
    pub(crate) const fn new(id: RunId, state: &RunState) -> Self {
        Self {
            id,
            events: state.head,
            seal: state.seal,
        }
    }

    /// Returns the ID.
    #[must_use]
    pub const fn id(&self) -> RunId {
        self.id
    }

    /// Returns the number of events so far, without the one that says how the run ended.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// Returns how the run has ended, or `None` if it goes on.
    #[must_use]
    pub const fn seal(&self) -> Option<Seal> {
        self.seal
    }
}
