//! The written cases.

use crate::event::Event;
use crate::rule::Level::{Info, Must, Should};
use crate::rule::Section::{Authoring, Practice, RoundTrip};
use crate::rule::{Level, Section};
use crate::suite::encoder::adapter::MAX_EXACT_DOUBLE;
use crate::suite::encoder::block::Block;
use crate::suite::encoder::shape;

/// One case.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) id: &'static str,
    pub(crate) level: Level,
    pub(crate) section: Section,
    pub(crate) rule: &'static str,
    pub(crate) check: Check,
}

impl Row {
    /// Returns the capability that an encoder must have to be asked.
    pub(crate) fn capability(&self) -> Option<&'static str> {
        if self.needs_large_numbers() {
            return Some("reconnection times above 2^53 ms (an adapter claims `large_numbers`)");
        }
        let section = self.id.split('/').nth(1)?;
        match section {
            "type" => Some("event types"),
            "id" => Some("event IDs"),
            "last-event-id" => Some("blocks that only set the last event ID"),
            "comment" => Some("comments"),
            "retry" => Some("reconnection times"),
            "heartbeat" => Some("heartbeats"),
            _ => None,
        }
    }

    fn needs_large_numbers(&self) -> bool {
        let is_large =
            |block: &Block<'_>| matches!(block, Block::Retry(time) if *time > MAX_EXACT_DOUBLE);
        match self.check {
            Check::ReadsBack(blocks) | Check::ReadsBackIfTaken(blocks) => {
                blocks.iter().any(is_large)
            }
            _ => false,
        }
    }
}

/// A check that a case makes.
#[derive(Clone, Copy)]
pub(crate) enum Check {
    /// The blocks are read back as they were written, both alone and among others.
    ReadsBack(&'static [Block<'static>]),
    /// The blocks are read back as they were written, or they are refused, because decoders do not
    /// read them back exactly.
    ReadsBackIfTaken(&'static [Block<'static>]),
    /// The block is refused.
    IsRefused(Block<'static>),
    /// The bytes of the block have a certain form.
    Looks(Block<'static>, fn(&[u8]) -> Option<&'static str>),
    /// The text of the comment is read back as it was written.
    CommentReadsBack(&'static str),
}

impl Check {
    /// Returns the steps of the check, one sentence each.
    pub(crate) fn steps(&self) -> &'static [&'static str] {
        match self {
            Self::ReadsBack(_) | Self::ReadsBackIfTaken(_) => &[
                "Have a new encoder write the blocks below one after the other.",
                "Read the bytes with the standard's algorithm.",
                "Do the same with another block before them and an event after them.",
            ],
            Self::IsRefused(_) => &["Have a new encoder write the block below."],
            Self::Looks(..) => &[
                "Have a new encoder write the block below.",
                "Look at the bytes.",
            ],
            Self::CommentReadsBack(_) => &[
                "Have a new encoder write the comment below.",
                "Read the bytes with the standard's algorithm, and join the comments.",
            ],
        }
    }

    /// Returns the expectation. `None` if the rule already says it.
    pub(crate) fn expects(&self) -> Option<&'static str> {
        match self {
            Self::ReadsBack(_) => Some("The values that are read are those given to the encoder."),
            Self::ReadsBackIfTaken(_) => Some(
                "The values that are read are those given to the encoder, or the encoder \
                     refuses them.",
            ),
            Self::IsRefused(_) => Some("The encoder refuses the block and writes no bytes."),
            Self::Looks(..) => None,
            Self::CommentReadsBack(_) => Some("The text of the comment, line by line."),
        }
    }

    /// Returns the blocks that are written.
    pub(crate) fn blocks(&self) -> Vec<Block<'static>> {
        match *self {
            Self::ReadsBack(blocks) | Self::ReadsBackIfTaken(blocks) => blocks.to_vec(),
            Self::IsRefused(block) | Self::Looks(block, _) => vec![block],
            Self::CommentReadsBack(text) => vec![Block::Comment(text)],
        }
    }
}

