//! Events, borrowed and owned.

mod event_ref;
#[cfg(feature = "json")]
mod json;
mod log;
#[cfg(feature = "alloc")]
mod owned;
#[cfg(feature = "serde")]
mod serde;

pub use event_ref::EventRef;
#[cfg(feature = "alloc")]
pub use owned::Event;
