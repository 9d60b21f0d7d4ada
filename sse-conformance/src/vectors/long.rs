//! Streams too long to write down. A decoder that searches its whole buffer again for each chunk
//! times out on them.
//!
//! HTML allows implementations to have limits. So what few implementations would hold is a SHOULD.

use crate::model::{Due, Item};
use crate::rule::Section::{Interpreting, Parsing, Utf8Decoder};
use crate::vectors::vector::{Vector, comment, must, retry, should};

#[rustfmt::skip]
pub(crate) const VECTORS: &[Vector] = &[
    should("parse/long/ten-megabyte-line", Parsing, "A line may have any length.")
        .reads_made(|| filled(b"data: ", b'x', TEN_MEGABYTES, b"\n\n"))
        .gives_made(|| vec![message("x".repeat(TEN_MEGABYTES), 10_000_008)]),
    must("parse/long/unterminated-line", Parsing, "A long line without its end is not a line.")
        .reads_made(|| filled(b"data: a\n\ndata: ", b'x', HUNDRED_KILOBYTES, b""))
        .gives_made(|| vec![message("a".to_owned(), 9)]),
    must("parse/long/unknown-field", Interpreting, "An ignored field may have any length.")
        .reads_made(|| filled(b"foo: ", b'x', HUNDRED_KILOBYTES, b"\ndata: a\n\n"))
        .gives_made(|| vec![message("a".to_owned(), 100_015)]),
    must("parse/long/name", Interpreting, "A line without a colon may have any length.")
        .reads_made(|| filled(b"data", b'a', HUNDRED_KILOBYTES, b"\ndata: a\n\n"))
        .gives_made(|| vec![message("a".to_owned(), 100_014)]),
    must("parse/long/id", Interpreting, "An ID may have any length.")
        .reads_made(|| filled(b"id: ", b'7', 65_536, b"\ndata: a\n\nid\n\n"))
        .gives_made(|| {
            vec![Due { item: Item::event("message", "a", &"7".repeat(65_536)), at: 65_550 }]
        }),
    must("parse/long/event-type", Interpreting, "An event type may have any length.")
        .reads_made(|| filled(b"event: ", b't', 65_536, b"\ndata: a\n\n"))
        .gives_made(|| vec![Due { item: Item::event(&"t".repeat(65_536), "a", ""), at: 65_553 }]),
    must("parse/long/comment", Interpreting, "A comment may have any length.")
        .reads_made(|| filled(b": ", b'c', 65_536, b"\n"))
        .gives_made(|| vec![Due { item: Item::Comment("c".repeat(65_536)), at: 65_539 }]),
    should("parse/long/retry", Interpreting, "A number may have any length.")
        .reads_made(|| filled(b"retry: ", b'9', 20_000, b"\n"))
        .gives_made(|| vec![Due { item: Item::Retry(u64::MAX), at: 20_008 }]),
    must("parse/long/many-data-lines", Interpreting, "An event may have any number of lines.")
        .reads_made(|| [b"data\n".repeat(20_000), b"\n".to_vec()].concat())
        .gives_made(|| vec![message("\n".repeat(19_999), 100_001)]),
    must("parse/long/many-blank-lines", Interpreting, "Blank lines dispatch nothing, however many there are.")
        .reads_made(|| filled(b"data: a\n\n", b'\n', 100_000, b"data: b\n\n"))
        .gives_made(|| vec![message("a".to_owned(), 9), message("b".to_owned(), 100_018)]),
    must("parse/long/many-events", Interpreting, "A stream may hold any number of events.")
        .reads_made(|| b"data: a\n\n".repeat(10_000))
        .gives_made(|| (1..=10_000).map(|n| message("a".to_owned(), 9 * n)).collect()),
    must("parse/long/many-comments", Interpreting, "A stream may hold any number of comments.")
        .reads_made(|| b":\n".repeat(20_000))
        .gives_made(|| {
            (1..=20_000).map(|n| Due { item: Item::Comment(String::new()), at: 2 * n }).collect()
        }),
    must("parse/long/invalid-bytes", Utf8Decoder, "Each of many invalid bytes becomes one U+FFFD.")
        .reads_made(|| filled(b"data: ", 0xFF, 20_000, b"\n\n"))
        .gives_made(|| vec![message("\u{FFFD}".repeat(20_000), 20_008)]),
    must("parse/long/around-a-block", Parsing, "Line ends are found on either side of a buffer boundary.")
        .reads(b":0123456789abcdef0123456789abcdef0123456789abcdef0123456789abc\r\nretry: 9\n\n")
        .gives(&[
            comment("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abc").at(63),
            retry(9).at(73),
        ]),
];

const TEN_MEGABYTES: usize = 10_000_000;
const HUNDRED_KILOBYTES: usize = 100_000;

fn filled(before: &[u8], byte: u8, count: usize, after: &[u8]) -> Vec<u8> {
    [before, &vec![byte; count], after].concat()
}

fn message(data: String, at: usize) -> Due {
    Due {
        item: Item::Event {
            event_type: "message".to_owned(),
            data,
            last_event_id: String::new(),
        },
        at,
    }
}
