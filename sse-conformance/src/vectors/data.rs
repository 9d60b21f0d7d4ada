//! The `data` field.

use crate::rule::Section::Interpreting;
use crate::vectors::vector::{Vector, event, message, must};

#[rustfmt::skip]
pub(crate) const VECTORS: &[Vector] = &[
    must("parse/data/one-line", Interpreting, "The value of one data field is the data.")
        .reads(b"data: hello\n\n")
        .gives(&[message("hello").at(13)]),
    must("parse/data/two-lines", Interpreting, "Data fields are joined by LF.")
        .reads(b"data: a\ndata: b\n\n")
        .gives(&[message("a\nb").at(17)]),
    must("parse/data/joined-by-lf-whatever-ends-lines", Interpreting, "Data fields are joined by LF, whatever their lines end in.")
        .reads(b"data: a\rdata: b\r\ndata: c\r\n\n")
        .gives(&[message("a\nb\nc").at(27)]),
    must("parse/data/without-colon", Interpreting, "A line with only `data` dispatches the empty string.")
        .reads(b"data\r\n\n")
        .gives(&[message("").at(7)]),
    must("parse/data/empty-value", Interpreting, "`data:` dispatches the empty string.")
        .reads(b"data:\n\n")
        .gives(&[message("").at(7)]),
    must("parse/data/two-empty", Interpreting, "Two empty data fields are one LF.")
        .reads(b"data\ndata\n\n")
        .gives(&[message("\n").at(11)]),
    must("parse/data/three-empty", Interpreting, "Three empty data fields are two LF.")
        .reads(b"data:\ndata: \ndata\n\n")
        .gives(&[message("\n\n").at(19)]),
    must("parse/data/trailing-empty", Interpreting, "An empty field at the end is a trailing LF.")
        .reads(b"data: a\ndata:\n\n")
        .gives(&[message("a\n").at(15)]),
    must("parse/data/two-trailing-empty", Interpreting, "Only one trailing LF is removed.")
        .reads(b"data: a\ndata\ndata\n\n")
        .gives(&[message("a\n\n").at(19)]),
    must("parse/data/leading-empty", Interpreting, "An empty field at the start is a leading LF.")
        .reads(b"data\ndata: a\n\n")
        .gives(&[message("\na").at(14)]),
    must("parse/data/empty-between", Interpreting, "An empty field in the middle is an empty line.")
        .reads(b"data: a\ndata\ndata: b\n\n")
        .gives(&[message("a\n\nb").at(22)]),
    must("parse/data/apart", Interpreting, "Data fields are joined across other fields.")
        .reads(b"data: a\nevent: tick\ndata: b\nfoo: c\ndata: d\n\n")
        .gives(&[event("tick", "a\nb\nd").at(44)]),
    must("parse/data/nul", Interpreting, "Data may hold a NUL.")
        .reads(b"data: \x00\n\n")
        .gives(&[message("\0").at(9)]),
    must("parse/data/spaces-inside", Interpreting, "Spaces inside a value are kept.")
        .reads(b"data: a  b \n\n")
        .gives(&[message("a  b ").at(13)]),
    must("parse/data/only-spaces", Interpreting, "Spaces after the first are the data.")
        .reads(b"data:    \n\n")
        .gives(&[message("   ").at(11)]),
    must("parse/data/space-on-each-line", Interpreting, "Each line loses one leading space of its own.")
        .reads(b"data: a\ndata:  b\ndata:c\n\n")
        .gives(&[message("a\n b\nc").at(25)]),
    must("parse/data/json-lines", Interpreting, "Indented JSON keeps its shape.")
        .reads(b"data: {\ndata:   \"a\": [1, 2]\ndata: }\n\n")
        .gives(&[message("{\n  \"a\": [1, 2]\n}").at(37)]),
    must("parse/data/looks-like-a-field", Interpreting, "A value that looks like a field is a value.")
        .reads(b"data: id: 1\ndata: data: a\ndata: :c\n\n")
        .gives(&[message("id: 1\ndata: a\n:c").at(36)]),
    must("parse/data/done-marker", Interpreting, "`[DONE]` is ordinary data.")
        .reads(b"data: {}\n\ndata: [DONE]\n\n")
        .gives(&[message("{}").at(10), message("[DONE]").at(24)]),
    must("parse/data/not-carried-over", Interpreting, "Data is not carried over to the next event.")
        .reads(b"data: a\n\ndata: b\n\n")
        .gives(&[message("a").at(9), message("b").at(18)]),
    must("parse/data/same-again", Interpreting, "Equal events are dispatched each time.")
        .reads(b"data: a\n\ndata: a\n\n\ndata: a\n\n")
        .gives(&[message("a").at(9), message("a").at(18), message("a").at(28)]),
    must("parse/data/empty-then-event", Interpreting, "An empty event is not merged into the next.")
        .reads(b"data\n\ndata: a\n\n")
        .gives(&[message("").at(6), message("a").at(15)]),
];
