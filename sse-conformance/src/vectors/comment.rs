//! Lines that begin with a colon.

use crate::rule::Section::{Authoring, Interpreting, Parsing};
use crate::vectors::vector::{Vector, comment, event, message, must, retry};

#[rustfmt::skip]
pub(crate) const VECTORS: &[Vector] = &[
    must("parse/comment/with-space", Interpreting, "A line that begins with a colon is a comment.")
        .reads(b": hi\n")
        .gives(&[comment("hi").at(5)]),
    must("parse/comment/without-space", Interpreting, "A comment needs no space.")
        .reads(b":hi\n")
        .gives(&[comment("hi").at(4)]),
    must("parse/comment/empty", Authoring, "A colon alone is a comment: the shortest heartbeat.")
        .reads(b":\n")
        .gives(&[comment("").at(2)]),
    must("parse/comment/two-spaces", Interpreting, "A second space is part of the comment.")
        .reads(b":  hi\n")
        .gives(&[comment(" hi").at(6)]),
    must("parse/comment/colons", Interpreting, "Later colons are part of the comment.")
        .reads(b"::a: b\n")
        .gives(&[comment(":a: b").at(7)]),
    must("parse/comment/hides-a-field", Interpreting, "What looks like a field after the colon is text.")
        .reads(b":data: a\n: data: b\n:id: 1\n\n")
        .gives(&[comment("data: a").at(9), comment("data: b").at(19), comment("id: 1").at(26)]),
    must("parse/comment/does-not-dispatch", Parsing, "A comment is not a blank line.")
        .reads(b"data: a\n:\ndata: b\n\n")
        .gives(&[comment("").at(10), message("a\nb").at(19)]),
    must("parse/comment/then-blank-line", Interpreting, "A comment and a blank line dispatch nothing.")
        .reads(b": hi\n\ndata: a\n\n")
        .gives(&[comment("hi").at(5), message("a").at(15)]),
    must("parse/comment/several", Interpreting, "Each line is a separate comment.")
        .reads(b": a\n:b\n:\n")
        .gives(&[comment("a").at(4), comment("b").at(7), comment("").at(9)]),
    must("parse/comment/only-heartbeats", Authoring, "A stream of comments dispatches nothing.")
        .reads(b":\n:\n\n:\n\n\n:\r\r:\r\n\r\n:\n")
        .gives(&[
            comment("").at(2),
            comment("").at(4),
            comment("").at(7),
            comment("").at(11),
            comment("").at(14),
            comment("").at(19),
        ]),
    must("parse/comment/keeps-buffers", Interpreting, "A comment leaves the type, the data and the ID unchanged.")
        .reads(b"event: tick\n: c\nid: 1\n: c\ndata: a\n: c\n\n")
        .gives(&[
            comment("c").at(16),
            comment("c").at(26),
            comment("c").at(38),
            event("tick", "a").id("1").at(39),
        ])
        .leaves_id("1"),
    must("parse/comment/preamble", Authoring, "A stream may begin with padding in a comment.")
        .reads(b":                                \nretry: 5\n\n")
        .gives(&[comment("                               ").at(34), retry(5).at(43)]),
    must("parse/comment/unterminated", Parsing, "A comment without a line end is not a line.")
        .reads(b"data: a\n\n: hi")
        .gives(&[message("a").at(9)]),
    must("parse/comment/space-before-colon", Parsing, "A space before the colon makes the line a field.")
        .reads(b" : hi\ndata: a\n\n")
        .gives(&[message("a").at(15)]),
    must("parse/comment/nul", Interpreting, "A comment may hold a NUL.")
        .reads(b":a\x00b\n")
        .gives(&[comment("a\0b").at(5)]),
    must("parse/comment/hash", Interpreting, "A line that begins with a number sign is an unknown field, not a comment.")
        .reads(b"# data: a\ndata: b\n\n")
        .gives(&[message("b").at(19)]),
];
