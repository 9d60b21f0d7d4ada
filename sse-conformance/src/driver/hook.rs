//! Calls the control hook, which makes the server act.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::driver::address::Address;
use crate::driver::control::{Action, Answer, Call, Control};
use crate::driver::exchange::Exchange;
use crate::driver::http1;
use crate::driver::link::{Link, Protocol};
use crate::driver::message::Request;
use crate::driver::reader::Reader;
use crate::driver::recording::Recording;
use crate::driver::target::Target;
use crate::driver::unreachable::Unreachable;
use crate::event::Event;
use crate::text::seconds;

/// The longest answer that is read.
const ANSWER_LIMIT: usize = 64 * 1024;

/// A control hook, ready to be called.
pub(crate) enum Hook {
    Http(Box<Link>),
    Command(Vec<String>),
    Call(Call),
}

impl Hook {
    /// # Errors
    ///
    /// Returns what is wrong with the URL or the command.
    pub(crate) async fn new(control: &Control, target: &Target) -> Result<Self, Unreachable> {
        match control {
            Control::Http(url) => {
                let address = Address::parse(url).map_err(Unreachable::Target)?;
                let link = Link::new(address, target).await?;
                Ok(Self::Http(Box::new(link)))
            }
            Control::Command(words) if words.is_empty() => {
                let why = "the command of the control hook is empty".to_owned();
                Err(Unreachable::Target(why))
            }
            Control::Command(words) => Ok(Self::Command(words.clone())),
            Control::Call(call) => Ok(Self::Call(call.clone())),
        }
    }

    /// Returns the link of a hook that is called over HTTP.
    pub(crate) fn link(&self) -> Option<&Link> {
        match self {
            Self::Http(link) => Some(link),
            Self::Command(_) | Self::Call(_) => None,
        }
    }

    /// Returns whether nothing is served at the URL of the hook: both this action and `count` are
    /// answered with 404.
    pub(crate) async fn is_nowhere(&self, action: &Action<'_>, within: Duration) -> bool {
        let Self::Http(link) = self else {
            return false;
        };
        for action in [action, &Action::Count] {
            let posted = timeout(within, posted(link, action, within)).await;
            if !matches!(posted, Ok(Ok(recording)) if recording.head.status == 404) {
                return false;
            }
        }
        true
    }

    /// # Errors
    ///
    /// Returns why there is no answer.
    pub(crate) async fn call(
        &self,
        action: &Action<'_>,
        within: Duration,
    ) -> Result<Answer, String> {
        let answer = async {
            match self {
                Self::Http(link) => by_http(link, action, within).await,
                Self::Command(words) => by_command(words, action).await,
                Self::Call(call) => by_call(call.clone(), action).await,
            }
        };
        timeout(within, answer).await.unwrap_or_else(|_| {
            let within = seconds(within);
            Err(format!("the control hook did not answer within {within}"))
        })
    }
}

/// The function gets its own thread: it may wait for the server, and the server for the suite.
async fn by_call(call: Call, action: &Action<'_>) -> Result<Answer, String> {
    let action = Owned::from(action);
    spawn_blocking(move || action.call(&call))
        .await
        .map_err(|_| "the control hook panicked".to_owned())?
}

/// An action that owns its text, so that it can go to another thread.
enum Owned {
    Publish(OwnedEvent),
    Batch(Vec<OwnedEvent>),
    Bare(Action<'static>),
}

struct OwnedEvent {
    event_type: Option<String>,
    data: String,
    id: Option<String>,
}

impl From<&Action<'_>> for Owned {
    fn from(action: &Action<'_>) -> Self {
        match action {
            Action::Publish(event) => Self::Publish(event.into()),
            Action::Batch(events) => Self::Batch(events.iter().map(Into::into).collect()),
            Action::Restart => Self::Bare(Action::Restart),
            Action::DropLog => Self::Bare(Action::DropLog),
            Action::End => Self::Bare(Action::End),
            Action::Count => Self::Bare(Action::Count),
        }
    }
}

