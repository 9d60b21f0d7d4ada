//! The `id` field and the last event ID string.

use crate::rule::Section::Interpreting;
use crate::vectors::vector::{Vector, comment, event, message, must};

#[rustfmt::skip]
pub(crate) const VECTORS: &[Vector] = &[
    must("parse/id/set", Interpreting, "The `id` field sets the last event ID.")
        .reads(b"id: 1\ndata: a\n\n")
        .gives(&[message("a").id("1").at(15)])
        .leaves_id("1"),
    must("parse/id/after-data", Interpreting, "The ID may come last.")
        .reads(b"data: a\nid: 1\n\n")
        .gives(&[message("a").id("1").at(15)])
        .leaves_id("1"),
    must("parse/id/persists", Interpreting, "The last event ID is kept for later events.")
        .reads(b"id: 1\ndata: a\n\ndata: b\n\nevent: tick\ndata: c\n\n")
        .gives(&[message("a").id("1").at(15), message("b").id("1").at(24), event("tick", "c").id("1").at(45)])
        .leaves_id("1"),
    must("parse/id/replaced", Interpreting, "A later ID replaces an earlier one.")
        .reads(b"id: 1\ndata: a\n\nid: 2\ndata: b\n\n")
        .gives(&[message("a").id("1").at(15), message("b").id("2").at(30)])
        .leaves_id("2"),
    must("parse/id/last-in-block-wins", Interpreting, "The last of several IDs counts.")
        .reads(b"id: 1\ndata: a\nid: 2\n\n")
        .gives(&[message("a").id("2").at(21)])
        .leaves_id("2"),
    must("parse/id/reset", Interpreting, "An empty ID resets the last event ID.")
        .reads(b"id: 1\ndata: a\n\nid:\ndata: b\n\ndata: c\n\n")
        .gives(&[message("a").id("1").at(15), message("b").at(28), message("c").at(37)]),
    must("parse/id/reset-with-space", Interpreting, "An ID that is one space also resets it.")
        .reads(b"id: 1\ndata: a\n\nid: \ndata: b\n\n")
        .gives(&[message("a").id("1").at(15), message("b").at(29)]),
    must("parse/id/reset-without-colon", Interpreting, "`id` without a colon resets the last event ID.")
        .reads(b"id: 1\ndata: a\n\nid\ndata: b\n\n")
        .gives(&[message("a").id("1").at(15), message("b").at(27)]),
    must("parse/id/reset-by-a-block-of-its-own", Interpreting, "An empty ID and a blank line reset the last event ID without an event.")
        .reads(b"id: 1\n\nid\n\n")
        .gives_nothing(),
    must("parse/id/alone-commits", Interpreting, "An ID and a blank line commit the ID without an event.")
        .reads(b"id: 7\n\n")
        .gives_nothing()
        .leaves_id("7"),
    must("parse/id/alone-then-event", Interpreting, "The next event carries an ID that was committed without an event.")
        .reads(b"id: 7\n\ndata: a\n\n")
        .gives(&[message("a").id("7").at(16)])
        .leaves_id("7"),
    must("parse/id/alone-cr", Interpreting, "Two CRs commit an ID without another byte.")
        .at_once()
        .reads(b"id: 7\r\r")
        .gives_nothing()
        .leaves_id("7"),
    must("parse/id/with-type-only", Interpreting, "An ID in a block with a type but no data is committed.")
        .reads(b"event: tick\nid: 7\n\n")
        .gives_nothing()
        .leaves_id("7"),
    must("parse/id/uncommitted", Interpreting, "An ID without its blank line is not committed.")
        .reads(b"id: 1\ndata: a\n\nid: 2\n")
        .gives(&[message("a").id("1").at(15)])
        .leaves_id("1"),
    must("parse/id/uncommitted-with-data", Interpreting, "An ID in an unfinished event is not committed.")
        .reads(b"id: 1\n\nid: 2\ndata: a\n")
        .gives_nothing()
        .leaves_id("1"),
    must("parse/id/uncommitted-reset", Interpreting, "A reset without its blank line does not count.")
        .reads(b"id: 1\n\nid\ndata: a\n")
        .gives_nothing()
        .leaves_id("1"),
    must("parse/id/unterminated", Interpreting, "An ID without its line end is not even a field.")
        .reads(b"id: 1\ndata: a\n\nid: 2")
        .gives(&[message("a").id("1").at(15)])
        .leaves_id("1"),
    must("parse/id/comment-does-not-commit", Interpreting, "A comment after an ID commits nothing.")
        .reads(b"id: 1\n:\n")
        .gives(&[comment("").at(8)]),
    must("parse/id/nul", Interpreting, "An ID with a NUL is ignored.")
        .reads(b"id: a\x00b\ndata: a\n\n")
        .gives(&[message("a").at(17)]),
    must("parse/id/nul-alone", Interpreting, "An ID that is one NUL is ignored and does not reset.")
        .reads(b"id: 1\ndata: a\n\nid: \x00\ndata: b\n\n")
        .gives(&[message("a").id("1").at(15), message("b").id("1").at(30)])
        .leaves_id("1"),
    must("parse/id/nul-at-end", Interpreting, "An ID with a NUL at its end is ignored as well.")
        .reads(b"id: 12\x00\ndata: a\n\n")
        .gives(&[message("a").at(17)]),
    must("parse/id/nul-after-good", Interpreting, "An ignored ID leaves an earlier one in its block.")
        .reads(b"id: 1\nid: 2\x00\ndata: a\n\n")
        .gives(&[message("a").id("1").at(22)])
        .leaves_id("1"),
    must("parse/id/nul-before-good", Interpreting, "A valid ID after an ignored one counts.")
        .reads(b"id: 2\x00\nid: 1\ndata: a\n\n")
        .gives(&[message("a").id("1").at(22)])
        .leaves_id("1"),
    must("parse/id/nul-block-commits-nothing", Interpreting, "A block with an ignored ID changes nothing.")
        .reads(b"id: 1\n\nid: \x002\n\n")
        .gives_nothing()
        .leaves_id("1"),
    must("parse/id/any-text", Interpreting, "An ID may hold spaces, colons and any character except NUL.")
        .reads("id: a b:c\té\u{2028}\ndata: a\n\n".as_bytes())
        .gives(&[message("a").id("a b:c\té\u{2028}").at(25)])
        .leaves_id("a b:c\té\u{2028}"),
    must("parse/id/bom", Interpreting, "A BOM in an ID is kept.")
        .reads(b"id: \xEF\xBB\xBF1\n\n")
        .gives_nothing()
        .leaves_id("\u{FEFF}1"),
    must("parse/id/not-a-number", Interpreting, "An ID is text, so leading zeros are kept.")
        .reads(b"id: 007\ndata: a\n\n")
        .gives(&[message("a").id("007").at(17)])
        .leaves_id("007"),
    must("parse/id/last-id-name", Interpreting, "`lastEventId` and `last-event-id` are unknown fields.")
        .reads(b"lastEventId: 1\nlast-event-id: 2\ndata: a\n\n")
        .gives(&[message("a").at(41)]),
];
