//! Asking the server's author to make the server do something.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::address::Address;
use super::http1;
use super::link::{Link, Protocol};
use super::message::Request;
use super::reader::{Exchange, Reader};
use crate::suite::server::{Action, Answer, Call, Control, Event, Unreachable};

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
    /// What is wrong with the URL or the command.
    pub(crate) async fn new(
        control: &Control,
        remote: bool,
        certificates: Option<&Path>,
    ) -> Result<Self, Unreachable> {
        match control {
            Control::Http(url) => {
                let address = Address::parse(url).map_err(Unreachable::Target)?;
                let link = Link::new(address, remote, certificates).await?;
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

    /// # Errors
    ///
    /// Why there is no answer.
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
        timeout(within, answer)
            .await
            .unwrap_or_else(|_| Err(format!("the control hook did not answer within {within:?}")))
    }
}

/// On a thread of its own: the function may wait for the server, and the server for the suite.
async fn by_call(call: Call, action: &Action<'_>) -> Result<Answer, String> {
    let lost = |_| "the control hook panicked".to_owned();
    let Action::Publish(event) = action else {
        let end = *action == Action::End;
        let run = move || call.call(if end { &Action::End } else { &Action::Count });
        return spawn_blocking(run).await.map_err(lost)?;
    };
    let event_type = event.event_type.map(str::to_owned);
    let data = event.data.to_owned();
    let id = event.id.map(str::to_owned);
    let run = move || {
        call.call(&Action::Publish(Event {
            event_type: event_type.as_deref(),
            data: &data,
            id: id.as_deref(),
        }))
    };
    spawn_blocking(run).await.map_err(lost)?
}

async fn by_http(link: &Link, action: &Action<'_>, within: Duration) -> Result<Answer, String> {
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
    let recording = reader.recording;
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
        // A command that reads nothing closes its end, which is no error of ours.
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

/// The answer of a hook that has done what was asked.
fn done(action: &Action<'_>, said: &[u8]) -> Result<Answer, String> {
    if *action != Action::Count {
        return Ok(Answer::Done);
    }
    let said: Value = serde_json::from_slice(said)
        .map_err(|error| format!("the control hook's answer is not JSON: {error}"))?;
    said.get("open")
        .and_then(Value::as_u64)
        .map(Answer::Count)
        .ok_or_else(|| format!("expected {{\"open\": 3}} of the control hook, not {said}"))
}

fn json(action: &Action<'_>) -> String {
    let mut members = Map::new();
    let mut put = |name: &str, value: &str| members.insert(name.to_owned(), value.into());
    match action {
        Action::Publish(event) => {
            put("action", "publish");
            put("data", event.data);
            event.event_type.map(|event_type| put("type", event_type));
            event.id.map(|id| put("id", id));
        }
        Action::End => drop(put("action", "end")),
        Action::Count => drop(put("action", "count")),
    }
    Value::Object(members).to_string()
}
