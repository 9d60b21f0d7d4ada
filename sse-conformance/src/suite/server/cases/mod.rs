//! The tables of cases.

pub(crate) mod row;
pub(crate) mod table;
pub(crate) mod values;