/// Returns every case, in order.
pub(crate) fn all() -> impl Iterator<Item = &'static Row> {
    [
        DATA,
        EVENT_TYPE,
        ID,
        LAST_EVENT_ID,
        COMMENT,
        RETRY,
        HEARTBEAT,
        BLOCK,
        SEQUENCE,
    ]
    .into_iter()
    .flatten()
}

#[rustfmt::skip]
const DATA: &[Row] = &[
    reads("encode/data/simple", "Data is read back as it was written.", &[data("hello")]),
    reads("encode/data/empty", "Empty data is an event.", &[data("")]),
    reads("encode/data/lf", "An LF separates two lines.", &[data("a\nb")]),
    reads("encode/data/cr", "A CR is a line break and is never written as it is.", &[data("a\rb")]),
    reads("encode/data/crlf", "A CRLF is one line break.", &[data("a\r\nb")]),
    reads("encode/data/cr-cr", "Two CRs are two line breaks.", &[data("a\r\rb")]),
    reads("encode/data/lf-cr", "LF and CR in this order are two line breaks.", &[data("a\n\rb")]),
    reads("encode/data/cr-crlf", "CR and CRLF are two line breaks.", &[data("a\r\r\nb")]),
    reads("encode/data/mixed-breaks", "Line breaks may be mixed.", &[data("a\nb\rc\r\nd")]),
    reads("encode/data/trailing-lf", "A trailing LF survives.", &[data("a\n")]),
    reads("encode/data/two-trailing-lf", "Two trailing LFs survive.", &[data("a\n\n")]),
    reads("encode/data/trailing-cr", "A trailing CR is a line break.", &[data("a\r")]),
    reads("encode/data/trailing-crlf", "A trailing CRLF is one line break.", &[data("a\r\n")]),
    reads("encode/data/only-lf", "Data may be a single LF.", &[data("\n")]),
    reads("encode/data/only-line-breaks", "Data may consist of line breaks.", &[data("\n\r\n\r\n\n")]),
    reads("encode/data/leading-lf", "A leading LF survives.", &[data("\na")]),
    reads("encode/data/blank-line-inside", "A blank line inside data does not end the event.", &[data("a\n\nb")]),
    reads("encode/data/leading-space", "A leading space survives.", &[data(" a")]),
    reads("encode/data/leading-space-on-each-line", "A leading space survives on each line.", &[data(" a\n  b\n c")]),
    reads("encode/data/leading-tab", "A leading tab survives.", &[data("\ta")]),
    reads("encode/data/trailing-space", "A trailing space survives.", &[data("a \nb ")]),
    reads("encode/data/only-a-space", "Data may be a single space.", &[data(" ")]),
    reads("encode/data/leading-colon", "A leading colon survives.", &[data(":a\n:")]),
    reads("encode/data/leading-bom", "A leading BOM survives.", &[data("\u{FEFF}a\n\u{FEFF}")]),
    reads("encode/data/looks-like-fields", "Lines that look like fields are data.", &[data("a\ndata: b\nid: 1\nevent: c\nretry: 5\n\n: d")]),
    reads("encode/data/nul", "A NUL survives.", &[data("a\0b")]),
    reads("encode/data/unicode-line-ends", "Only CR and LF are line breaks.", &[data("a\u{85}b\u{2028}c\u{2029}d\u{B}e\u{C}f")]),
    reads("encode/data/not-ascii", "Characters of every length survive.", &[data("é€🦀\u{10FFFF}")]),
    reads("encode/data/not-normalised", "Text is not normalised.", &[data("e\u{301} \u{212B} \u{FB01}")]),
    reads("encode/data/json", "Indented JSON keeps its shape.", &[data("{\n  \"a\": [1, 2]\n}")]),
    reads("encode/data/escapes", "A backslash and a letter are two characters.", &[data("a\\nb\\r\\0")]),
    reads("encode/data/many-lines", "An event may have many lines.", &[data("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n20")]),
];

