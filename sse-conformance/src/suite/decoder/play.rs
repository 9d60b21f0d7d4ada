//! One stream, decoded by one decoder in one chunking.

use crate::chunking::Chunking;
use crate::model::{Due, Item};
use crate::suite::case::Failure;
use crate::suite::decoder::adapter::Capabilities;
use crate::suite::decoder::decoders::{Decoders, Seen};
use crate::text::brief;

/// A stream and the items that the decoder under test should report.
pub(crate) struct Script<'a> {
    stream: &'a [u8],
    expected: Vec<Due>,
    last_event_id: Option<&'a str>,
    can: Capabilities,
    /// Set if an item that ends at a CR may wait for the next byte.
    waits_at_cr: bool,
}

impl<'a> Script<'a> {
    pub(crate) fn new(
        stream: &'a [u8],
        expected: &[Due],
        last_event_id: &'a str,
        can: Capabilities,
    ) -> Self {
        let expected = expected.iter().filter(|due| reports(can, &due.item));
        Self {
            stream,
            expected: expected
                .map(|due| Due {
                    item: comparable(can, due.item.clone()),
                    at: due.at,
                })
                .collect(),
            last_event_id: can.last_event_id.then_some(last_event_id),
            can,
            waits_at_cr: false,
        }
    }

    /// Accepts items that end at a CR at any later moment, and does not require them at the end of
    /// the stream. Only the vectors about CR ask for the right moment.
    pub(crate) fn waiting_at_cr(self) -> Self {
        Self {
            waits_at_cr: true,
            ..self
        }
    }

    /// Returns the items that are expected of this decoder.
    pub(crate) fn expected(&self) -> &[Due] {
        &self.expected
    }

    /// Returns the stream and the expected items as text.
    pub(crate) fn as_text(&self) -> (String, String) {
        let items = self.expected.iter();
        (
            brief(&self.stream.escape_ascii().to_string()),
            list(
                items.map(|due| (&due.item, due.at.to_string())),
                self.last_event_id,
            ),
        )
    }

    /// Has the stream decoded, and compares the reported items and their moments with those that
    /// were due.
    pub(crate) fn play(
        &self,
        chunking: &Chunking,
        decoders: &impl Decoders,
    ) -> Result<(), Failure> {
        let mut seen = Vec::new();
        let outcome = decoders.decode(self.stream, chunking, &mut seen);
        let mut seen: Vec<Seen> = seen
            .into_iter()
            .filter(|seen| reports(self.can, &seen.item))
            .collect();
        for seen in &mut seen {
            seen.item = comparable(self.can, seen.item.clone());
        }
        let (what, last_event_id) = match outcome {
            Ok(last_event_id) => {
                let last_event_id = self.last_event_id.map(|_| last_event_id);
                match self.objection(chunking, &seen, last_event_id.as_deref()) {
                    Some(what) => (what, last_event_id),
                    None => return Ok(()),
                }
            }
            Err(what) => (what, None),
        };
        let (given, expected) = self.as_text();
        Err(Failure {
            what,
            given,
            chunking: Some(chunking.to_string()),
            expected,
            seen: list(
                seen.iter().map(|seen| (&seen.item, when(seen))),
                last_event_id.as_deref(),
            ),
        })
    }

    /// Returns what is wrong, if anything is.
    fn objection(
        &self,
        chunking: &Chunking,
        seen: &[Seen],
        last_event_id: Option<&str>,
    ) -> Option<String> {
        let differs = self
            .expected
            .iter()
            .zip(seen)
            .position(|(expected, seen)| !same(&expected.item, &seen.item));
        if let Some(index) = differs {
            return Some(format!("item {} differs", index + 1));
        }
        match seen.len() {
            n if n > self.expected.len() => {
                return Some(format!("{} too many", n - self.expected.len()));
            }
            n if n < self.expected.len() && !self.may_wait(self.expected[n].at, None) => {
                return Some(format!("{} missing", self.expected.len() - n));
            }
            _ if last_event_id != self.last_event_id && !self.may_wait(self.stream.len(), None) => {
                return Some("the last event ID differs".to_owned());
            }
            _ => {}
        }
        if self.can.timing {
            return self.untimely(chunking, seen);
        }
        None
    }

    /// Returns whether an item that is due at byte `due` may come at byte `at`, or only at the end
    /// of the stream.
    fn may_wait(&self, due: usize, at: Option<usize>) -> bool {
        let ends_at_cr = due > 0 && self.stream[due - 1] == b'\r';
        // An item that ends at the last byte may never come.
        self.waits_at_cr && ends_at_cr && (at.is_some() || due == self.stream.len())
    }

    /// Returns the problem if an item did not come with the chunk that holds the byte at which it
    /// is due.
    fn untimely(&self, chunking: &Chunking, seen: &[Seen]) -> Option<String> {
        let mut chunks = chunking.of(self.stream);
        let mut fed = 0;
        for (expected, seen) in self.expected.iter().zip(seen) {
            while fed < expected.at {
                fed += chunks.next()?.len();
            }
            match seen.at {
                Some(at) if at < fed => return Some("early".to_owned()),
                Some(at) if at == fed => {}
                at if self.may_wait(expected.at, at) => {}
                _ => {
                    return Some(
                        "late: an item is due with the byte that ends its line".to_owned(),
                    );
                }
            }
        }
        None
    }
}

fn reports(can: Capabilities, item: &Item) -> bool {
    match item {
        Item::Event { .. } => true,
        Item::Retry(_) => can.retry,
        Item::Comment(_) => can.comments,
    }
}

/// Removes from an item what the decoder does not report.
fn comparable(can: Capabilities, mut item: Item) -> Item {
    if let Item::Event { last_event_id, .. } = &mut item
        && !can.event_ids
    {
        last_event_id.clear();
    }
    item
}

/// Returns whether the item is the expected one. The standard sets no bound on a reconnection time
/// but allows implementations to have one, so a very large time may come out as any other large
/// time.
fn same(expected: &Item, seen: &Item) -> bool {
    match (expected, seen) {
        (Item::Retry(expected), Item::Retry(seen)) if *expected > MANY => *seen >= MANY,
        _ => expected == seen,
    }
}

/// The largest number of milliseconds that a signed 32-bit integer holds: 24 days.
const MANY: u64 = i32::MAX as u64;

/// Returns items with the byte at which each was due or reported, followed by the last event ID.
fn list<'i>(
    items: impl Iterator<Item = (&'i Item, String)>,
    last_event_id: Option<&str>,
) -> String {
    let mut parts: Vec<String> = items.map(|(item, at)| format!("{item} @{at}")).collect();
    if parts.is_empty() {
        parts.push("nothing".to_owned());
    }
    if let Some(id) = last_event_id {
        parts.push(format!("last event ID {id:?}"));
    }
    brief(&parts.join(", "))
}

fn when(seen: &Seen) -> String {
    seen.at.map_or("end".to_owned(), |at| at.to_string())
}
