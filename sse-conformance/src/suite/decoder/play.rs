//! One stream, fed to one decoder in one chunking.

use super::{Capabilities, Decoder};
use crate::chunking::Chunking;
use crate::model::{Due, Item};
use crate::suite::Failure;
use crate::suite::caught::caught;
use crate::suite::report::brief;

/// A stream and what the decoder under test should make of it, given what it reports.
pub(super) struct Script<'a> {
    stream: &'a [u8],
    expected: Vec<Due>,
    last_event_id: Option<&'a str>,
    compares_event_ids: bool,
    reports_comments: bool,
    reports_retry: bool,
}

impl<'a> Script<'a> {
    pub(super) fn new(
        stream: &'a [u8],
        expected: &[Due],
        last_event_id: &'a str,
        can: Capabilities,
    ) -> Self {
        let mut script = Self {
            stream,
            expected: Vec::new(),
            last_event_id: can.last_event_id.then_some(last_event_id),
            compares_event_ids: can.event_ids,
            reports_comments: can.comments,
            reports_retry: can.retry,
        };
        script.expected = expected
            .iter()
            .filter(|due| script.reports(&due.item))
            .map(|due| Due {
                item: script.comparable(due.item.clone()),
                at: due.at,
            })
            .collect();
        script
    }

    /// The items that are expected of this decoder.
    pub(super) fn expected(&self) -> &[Due] {
        &self.expected
    }

    /// Feeds the stream to a decoder and compares after every chunk what has come out with what was
    /// due by then.
    pub(super) fn play<D: Decoder>(
        &self,
        chunking: &Chunking,
        fresh: impl Fn() -> D,
    ) -> Result<(), Failure> {
        let mut seen = Vec::new();
        let outcome = caught(|| self.feed(chunking, fresh(), &mut seen));
        let (what, last_event_id) = match outcome {
            Ok(Ok((true, _))) => return Ok(()),
            Ok(Ok((false, last_event_id))) => {
                (self.explain(&seen, last_event_id.as_deref()), last_event_id)
            }
            Ok(Err(error)) => (format!("an error, where no stream is one: {error}"), None),
            Err(panic) => (format!("a panic: {panic}"), None),
        };
        Err(Failure {
            what,
            given: brief(&self.stream.escape_ascii().to_string()),
            chunking: Some(chunking.to_string()),
            expected: list(&self.expected, self.last_event_id),
            seen: list(&seen, last_event_id.as_deref()),
        })
    }

    /// Whether all was as expected, and the last event ID, where the decoder can say what it is.
    fn feed(
        &self,
        chunking: &Chunking,
        mut decoder: impl Decoder,
        seen: &mut Vec<Due>,
    ) -> Result<(bool, Option<String>), String> {
        let mut fed = 0;
        let mut right = true;
        let mut compare = |items: Vec<Item>, fed: usize| {
            // Nearly always nothing is out and nothing is due: a quick way through long streams.
            if items.is_empty()
                && self
                    .expected
                    .get(seen.len())
                    .is_none_or(|next| next.at > fed)
            {
                return;
            }
            let items = items.into_iter().filter(|item| self.reports(item));
            seen.extend(items.map(|item| Due {
                item: self.comparable(item),
                at: fed,
            }));
            right = right && self.is_due(seen, fed);
        };
        for chunk in chunking.of(self.stream) {
            let items = decoder.feed(chunk)?;
            fed += chunk.len();
            compare(items, fed);
        }
        compare(decoder.end()?, fed);
        let last_event_id = self.last_event_id.map(|_| decoder.last_event_id());
        right = right && last_event_id.as_deref() == self.last_event_id;
        Ok((right, last_event_id))
    }

    /// Whether what is out after `fed` bytes is what is due, no more and no less. Compares only the
    /// newest items, the others having been compared before.
    fn is_due(&self, seen: &[Due], fed: usize) -> bool {
        let newest = seen
            .iter()
            .rposition(|due| due.at < fed)
            .map_or(0, |position| position + 1);
        seen.len() <= self.expected.len()
            && seen[newest..]
                .iter()
                .zip(&self.expected[newest..])
                .all(|(seen, expected)| seen.item == expected.item && expected.at <= fed)
            && self
                .expected
                .get(seen.len())
                .is_none_or(|next| next.at > fed)
    }

    fn reports(&self, item: &Item) -> bool {
        match item {
            Item::Event { .. } => true,
            Item::Retry(_) => self.reports_retry,
            Item::Comment(_) => self.reports_comments,
        }
    }

    /// An item without what this decoder does not report.
    fn comparable(&self, mut item: Item) -> Item {
        if let Item::Event { last_event_id, .. } = &mut item
            && !self.compares_event_ids
        {
            last_event_id.clear();
        }
        item
    }

    fn explain(&self, seen: &[Due], last_event_id: Option<&str>) -> String {
        let differs = self
            .expected
            .iter()
            .zip(seen)
            .position(|(expected, seen)| expected.item != seen.item);
        if let Some(index) = differs {
            return format!("item {} differs", index + 1);
        }
        match seen.len() {
            n if n > self.expected.len() => format!("{} too many", n - self.expected.len()),
            n if n < self.expected.len() => format!("{} missing", self.expected.len() - n),
            _ if last_event_id != self.last_event_id => "the last event ID differs".to_owned(),
            _ => match self
                .expected
                .iter()
                .zip(seen)
                .find(|(expected, seen)| seen.at < expected.at)
            {
                Some(_) => "early".to_owned(),
                None => "late: an item is due with the byte that ends its line".to_owned(),
            },
        }
    }
}

/// Items with the byte at which each was due or out, then the last event ID.
fn list(items: &[Due], last_event_id: Option<&str>) -> String {
    let mut parts: Vec<String> = items
        .iter()
        .map(|due| format!("{} @{}", show(&due.item), due.at))
        .collect();
    if parts.is_empty() {
        parts.push("nothing".to_owned());
    }
    if let Some(id) = last_event_id {
        parts.push(format!("last event ID {id:?}"));
    }
    brief(&parts.join(", "))
}

fn show(item: &Item) -> String {
    match item {
        Item::Event {
            event_type,
            data,
            last_event_id,
        } if last_event_id.is_empty() => {
            format!("{event_type}({data:?})")
        }
        Item::Event {
            event_type,
            data,
            last_event_id,
        } => {
            format!("{event_type}({data:?}, id {last_event_id:?})")
        }
        Item::Retry(time) => format!("retry({time})"),
        Item::Comment(text) => format!("comment({text:?})"),
    }
}
