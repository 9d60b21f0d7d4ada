//! The cases, in tables.

pub(crate) mod row;
pub(crate) mod table;
pub(crate) mod values;
