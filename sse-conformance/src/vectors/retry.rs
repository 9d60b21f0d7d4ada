//! The `retry` field and the reconnection time.

use crate::rule::Section::Interpreting;
use crate::vectors::vector::{Vector, comment, event, message, must, retry};

#[rustfmt::skip]
pub(crate) const VECTORS: &[Vector] = &[
    must("parse/retry/set", Interpreting, "Digits set the reconnection time in milliseconds.")
        .reads(b"retry: 5000\n\n")
        .gives(&[retry(5000).at(12)]),
    must("parse/retry/at-once", Interpreting, "The time is set at the end of its line, without a blank line.")
        .reads(b"retry: 5\n")
        .gives(&[retry(5).at(9)]),
    must("parse/retry/at-cr", Interpreting, "The time is set at the CR, without another byte.")
        .at_once()
        .reads(b"retry: 5\r")
        .gives(&[retry(5).at(9)]),
    must("parse/retry/unterminated", Interpreting, "Without its line end, `retry` is not a field.")
        .reads(b"retry: 5")
        .gives_nothing(),
    must("parse/retry/mid-block", Interpreting, "Inside a block, the time is set before the event is dispatched.")
        .reads(b"data: a\nretry: 5\ndata: b\n\n")
        .gives(&[retry(5).at(17), message("a\nb").at(26)]),
    must("parse/retry/in-unfinished-block", Interpreting, "The time is kept when its block is discarded.")
        .reads(b"data: a\nretry: 5\n")
        .gives(&[retry(5).at(17)]),
    must("parse/retry/alone", Interpreting, "`retry` dispatches no event.")
        .reads(b"retry: 5\n\ndata: a\n\n")
        .gives(&[retry(5).at(9), message("a").at(19)]),
    must("parse/retry/does-not-part-a-block", Interpreting, "`retry` does not end a block.")
        .reads(b"event: tick\nretry: 5\ndata: a\n\n")
        .gives(&[retry(5).at(21), event("tick", "a").at(30)]),
    must("parse/retry/twice", Interpreting, "A later time replaces an earlier one.")
        .reads(b"retry: 1\nretry: 2\n\nretry: 3\n")
        .gives(&[retry(1).at(9), retry(2).at(18), retry(3).at(28)]),
    must("parse/retry/zero", Interpreting, "Zero is a time.")
        .reads(b"retry: 0\n")
        .gives(&[retry(0).at(9)]),
    must("parse/retry/zeros", Interpreting, "Only zeros are zero.")
        .reads(b"retry: 0000\n")
        .gives(&[retry(0).at(12)]),
    must("parse/retry/leading-zeros", Interpreting, "Leading zeros do not make the number octal.")
        .reads(b"retry: 0010\n")
        .gives(&[retry(10).at(12)]),
    must("parse/retry/many-leading-zeros", Interpreting, "Leading zeros do not overflow.")
        .reads(b"retry: 000000000000000000000000000005\n")
        .gives(&[retry(5).at(38)]),
    must("parse/retry/no-space", Interpreting, "The space may be left out.")
        .reads(b"retry:5\n")
        .gives(&[retry(5).at(8)]),
    must("parse/retry/beyond-32-bits", Interpreting, "There is no upper bound: 32 bits are not enough.")
        .reads(b"retry: 4294967296\n")
        .gives(&[retry(4_294_967_296).at(18)]),
    must("parse/retry/largest", Interpreting, "The largest number of 64 bits is a time.")
        .reads(b"retry: 18446744073709551615\n")
        .gives(&[retry(u64::MAX).at(28)]),
    must("parse/retry/saturates", Interpreting, "A time above 64 bits saturates and is not ignored.")
        .reads(b"retry: 18446744073709551616\n")
        .gives(&[retry(u64::MAX).at(28)]),
    must("parse/retry/saturates-far-beyond", Interpreting, "A time with any number of digits saturates.")
        .reads(b"retry: 99999999999999999999999999999999999999999999999999\n")
        .gives(&[retry(u64::MAX).at(58)]),
    must("parse/retry/empty", Interpreting, "An empty value is ignored.")
        .reads(b"retry:\nretry: \ndata: a\n\n")
        .gives(&[message("a").at(24)]),
    must("parse/retry/without-colon", Interpreting, "`retry` without a colon is ignored.")
        .reads(b"retry\n\n")
        .gives_nothing(),
    must("parse/retry/plus", Interpreting, "A plus sign is not a digit.")
        .reads(b"retry: +5\n")
        .gives_nothing(),
    must("parse/retry/minus", Interpreting, "A minus sign is not a digit.")
        .reads(b"retry: -5\n")
        .gives_nothing(),
    must("parse/retry/two-spaces", Interpreting, "A second space is not a digit.")
        .reads(b"retry:  5\n")
        .gives_nothing(),
    must("parse/retry/trailing-space", Interpreting, "A space after the digits is not a digit.")
        .reads(b"retry: 5 \n")
        .gives_nothing(),
    must("parse/retry/tab", Interpreting, "A tab is not a digit.")
        .reads(b"retry:\t5\n")
        .gives_nothing(),
    must("parse/retry/unit", Interpreting, "A unit is not a digit.")
        .reads(b"retry: 5ms\nretry: 5s\n")
        .gives_nothing(),
    must("parse/retry/fraction", Interpreting, "A decimal point is not a digit.")
        .reads(b"retry: 5.0\nretry: .5\n")
        .gives_nothing(),
    must("parse/retry/exponent", Interpreting, "An exponent is not a digit.")
        .reads(b"retry: 1e3\n")
        .gives_nothing(),
    must("parse/retry/hexadecimal", Interpreting, "A prefix is not a digit.")
        .reads(b"retry: 0x10\n")
        .gives_nothing(),
    must("parse/retry/separator", Interpreting, "Separators are not digits.")
        .reads(b"retry: 5,000\nretry: 5_000\n")
        .gives_nothing(),
    must("parse/retry/arabic-indic", Interpreting, "Only ASCII digits count.")
        .reads("retry: \u{665}\n".as_bytes())
        .gives_nothing(),
    must("parse/retry/fullwidth", Interpreting, "Fullwidth digits are not ASCII digits.")
        .reads("retry: \u{FF15}\nretry: 5\u{B2}\n".as_bytes())
        .gives_nothing(),
    must("parse/retry/nul", Interpreting, "A NUL is not a digit.")
        .reads(b"retry: 5\x00\n")
        .gives_nothing(),
    must("parse/retry/ignored-keeps-earlier", Interpreting, "An ignored value leaves an earlier time unchanged.")
        .reads(b"retry: 5\nretry: no\nretry\n: c\n")
        .gives(&[retry(5).at(9), comment("c").at(29)]),
];
