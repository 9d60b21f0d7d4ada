//! Event streams from any source. One pipeline controls the start, the heartbeat, and every kind of
//! end.

pub(crate) mod body;
mod budget;
pub(crate) mod end;
pub(crate) mod info;
pub(crate) mod insertions;
mod joined;
pub(crate) mod notice;
pub(crate) mod pipeline;
pub(crate) mod position;
pub(crate) mod source;
