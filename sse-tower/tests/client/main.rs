//! The client against scripted servers under virtual time, and against faults.
#![forbid(unsafe_code)]

mod delivery;
mod ends;
mod faults;
mod http2;
#[cfg(feature = "client-http")]
mod proxies;
#[path = "../random/mod.rs"]
mod random;
#[cfg(feature = "client-http")]
mod ready_made;
mod redirects;
mod requests;
#[cfg(feature = "reqwest")]
mod reqwest;
mod script;
mod timeouts;
#[cfg(feature = "json")]
mod typed;
mod waits;
