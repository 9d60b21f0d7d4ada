//! Notices for the hook of a source.

use std::{fmt, time::Duration};

use http::response;

use super::{Attempt, Error};

/// A change in an [`EventSource`](super::EventSource) that is not an event.
///
/// The source calls the [hook](super::EventSourceBuilder::on_notice) while it is polled, so the hook
/// must not block. More variants may be added.
///
/// ```
/// use sse_tower::client::Notice;
///
/// fn log(notice: &Notice<'_>) {
///     match notice {
///         Notice::Open { head, .. } => println!("open: {:?}", head.headers.get("x-request-id")),
///         Notice::Waiting { reason, wait } => println!("{reason}; trying again in {wait:?}"),
///         _ => {}
///     }
/// }
/// # let _ = log;
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Notice<'a> {
    /// A request is made.
    Connecting(&'a Attempt),
    /// The server has answered with an event stream.
    Open {
        /// The attempt that it answers.
        attempt: &'a Attempt,
        /// The head of the response, with cookies and request IDs.
        head: &'a response::Parts,
    },
    /// The attempt has failed, or the connection has failed or ended. The next attempt follows after a wait.
    Waiting {
        /// The reason for the wait.
        reason: &'a Error,
        /// The time until the next attempt.
        wait: Duration,
    },
    /// The server has set the reconnection time.
    ReconnectionTime(Duration),
    /// The server has sent a comment, such as a heartbeat.
    Comment(&'a str),
    /// The last event ID cannot be sent in a header field, so the next request does not have it. The ID contains
    /// control characters, begins or ends with a space, or has more than 8 KiB. Events may be lost or repeated.
    UnsendableId(&'a str),
}

/// The hook, if one is set.
#[derive(Default)]
pub(super) struct Hook(pub(super) Option<Call>);

type Call = Box<dyn FnMut(&Notice<'_>) + Send>;

impl Hook {
    pub(super) fn call(&mut self, notice: &Notice<'_>) {
        if let Some(hook) = &mut self.0 {
            hook(notice);
        }
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Hook" } else { "none" })
    }
}