#[rustfmt::skip]
const EVENT_TYPE: &[Row] = &[
    reads("encode/type/simple", "The event type is read back as it was written.", &[typed("tick")]),
    reads("encode/type/message", "The type `message` is the default type.", &[typed("message")]),
    must("encode/type/empty", Check::ReadsBackIfTaken(&[typed("")]), "An empty type is refused, or read as the default type."),
    reads("encode/type/case-kept", "The type keeps its case.", &[typed("tickTOCK")]),
    reads("encode/type/leading-space", "A leading space survives.", &[typed(" tick")]),
    reads("encode/type/only-a-space", "A type may be a single space.", &[typed(" ")]),
    reads("encode/type/trailing-space", "A trailing space survives.", &[typed("tick ")]),
    reads("encode/type/colon", "Colons survive.", &[typed(":a: b")]),
    reads("encode/type/leading-bom", "A leading BOM survives.", &[typed("\u{FEFF}tick")]),
    reads("encode/type/nul", "A NUL survives.", &[typed("a\0")]),
    reads("encode/type/not-ascii", "Characters of every length survive.", &[typed("é€🦀\u{2028}")]),
    reads("encode/type/with-empty-data", "A type with empty data is an event.", &[event(Some("tick"), "", None)]),
    reads("encode/type/does-not-leak", "A type applies only to its event.", &[typed("tick"), data("b"), typed("tock"), data("")]),
    refused("encode/type/lf-refused", "An LF in a type would end its line.", typed("a\nb")),
    refused("encode/type/cr-refused", "A CR in a type would end its line.", typed("a\rb")),
    refused("encode/type/crlf-refused", "A CRLF in a type would end its line.", typed("a\r\nb")),
    refused("encode/type/leading-lf-refused", "An LF at the start of a type would end its line.", typed("\na")),
    refused("encode/type/trailing-lf-refused", "An LF at the end of a type would be lost.", typed("a\n")),
    refused("encode/type/trailing-cr-refused", "A CR at the end of a type would be lost.", typed("a\r")),
    refused("encode/type/injection-refused", "A type must not add fields.", typed("a\ndata: injected\n\n")),
];

#[rustfmt::skip]
const ID: &[Row] = &[
    reads("encode/id/simple", "The ID is read back as it was written.", &[with_id("7")]),
    reads("encode/id/case-kept", "The ID keeps its case.", &[with_id("aB")]),
    reads("encode/id/persists", "An ID is kept for later events without one.", &[with_id("7"), data("b"), typed("c")]),
    reads("encode/id/replaced", "A later ID replaces an earlier one.", &[with_id("7"), with_id("8")]),
    reads("encode/id/empty-resets", "An empty ID resets the last event ID.", &[with_id("7"), with_id(""), data("b")]),
    reads("encode/id/absent-is-not-empty", "An event without an ID does not reset the last event ID.", &[with_id("7"), event(None, "b", None)]),
    reads("encode/id/leading-space", "A leading space survives.", &[with_id(" 7")]),
    reads("encode/id/trailing-space", "A trailing space survives.", &[with_id("7 ")]),
    reads("encode/id/colon", "Colons survive.", &[with_id(":7: 8")]),
    reads("encode/id/leading-bom", "A leading BOM survives.", &[with_id("\u{FEFF}7")]),
    reads("encode/id/not-ascii", "Characters of every length survive.", &[with_id("é€🦀\u{2028}")]),
    reads("encode/id/with-empty-data", "An ID with empty data is an event.", &[event(None, "", Some("7"))]),
    refused("encode/id/lf-refused", "An LF in an ID would end its line.", with_id("a\nb")),
    refused("encode/id/cr-refused", "A CR in an ID would end its line.", with_id("a\rb")),
    refused("encode/id/crlf-refused", "A CRLF in an ID would end its line.", with_id("a\r\nb")),
    refused("encode/id/trailing-lf-refused", "An LF at the end of an ID would be lost.", with_id("a\n")),
    refused("encode/id/trailing-cr-refused", "A CR at the end of an ID would be lost.", with_id("a\r")),
    refused("encode/id/nul-refused", "Decoders ignore an ID with a NUL.", with_id("a\0b")),
    refused("encode/id/only-nul-refused", "Decoders ignore an ID that is one NUL.", with_id("\0")),
    refused("encode/id/injection-refused", "An ID must not add fields.", with_id("7\nevent: injected")),
];