impl From<&Event<'_>> for OwnedEvent {
    fn from(event: &Event<'_>) -> Self {
        Self {
            event_type: event.event_type.map(str::to_owned),
            data: event.data.to_owned(),
            id: event.id.map(str::to_owned),
        }
    }
}

impl Owned {
    fn call(&self, call: &Call) -> Result<Answer, String> {
        match self {
            Self::Publish(event) => call.call(&Action::Publish(event.borrowed())),
            Self::Batch(events) => {
                let events: Vec<_> = events.iter().map(OwnedEvent::borrowed).collect();
                call.call(&Action::Batch(&events))
            }
            Self::Bare(action) => call.call(action),
        }
    }
}

impl OwnedEvent {
    fn borrowed(&self) -> Event<'_> {
        Event {
            event_type: self.event_type.as_deref(),
            data: &self.data,
            id: self.id.as_deref(),
        }
    }
}

async fn by_http(link: &Link, action: &Action<'_>, within: Duration) -> Result<Answer, String> {
    let recording = posted(link, action, within).await?;
    match recording.head.status {
        200..300 => done(action, &recording.bytes),
        400 | 409 | 413 | 422 => Ok(Answer::Refused),
        404 | 405 | 501 => Ok(Answer::Unsupported),
        status => Err(format!(
            "the control hook answered {status} {}",
            String::from_utf8_lossy(&recording.bytes)
        )),
    }
}

/// Posts an action, and reads the answer.
async fn posted(link: &Link, action: &Action<'_>, within: Duration) -> Result<Recording, String> {
    let mut request = Request::new("POST")
        .with("content-type", "application/json")
        .with("connection", "close");
    request.content = json(action).into_bytes();
    let io = link.connect(Protocol::Http1).await?;
    let exchange = http1::Exchange::send(io, &request, &link.address).await?;
    let shown = request.curl(&link.address);
    let mut reader = Reader::open(Exchange::Http1(exchange), shown, within).await?;
    reader
        .until(within, |recording| recording.bytes.len() > ANSWER_LIMIT)
        .await;
    Ok(reader.recording)
}

async fn by_command(words: &[String], action: &Action<'_>) -> Result<Answer, String> {
    let program = &words[0];
    let mut child = Command::new(program)
        .args(&words[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("cannot start the control hook `{program}`: {error}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that does not read closes its end of the pipe, which is not an error.
        let _ = stdin
            .write_all(format!("{}\n", json(action)).as_bytes())
            .await;
    }
    let output = child
        .wait_with_output()
        .await
        .map_err(|error| format!("the control hook `{program}` was lost: {error}"))?;
    match output.status.code() {
        Some(0) => done(action, &output.stdout),
        Some(2) => Ok(Answer::Refused),
        Some(3) => Ok(Answer::Unsupported),
        _ => Err(format!(
            "the control hook `{program}` ended with {}",
            output.status
        )),
    }
}

/// Reads the answer of a hook that has done the action.
fn done(action: &Action<'_>, said: &[u8]) -> Result<Answer, String> {
    if *action != Action::Count {
        return Ok(Answer::Done);
    }
    let said: Value = serde_json::from_slice(said)
        .map_err(|error| format!("the control hook's answer is not JSON: {error}"))?;
    said.get("open")
        .and_then(Value::as_u64)
        .map(Answer::Count)
        .ok_or_else(|| format!("the control hook must answer {{\"open\": 3}}, not {said}"))
}

fn json(action: &Action<'_>) -> String {
    let mut object = match action {
        Action::Publish(event) => members(event),
        _ => Map::new(),
    };
    object.insert("action".to_owned(), action.name().into());
    if let Action::Batch(events) = action {
        let events = events.iter().map(members).map(Value::Object).collect();
        object.insert("events".to_owned(), Value::Array(events));
    }
    Value::Object(object).to_string()
}

fn members(event: &Event<'_>) -> Map<String, Value> {
    let members = [
        ("data", Some(event.data)),
        ("type", event.event_type),
        ("id", event.id),
    ];
    members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.into())))
        .collect()
}
