//! The control hook of a server: the actions that the suite asks of it.

use std::fmt;
use std::sync::Arc;

use crate::driver::capability::Capability;
use crate::event::Event;

/// The control hook: how the suite makes the server publish events.
///
/// The action is a JSON object: `{"action":"publish","data":"…","type":"…","id":"…"}` (`type` and
/// `id` may be absent), `{"action":"end"}` or `{"action":"count"}`, whose answer is `{"open":3}`.
/// Published events go to every open stream. A server that gives out its own ids ignores `id`.
///
/// A hook may lack the other actions: `{"action":"batch","events":[…]}` publishes several events in one
/// go, `{"action":"restart"}` restarts the server, and `{"action":"drop log"}` drops the kept events.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Control {
    /// The action is the content of a POST to this URL. 2xx: done; 400, 409, 413, 422: refused;
    /// 404, 405, 501: the server has no such action.
    Http(String),
    /// The action is a line on the standard input of this program, which is started for each. Exit
    /// status 0: done; 2: refused; 3: the server has no such action.
    Command(Vec<String>),
    /// The action is the argument of a function.
    Call(Call),
}

impl Control {
    /// A hook in Rust, called on a thread where it may block.
    pub fn call(
        hook: impl Fn(&Action<'_>) -> Result<Answer, String> + Send + Sync + 'static,
    ) -> Self {
        Self::Call(Call(Arc::new(hook)))
    }
}

/// A control hook that is a function; made by [`Control::call`].
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

/// What the suite asks of a control hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action<'a> {
    /// Publish this event to every open stream, and keep it for those that resume.
    Publish(Event<'a>),
    /// Publish these events in one go, in their order.
    Batch(&'a [Event<'a>]),
    /// Lose everything that a restart of the server loses, and answer once it serves again.
    Restart,
    /// Drop the events that are kept for readers who resume, as if they had grown too old.
    DropLog,
    /// End every open stream, as a server that is about to stop does.
    End,
    /// Say how many streams are open.
    Count,
}

impl Action<'_> {
    /// The name, as the JSON of the hook has it.
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

    /// The capability of a hook that has this action.
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

/// What a control hook answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// It was done.
    Done,
    /// So many streams are open.
    Count(u64),
    /// The server does not take such a value, which is right for one that would break the stream.
    Refused,
    /// There is no such action.
    Unsupported,
}
