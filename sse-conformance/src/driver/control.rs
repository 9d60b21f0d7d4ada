//! The control hook of a server, and the actions that the suite asks of it.

use std::fmt;
use std::sync::Arc;

use crate::driver::capability::Capability;
use crate::event::Event;

/// The control hook, which makes the server publish events.
///
/// An action is a JSON object: `{"action":"publish","data":"…","type":"…","id":"…"}` (`type` and
/// `id` may be absent), `{"action":"end"}` or `{"action":"count"}`. The answer to `count` is
/// `{"open":3}`. Published events go to every open stream. A server that assigns its own IDs
/// ignores `id`.
///
/// The other actions are optional: `{"action":"batch","events":[…]}` publishes several events at
/// once, `{"action":"restart"}` restarts the server, and `{"action":"drop log"}` drops the kept
/// events.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Control {
    /// The action is the content of a POST to this URL. A 2xx status means that it was done, 400,
    /// 409, 413 or 422 that it was refused, and 404, 405 or 501 that the server has no such action.
    Http(String),
    /// The action is a line on the standard input of this program, which is started for each
    /// action. Exit status 0 means that it was done, 2 that it was refused, and 3 that the server
    /// has no such action.
    Command(Vec<String>),
    /// The action is the argument of a function.
    Call(Call),
}

impl Control {
    /// Returns a hook that is a function. It is called on a thread where it may block.
    pub fn call(
        hook: impl Fn(&Action<'_>) -> Result<Answer, String> + Send + Sync + 'static,
    ) -> Self {
        Self::Call(Call(Arc::new(hook)))
    }
}

/// A control hook that is a function. [`Control::call`] makes one.
#[derive(Clone)]
pub struct Call(Arc<Hook>);

type Hook = dyn Fn(&Action<'_>) -> Result<Answer, String> + Send + Sync;

impl Call {
    pub(crate) fn call(&self, action: &Action<'_>) -> Result<Answer, String> {
        (self.0)(action)
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Call")
    }
}

/// An action that the suite asks of a control hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action<'a> {
    /// Publish this event to every open stream, and keep it for clients that resume.
    Publish(Event<'a>),
    /// Publish these events at once, in their order.
    Batch(&'a [Event<'a>]),
    /// Lose everything that is lost when the server restarts, and answer once it serves again.
    Restart,
    /// Drop the events that are kept for clients that resume, as if they had expired.
    DropLog,
    /// End every open stream, as when the server shuts down.
    End,
    /// Return the number of open streams.
    Count,
}

impl Action<'_> {
    /// Returns the name, as in the JSON of the hook.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Publish(_) => "publish",
            Self::Batch(_) => "batch",
            Self::Restart => "restart",
            Self::DropLog => "drop log",
            Self::End => "end",
            Self::Count => "count",
        }
    }

    /// Returns the capability of a hook that has this action.
    pub(crate) const fn capability(&self) -> Capability {
        match self {
            Self::Publish(_) => Capability::Publish,
            Self::Batch(_) => Capability::Batch,
            Self::Restart => Capability::Restart,
            Self::DropLog => Capability::Resume,
            Self::End => Capability::End,
            Self::Count => Capability::Count,
        }
    }
}

/// The answer of a control hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// The action was done.
    Done,
    /// The number of open streams.
    Count(u64),
    /// The server refuses the value, which is right for one that would break the stream.
    Refused,
    /// The hook has no such action.
    Unsupported,
}
