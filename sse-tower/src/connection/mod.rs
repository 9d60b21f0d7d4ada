//! Options for the sockets of a server, and a guard that closes connections whose peer is gone or
//! stuck.

#[cfg(any(feature = "hyper", feature = "tokio"))]
pub(crate) mod guard;
#[cfg(feature = "socket")]
pub(crate) mod socket;

#[cfg(all(feature = "axum", feature = "tokio"))]
pub use guard::GuardedListener;
#[cfg(any(feature = "hyper", feature = "tokio"))]
pub use guard::{ConnectionGuard, GuardedIo};
#[cfg(feature = "socket")]
pub use socket::SocketOptions;
