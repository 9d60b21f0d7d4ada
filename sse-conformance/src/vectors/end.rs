//! The end of the stream.

use crate::rule::Section::{Interpreting, Parsing};
use crate::vectors::vector::{Vector, comment, message, must, retry};

#[rustfmt::skip]
pub(crate) const VECTORS: &[Vector] = &[
    must("parse/end/pending-event", Interpreting, "An event without its blank line is discarded.")
        .reads(b"data: a\n")
        .gives_nothing(),
    must("parse/end/pending-second-event", Interpreting, "Only the unfinished event is discarded.")
        .reads(b"data: a\n\ndata: b\n")
        .gives(&[message("a").at(9)]),
    must("parse/end/unterminated-line", Parsing, "A line without its end is not a line.")
        .reads(b"data: a")
        .gives_nothing(),
    must("parse/end/unterminated-second-line", Parsing, "A line that is cut off discards its block.")
        .reads(b"data: a\ndata: b")
        .gives_nothing(),
    must("parse/end/after-cr", Interpreting, "A CR at the end ends its line and dispatches nothing.")
        .reads(b"data: a\r")
        .gives_nothing(),
    must("parse/end/after-crlf", Interpreting, "A CRLF at the end is one line end.")
        .reads(b"data: a\r\n")
        .gives_nothing(),
    must("parse/end/blank-line-cut-short", Interpreting, "The CR of a CRLF is enough for a blank line.")
        .at_once()
        .reads(b"id: 7\r\n\r")
        .gives_nothing()
        .leaves_id("7"),
    must("parse/end/name-only", Parsing, "A name without a line end is not a field.")
        .reads(b"data: a\n\ndata")
        .gives(&[message("a").at(9)]),
    must("parse/end/colon", Parsing, "A colon without a line end is not a comment.")
        .reads(b"data: a\n\n:")
        .gives(&[message("a").at(9)]),
    must("parse/end/comment-is-no-end", Interpreting, "A comment at the end does not dispatch the pending event.")
        .reads(b"data: a\n:\n")
        .gives(&[comment("").at(10)]),
    must("parse/end/pending-type", Interpreting, "A pending type is discarded.")
        .reads(b"data: a\n\nevent: tick\n")
        .gives(&[message("a").at(9)]),
    must("parse/end/pending-with-retry", Interpreting, "A pending event is discarded, but its reconnection time is kept.")
        .reads(b"id: 1\nretry: 5\ndata: a\n")
        .gives(&[retry(5).at(15)]),
    must("parse/end/space-is-no-blank-line", Interpreting, "At the end, a line of one space dispatches nothing.")
        .reads(b"data: a\n \n")
        .gives_nothing(),
];
