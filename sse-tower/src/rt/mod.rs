//! Time and chance, whatever the runtime.

pub(crate) mod alarm;
pub(crate) mod moment;
pub(crate) mod random;
pub(crate) mod timer;

#[cfg(feature = "tokio")]
pub use timer::TokioTimer;
pub use timer::{Sleep, Timer};
