//! The suite for servers of event streams.
//!
//! A server is judged from outside, over HTTP/1.1, HTTP/2 and TLS, in whatever language it is
//! written. What it publishes is made to happen by a control hook ([`Control`]); without one, what
//! it does by itself is judged. A case about something that it does not have is unsupported.
//!
//! ```no_run
//! use sse_conformance::suite::{Options, server};
//!
//! let control = server::Control::Http("http://127.0.0.1:3000/publish".to_owned());
//! let target = server::Target::new("http://127.0.0.1:3000/events").with_control(control);
//! let report = server::run(&Options::default(), &target)?;
//! assert!(report.is_success(), "{report}");
//! # Ok::<(), server::Unreachable>(())
//! ```
//!
//! The call blocks: a server in the same process runs on other threads.
//!
//! # What is played
//!
//! One scene serves all the cases that look at it: the idle stream of an event source, events one
//! by one, a reader that stalls, a stream resumed after each of its events.
//!
//! Scenes that publish nothing are played side by side, as many as [`Options::jobs`](crate::suite::Options::jobs) says. Those
//! that publish come after them and one after the other, whatever the jobs: a server has one channel
//! for all its readers, so that what is published in one scene would end a silence, fill a log or
//! push a held event out in another. Their events carry tokens of their own.

pub use run::{rules, run, run_watched};

pub use crate::driver::capability::Capability;
pub use crate::driver::control::{Action, Answer, Call, Control};
pub use crate::driver::target::Target;
pub use crate::driver::unreachable::Unreachable;
pub use crate::event::Event;

pub(crate) mod cases;
pub(crate) mod judges;
pub(crate) mod lacking;
pub(crate) mod long_text;
pub(crate) mod observation;
pub(crate) mod observe;
pub(crate) mod run;
pub(crate) mod scenes;
pub(crate) mod values;
