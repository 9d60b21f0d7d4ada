//! The suite for servers of event streams.
//!
//! A server in any language is judged from outside, over HTTP/1.1, HTTP/2 and TLS. A control hook
//! ([`Control`]) makes it publish events. Without a hook, the suite judges only what the server
//! does by itself. A case about a feature that the server lacks is unsupported.
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
//! The call blocks. A server in the same process must run on other threads.
//!
//! # What is played
//!
//! A scene is a sequence of steps, such as watching an idle stream or resuming a stream after each
//! of its events. It is played once, and all cases about it look at the same observation.
//!
//! Scenes that publish nothing run at the same time, as many as
//! [`Options::jobs`](crate::suite::Options::jobs) says. Scenes that publish run after them, one
//! after the other, whatever the number of jobs. A server sends every event to all its clients, so
//! an event of one scene would end a silence, fill a log or flush a buffer in another. Each scene
//! marks its events with its own tokens.

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
