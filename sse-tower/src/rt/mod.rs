//! Timers and random numbers, independent of the runtime.

pub(crate) mod alarm;
#[cfg(feature = "hyper")]
pub(crate) mod hyper;
pub(crate) mod moment;
pub(crate) mod random;
pub(crate) mod timer;

#[cfg(feature = "hyper")]
pub use self::hyper::HyperTimer;
#[cfg(feature = "tokio")]
pub use timer::TokioTimer;
pub use timer::{Sleep, Timer};
