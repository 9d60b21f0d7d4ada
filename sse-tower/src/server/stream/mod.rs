//! The pipeline that every stream passes: its start, its heartbeat, and every kind of end.

pub(crate) mod behind;
pub(crate) mod budget;
pub(crate) mod end;
pub(crate) mod insertions;
pub(crate) mod pipeline;
pub(crate) mod place;
