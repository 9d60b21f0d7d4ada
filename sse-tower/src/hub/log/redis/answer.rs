//! Reading the answers of the scripts.

use ::redis::Value;

use crate::{
    hub::{
        log::{Page, StoredEntry},
        topic::Topic,
    },
    redis::{
        answer::{Answer, parts, unexpected},
        error::RedisError,
    },
};

/// Reads a page: the epoch, the floor, the head, the check bits, and the entries.
pub(super) fn page(answer: Value) -> Result<Page, RedisError> {
    let [epoch, floor, head, check, entries] = parts(answer)?;
    let check_before = match check {
        Value::Nil => None,
        check => Some(check_bits(&check)?),
    };
    let entries = entries.array()?.into_iter().map(entry);
    Ok(Page {
        epoch: epoch.number()?,
        floor: floor.number()?,
        head: head.number()?,
        check_before,
        entries: entries.collect::<Result<_, _>>()?,
    })
}

/// Reads an entry: its ID, and the names and values of its fields.
fn entry(answer: Value) -> Result<StoredEntry, RedisError> {
    let [id, fields] = parts(answer)?;
    let id = id.text()?;
    let position = id
        .split_once('-')
        .and_then(|(_, position)| position.parse().ok());
    let [_, _, _, _, _, check, _, topics, _, text] = parts(fields)?;
    let topics = topics.text()?;
    let topics = topics.split('\n').map(Topic::new);
    Ok(StoredEntry {
        position: position.ok_or_else(unexpected)?,
        check: check_bits(&check)?,
        topics: topics.collect::<Result<_, _>>().map_err(|_| unexpected())?,
        text: text.text()?,
    })
}

fn check_bits(value: &Value) -> Result<u32, RedisError> {
    value.number()?.try_into().map_err(|_| unexpected())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redis::error::RedisErrorKind;

    fn text(text: &str) -> Value {
        Value::BulkString(text.into())
    }

    fn entry_of(id: &str, values: [&str; 5]) -> Value {
        let names = ["b", "m", "c", "t", "d"];
        let fields = names.iter().zip(values);
        let fields = fields.flat_map(|(name, value)| [text(name), text(value)]);
        Value::Array(vec![text(id), Value::Array(fields.collect())])
    }

    fn page_of(entries: Vec<Value>) -> Value {
        let numbers = [7, 1, 2].map(Value::Int);
        let rest = [text("9"), Value::Array(entries)];
        Value::Array(numbers.into_iter().chain(rest).collect())
    }

    #[test]
    fn a_page_is_read() {
        let entry = entry_of("7-2", ["0", "1", "4294967295", "a\nb", "data: x\n"]);
        let page = page(page_of(vec![entry])).unwrap();
        assert_eq!((page.epoch, page.floor, page.head), (7, 1, 2));
        assert_eq!(page.check_before, Some(9));
        let [entry] = &page.entries[..] else {
            panic!("{page:?}")
        };
        assert_eq!((entry.position, entry.check), (2, u32::MAX));
        let topics: Vec<_> = entry.topics.iter().map(Topic::as_str).collect();
        assert_eq!(topics, ["a", "b"]);
        assert_eq!(entry.text, "data: x\n");
    }

    #[test]
    fn other_answers_are_errors() {
        let good = ["0", "1", "2", "a", "data: x\n"];
        let with = |at: usize, value| {
            let mut values = good;
            values[at] = value;
            page_of(vec![entry_of("7-2", values)])
        };
        for answer in [
            Value::Nil,
            Value::Int(1),
            Value::Array(vec![]),
            Value::Array(vec![Value::Int(1); 5]),
            Value::Array(vec![Value::Int(-1); 5]),
            page_of(vec![Value::Nil]),
            page_of(vec![Value::Array(vec![text("7-2"), Value::Array(vec![])])]),
            page_of(vec![entry_of("7", good)]),
            page_of(vec![entry_of("7-x", good)]),
            with(2, "4294967296"),
            with(2, "-1"),
            with(3, ""),
            with(3, "a\n"),
        ] {
            let error = page(answer.clone()).unwrap_err();
            assert_eq!(error.kind(), RedisErrorKind::UnexpectedAnswer, "{answer:?}");
        }
    }
}
