//! The control hook of a small server, over HTTP and as a program.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Command;
use std::thread;

use serde_json::Value;
use sse_conformance::suite::server::{Action, Answer, Event};

use super::{Hub, Server};

/// Sends the action with the name of a pipe for the answer, and ends with the status that the
/// answer gives.
const HOOK: &str = r#"answer=$0/$$
mkfifo "$answer"
{ printf '%s ' "$answer"; cat; } > "$0/actions"
read -r status said < "$answer"
rm "$answer"
printf '%s' "$said"
exit "$status""#;

impl Server {
    /// A program that is a control hook. Its pipes are in `folder`.
    pub(crate) fn hook(&self, folder: &Path) -> Vec<String> {
        let actions = folder.join("actions");
        let _ = fs::remove_file(&actions);
        let made = Command::new("mkfifo").arg(&actions).status();
        assert!(made.expect("mkfifo").success());
        let hub = self.hub.clone();
        thread::spawn(move || {
            // Also opened for writing, so that the hook does not end with the first action.
            let pipe = OpenOptions::new().read(true).write(true).open(&actions);
            for line in BufReader::new(pipe.expect("a pipe")).lines() {
                let line = line.expect("a line of UTF-8");
                let (answer, action) = line.split_once(' ').expect("a name and an action");
                let (status, said) = match hub.acted(action.as_bytes()) {
                    Ok(Answer::Count(open)) => (0, format!(r#"{{"open":{open}}}"#)),
                    Ok(Answer::Refused) => (2, String::new()),
                    Ok(Answer::Unsupported) => (3, String::new()),
                    Ok(_) => (0, String::new()),
                    Err(why) => (1, why),
                };
                fs::write(answer, format!("{status} {said}\n")).expect("a hook that reads");
            }
        });
        let folder = folder.to_str().expect("a path in UTF-8").to_owned();
        ["sh", "-c", HOOK]
            .map(str::to_owned)
            .into_iter()
            .chain([folder])
            .collect()
    }
}

impl Hub {
    /// Returns the status and the content of the answer to an action.
    pub(super) fn controlled(&self, action: &[u8]) -> (&'static str, String) {
        match self.acted(action) {
            Ok(Answer::Count(open)) => ("200 OK", format!(r#"{{"open":{open}}}"#)),
            Ok(Answer::Refused) => ("422 Unprocessable Content", String::new()),
            Ok(Answer::Unsupported) => ("501 Not Implemented", String::new()),
            Ok(_) => ("200 OK", String::new()),
            Err(why) => ("500 Internal Server Error", why),
        }
    }

    fn acted(&self, action: &[u8]) -> Result<Answer, String> {
        let action: Value = serde_json::from_slice(action).map_err(|error| error.to_string())?;
        let text = |name: &str| action.get(name).and_then(Value::as_str);
        match text("action") {
            Some("publish") => self.act(&Action::Publish(Event {
                event_type: text("type"),
                data: text("data").ok_or("no data")?,
                id: text("id"),
            })),
            Some("end") => self.act(&Action::End),
            Some("restart") => self.act(&Action::Restart),
            Some("drop log") => self.act(&Action::DropLog),
            Some("count") => self.act(&Action::Count),
            _ => Ok(Answer::Unsupported),
        }
    }
}
