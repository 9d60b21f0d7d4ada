//! The blocks that an encoder is asked to write, and the items that a decoder should read from
//! them.

use std::fmt;

use crate::event::Event;
use crate::model::Item;
use crate::suite::encoder::adapter::{Encoded, Encoder};
use crate::text::brief;

/// One call of an encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Block<'a> {
    Event(Event<'a>),
    Comment(&'a str),
    Retry(u64),
    Heartbeat,
    LastEventId(&'a str),
}

impl fmt::Display for Block<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(event) => event.fmt(f),
            Self::Comment(text) => write!(f, "comment({text:?})"),
            Self::Retry(time) => write!(f, "retry({time})"),
            Self::Heartbeat => f.write_str("heartbeat"),
            Self::LastEventId(id) => write!(f, "last event ID {id:?}"),
        }
    }
}

/// Returns the blocks as reports show them.
pub(crate) fn shown<'b>(blocks: impl Iterator<Item = Block<'b>>) -> String {
    let shown: Vec<String> = blocks.map(|block| block.to_string()).collect();
    brief(&shown.join(", then "))
}

impl Block<'_> {
    pub(crate) fn write(&self, encoder: &mut impl Encoder) -> Encoded {
        match self {
            Self::Event(event) => encoder.event(event),
            Self::Comment(text) => encoder.comment(text),
            Self::Retry(time) => encoder.retry(*time),
            Self::Heartbeat => encoder.heartbeat(),
            Self::LastEventId(id) => encoder.last_event_id(id),
        }
    }

    /// Returns whether an encoder may refuse this block, because decoders do not read it back
    /// exactly. A CR in data comes back as LF, an empty type as the default type, and a comment
    /// line by line. An encoder may also refuse a NUL in a type, as it must in an ID, and a
    /// reconnection time of more than 24 days, which exceeds the integers of some languages and
    /// timers.
    pub(crate) fn may_be_refused(&self) -> bool {
        match self {
            Self::Event(event) => {
                let declines = |name: &str| name.is_empty() || name.contains('\0');
                event.data.contains('\r') || event.event_type.is_some_and(declines)
            }
            Self::Comment(text) => text.contains(['\r', '\n']),
            Self::Retry(time) => i32::try_from(*time).is_err(),
            Self::Heartbeat | Self::LastEventId(_) => false,
        }
    }
}

/// Returns what a decoder should read from these blocks: the items without comments, and the last
/// event ID.
pub(crate) fn meaning(blocks: &[Block<'_>]) -> (Vec<Item>, String) {
    let mut items = Vec::new();
    let mut last_event_id = "";
    for block in blocks {
        match block {
            Block::Event(event) => {
                last_event_id = event.id.unwrap_or(last_event_id);
                let event_type = event.event_type.filter(|name| !name.is_empty());
                let data = with_lf(event.data);
                items.push(Item::event(
                    event_type.unwrap_or("message"),
                    &data,
                    last_event_id,
                ));
            }
            Block::Retry(time) => items.push(Item::Retry(*time)),
            Block::LastEventId(id) => last_event_id = id,
            Block::Comment(_) | Block::Heartbeat => {}
        }
    }
    (items, last_event_id.to_owned())
}

/// Returns text with each CRLF and each lone CR replaced by an LF.
pub(crate) fn with_lf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// A block that owns its text.
#[derive(Clone, Debug)]
pub(crate) enum Owned {
    Event {
        event_type: Option<String>,
        data: String,
        id: Option<String>,
    },
    Comment(String),
    Retry(u64),
    Heartbeat,
    LastEventId(String),
}

impl Owned {
    pub(crate) fn borrowed(&self) -> Block<'_> {
        match self {
            Self::Event {
                event_type,
                data,
                id,
            } => Block::Event(Event {
                event_type: event_type.as_deref(),
                data,
                id: id.as_deref(),
            }),
            Self::Comment(text) => Block::Comment(text),
            Self::Retry(time) => Block::Retry(*time),
            Self::Heartbeat => Block::Heartbeat,
            Self::LastEventId(id) => Block::LastEventId(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_break_is_one_lf() {
        let table = [
            ("a\r\nb", "a\nb"),
            ("a\rb", "a\nb"),
            ("a\r\r\nb", "a\n\nb"),
            ("\n\r", "\n\n"),
            ("\r\n\r\n", "\n\n"),
        ];
        for (given, expected) in table {
            assert_eq!(with_lf(given), expected, "{given:?}");
        }
    }

    #[test]
    fn the_id_persists_and_a_type_does_not() {
        let event = |event_type, data, id| {
            Block::Event(Event {
                event_type,
                data,
                id,
            })
        };
        let blocks = [
            event(Some("tick"), "a", Some("1")),
            Block::Retry(5),
            event(None, "b\r\n", None),
            Block::LastEventId("2"),
            event(Some(""), "", None),
            event(None, "c", Some("")),
        ];
        let (items, last_event_id) = meaning(&blocks);
        let expected = [
            Item::event("tick", "a", "1"),
            Item::Retry(5),
            Item::event("message", "b\n", "1"),
            Item::event("message", "", "2"),
            Item::event("message", "c", ""),
        ];
        assert_eq!(items, expected);
        assert_eq!(last_event_id, "");
    }
}
