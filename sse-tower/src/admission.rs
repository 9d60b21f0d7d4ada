//! A stream is let in, or not.

use crate::{
    EndReason, Settings,
    drain::Open,
    limit::{Key, Permit},
};

/// What an open stream counts for.
#[derive(Debug, Default)]
pub(crate) struct Admission {
    pub(crate) open: Option<Open>,
    pub(crate) permit: Option<Permit>,
}

impl Admission {
    /// Lets one more stream in, or says why not.
    pub(crate) fn new(settings: &Settings, key: Option<Key>) -> Result<Self, EndReason> {
        let open = match &settings.drain {
            None => None,
            Some(drain) => Some(drain.open().ok_or(EndReason::Drain)?),
        };
        let permit = match &settings.limits {
            None => None,
            Some(limits) => Some(limits.open(key).ok_or(EndReason::Limit)?),
        };
        Ok(Self { open, permit })
    }
}
