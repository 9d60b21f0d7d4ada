//! The reason why a scene could not be played.

use crate::driver::capability::Capability;

/// The reason why a scene could not be played, or a case not judged: something is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lacking {
    /// `None` if what is missing is not a capability that a target can require.
    pub(crate) capability: Option<Capability>,
    pub(crate) why: String,
}

pub(crate) fn lacking(capability: Capability, why: impl Into<String>) -> Lacking {
    Lacking {
        capability: Some(capability),
        why: why.into(),
    }
}

/// Returns the reason why a case cannot be judged although no capability is missing.
pub(crate) fn not_judged(why: impl Into<String>) -> Lacking {
    Lacking {
        capability: None,
        why: why.into(),
    }
}
