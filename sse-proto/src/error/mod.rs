//! The errors of this crate.

#[cfg(feature = "bytes")]
mod data;
#[cfg(feature = "json")]
mod json;
mod too_large;
mod value;

#[cfg(feature = "bytes")]
pub use data::InvalidData;
#[cfg(feature = "json")]
pub use json::JsonError;
pub use too_large::TooLarge;
pub(crate) use value::{Cause, Forbidden};
pub use value::{InvalidEventId, InvalidEventType};