#[rustfmt::skip]
const LAST_EVENT_ID: &[Row] = &[
    reads("encode/last-event-id/commits", "The block sets its ID and dispatches nothing.", &[Block::LastEventId("7")]),
    reads("encode/last-event-id/then-event", "The next event carries the ID.", &[Block::LastEventId("7"), data("a")]),
    reads("encode/last-event-id/empty-resets", "An empty ID resets the last event ID.", &[with_id("7"), Block::LastEventId("")]),
    refused("encode/last-event-id/lf-refused", "An LF in an ID would end its line.", Block::LastEventId("7\n")),
    refused("encode/last-event-id/cr-refused", "A CR in an ID would end its line.", Block::LastEventId("7\r8")),
    refused("encode/last-event-id/nul-refused", "Decoders ignore an ID with a NUL.", Block::LastEventId("7\0")),
];

#[rustfmt::skip]
const COMMENT: &[Row] = &[
    reads("encode/comment/simple", "A comment dispatches nothing.", &[Block::Comment("hi")]),
    reads("encode/comment/empty", "An empty comment dispatches nothing.", &[Block::Comment("")]),
    reads("encode/comment/not-ascii", "A comment is UTF-8, like everything else.", &[Block::Comment("é, €, 🦀")]),
    reads("encode/comment/field-on-second-line", "Each line of a comment is a comment.", &[Block::Comment("a\ndata: b\n\nid: 1")]),
    reads("encode/comment/field-after-cr", "A CR does not end a comment.", &[Block::Comment("a\rdata: b\r\r")]),
    reads("encode/comment/field-after-crlf", "A CRLF does not end a comment.", &[Block::Comment("a\r\nevent: b\r\n\r\n")]),
    reads("encode/comment/leading-break", "A line break at the start does not end a comment.", &[Block::Comment("\ndata: b\n\n")]),
    should("encode/comment/text", Check::CommentReadsBack("hi"), "The text of a comment is what follows the colon and a space."),
    should("encode/comment/lines", Check::CommentReadsBack("a\nb\r\nc"), "Each line of the text is a line of the comment."),
    should("encode/comment/leading-space", Check::CommentReadsBack("  a"), "Spaces at the start survive."),
    must("encode/comment/terminated", Check::Looks(Block::Comment("hi"), shape::terminated), "A comment ends its line."),
];

#[rustfmt::skip]
const RETRY: &[Row] = &[
    reads("encode/retry/simple", "The time is read in milliseconds.", &[Block::Retry(5000)]),
    reads("encode/retry/zero", "The time may be zero.", &[Block::Retry(0)]),
    must("encode/retry/beyond-31-bits", Check::ReadsBackIfTaken(&[Block::Retry(2_147_483_648)]), "A time above 31 bits is written exactly or refused, and does not become negative."),
    must("encode/retry/beyond-32-bits", Check::ReadsBackIfTaken(&[Block::Retry(4_294_972_296), Block::Retry(4_294_967_296)]), "A time above 32 bits is written exactly or refused, and does not wrap."),
    must("encode/retry/53-bits", Check::ReadsBackIfTaken(&[Block::Retry(MAX_EXACT_DOUBLE)]), "A time of 53 bits is written exactly or refused."),
    must("encode/retry/beyond-53-bits", Check::ReadsBackIfTaken(&[Block::Retry(MAX_EXACT_DOUBLE + 2)]), "A time above 53 bits is written exactly or refused, and is not rounded."),
    must("encode/retry/64-bits", Check::ReadsBackIfTaken(&[Block::Retry(u64::MAX - 1)]), "A time of 64 bits is written exactly or refused, and does not become negative."),
    reads("encode/retry/then-event", "The time does not become part of the next event.", &[Block::Retry(1), typed("tick"), Block::Retry(2), data("a")]),
    must("encode/retry/terminated", Check::Looks(Block::Retry(1), shape::terminated), "The time ends its line."),
];

