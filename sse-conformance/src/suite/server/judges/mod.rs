//! The judges. Each looks at the observation of a scene, and says whether one rule is met.

pub(crate) mod coding;
pub(crate) mod cors;
pub(crate) mod deliver;
pub(crate) mod end;
pub(crate) mod feed;
pub(crate) mod head;
pub(crate) mod heartbeat;
pub(crate) mod injection;
pub(crate) mod judged;
pub(crate) mod long_text;
pub(crate) mod lost;
pub(crate) mod odd_id;
pub(crate) mod refusal;
pub(crate) mod resume;
pub(crate) mod stalled;
pub(crate) mod stream;
pub(crate) mod values;
