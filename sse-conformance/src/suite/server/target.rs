//! What is judged, and how it is made to do something.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::suite::encoder::Event;

/// A server's event stream, and what the suite may ask of the server.
///
/// The default is a server on this machine, asked over HTTP/1.1, with no control hook: then only
/// what it does by itself is judged.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Target {
    /// Where the event stream is: an http or https URL.
    pub url: String,
    /// How to make the server publish.
    pub control: Option<Control>,
    /// An origin that the server lets read its stream, such as `https://app.example`.
    pub origin: Option<String>,
    /// Fields for every request, such as an `Authorization`.
    pub fields: Vec<(String, String)>,
    /// Whether every request goes over HTTP/2, in the clear with prior knowledge. The `http2` cases
    /// are run either way.
    pub http2: bool,
    /// Whether the server may be another machine.
    pub remote: bool,
    /// Certificates to trust for https, in PEM form, instead of those of this machine. A server's own
    /// certificate may be among them.
    pub certificates: Option<PathBuf>,
    /// Accepts any certificate for https.
    pub insecure: bool,
    /// How long the idle stream is watched for heartbeats.
    pub idle: Duration,
    /// What the server must have: without it, a case about it is a failure, not unsupported.
    pub required: Vec<Capability>,
}

impl Target {
    /// The server at this URL, with the defaults: 20 seconds for heartbeats. How long anything
    /// else may take is in [`Options`](crate::suite::Options::timeout).
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            control: None,
            origin: None,
            fields: Vec::new(),
            http2: false,
            remote: false,
            certificates: None,
            insecure: false,
            idle: Duration::from_secs(20),
            required: Vec::new(),
        }
    }

    /// With a way to make the server publish.
    #[must_use]
    pub fn with_control(mut self, control: Control) -> Self {
        self.control = Some(control);
        self
    }
}

/// Something that a server may or may not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Capability {
    /// Streams that go on after the last event ID.
    Resume,
    /// Streams for pages of other origins.
    Cors,
    /// HTTP/2.
    Http2,
    /// Heartbeats.
    Heartbeat,
    /// Compression when it is asked for.
    Compression,
    /// A control hook that publishes.
    Publish,
    /// A control hook that ends the open streams.
    End,
    /// A control hook that counts the open streams.
    Count,
    /// A control hook that publishes several events in one go.
    Batch,
    /// A control hook that restarts the server.
    Restart,
}

impl Capability {
    /// Every capability, in the order of the list that people read.
    pub const ALL: [Self; 10] = [
        Self::Resume,
        Self::Cors,
        Self::Http2,
        Self::Heartbeat,
        Self::Compression,
        Self::Publish,
        Self::End,
        Self::Count,
        Self::Batch,
        Self::Restart,
    ];

    /// The name, as the command line has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resume => "resume",
            Self::Cors => "cors",
            Self::Http2 => "http2",
            Self::Heartbeat => "heartbeat",
            Self::Compression => "compression",
            Self::Publish => "publish",
            Self::End => "end",
            Self::Count => "count",
            Self::Batch => "batch",
            Self::Restart => "restart",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

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
    pub(super) const fn capability(&self) -> Capability {
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