#[rustfmt::skip]
const HEARTBEAT: &[Row] = &[
    reads("encode/heartbeat/silent", "A heartbeat dispatches nothing.", &[Block::Heartbeat]),
    reads("encode/heartbeat/repeated", "Heartbeats in a row dispatch nothing.", &[Block::Heartbeat, Block::Heartbeat, data("a"), Block::Heartbeat]),
    reads("encode/heartbeat/keeps-id", "A heartbeat leaves the last event ID unchanged.", &[with_id("7"), Block::Heartbeat, data("a")]),
    should("encode/heartbeat/no-blank-line", Check::Looks(Block::Heartbeat, shape::no_blank_line), "A heartbeat has no blank line: some clients take every blank line for an event."),
    must("encode/heartbeat/terminated", Check::Looks(Block::Heartbeat, shape::terminated), "A heartbeat ends its line."),
    Row { id: "encode/heartbeat/shortest", level: Info, section: Authoring, rule: "A heartbeat is a colon and an LF, and nothing else.", check: Check::Looks(Block::Heartbeat, shape::colon_lf) },
];

#[rustfmt::skip]
const BLOCK: &[Row] = &[
    should("encode/block/id-last", Check::Looks(FULL, shape::id_is_last), "The ID is the last field: some clients commit an ID as soon as they read its line."),
    should("encode/block/one-space", Check::Looks(FULL, shape::one_space), "One space follows the colon, so that a leading space of the value is never removed."),
    should("encode/block/lf-only", Check::Looks(FULL, shape::lf_only), "Lines end in LF: some clients know no other line end."),
    should("encode/block/one-blank-line", Check::Looks(FULL, shape::one_blank_line), "One blank line ends the block: some clients take every blank line for an event."),
    should("encode/block/known-fields", Check::Looks(FULL, shape::known_fields), "There are only fields of the standard."),
    should("encode/block/no-bom", Check::Looks(FULL, shape::no_bom), "There is no BOM: it may only begin a stream, and some clients read it as text."),
    reads("encode/block/all-fields", "An event has a type, data and an ID.", &[FULL]),
];

#[rustfmt::skip]
const SEQUENCE: &[Row] = &[
    reads("encode/sequence/equal-events", "Equal events are read each time.", &[data("a"), data("a"), data("a")]),
    reads("encode/sequence/empty-events", "Consecutive empty events stay separate.", &[data(""), data(""), data("\n"), data("")]),
    reads("encode/sequence/types-and-none", "Events with and without a type stay separate.", &[typed("a"), data("b"), typed("c"), data("")]),
    reads("encode/sequence/everything", "Blocks of all kinds stay separate.", &[Block::Retry(1), Block::LastEventId("0"), Block::Heartbeat, FULL, Block::Comment("c"), data(""), with_id(""), Block::Heartbeat, typed("x")]),
];

const FULL: Block<'static> = event(Some("tick"), "a\nb", Some("7"));

const fn event(
    event_type: Option<&'static str>,
    data: &'static str,
    id: Option<&'static str>,
) -> Block<'static> {
    Block::Event(Event {
        event_type,
        data,
        id,
    })
}

const fn data(data: &'static str) -> Block<'static> {
    event(None, data, None)
}

const fn typed(event_type: &'static str) -> Block<'static> {
    event(Some(event_type), "a", None)
}

const fn with_id(id: &'static str) -> Block<'static> {
    event(None, "a", Some(id))
}

const fn reads(id: &'static str, rule: &'static str, blocks: &'static [Block<'static>]) -> Row {
    Row {
        id,
        level: Must,
        section: RoundTrip,
        rule,
        check: Check::ReadsBack(blocks),
    }
}

const fn refused(id: &'static str, rule: &'static str, block: Block<'static>) -> Row {
    must(id, Check::IsRefused(block), rule)
}

const fn must(id: &'static str, check: Check, rule: &'static str) -> Row {
    Row {
        id,
        level: Must,
        section: RoundTrip,
        rule,
        check,
    }
}

const fn should(id: &'static str, check: Check, rule: &'static str) -> Row {
    Row {
        id,
        level: Should,
        section: Practice,
        rule,
        check,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_well_formed() {
        let mut seen = HashSet::new();
        for row in all() {
            assert!(seen.insert(row.id), "{} occurs twice", row.id);
            assert!(
                row.id.starts_with("encode/") && row.id.split('/').count() == 3,
                "{}",
                row.id
            );
            assert!(row.rule.ends_with('.'), "{}", row.id);
        }
    }
}
