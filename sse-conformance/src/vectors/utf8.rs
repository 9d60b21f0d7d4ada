//! Valid and invalid UTF-8.

use crate::rule::Section::{Parsing, Utf8Decoder};
use crate::vectors::vector::{Vector, comment, event, message, must};

#[rustfmt::skip]
pub(crate) const VECTORS: &[Vector] = &[
    must("parse/utf8/two-bytes", Parsing, "A two-byte sequence is one character, wherever it is cut.")
        .reads(b"data: \xC3\xA9\n\n")
        .gives(&[message("é").at(10)]),
    must("parse/utf8/three-bytes", Parsing, "A three-byte sequence is one character.")
        .reads(b"data: \xE2\x82\xAC\n\n")
        .gives(&[message("€").at(11)]),
    must("parse/utf8/four-bytes", Parsing, "A four-byte sequence is one character.")
        .reads(b"data: \xF0\x9F\xA6\x80\n\n")
        .gives(&[message("🦀").at(12)]),
    must("parse/utf8/everywhere", Parsing, "Types, IDs and comments are also UTF-8.")
        .reads("event: é\nid: €\n: 🦀\ndata: ü\n\n".as_bytes())
        .gives(&[comment("🦀").at(25), event("é", "ü").id("€").at(35)])
        .leaves_id("€"),
    must("parse/utf8/bounds", Parsing, "The first and last character of each length are valid.")
        .reads(b"data: \xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\n\n")
        .gives(&[message("\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}").at(26)]),
    must("parse/utf8/beside-the-surrogates", Parsing, "The characters next to the surrogates are valid.")
        .reads(b"data: \xED\x9F\xBF\xEE\x80\x80\n\n")
        .gives(&[message("\u{D7FF}\u{E000}").at(14)]),
    must("parse/utf8/lone-continuation", Utf8Decoder, "Each stray continuation byte is one U+FFFD.")
        .reads(b"data: \x80\xBFa\n\n")
        .gives(&[message("\u{FFFD}\u{FFFD}a").at(11)]),
    must("parse/utf8/never-valid-bytes", Utf8Decoder, "Bytes that occur in no sequence are one U+FFFD each.")
        .reads(b"data: \xC0\xC1\xF5\xFE\xFF\n\n")
        .gives(&[message("\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}").at(13)]),
    must("parse/utf8/overlong-two-bytes", Utf8Decoder, "An overlong LF is not a line end.")
        .reads(b"data: a\xC0\x8Ab\n\n")
        .gives(&[message("a\u{FFFD}\u{FFFD}b").at(12)]),
    must("parse/utf8/overlong-three-bytes", Utf8Decoder, "An overlong sequence of three bytes is three U+FFFD.")
        .reads(b"data: \xE0\x80\xAF\n\n")
        .gives(&[message("\u{FFFD}\u{FFFD}\u{FFFD}").at(11)]),
    must("parse/utf8/overlong-four-bytes", Utf8Decoder, "An overlong sequence of four bytes is four U+FFFD.")
        .reads(b"data: \xF0\x80\x80\xAF\n\n")
        .gives(&[message("\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}").at(12)]),
    must("parse/utf8/overlong-nul", Utf8Decoder, "An overlong NUL is two U+FFFD, so the ID is valid.")
        .reads(b"id: \xC0\x80\ndata: a\n\n")
        .gives(&[message("a").id("\u{FFFD}\u{FFFD}").at(16)])
        .leaves_id("\u{FFFD}\u{FFFD}"),
    must("parse/utf8/surrogate", Utf8Decoder, "An encoded surrogate is three U+FFFD.")
        .reads(b"data: \xED\xA0\x80\n\n")
        .gives(&[message("\u{FFFD}\u{FFFD}\u{FFFD}").at(11)]),
    must("parse/utf8/surrogate-pair", Utf8Decoder, "A pair of encoded surrogates is six U+FFFD and not a character.")
        .reads(b"data: \xED\xA0\xBD\xED\xB8\x80\n\n")
        .gives(&[message("\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}").at(14)]),
    must("parse/utf8/beyond-unicode", Utf8Decoder, "A sequence beyond U+10FFFF is four U+FFFD.")
        .reads(b"data: \xF4\x90\x80\x80\n\n")
        .gives(&[message("\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}").at(12)]),
    must("parse/utf8/truncated-two-of-three", Utf8Decoder, "Two bytes of three are one U+FFFD, not two.")
        .reads(b"data: \xE2\x82a\n\n")
        .gives(&[message("\u{FFFD}a").at(11)]),
    must("parse/utf8/truncated-three-of-four", Utf8Decoder, "Three bytes of four are one U+FFFD.")
        .reads(b"data: \xF0\x9F\xA6a\n\n")
        .gives(&[message("\u{FFFD}a").at(12)]),
    must("parse/utf8/truncated-two-of-four", Utf8Decoder, "Two bytes of four are one U+FFFD.")
        .reads(b"data: \xF0\x9Fa\n\n")
        .gives(&[message("\u{FFFD}a").at(11)]),
    must("parse/utf8/truncated-twice", Utf8Decoder, "A truncated sequence ends where the next begins.")
        .reads(b"data: \xE2\x82\xE2\x82\xAC\n\n")
        .gives(&[message("\u{FFFD}€").at(13)]),
    must("parse/utf8/lead-then-lead", Utf8Decoder, "Lead bytes in a row are one U+FFFD each.")
        .reads(b"data: \xE2\xE2\xC3\xF0\n\n")
        .gives(&[message("\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}").at(12)]),
    must("parse/utf8/continuation-too-many", Utf8Decoder, "A surplus continuation byte is a separate U+FFFD.")
        .reads(b"data: \xC3\xA9\xA9\n\n")
        .gives(&[message("é\u{FFFD}").at(11)]),
    must("parse/utf8/truncated-before-lf", Utf8Decoder, "A truncated sequence does not swallow the LF after it.")
        .reads(b"data: \xE2\x82\n\n")
        .gives(&[message("\u{FFFD}").at(10)]),
    must("parse/utf8/truncated-before-cr", Utf8Decoder, "A truncated sequence does not swallow the CR after it.")
        .reads(b"data: \xF0\x9F\xA6\rdata: b\n\n")
        .gives(&[message("\u{FFFD}\nb").at(19)]),
    must("parse/utf8/truncated-before-crlf", Utf8Decoder, "A CRLF after a truncated sequence is still one line end.")
        .reads(b"data: \xC3\r\n\r\n")
        .gives(&[message("\u{FFFD}").at(10)]),
    must("parse/utf8/truncated-before-colon", Utf8Decoder, "A truncated sequence does not swallow the colon after it.")
        .reads(b"data\xE2\x82: a\ndata: b\n\n")
        .gives(&[message("b").at(19)]),
    must("parse/utf8/truncated-before-colon-in-value", Utf8Decoder, "A colon after a truncated sequence stays in the value.")
        .reads(b"data: \xE2\x82:a\n\n")
        .gives(&[message("\u{FFFD}:a").at(12)]),
    must("parse/utf8/truncated-before-comment-colon", Utf8Decoder, "A U+FFFD before the colon makes the line a field, not a comment.")
        .reads(b"\xC3:c\ndata: a\n\n")
        .gives(&[message("a").at(13)]),
    must("parse/utf8/truncated-before-space", Utf8Decoder, "A truncated sequence does not swallow the space after it.")
        .reads(b"data: \xE2\x82 a\n\n")
        .gives(&[message("\u{FFFD} a").at(12)]),
    must("parse/utf8/truncated-at-end", Utf8Decoder, "A sequence that the end cuts off is not a line.")
        .reads(b"data: a\n\ndata: \xF0\x9F")
        .gives(&[message("a").at(9)]),
    must("parse/utf8/truncated-alone-on-line", Utf8Decoder, "A line of one invalid byte is not blank.")
        .reads(b"data: a\n\xFF\n\n")
        .gives(&[message("a").at(11)]),
    must("parse/utf8/invalid-name", Utf8Decoder, "A name with an invalid byte is not a known name.")
        .reads(b"da\xFFta: a\ndat\xC3a: b\ndata: c\n\n")
        .gives(&[message("c").at(27)]),
    must("parse/utf8/invalid-event-type", Utf8Decoder, "An event type may hold U+FFFD.")
        .reads(b"event: \xFF\ndata: a\n\n")
        .gives(&[event("\u{FFFD}", "a").at(18)]),
    must("parse/utf8/invalid-id", Utf8Decoder, "An ID may hold U+FFFD.")
        .reads(b"id: \xE2\x82\ndata: a\n\n")
        .gives(&[message("a").id("\u{FFFD}").at(16)])
        .leaves_id("\u{FFFD}"),
    must("parse/utf8/invalid-comment", Utf8Decoder, "An invalid byte in a comment has no effect on other lines.")
        .reads(b": \xFF\xC3\ndata: a\n\n")
        .gives(&[comment("\u{FFFD}\u{FFFD}").at(5), message("a").at(14)]),
    must("parse/utf8/goes-on", Utf8Decoder, "The bytes after an invalid sequence are read as usual.")
        .reads(b"data: \xFF\n\ndata: a\n\ndata: \xE2\x82\xAC\n\n")
        .gives(&[message("\u{FFFD}").at(9), message("a").at(18), message("€").at(29)]),
    must("parse/utf8/noncharacter", Parsing, "U+FFFE is an ordinary character.")
        .reads(b"data: \xEF\xBF\xBE\n\n")
        .gives(&[message("\u{FFFE}").at(11)]),
    must("parse/utf8/replacement-character-itself", Parsing, "A U+FFFD in the stream is kept.")
        .reads(b"data: \xEF\xBF\xBD\n\n")
        .gives(&[message("\u{FFFD}").at(11)]),
    must("parse/utf8/not-normalised", Parsing, "Text is not normalised.")
        .reads("data: e\u{301}\u{212B}\n\n".as_bytes())
        .gives(&[message("e\u{301}\u{212B}").at(14)]),
];
