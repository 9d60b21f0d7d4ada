//! What the terminal shows.

use std::{
    fmt::Write,
    time::{Duration, Instant},
};

use serde_json::json;
use sse_tower::{Event, client::Error};

use crate::options::Options;

const DIM: &str = "\x1b[2m";
const TYPE: &str = "\x1b[36m";
const ID: &str = "\x1b[33m";
const RESET: &str = "\x1b[0m";

/// How many characters of a text from the server are shown in a message.
const MAX_EXCERPT: usize = 300;

/// How events are printed.
pub(crate) enum View {
    Text,
    Json,
    /// The bytes were printed as they came.
    Raw,
}

impl View {
    pub(crate) const fn new(options: &Options) -> Self {
        match (options.raw, options.json) {
            (true, _) => Self::Raw,
            (_, true) => Self::Json,
            _ => Self::Text,
        }
    }

    pub(crate) fn event(&self, event: &Event, elapsed: Duration) -> Option<String> {
        let event_type = event.event_type().as_str();
        let id = event.id().map(|id| id.as_str());
        match self {
            Self::Raw => None,
            Self::Json => {
                let line = json!({ "type": event_type, "id": id, "data": event.data() });
                Some(format!("{line}\n"))
            }
            Self::Text => {
                let mut text = format!("{DIM}{:>8.2}{RESET} ", elapsed.as_secs_f64());
                let _ = write!(text, "{TYPE}{}{RESET}", printable(event_type));
                if let Some(id) = id {
                    let _ = write!(text, " {ID}#{}{RESET}", printable(id));
                }
                match event.data().contains('\n') {
                    true => {
                        for line in event.data().split('\n') {
                            let _ = write!(text, "\n         {}", printable(line));
                        }
                    }
                    false => {
                        let _ = write!(text, " {}", printable(event.data()));
                    }
                }
                text.push('\n');
                Some(text)
            }
        }
    }
}

/// Prints a message to the user.
pub(crate) fn say(message: &str) {
    anstream::eprintln!("{DIM}sse-tail: {message}{RESET}");
}

/// Returns an error with its causes.
pub(crate) fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    printable(&text)
}

/// Returns the text with its control characters escaped: they could change what a terminal shows.
pub(crate) fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => printable.push(character),
            _ if character.is_control() => printable.extend(character.escape_default()),
            _ => printable.push(character),
        }
    }
    printable
}

/// Returns the beginning of a text, on one line.
pub(crate) fn excerpt(text: &str) -> String {
    let mut excerpt: String = text.chars().take(MAX_EXCERPT).collect();
    if excerpt.len() < text.len() {
        excerpt.push('…');
    }
    printable(&excerpt)
}

/// What was received.
pub(crate) struct Statistics {
    start: Instant,
    pub(crate) connections: u64,
    events: u64,
    bytes: u64,
    last: Option<Instant>,
    longest_pause: Duration,
    last_event_id: Option<String>,
}

impl Statistics {
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
            connections: 0,
            events: 0,
            bytes: 0,
            last: None,
            longest_pause: Duration::ZERO,
            last_event_id: None,
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    pub(crate) fn count(&mut self, event: &Event) {
        let now = Instant::now();
        if let Some(last) = self.last {
            self.longest_pause = self.longest_pause.max(now - last);
        }
        self.last = Some(now);
        self.events += 1;
        self.bytes += event.data().len() as u64;
        self.last_event_id = event.id().map(|id| id.as_str().to_owned());
    }

    pub(crate) fn summary(&self) -> String {
        let plural = |count: u64, name: &str| match count {
            1 => format!("1 {name}"),
            _ => format!("{count} {name}s"),
        };
        let mut summary = format!(
            "{} with {} of data, {} in {:.1} s",
            plural(self.events, "event"),
            plural(self.bytes, "byte"),
            plural(self.connections, "connection"),
            self.elapsed().as_secs_f64()
        );
        if !self.longest_pause.is_zero() {
            let pause = self.longest_pause.as_secs_f64();
            let _ = write!(summary, ", longest pause {pause:.1} s");
        }
        if let Some(id) = &self.last_event_id {
            let _ = write!(summary, "; to go on: --since {}", quoted(id));
        }
        summary
    }
}

/// Returns the ID as a word of a shell.
fn quoted(id: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte);
    match id.bytes().all(is_plain) {
        true => id.to_owned(),
        false => format!("'{}'", printable(id).replace('\'', "'\\''")),
    }
}
