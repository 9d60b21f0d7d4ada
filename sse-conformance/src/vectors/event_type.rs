//! The `event` field.

use crate::rule::Section::Interpreting;
use crate::vectors::vector::{Vector, event, message, must};

#[rustfmt::skip]
pub(crate) const VECTORS: &[Vector] = &[
    must("parse/event/set", Interpreting, "The event field sets the event type.")
        .reads(b"event: tick\ndata: a\n\n")
        .gives(&[event("tick", "a").at(21)]),
    must("parse/event/after-data", Interpreting, "The type may come after the data.")
        .reads(b"data: a\nevent: tick\n\n")
        .gives(&[event("tick", "a").at(21)]),
    must("parse/event/last-wins", Interpreting, "The last of several types counts.")
        .reads(b"event: a\nevent: b\ndata: c\n\n")
        .gives(&[event("b", "c").at(27)]),
    must("parse/event/empty", Interpreting, "An empty type is the default type.")
        .reads(b"event:\ndata: a\n\n")
        .gives(&[message("a").at(16)]),
    must("parse/event/without-colon", Interpreting, "`event` without a colon sets the default type.")
        .reads(b"event\ndata: a\n\n")
        .gives(&[message("a").at(15)]),
    must("parse/event/emptied", Interpreting, "An empty type clears an earlier one.")
        .reads(b"event: tick\nevent:\ndata: a\n\n")
        .gives(&[message("a").at(28)]),
    must("parse/event/emptied-without-colon", Interpreting, "`event` without a colon clears an earlier type.")
        .reads(b"event: tick\nevent\ndata: a\n\n")
        .gives(&[message("a").at(27)]),
    must("parse/event/named-message", Interpreting, "The type `message` is the default type.")
        .reads(b"event: message\ndata: a\n\n")
        .gives(&[message("a").at(24)]),
    must("parse/event/not-carried-over", Interpreting, "The type is not carried over to the next event.")
        .reads(b"event: tick\ndata: a\n\ndata: b\n\n")
        .gives(&[event("tick", "a").at(21), message("b").at(30)]),
    must("parse/event/no-leak", Interpreting, "The type of a block without data is not carried over to the next block.")
        .reads(b"event: tick\n\ndata: a\n\n")
        .gives(&[message("a").at(22)]),
    must("parse/event/no-leak-past-id", Interpreting, "A block with a type and an ID but no data sets only the ID.")
        .reads(b"event: tick\nid: 1\n\ndata: a\n\n")
        .gives(&[message("a").id("1").at(28)])
        .leaves_id("1"),
    must("parse/event/no-leak-crlf", Interpreting, "A blank line that ends in CRLF also clears the type.")
        .reads(b"event: tick\r\n\r\ndata: a\r\n\r\n")
        .gives(&[message("a").at(25)]),
    must("parse/event/alone", Interpreting, "A type without data dispatches nothing.")
        .reads(b"event: tick\n\n")
        .gives_nothing(),
    must("parse/event/empty-data", Interpreting, "A type with empty data is an event.")
        .reads(b"event: tick\ndata\n\n")
        .gives(&[event("tick", "").at(18)]),
    must("parse/event/space", Interpreting, "A type of one space is not empty.")
        .reads(b"event:  \ndata: a\n\n")
        .gives(&[event(" ", "a").at(18)]),
    must("parse/event/any-text", Interpreting, "A type may hold colons, spaces and NUL.")
        .reads(b"event: a:b c\x00\ndata: d\n\n")
        .gives(&[event("a:b c\0", "d").at(23)]),
    must("parse/event/case-kept", Interpreting, "The type keeps its case.")
        .reads(b"event: Tick\ndata: a\n\nevent: MESSAGE\ndata: b\n\n")
        .gives(&[event("Tick", "a").at(21), event("MESSAGE", "b").at(45)]),
    must("parse/event/reserved-names", Interpreting, "`open` and `error` are ordinary types.")
        .reads(b"event: open\ndata: a\n\nevent: error\ndata: b\n\n")
        .gives(&[event("open", "a").at(21), event("error", "b").at(43)]),
];
