//! One check of one encoder.

use crate::event::Event;
use crate::model;
use crate::model::Item;
use crate::suite::case::{Case, Failure, Verdict};
use crate::suite::caught::caught;
use crate::suite::encoder::adapter::{Encoder, Refusal};
use crate::suite::encoder::block::{Block, Owned, meaning, shown, with_lf};
use crate::suite::encoder::cases::Check;
use crate::text::brief;

/// The result of a check.
pub(crate) enum Outcome {
    Passed,
    /// The encoder has no such operation.
    Unsupported,
    /// The encoder refused a value that it could have written, which is safe.
    Declined(Failure),
    Failed(Failure),
}

impl Outcome {
    pub(crate) fn into_case(self, case: Case) -> Case {
        match self {
            Self::Passed => case,
            Self::Unsupported => {
                let what = case.rule.capability.unwrap_or("what the case writes");
                case.unsupported(format!("the encoder does not have {what}"))
            }
            Self::Failed(mut failure) => {
                if failure.expected.is_empty() {
                    // The rule says what the form is.
                    failure.expected.clone_from(&case.rule.expects);
                }
                case.ended(Some(failure))
            }
            Self::Declined(failure) => Case {
                verdict: Verdict::Warn,
                ..case.ended(Some(failure))
            },
        }
    }
}

pub(crate) fn judge<E: Encoder>(check: Check, fresh: &impl Fn() -> E) -> Outcome {
    match check {
        Check::ReadsBack(blocks) => reads_back(blocks, fresh),
        Check::ReadsBackIfTaken(blocks) => match reads_back(blocks, fresh) {
            Outcome::Declined(_) => Outcome::Passed,
            outcome => outcome,
        },
        Check::IsRefused(block) => match is_refused(&block, fresh) {
            Ok(()) if unsupported(&block, fresh) => Outcome::Unsupported,
            Ok(()) => Outcome::Passed,
            Err(failure) => Outcome::Failed(failure),
        },
        Check::Looks(block, shape) => with_bytes(&[block], fresh, |bytes| {
            shape(bytes).map(|wrong| failure(wrong, &[block], "", &show_bytes(bytes)))
        }),
        Check::CommentReadsBack(text) => with_bytes(&[Block::Comment(text)], fresh, |bytes| {
            let comments: Vec<String> = model::decode(bytes)
                .items
                .into_iter()
                .filter_map(|due| {
                    if let Item::Comment(text) = due.item {
                        Some(text)
                    } else {
                        None
                    }
                })
                .collect();
            let (expected, seen) = (with_lf(text), comments.join("\n"));
            (seen != expected).then(|| {
                let expected = format!("{expected:?}");
                failure(
                    "the comment differs",
                    &[Block::Comment(text)],
                    &expected,
                    &format!("{seen:?}"),
                )
            })
        }),
    }
}

/// Checks that every block that the encoder supports is read back as it was written, one after the
/// other.
pub(crate) fn sequence_reads_back<E: Encoder>(
    blocks: &[Owned],
    fresh: &impl Fn() -> E,
) -> Result<(), Failure> {
    let mut encoder = fresh();
    let mut stream = Vec::new();
    let mut written = Vec::new();
    for block in blocks.iter().map(Owned::borrowed) {
        match caught(|| block.write(&mut encoder)) {
            Ok(Ok(bytes)) => {
                stream.extend(bytes);
                written.push(block);
            }
            Ok(Err(Refusal::Unsupported)) => {}
            Ok(Err(Refusal::Refused(_))) if block.may_be_refused() => {}
            Ok(Err(Refusal::Refused(why))) => return Err(refused(&[block], &why)),
            Ok(Err(Refusal::Broken(how))) => return Err(failure(&how, &[block], "bytes", "none")),
            Err(panic) => return Err(panicked(&[block], &panic)),
        }
    }
    compare(&written, &stream)
}

/// Checks that a block is refused. An encoder that lacks the operation passes as well.
pub(crate) fn is_refused<E: Encoder>(
    block: &Block<'_>,
    fresh: &impl Fn() -> E,
) -> Result<(), Failure> {
    match caught(|| block.write(&mut fresh())) {
        Ok(Err(Refusal::Refused(_) | Refusal::Unsupported)) => Ok(()),
        Ok(Err(Refusal::Broken(how))) => Err(failure(&how, &[*block], "a refusal", "none")),
        Ok(Ok(bytes)) => Err(failure(
            "the value was written",
            &[*block],
            "a refusal",
            &show_bytes(&bytes),
        )),
        Err(panic) => Err(failure("a panic", &[*block], "a refusal", &panic)),
    }
}

fn unsupported<E: Encoder>(block: &Block<'_>, fresh: &impl Fn() -> E) -> bool {
    block.write(&mut fresh()) == Err(Refusal::Unsupported)
}

