//! Runs the suite for encoders against a child process.

use std::ops::ControlFlow;

use serde_json::{Value, json};

use crate::child::process::Process;
use crate::child::{Command, Pool, Unreachable, unhex};
use crate::event::Event;
use crate::suite::case::Case;
use crate::suite::encoder::adapter::{self, Encoded, MAX_EXACT_DOUBLE, Refusal};
use crate::suite::encoder::run::run_watched;
use crate::suite::options::Options;
use crate::suite::report::Report;

/// Runs the encoder suite against the process that `command` starts, and passes each case to
/// `watch`. If `watch` breaks, the run ends with that case.
///
/// # Errors
///
/// Fails if the process does not start or does not introduce itself.
pub fn run(
    options: &Options,
    command: &Command,
    watch: &mut dyn FnMut(&Case) -> ControlFlow<()>,
) -> Result<Report, Unreachable> {
    let pool = Pool::start(command, "encoder")?;
    let fresh = || Encoder {
        pool: &pool,
        process: None,
        first: true,
    };
    let mut report = run_watched(options, fresh, watch);
    report.set_testee(pool.name());
    Ok(report)
}

/// An encoder that writes one stream.
struct Encoder<'p> {
    pool: &'p Pool,
    process: Option<Process>,
    first: bool,
}

impl Encoder<'_> {
    fn ask(&mut self, mut request: Value) -> Encoded {
        request["first"] = json!(self.first);
        self.first = false;
        self.answer(&request)
            .unwrap_or_else(|how| Err(Refusal::Broken(how)))
    }

    fn answer(&mut self, request: &Value) -> Result<Encoded, String> {
        let mut process = match self.process.take() {
            Some(process) => process,
            None => self.pool.take()?,
        };
        let answer = self.pool.ask(&mut process, request)?;
        self.process = Some(process);
        let text = |name: &str| answer.get(name).and_then(Value::as_str);
        if let Some(bytes) = text("bytes") {
            unhex(bytes)
                .map(Ok)
                .ok_or_else(|| format!("the bytes are not hexadecimal: {bytes}"))
        } else if let Some(why) = text("refused") {
            Ok(Err(Refusal::Refused(why.to_owned())))
        } else if answer.get("unsupported") == Some(&Value::Bool(true)) {
            Ok(Err(Refusal::Unsupported))
        } else if let Some(error) = answer.get("error") {
            Err(format!("an error: {error}"))
        } else {
            Err(format!("the answer has no bytes: {answer}"))
        }
    }
}

impl Drop for Encoder<'_> {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            self.pool.put_back(process);
        }
    }
}

impl adapter::Encoder for Encoder<'_> {
    fn event(&mut self, event: &Event<'_>) -> Encoded {
        let Event {
            event_type,
            data,
            id,
        } = event;
        self.ask(json!({"op": "event", "event": event_type, "data": data, "id": id}))
    }

    fn comment(&mut self, text: &str) -> Encoded {
        self.ask(json!({"op": "comment", "text": text}))
    }

    fn retry(&mut self, milliseconds: u64) -> Encoded {
        if milliseconds > MAX_EXACT_DOUBLE {
            // A language that reads JSON numbers as doubles would round it before its encoder is called.
            return match self.pool.claims("large_numbers") {
                true => self.ask(json!({"op": "retry", "milliseconds": milliseconds.to_string()})),
                false => Err(Refusal::Unsupported),
            };
        }
        self.ask(json!({"op": "retry", "milliseconds": milliseconds}))
    }

    fn heartbeat(&mut self) -> Encoded {
        self.ask(json!({"op": "heartbeat"}))
    }

    fn last_event_id(&mut self, id: &str) -> Encoded {
        self.ask(json!({"op": "last_event_id", "id": id}))
    }
}
