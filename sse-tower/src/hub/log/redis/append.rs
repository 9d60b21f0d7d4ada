//! Appending entries.

use std::{ops::Range, sync::Arc};

use ::redis::{Cmd, Value};

use super::{
    RedisLog,
    script::{APPEND, Keys},
};
use crate::{
    hub::{
        log::{Appended, LogName, NewEntry},
        publish::error::PublishError,
    },
    redis::{
        answer::{Answer, unexpected},
        connection::Connection,
        error::{RedisError, RedisErrorKind},
        script::millis,
    },
};

/// The entries of one call of the script, which keeps the server from other work.
const MAX_ENTRIES: usize = 128;

/// The text of one call, in bytes, unless a single entry is larger.
const MAX_BYTES: usize = 1024 * 1024;

type AppendResult = Result<Appended, PublishError>;

impl RedisLog {
    pub(super) async fn append_all(
        self,
        log: LogName,
        entries: Vec<NewEntry>,
    ) -> Vec<AppendResult> {
        let keys = Keys::new(&self.0.options.prefix, &log);
        let mut results = Vec::with_capacity(entries.len());
        for part in parts(&entries) {
            let is_whole = self.append_part(&keys, &entries[part], &mut results).await;
            if !is_whole {
                break;
            }
        }
        // The order would change if later entries were appended.
        let left_out = || PublishError::not_published("an event before it was not published");
        results.resize_with(entries.len(), || Err(left_out()));
        results
    }

    /// Appends entries by one call of the script. Returns false if the entries after them must not be appended.
    async fn append_part(
        &self,
        keys: &Keys,
        entries: &[NewEntry],
        results: &mut Vec<AppendResult>,
    ) -> bool {
        let bounds = &self.0.options.bounds;
        let window = millis(self.0.options.publish_id_window);
        let command = |command: &mut Cmd| {
            let ids: Vec<_> = entries
                .iter()
                .filter_map(|entry| entry.publish_id.as_ref())
                .collect();
            keys.add_to(command, &ids, bounds);
            command.arg(window);
            // The keys of the log are the first two.
            let mut id_keys = 3..;
            for entry in entries {
                let topics: Vec<_> = entry.topics.iter().map(|topic| topic.as_str()).collect();
                let id_key = entry.publish_id.as_ref().and_then(|_| id_keys.next());
                // A topic has no control character.
                command
                    .arg(entry.check)
                    .arg(topics.join("\n"))
                    .arg(&entry.text)
                    .arg(id_key.unwrap_or(0));
            }
        };
        let mut may_be_written = false;
        let call = async |connection: &Connection| {
            may_be_written = true;
            connection.call(&APPEND, command).await
        };
        let answer = self.0.client.with_shared(call).await;
        let answer = answer.and_then(|answer| parse(answer, entries));
        match answer {
            Ok(appended) => {
                let is_whole = appended.iter().all(Result::is_ok);
                results.extend(appended);
                is_whole
            }
            Err(error) => {
                let is_certain = !may_be_written || error.is_refusal();
                let error = Arc::new(error);
                results.extend(entries.iter().map(|_| {
                    Err(match is_certain {
                        true => PublishError::not_published(error.clone()),
                        false => PublishError::unknown(error.clone()),
                    })
                }));
                false
            }
        }
    }
}

/// Splits entries into the parts of one call each.
fn parts(entries: &[NewEntry]) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (at, entry) in entries.iter().enumerate() {
        bytes += entry.text.len();
        if at > start && (at - start == MAX_ENTRIES || bytes > MAX_BYTES) {
            parts.push(start..at);
            (start, bytes) = (at, entry.text.len());
        }
    }
    if start < entries.len() {
        parts.push(start..entries.len());
    }
    parts
}

/// Reads the script's answer: the epoch and the result of each entry.
fn parse(answer: Value, entries: &[NewEntry]) -> Result<Vec<AppendResult>, RedisError> {
    let mut answer = answer.array()?.into_iter();
    let epoch = answer.next().ok_or_else(unexpected)?.number()?;
    let results = entries.iter().zip(answer).map(|(entry, result)| {
        if let Value::Int(_) = result {
            return Ok(Ok(Appended {
                epoch,
                position: result.number()?,
                check: entry.check,
            }));
        }
        let cause = result.text()?;
        if let Some(first) = cause.strip_prefix('=') {
            return Ok(Ok(first_with_id(first).ok_or_else(unexpected)?));
        }
        Ok(Err(match cause.strip_prefix('?') {
            Some(cause) => PublishError::unknown(RedisError::of_reply(cause)),
            None => PublishError::not_published(RedisError::of_reply(cause)),
        }))
    });
    let results = results.collect::<Result<Vec<_>, RedisError>>()?;
    match results.len() == entries.len() {
        true => Ok(results),
        false => Err(RedisError::new(
            RedisErrorKind::UnexpectedAnswer,
            "there is not one result for each entry",
        )),
    }
}

/// Reads the value of a publish ID: the epoch, the position and the check bits of its entry.
fn first_with_id(text: &str) -> Option<Appended> {
    let mut numbers = text.split('-');
    let appended = Appended {
        epoch: numbers.next()?.parse().ok()?,
        position: numbers.next()?.parse().ok()?,
        check: numbers.next()?.parse().ok()?,
    };
    numbers.next().is_none().then_some(appended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_bounded() {
        let entry = |bytes| NewEntry {
            topics: Vec::new(),
            text: "x".repeat(bytes),
            check: 0,
            publish_id: None,
        };
        for (sizes, expected) in [
            (vec![], vec![]),
            (vec![1], vec![1]),
            (vec![1; 128], vec![128]),
            (vec![1; 300], vec![128, 128, 44]),
            (vec![MAX_BYTES], vec![1]),
            (vec![MAX_BYTES + 1], vec![1]),
            (vec![1, MAX_BYTES, 1, 1], vec![1, 1, 2]),
            (vec![MAX_BYTES + 1, MAX_BYTES + 1, 1], vec![1, 1, 1]),
            (vec![MAX_BYTES / 2, MAX_BYTES / 2, 1], vec![2, 1]),
        ] {
            let entries: Vec<_> = sizes.iter().copied().map(entry).collect();
            let parts = parts(&entries);
            let lengths: Vec<_> = parts.iter().map(ExactSizeIterator::len).collect();
            assert_eq!(lengths, expected, "{sizes:?}");
        }
    }
}
