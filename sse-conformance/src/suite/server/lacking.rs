//! Why a scene could not be played.

use crate::driver::capability::Capability;

/// Why a scene could not be played: the server lacks something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lacking {
    /// `None` where it is nothing that a target could be required to have.
    pub(crate) capability: Option<Capability>,
    pub(crate) why: String,
}

pub(crate) fn lacking(capability: Capability, why: impl Into<String>) -> Lacking {
    Lacking {
        capability: Some(capability),
        why: why.into(),
    }
}

/// The same where no capability is missing: the case cannot be judged.
pub(crate) fn not_judged(why: impl Into<String>) -> Lacking {
    Lacking {
        capability: None,
        why: why.into(),
    }
}
