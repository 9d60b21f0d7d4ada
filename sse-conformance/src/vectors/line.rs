//! Line ends, and characters that are not line ends.

use crate::rule::Section::Parsing;
use crate::vectors::vector::{Vector, comment, event, message, must};

#[rustfmt::skip]
pub(crate) const VECTORS: &[Vector] = &[
    must("parse/line/lf", Parsing, "A line ends in LF.")
        .reads(b"data: a\n\n")
        .gives(&[message("a").at(9)]),
    must("parse/line/crlf", Parsing, "A line ends in CRLF, and its event is due at the CR.")
        .at_once()
        .reads(b"data: a\r\n\r\n")
        .gives(&[message("a").at(10)]),
    must("parse/line/cr-cr", Parsing, "A line ends in CR, and two of them dispatch without another byte.")
        .at_once()
        .reads(b"data: a\r\r")
        .gives(&[message("a").at(9)]),
    must("parse/line/cr-at-chunk-end", Parsing, "A CR ends its line at once, whatever follows.")
        .at_once()
        .reads(b": c\rdata: a\r\rdata: b\r\r")
        .gives(&[comment("c").at(4), message("a").at(13), message("b").at(22)]),
    must("parse/line/lf-then-cr", Parsing, "LF and CR in this order are two line ends.")
        .reads(b"data: a\n\r: c\n")
        .gives(&[message("a").at(9), comment("c").at(13)]),
    must("parse/line/lf-cr-lf", Parsing, "LF and then CRLF: the LF at the end dispatches nothing further.")
        .reads(b"data: a\n\r\ndata: b\n\r\n")
        .gives(&[message("a").at(9), message("b").at(19)]),
    must("parse/line/cr-lf-lf", Parsing, "CRLF and then LF are a line end and a blank line.")
        .reads(b"data: a\r\n\n")
        .gives(&[message("a").at(10)]),
    must("parse/line/cr-then-crlf", Parsing, "CR and then CRLF are a line end and a blank line.")
        .reads(b"data: a\r\r\n")
        .gives(&[message("a").at(9)]),
    must("parse/line/crlf-then-cr", Parsing, "CRLF and then CR are a line end and a blank line.")
        .reads(b"data: a\r\n\r: c\n")
        .gives(&[message("a").at(10), comment("c").at(14)]),
    must("parse/line/crlf-is-one", Parsing, "One CRLF is not a line end and a blank line.")
        .reads(b"data: a\r\ndata: b\r\n\r\n")
        .gives(&[message("a\nb").at(19)]),
    must("parse/line/one-lf-is-swallowed", Parsing, "A CR swallows only one LF.")
        .reads(b"data: a\r\n\ndata: b\r\n\n")
        .gives(&[message("a").at(10), message("b").at(20)]),
    must("parse/line/lf-after-text-is-not-swallowed", Parsing, "A CR swallows an LF only directly after it.")
        .reads(b"data: a\rdata: b\n\n")
        .gives(&[message("a\nb").at(17)]),
    must("parse/line/lf-after-blank-cr", Parsing, "A CR that dispatched an event swallows the LF after it as well.")
        .reads(b"data: a\r\n\r\ndata: b\r\n\r\n")
        .gives(&[message("a").at(10), message("b").at(21)]),
    must("parse/line/three-cr", Parsing, "A third CR is another blank line.")
        .reads(b"data: a\r\r\rdata: b\r\r\r: c\n")
        .gives(&[message("a").at(9), message("b").at(19), comment("c").at(24)]),
    must("parse/line/mixed", Parsing, "The three line ends may be mixed in a block.")
        .reads(b"event: tick\rdata: a\ndata: b\r\n\r: c\n")
        .gives(&[event("tick", "a\nb").at(30), comment("c").at(34)]),
    must("parse/line/mixed-blocks", Parsing, "Each block may use a different line end.")
        .reads(b"data: a\n\ndata: b\r\rdata: c\r\n\r\ndata: d\n\n")
        .gives(&[message("a").at(9), message("b").at(18), message("c").at(28), message("d").at(38)]),
    must("parse/line/mixed-without-bleed", Parsing, "A CR after an LF is a line end of its own, and so is an LF after a CRLF.")
        .reads(b"data: a\n\rdata: b\r\n\ndata: c\r\r\n")
        .gives(&[message("a").at(9), message("b").at(19), message("c").at(28)]),
    must("parse/line/comment-crlf", Parsing, "A comment ends at the CR.")
        .at_once()
        .reads(b": c\r\n: d\r\n")
        .gives(&[comment("c").at(4), comment("d").at(9)]),
    must("parse/line/leading-lf", Parsing, "Blank lines before the first field have no effect.")
        .reads(b"\n\n\ndata: a\n\n")
        .gives(&[message("a").at(12)]),
    must("parse/line/leading-cr", Parsing, "A CR may be the first byte.")
        .reads(b"\rdata: a\n\n")
        .gives(&[message("a").at(10)]),
    must("parse/line/leading-crlf", Parsing, "A CRLF may come first.")
        .reads(b"\r\ndata: a\n\n")
        .gives(&[message("a").at(11)]),
    must("parse/line/only-line-ends", Parsing, "Blank lines dispatch nothing.")
        .reads(b"\n\r\r\n\n\r\n")
        .gives_nothing(),
    must("parse/line/empty-stream", Parsing, "An empty stream has no items.").reads(b"").gives_nothing(),
    must("parse/line/vertical-tab", Parsing, "A vertical tab is not a line end.")
        .reads(b"data: a\x0Bb\n\n")
        .gives(&[message("a\u{B}b").at(11)]),
    must("parse/line/form-feed", Parsing, "A form feed is not a line end.")
        .reads(b"data: a\x0Cb\n\n")
        .gives(&[message("a\u{C}b").at(11)]),
    must("parse/line/separators", Parsing, "The ASCII separators 1C to 1F are not line ends.")
        .reads(b"data: \x1C\x1D\x1E\x1F\n\n")
        .gives(&[message("\u{1C}\u{1D}\u{1E}\u{1F}").at(12)]),
    must("parse/line/next-line", Parsing, "U+0085, next line, is not a line end.")
        .reads(b"data: a\xC2\x85data: b\n\n")
        .gives(&[message("a\u{85}data: b").at(18)]),
    must("parse/line/byte-85", Parsing, "The byte 85 alone is not a line end either.")
        .reads(b"data: a\x85b\n\n")
        .gives(&[message("a\u{FFFD}b").at(11)]),
    must("parse/line/line-separator", Parsing, "U+2028 is not a line end.")
        .reads(b"data: a\xE2\x80\xA8data: b\n\n")
        .gives(&[message("a\u{2028}data: b").at(19)]),
    must("parse/line/paragraph-separator", Parsing, "U+2029 is not a line end.")
        .reads(b"data: a\xE2\x80\xA9\n\n")
        .gives(&[message("a\u{2029}").at(12)]),
    must("parse/line/nul", Parsing, "A NUL is not a line end and does not end the stream.")
        .reads(b"data: a\x00b\n\ndata: c\n\n")
        .gives(&[message("a\0b").at(11), message("c").at(20)]),
    must("parse/line/high-twins", Parsing, "Characters whose last byte resembles CR or LF are not line ends.")
        .reads("data: \u{10A}\u{10D}\u{A0A}\u{D0D}\n\n".as_bytes())
        .gives(&[message("\u{10A}\u{10D}\u{A0A}\u{D0D}").at(18)]),
    must("parse/line/escaped", Parsing, "A backslash and a letter are two characters.")
        .reads(b"data: a\\nb\\r\n\n")
        .gives(&[message("a\\nb\\r").at(14)]),
    must("parse/line/space", Parsing, "A line of one space is not blank.")
        .reads(b"data: a\n \ndata: b\n\n")
        .gives(&[message("a\nb").at(19)]),
    must("parse/line/tab", Parsing, "A line of one tab is not blank.")
        .reads(b"data: a\n\t\ndata: b\n\n")
        .gives(&[message("a\nb").at(19)]),
    must("parse/line/nul-alone", Parsing, "A line of one NUL is not blank.")
        .reads(b"data: a\n\x00\ndata: b\n\n")
        .gives(&[message("a\nb").at(19)]),
];