/// Reads the blocks alone, then after others and before others: no block may affect another.
fn reads_back<E: Encoder>(blocks: &[Block<'_>], fresh: &impl Fn() -> E) -> Outcome {
    let alone = with_bytes(blocks, fresh, |bytes| compare(blocks, bytes).err());
    if !matches!(alone, Outcome::Passed) {
        return alone;
    }
    for before in BEFORE {
        let all = [&[*before], blocks, &[AFTER]].concat();
        // An encoder that lacks the surrounding block, or fails on it, is judged for that in other
        // cases.
        if let Outcome::Failed(failure) =
            with_bytes(&all, fresh, |bytes| compare(&all, bytes).err())
            && is_sound(before, fresh)
        {
            return Outcome::Failed(failure);
        }
    }
    Outcome::Passed
}

/// Writes the blocks with one encoder and checks the bytes.
fn with_bytes<E: Encoder>(
    blocks: &[Block<'_>],
    fresh: &impl Fn() -> E,
    check: impl Fn(&[u8]) -> Option<Failure>,
) -> Outcome {
    let mut encoder = fresh();
    let mut stream = Vec::new();
    for block in blocks {
        match caught(|| block.write(&mut encoder)) {
            Ok(Ok(bytes)) => stream.extend(bytes),
            Ok(Err(Refusal::Unsupported)) => return Outcome::Unsupported,
            Ok(Err(Refusal::Refused(why))) if block.may_be_refused() => {
                return Outcome::Declined(refused(blocks, &why));
            }
            Ok(Err(Refusal::Refused(why))) => return Outcome::Failed(refused(blocks, &why)),
            Ok(Err(Refusal::Broken(how))) => {
                return Outcome::Failed(failure(&how, blocks, "bytes", "none"));
            }
            Err(panic) => return Outcome::Failed(panicked(blocks, &panic)),
        }
    }
    check(&stream).map_or(Outcome::Passed, Outcome::Failed)
}

/// Returns whether a block that is written before others can be read back without them. A block
/// that is not an event has a visible effect only once an event follows.
fn is_sound<E: Encoder>(before: &Block<'static>, fresh: &impl Fn() -> E) -> bool {
    let both = [*before, AFTER];
    let blocks = if matches!(before, Block::Event(_)) {
        &both[..1]
    } else {
        &both
    };
    let outcome = with_bytes(blocks, fresh, |bytes| compare(blocks, bytes).err());
    matches!(outcome, Outcome::Passed)
}

/// Compares the items that a decoder reads from the bytes with those that were to be written.
fn compare(blocks: &[Block<'_>], stream: &[u8]) -> Result<(), Failure> {
    let (items, last_event_id) = meaning(blocks);
    let decoded = model::decode(stream);
    let seen: Vec<Item> = decoded
        .items
        .into_iter()
        .map(|due| due.item)
        .filter(|item| !matches!(item, Item::Comment(_)))
        .collect();
    let what = if std::str::from_utf8(stream).is_err() {
        "the bytes are not UTF-8"
    } else if seen != items {
        "the blocks are read differently"
    } else if decoded.last_event_id != last_event_id {
        "the last event ID differs"
    } else {
        return Ok(());
    };
    let expected = show_items(&items, &last_event_id);
    let seen = format!(
        "{}, read from {}",
        show_items(&seen, &decoded.last_event_id),
        show_bytes(stream)
    );
    Err(failure(what, blocks, &expected, &seen))
}

fn refused(blocks: &[Block<'_>], why: &str) -> Failure {
    failure(
        "the encoder refused a value that can be read back",
        blocks,
        "bytes",
        why,
    )
}

fn panicked(blocks: &[Block<'_>], panic: &str) -> Failure {
    failure("a panic", blocks, "bytes", panic)
}

fn failure(what: &str, blocks: &[Block<'_>], expected: &str, seen: &str) -> Failure {
    Failure {
        what: what.to_owned(),
        given: shown(blocks.iter().copied()),
        chunking: None,
        expected: brief(expected),
        seen: brief(seen),
    }
}

fn show_items(items: &[Item], last_event_id: &str) -> String {
    let mut parts: Vec<String> = items.iter().map(Item::to_string).collect();
    if parts.is_empty() {
        parts.push("nothing".to_owned());
    }
    parts.push(format!("last event ID {last_event_id:?}"));
    parts.join(", ")
}

fn show_bytes(bytes: &[u8]) -> String {
    format!("`{}`", bytes.escape_ascii())
}

/// The blocks that are written before those of a case, one at a time.
const BEFORE: &[Block<'static>] = &[
    Block::Event(Event {
        event_type: None,
        data: "before",
        id: None,
    }),
    Block::Event(Event {
        event_type: Some("before"),
        data: "",
        id: None,
    }),
    Block::Event(Event {
        event_type: None,
        data: "before\n",
        id: Some("before"),
    }),
    Block::Comment("before"),
    Block::Retry(1),
    Block::Heartbeat,
    Block::LastEventId("before"),
];

/// The block that is written after those of a case.
const AFTER: Block<'static> = Block::Event(Event {
    event_type: None,
    data: "after",
    id: None,
});
