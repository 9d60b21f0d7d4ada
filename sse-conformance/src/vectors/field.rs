//! Names, colons and spaces.

use crate::rule::Section::{Interpreting, Parsing};
use crate::vectors::vector::{Vector, comment, event, message, must, retry};

#[rustfmt::skip]
pub(crate) const VECTORS: &[Vector] = &[
    must("parse/field/no-space", Interpreting, "The space after the colon may be left out.")
        .reads(b"event:tick\nid:1\ndata:a\n\n")
        .gives(&[event("tick", "a").id("1").at(24)])
        .leaves_id("1"),
    must("parse/field/one-space", Interpreting, "One space after the colon is removed.")
        .reads(b"event: tick\nid: 1\ndata: a\n\n")
        .gives(&[event("tick", "a").id("1").at(27)])
        .leaves_id("1"),
    must("parse/field/two-spaces", Interpreting, "A second space is part of the value.")
        .reads(b"data:  a\n\n")
        .gives(&[message(" a").at(10)]),
    must("parse/field/two-spaces-in-type-and-id", Interpreting, "A second space is also kept in types and IDs.")
        .reads(b"event:  tick\nid:  1\ndata: a\n\n")
        .gives(&[event(" tick", "a").id(" 1").at(29)])
        .leaves_id(" 1"),
    must("parse/field/trailing-space", Interpreting, "A space at the end of a value is kept.")
        .reads(b"event: tick \nid: 1 \ndata: a \n\n")
        .gives(&[event("tick ", "a ").id("1 ").at(30)])
        .leaves_id("1 "),
    must("parse/field/only-a-space", Interpreting, "A value of one space is empty.")
        .reads(b"data: \n\n")
        .gives(&[message("").at(8)]),
    must("parse/field/only-two-spaces", Interpreting, "A value of two spaces is one space.")
        .reads(b"data:  \n\n")
        .gives(&[message(" ").at(9)]),
    must("parse/field/tab", Interpreting, "A tab after the colon is kept.")
        .reads(b"data:\ta\n\n")
        .gives(&[message("\ta").at(9)]),
    must("parse/field/space-then-tab", Interpreting, "A tab after the space is kept.")
        .reads(b"data: \ta\n\n")
        .gives(&[message("\ta").at(10)]),
    must("parse/field/tab-then-space", Interpreting, "A tab and a space after it are kept.")
        .reads(b"data:\t a\n\n")
        .gives(&[message("\t a").at(10)]),
    must("parse/field/no-break-space", Interpreting, "U+00A0 is not the space that is removed.")
        .reads(b"data:\xC2\xA0a\n\n")
        .gives(&[message("\u{A0}a").at(10)]),
    must("parse/field/ideographic-space", Interpreting, "U+3000 is not the space that is removed.")
        .reads(b"data:\xE3\x80\x80a\n\n")
        .gives(&[message("\u{3000}a").at(11)]),
    must("parse/field/nul-before-value", Interpreting, "A NUL after the colon is kept.")
        .reads(b"data:\x00a\n\n")
        .gives(&[message("\0a").at(9)]),
    must("parse/field/split-at-first-colon", Interpreting, "Later colons belong to the value.")
        .reads(b"data: a:b: c:\n\n")
        .gives(&[message("a:b: c:").at(15)]),
    must("parse/field/two-colons", Interpreting, "A second colon directly after the first begins the value.")
        .reads(b"data::a\ndata: :b\n\n")
        .gives(&[message(":a\n:b").at(18)]),
    must("parse/field/no-colon", Interpreting, "A line without a colon is a name with an empty value.")
        .reads(b"data\n\n")
        .gives(&[message("").at(6)]),
    must("parse/field/no-colon-unknown", Interpreting, "A line without a colon may be an unknown field.")
        .reads(b"hello\ndata: a\n\n")
        .gives(&[message("a").at(15)]),
    must("parse/field/upper-case", Interpreting, "Names are compared without case folding.")
        .reads(b"DATA: a\nEVENT: b\nID: 1\nRETRY: 5\ndata: c\n\n")
        .gives(&[message("c").at(41)]),
    must("parse/field/capitalised", Interpreting, "A name with a capital letter is unknown.")
        .reads(b"Data: a\nEvent: b\nId: 1\nRetry: 5\n\n")
        .gives_nothing(),
    must("parse/field/compatible-letters", Interpreting, "Fullwidth letters are different letters.")
        .reads("\u{FF44}\u{FF41}\u{FF54}\u{FF41}: a\ndata: b\n\n".as_bytes())
        .gives(&[message("b").at(25)]),
    must("parse/field/leading-space", Parsing, "A space before the name is part of the name.")
        .reads(b" data: a\n event: b\n id: 1\n retry: 5\n\ndata: c\n\n")
        .gives(&[message("c").at(46)]),
    must("parse/field/space-before-colon", Parsing, "A space before the colon is part of the name.")
        .reads(b"data : a\nevent : b\nid : 1\nretry : 5\n\ndata: c\n\n")
        .gives(&[message("c").at(46)]),
    must("parse/field/tab-before-name", Parsing, "A tab before the name is part of the name.")
        .reads(b"\tdata: a\ndata: b\n\n")
        .gives(&[message("b").at(18)]),
    must("parse/field/trailing-space-without-colon", Parsing, "A name with a trailing space is another name.")
        .reads(b"data \n\ndata: a\n\n")
        .gives(&[message("a").at(16)]),
    must("parse/field/nul-in-name", Parsing, "A name with a NUL is another name.")
        .reads(b"data\x00: a\n\x00data: b\ndata: c\n\n")
        .gives(&[message("c").at(27)]),
    must("parse/field/name-prefix", Interpreting, "A prefix of a known name is unknown.")
        .reads(b"dat: a\neven: b\ni: 1\nretr: 5\ndata: c\n\n")
        .gives(&[message("c").at(37)]),
    must("parse/field/name-continued", Interpreting, "A known name with further characters is unknown.")
        .reads(b"datab: a\ndata-x: b\nevents: c\nidx: 1\nretrys: 5\ndata: d\n\n")
        .gives(&[message("d").at(55)]),
    must("parse/field/unknown", Interpreting, "Unknown fields are ignored and do not end the block.")
        .reads(b"data: a\nfoo: b\n-: c\ndata: d\n\n")
        .gives(&[message("a\nd").at(29)]),
    must("parse/field/unknown-alone", Interpreting, "A block of unknown fields dispatches nothing.")
        .reads(b"foo: a\nbar\n\n")
        .gives_nothing(),
    must("parse/field/looks-like-json", Interpreting, "A line of JSON is an unknown field.")
        .reads(b"{\"data\": \"a\"}\n\ndata: b\n\n")
        .gives(&[message("b").at(24)]),
    must("parse/field/looks-like-a-header", Interpreting, "HTTP headers are unknown fields.")
        .reads(b"Content-Type: text/event-stream\r\n\r\ndata: a\r\n\r\n")
        .gives(&[message("a").at(45)]),
    must("parse/field/any-order", Interpreting, "Fields may come in any order.")
        .reads(b"data: a\nretry: 5\nid: 1\nevent: tick\ndata: b\n\n")
        .gives(&[retry(5).at(17), event("tick", "a\nb").id("1").at(44)])
        .leaves_id("1"),
    must("parse/field/comment-between", Parsing, "A comment between fields does not split the block.")
        .reads(b"event: tick\n: c\ndata: a\n\n")
        .gives(&[comment("c").at(16), event("tick", "a").at(25)]),
];
