//! One leading byte order mark, and byte order marks in other places.

use crate::rule::Section::Utf8Decode;
use crate::vectors::vector::{Vector, comment, event, message, must};

#[rustfmt::skip]
pub(crate) const VECTORS: &[Vector] = &[
    must("parse/bom/stripped", Utf8Decode, "One leading BOM is not part of the first line.")
        .reads(b"\xEF\xBB\xBFdata: a\n\n")
        .gives(&[message("a").at(12)]),
    must("parse/bom/alone", Utf8Decode, "A stream that is only a BOM is empty.")
        .reads(b"\xEF\xBB\xBF")
        .gives_nothing(),
    must("parse/bom/before-blank-line", Utf8Decode, "A blank line after the BOM is a blank line.")
        .reads(b"\xEF\xBB\xBF\ndata: a\n\n")
        .gives(&[message("a").at(13)]),
    must("parse/bom/before-crlf", Utf8Decode, "A CRLF after the BOM is one line end.")
        .reads(b"\xEF\xBB\xBF\r\ndata: a\r\n\r\n")
        .gives(&[message("a").at(15)]),
    must("parse/bom/before-comment", Utf8Decode, "A comment after the BOM begins at its colon.")
        .reads(b"\xEF\xBB\xBF:c\ndata: a\n\n")
        .gives(&[comment("c").at(6), message("a").at(15)]),
    must("parse/bom/before-event-field", Utf8Decode, "Any field may follow the BOM.")
        .reads(b"\xEF\xBB\xBFevent: tick\ndata: a\n\n")
        .gives(&[event("tick", "a").at(24)]),
    must("parse/bom/before-id", Utf8Decode, "An ID after the BOM is read.")
        .reads(b"\xEF\xBB\xBFid: 1\n\n")
        .gives_nothing()
        .leaves_id("1"),
    must("parse/bom/second", Utf8Decode, "Only one BOM is stripped: a second is part of the name.")
        .reads(b"\xEF\xBB\xBF\xEF\xBB\xBFdata: a\n\ndata: b\n\n")
        .gives(&[message("b").at(24)]),
    must("parse/bom/after-blank-line", Utf8Decode, "A BOM after a blank line is an ordinary character.")
        .reads(b"\n\xEF\xBB\xBFdata: a\n\ndata: b\n\n")
        .gives(&[message("b").at(22)]),
    must("parse/bom/on-later-line", Utf8Decode, "A BOM on a later line is part of the name.")
        .reads(b"data: a\n\xEF\xBB\xBFdata: b\n\n")
        .gives(&[message("a").at(20)]),
    must("parse/bom/on-later-block", Utf8Decode, "A BOM is not stripped again at each block.")
        .reads(b"data: a\n\n\xEF\xBB\xBFdata: b\n\n")
        .gives(&[message("a").at(9)]),
    must("parse/bom/before-later-comment", Utf8Decode, "A BOM before a colon makes the line a field.")
        .reads(b"\n\xEF\xBB\xBF:c\ndata: a\n\n")
        .gives(&[message("a").at(16)]),
    must("parse/bom/alone-on-later-line", Utf8Decode, "A line that is only a BOM is not blank.")
        .reads(b"data: a\n\xEF\xBB\xBF\ndata: b\n\n")
        .gives(&[message("a\nb").at(21)]),
    must("parse/bom/in-value", Utf8Decode, "A BOM at the start of a value is kept.")
        .reads(b"data:\xEF\xBB\xBFa\n\n")
        .gives(&[message("\u{FEFF}a").at(11)]),
    must("parse/bom/in-value-after-space", Utf8Decode, "A BOM after the leading space is kept as well.")
        .reads(b"\xEF\xBB\xBFdata: \xEF\xBB\xBF\n\n")
        .gives(&[message("\u{FEFF}").at(14)]),
    must("parse/bom/after-space", Utf8Decode, "A BOM that is not the first character is not stripped.")
        .reads(b" \xEF\xBB\xBFdata: a\n\ndata: b\n\n")
        .gives(&[message("b").at(22)]),
    must("parse/bom/false-start-one-byte", Utf8Decode, "The first byte of a BOM alone is not a BOM.")
        .reads(b"\xEFdata: a\n\ndata: b\n\n")
        .gives(&[message("b").at(19)]),
    must("parse/bom/false-start-two-bytes", Utf8Decode, "Two bytes of a BOM are not a BOM.")
        .reads(b"\xEF\xBBdata: a\n\ndata: b\n\n")
        .gives(&[message("b").at(20)]),
    must("parse/bom/false-start-then-line-end", Utf8Decode, "A partial BOM does not swallow the line end after it.")
        .reads(b"\xEF\xBB\ndata: a\n\n")
        .gives(&[message("a").at(12)]),
    must("parse/bom/false-start-then-cr", Utf8Decode, "A partial BOM does not swallow the CR after it.")
        .reads(b"\xEF\rdata: a\r\n\n")
        .gives(&[message("a").at(12)]),
    must("parse/bom/false-start-then-bom", Utf8Decode, "A BOM after a partial BOM is not the first character.")
        .reads(b"\xEF\xBB\xEF\xBB\xBFdata: a\n\ndata: b\n\n")
        .gives(&[message("b").at(23)]),
    must("parse/bom/false-start-other-character", Utf8Decode, "A character whose first two bytes are those of a BOM is kept.")
        .reads(b"\xEF\xBB\xBEdata: a\n\ndata: b\n\n")
        .gives(&[message("b").at(21)]),
    must("parse/bom/utf-16", Utf8Decode, "A UTF-16 BOM is two invalid bytes and does not change the encoding.")
        .reads(b"\xFF\xFE\ndata: a\n\n")
        .gives(&[message("a").at(12)]),
];
