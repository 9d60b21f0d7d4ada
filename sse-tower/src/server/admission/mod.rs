//! Admits a stream or refuses it.

pub(crate) mod limit;
pub(crate) mod refusal;

use crate::{
    drain::Open,
    rt::moment::Moment,
    server::{
        admission::{
            limit::{Permit, StreamKey},
            refusal::{KeyError, Refusal, RefusalReason},
        },
        settings::StreamSettings,
        stream::info::StreamInfo,
    },
};

/// The drain and the limits that count an open stream. Empty if a response inside this one already
/// counts it.
#[derive(Debug, Default)]
pub(crate) struct Admission {
    pub(crate) open: Option<Open>,
    pub(crate) permit: Option<Permit>,
}

impl Admission {
    /// Admits another stream, or returns the reason why not. `inner` describes the stream of the
    /// response inside, if there is one.
    pub(crate) fn new(
        settings: &StreamSettings,
        key: StreamKey,
        inner: Option<&StreamInfo>,
    ) -> Result<Self, Refusal> {
        let open = match &settings.drain {
            Some(drain) if !inner.is_some_and(|inner| inner.has_drain(drain)) => {
                Some(drain.open().ok_or(RefusalReason::Drain)?)
            }
            _ => None,
        };
        let permit = match (&settings.limits, key) {
            (Some(limits), key) => {
                let counted = inner.map(|inner| inner.counted_by(limits));
                let now = Moment::now(&*settings.timer);
                Some(limits.open(key, &counted.unwrap_or_default(), now)?)
            }
            (None, StreamKey::Known(_)) => return Err(KeyError::Unused.into()),
            (None, _) => None,
        };
        Ok(Self { open, permit })
    }
}
