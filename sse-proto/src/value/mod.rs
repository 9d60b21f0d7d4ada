//! Event types and IDs. They are checked once, when they are made.

mod event_id;
mod event_type;
mod text;
mod traits;

pub use event_id::EventId;
pub use event_type::EventType;
#[cfg(feature = "alloc")]
pub(crate) use text::Text;
