//! Code that several test modules use.

#[cfg(feature = "server")]
pub(crate) mod certificate;
#[cfg(feature = "server")]
pub(crate) mod judged;
#[cfg(feature = "server")]
pub(crate) mod kills;
pub(crate) mod plain;
#[cfg(all(feature = "cli", unix))]
pub(crate) mod program;
