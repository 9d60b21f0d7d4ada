//! Runs the suite for decoders against a child process.

use std::ops::ControlFlow;

use serde_json::{Value, json};

use crate::child::{Command, Pool, Unreachable, hex};
use crate::chunking::Chunking;
use crate::model::Item;
use crate::suite::case::Case;
use crate::suite::decoder;
use crate::suite::decoder::adapter::Capabilities;
use crate::suite::decoder::decoders::{Decoders, Seen};
use crate::suite::options::Options;
use crate::suite::report::Report;

/// Runs the decoder suite against the process that `command` starts, and passes each case to
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
    let decoders = Decoder(Pool::start(command, "parser")?);
    let can = decoders.capabilities().map_err(Unreachable)?;
    let mut report = decoder::run::run_with(options, can, &decoders, watch);
    report.set_testee(decoders.0.name());
    Ok(report)
}

struct Decoder(Pool);

impl Decoder {
    fn capabilities(&self) -> Result<Capabilities, String> {
        let mut can = Capabilities {
            comments: false,
            retry: false,
            event_ids: false,
            last_event_id: false,
            timing: false,
            longest_block: None,
        };
        let hello = &self.0.hello;
        let none = Vec::new();
        let said = hello.get("capabilities").and_then(Value::as_array);
        for capability in said.unwrap_or(&none) {
            match capability.as_str() {
                Some("comments") => can.comments = true,
                Some("retry") => can.retry = true,
                Some("event_ids") => can.event_ids = true,
                Some("last_event_id") => can.last_event_id = true,
                Some("timing") => can.timing = true,
                _ => {
                    return Err(format!(
                        "{capability} is not a capability of a decoder: use \"comments\", \
                         \"event_ids\", \"last_event_id\", \"retry\" or \"timing\""
                    ));
                }
            }
        }
        if let Some(limit) = hello.get("longest_block").and_then(Value::as_u64) {
            can.longest_block = usize::try_from(limit).ok();
        }
        Ok(can)
    }
}

impl Decoders for Decoder {
    fn decode(
        &self,
        stream: &[u8],
        chunking: &Chunking,
        seen: &mut Vec<Seen>,
    ) -> Result<String, String> {
        let mut process = self.0.take()?;
        let chunks: Vec<usize> = chunking.of(stream).map(<[u8]>::len).collect();
        let request = json!({"op": "parse", "bytes": hex(stream), "chunks": chunks});
        let answer = self.0.ask(&mut process, &request)?;
        self.0.put_back(process);
        if let Some(error) = answer.get("error") {
            return Err(format!(
                "the decoder returned an error, but no stream is an error: {error}"
            ));
        }
        let items = answer.get("items").and_then(Value::as_array);
        let items = items.ok_or_else(|| format!("the answer has no items: {}", brief(&answer)))?;
        for item in items {
            seen.push(to_seen(item).ok_or_else(|| format!("not an item: {}", brief(item)))?);
        }
        let id = answer.get("last_event_id").and_then(Value::as_str);
        Ok(id.unwrap_or_default().to_owned())
    }

    fn is_remote(&self) -> bool {
        true
    }
}

fn to_seen(value: &Value) -> Option<Seen> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let item = if let Some(data) = text("data") {
        Item::event(
            text("event").unwrap_or("message"),
            data,
            text("id").unwrap_or_default(),
        )
    } else if let Some(comment) = text("comment") {
        Item::Comment(comment.to_owned())
    } else {
        Item::Retry(milliseconds(value.get("retry")?)?)
    };
    let at = match value.get("at") {
        None | Some(Value::Null) => None,
        Some(at) => Some(usize::try_from(at.as_u64()?).ok()?),
    };
    Some(Seen { item, at })
}

/// Reads a number of milliseconds. Languages differ in how large a number they write. JavaScript
/// writes `null` for an infinite one.
fn milliseconds(value: &Value) -> Option<u64> {
    match value {
        Value::Null => Some(u64::MAX),
        Value::String(digits) => {
            let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            all_digits.then(|| digits.parse().unwrap_or(u64::MAX))
        }
        _ => value.as_u64().or_else(|| {
            // The cast saturates, as it should.
            let number = value.as_f64()?;
            (number >= 0.0 && number.fract() == 0.0).then_some(number as u64)
        }),
    }
}

fn brief(value: &Value) -> String {
    crate::text::brief(&value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_identified_by_their_fields() {
        let table = [
            (
                json!({"data": "a"}),
                Some((Item::event("message", "a", ""), None)),
            ),
            (
                json!({"data": "", "event": "t", "id": "7", "at": 5}),
                Some((Item::event("t", "", "7"), Some(5))),
            ),
            (
                json!({"comment": "c", "at": null}),
                Some((Item::Comment("c".to_owned()), None)),
            ),
            (
                json!({"retry": 5, "at": 3}),
                Some((Item::Retry(5), Some(3))),
            ),
            (json!({"retry": 5.0}), Some((Item::Retry(5), None))),
            (json!({"retry": 1e50}), Some((Item::Retry(u64::MAX), None))),
            (json!({"retry": null}), Some((Item::Retry(u64::MAX), None))),
            (
                json!({"retry": "99999999999999999999"}),
                Some((Item::Retry(u64::MAX), None)),
            ),
            (json!({"retry": -1}), None),
            (json!({"retry": 0.5}), None),
            (json!({"retry": "5s"}), None),
            (json!({"data": "a", "at": -1}), None),
            (json!({}), None),
            (json!(5), None),
        ];
        for (value, expected) in table {
            let expected = expected.map(|(item, at)| Seen { item, at });
            assert_eq!(to_seen(&value), expected, "{value}");
        }
    }
}
