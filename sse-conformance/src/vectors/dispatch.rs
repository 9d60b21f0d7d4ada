//! The effect of a blank line.

use crate::rule::Section::Interpreting;
use crate::vectors::vector::{Vector, comment, event, message, must, retry};

#[rustfmt::skip]
pub(crate) const VECTORS: &[Vector] = &[
    must("parse/dispatch/once", Interpreting, "Further blank lines dispatch nothing.")
        .reads(b"data: a\n\n\n\n\n")
        .gives(&[message("a").at(9)]),
    must("parse/dispatch/blank-line-needed", Interpreting, "Fields without data dispatch nothing.")
        .reads(b"event: tick\nid: 1\ndata: a\n")
        .gives_nothing(),
    must("parse/dispatch/all-fields", Interpreting, "An event has a type, data and an ID.")
        .reads(b"event: tick\ndata: a\ndata: b\nid: 1\nretry: 5\n\n")
        .gives(&[retry(5).at(43), event("tick", "a\nb").id("1").at(44)])
        .leaves_id("1"),
    must("parse/dispatch/order", Interpreting, "Items come in the order of the stream.")
        .reads(b": a\nretry: 1\ndata: b\n\n: c\ndata: d\nretry: 2\n\n")
        .gives(&[
            comment("a").at(4),
            retry(1).at(13),
            message("b").at(22),
            comment("c").at(26),
            retry(2).at(43),
            message("d").at(44),
        ]),
    must("parse/dispatch/without-data", Interpreting, "A block without data dispatches nothing.")
        .reads(b"event: a\nretry: 5\nfoo: b\n: c\n\n")
        .gives(&[retry(5).at(18), comment("c").at(29)]),
    must("parse/dispatch/empty-blocks-between", Interpreting, "Blank lines between events have no effect.")
        .reads(b"data: a\n\n\r\n\r\ndata: b\n\n")
        .gives(&[message("a").at(9), message("b").at(22)]),
    must("parse/dispatch/id-before-data-check", Interpreting, "The ID is committed before the data is checked.")
        .reads(b"id: 1\nevent: tick\n\nid: 2\n\ndata: a\n\n")
        .gives(&[message("a").id("2").at(35)])
        .leaves_id("2"),
    must("parse/dispatch/many", Interpreting, "Events follow one another without a gap.")
        .reads(b"data:a\n\ndata:b\n\ndata:c\n\ndata:d\n\n")
        .gives(&[message("a").at(8), message("b").at(16), message("c").at(24), message("d").at(32)]),
    must("parse/dispatch/everything-is-cleared", Interpreting, "Only the ID is kept after an event.")
        .reads(b"event: tick\nid: 1\ndata: a\n\ndata\n\n")
        .gives(&[event("tick", "a").id("1").at(27), message("").id("1").at(33)])
        .leaves_id("1"),
    must("parse/dispatch/three-lines", Interpreting, "Three data lines are one event of three lines.")
        .reads(b"data: ACME\ndata: +2\ndata: 10\n\n")
        .gives(&[message("ACME\n+2\n10").at(30)]),
    must("parse/dispatch/four-blocks", Interpreting, "A comment, an ID, a reset of it and an unfinished block are each read correctly.")
        .reads(b": hello there\n\ndata: early event\nid: 1\n\ndata:middle event\nid\n\ndata:  later event")
        .gives(&[
            comment("hello there").at(14),
            message("early event").id("1").at(40),
            message("middle event").at(62),
        ]),
    must("parse/dispatch/empty-strings", Interpreting, "Two empty events are dispatched, and an unfinished one is not.")
        .reads(b"data\n\ndata\ndata\n\ndata:")
        .gives(&[message("").at(6), message("\n").at(17)]),
    must("parse/dispatch/space-or-not", Interpreting, "The event is the same with or without the space.")
        .reads(b"data:same\n\ndata: same\n\n")
        .gives(&[message("same").at(11), message("same").at(23)]),
];
