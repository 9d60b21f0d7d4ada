//! A vector, and how the tables write one.

use std::borrow::Cow;

use crate::model::{Due, Item};
use crate::rule::{Level, Rule, Section};

/// A stream and its meaning.
#[derive(Clone, Copy, Debug)]
pub struct Vector {
    id: &'static str,
    level: Level,
    section: Section,
    rule: &'static str,
    stream: Stream,
    expected: Expectation,
    last_event_id: &'static str,
    is_about_cr: bool,
}

impl Vector {
    /// Returns the stable ID, by section: `parse/line/cr-cr`.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// Returns how serious it is to read the stream wrongly.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Returns the section of the standard that holds the rule.
    pub fn section(&self) -> Section {
        self.section
    }

    /// Returns the rule, in one sentence.
    pub fn rule(&self) -> &'static str {
        self.rule
    }

    /// Returns the rule as reports show it.
    pub(crate) fn to_rule(self) -> Rule {
        let capability = match self.id.split('/').nth(1) {
            Some("id") => Some("last event IDs"),
            Some("retry") => Some("reconnection times"),
            _ => None,
        };
        let group = self.id.split('/').nth(1);
        let part = match (self.section, group) {
            (Section::Interpreting, Some("data" | "event" | "id" | "retry")) => {
                Some("processField")
            }
            (Section::Interpreting, Some("dispatch")) => Some("dispatchMessage"),
            _ => None,
        };
        let steps = [
            "Give the stream below to a new decoder: whole, one byte at a time, cut in two at \
             every place, and at random cuts.",
            "After each chunk, note the items that the decoder reports.",
            "End the stream, and note the items and the last event ID.",
        ];
        Rule::new(self.id, self.level, self.section, self.rule)
            .with_clause(part)
            .with_steps(steps)
            .with_expectation(Some(
                "The items below in this order, each with the chunk that holds the byte whose \
                 number follows the @, and nothing else.",
            ))
            .for_those_with(capability)
    }

    /// Returns the bytes to read. Long streams are made on demand.
    pub fn stream(&self) -> Cow<'static, [u8]> {
        match self.stream {
            Stream::Written(bytes) => Cow::Borrowed(bytes),
            Stream::Made(make) => Cow::Owned(make()),
        }
    }

    /// Returns the items in the stream, each with the byte at which it is due.
    pub fn expected(&self) -> Vec<Due> {
        match self.expected {
            Expectation::Written(items) => items.iter().map(Expected::due).collect(),
            Expectation::Made(make) => make(),
        }
    }

    /// Returns the last event ID string after the end of the stream.
    pub fn last_event_id(&self) -> &'static str {
        self.last_event_id
    }

    /// Returns whether the vector asks that a CR ends its line at once. A decoder that waits for
    /// the byte after a CR should fail these vectors, but not every vector that contains a CR.
    pub fn is_about_cr(&self) -> bool {
        self.is_about_cr
    }
}

#[derive(Clone, Copy, Debug)]
enum Stream {
    Written(&'static [u8]),
    Made(fn() -> Vec<u8>),
}

#[derive(Clone, Copy, Debug)]
enum Expectation {
    Written(&'static [Expected]),
    Made(fn() -> Vec<Due>),
}

/// An item in a table: [`message`], [`event`], [`retry`] or [`comment`], followed by
/// [`at`](Self::at).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    kind: Kind,
    at: usize,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Event {
        event_type: &'static str,
        data: &'static str,
        id: &'static str,
    },
    Retry(u64),
    Comment(&'static str),
}

impl Expected {
    /// Sets the last event ID string of the event.
    pub(crate) const fn id(mut self, value: &'static str) -> Self {
        if let Kind::Event { id, .. } = &mut self.kind {
            *id = value;
        }
        self
    }

    /// Sets the number of bytes after which the item is due.
    pub(crate) const fn at(mut self, at: usize) -> Self {
        self.at = at;
        self
    }

    fn due(&self) -> Due {
        let item = match self.kind {
            Kind::Event {
                event_type,
                data,
                id,
            } => Item::event(event_type, data, id),
            Kind::Retry(time) => Item::Retry(time),
            Kind::Comment(text) => Item::Comment(text.to_owned()),
        };
        Due { item, at: self.at }
    }
}

/// Returns an event of the default type.
pub(crate) const fn message(data: &'static str) -> Expected {
    event("message", data)
}

/// Returns an event of the given type.
pub(crate) const fn event(event_type: &'static str, data: &'static str) -> Expected {
    Expected {
        kind: Kind::Event {
            event_type,
            data,
            id: "",
        },
        at: 0,
    }
}

/// Returns a change of the reconnection time.
pub(crate) const fn retry(milliseconds: u64) -> Expected {
    Expected {
        kind: Kind::Retry(milliseconds),
        at: 0,
    }
}

/// Returns a comment.
pub(crate) const fn comment(text: &'static str) -> Expected {
    Expected {
        kind: Kind::Comment(text),
        at: 0,
    }
}

/// Begins a vector that a decoder must read correctly.
pub(crate) const fn must(id: &'static str, section: Section, rule: &'static str) -> Vector {
    Vector {
        id,
        level: Level::Must,
        section,
        rule,
        stream: Stream::Written(b""),
        expected: Expectation::Written(&[]),
        last_event_id: "",
        is_about_cr: false,
    }
}

/// Begins a vector that a decoder with limits may fail.
pub(crate) const fn should(id: &'static str, section: Section, rule: &'static str) -> Vector {
    let mut vector = must(id, section, rule);
    vector.level = Level::Should;
    vector
}

/// The parts of a table row after its rule.
impl Vector {
    pub(crate) const fn reads(mut self, stream: &'static [u8]) -> Self {
        self.stream = Stream::Written(stream);
        self
    }

    pub(crate) const fn reads_made(mut self, stream: fn() -> Vec<u8>) -> Self {
        self.stream = Stream::Made(stream);
        self
    }

    pub(crate) const fn gives(mut self, items: &'static [Expected]) -> Self {
        self.expected = Expectation::Written(items);
        self
    }

    pub(crate) const fn gives_made(mut self, items: fn() -> Vec<Due>) -> Self {
        self.expected = Expectation::Made(items);
        self
    }

    /// An item that ends at a CR is due at the CR.
    pub(crate) const fn at_once(mut self) -> Self {
        self.is_about_cr = true;
        self
    }

    /// The stream has no items.
    pub(crate) const fn gives_nothing(self) -> Self {
        self.gives(&[])
    }

    /// Sets the last event ID string at the end, if it is not empty.
    pub(crate) const fn leaves_id(mut self, id: &'static str) -> Self {
        self.last_event_id = id;
        self
    }
}
