//! Inputs for property tests of decoders and encoders.
//!
//! ```
//! use proptest::prelude::*;
//! use sse_conformance::{model, strategies};
//!
//! proptest!(|((stream, chunking) in strategies::chunked(strategies::blocks()))| {
//!     let chunks: Vec<u8> = chunking.of(&stream).flatten().copied().collect();
//!     prop_assert_eq!(model::decode(&chunks), model::decode(&stream));
//! });
//! ```

use proptest::collection::vec;
use proptest::prelude::any;
use proptest::sample::{Index, select};
use proptest::strategy::Strategy;
use proptest::{option, prop_oneof};

use crate::chunking::Chunking;

/// Streams with the shape of event streams: blocks of fields and comments of every kind, mostly
/// well-formed. Each line ends in one of the three line ends, except that the last one may be cut
/// off.
pub fn blocks() -> impl Strategy<Value = Vec<u8>> {
    let bom = option::weighted(
        0.2,
        (1_usize..3).prop_map(|count| b"\xEF\xBB\xBF".repeat(count)),
    );
    let block = (vec(line(), 0..6), option::weighted(0.9, line_end()))
        .prop_map(|(lines, blank)| [lines.concat(), blank.unwrap_or_default()].concat());
    let rest = option::weighted(
        0.3,
        (name(), value()).prop_map(|(name, value)| [name, value].concat()),
    );
    (bom, vec(block, 0..6), rest).prop_map(|(bom, blocks, rest)| {
        [
            bom.unwrap_or_default(),
            blocks.concat(),
            rest.unwrap_or_default(),
        ]
        .concat()
    })
}

/// Bytes without a shape. Most are bytes that decoders often get wrong.
pub fn hostile_bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => line_end(),
        6 => name(),
        8 => one_of(PIECES),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
    ];
    vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// A stream, and a chunking for it.
pub fn chunked(
    stream: impl Strategy<Value = Vec<u8>>,
) -> impl Strategy<Value = (Vec<u8>, Chunking)> {
    (stream, vec(any::<Index>(), 0..8)).prop_map(|(stream, places)| {
        let mut cuts: Vec<usize> = places
            .into_iter()
            .map(|place| place.index(stream.len() + 1))
            .collect();
        cuts.sort_unstable();
        (stream, Chunking::Cuts(cuts))
    })
}

/// The data of an event: any text, with every kind of line break at any place.
pub fn data() -> impl Strategy<Value = String> {
    text(&["\n", "\r", "\r\n", "\n\n"], |_| true)
}

/// The text of a comment, which may have line breaks.
pub fn comment() -> impl Strategy<Value = String> {
    data()
}

/// An event type that a decoder reads back as it was: any text without CR and LF. It is not empty,
/// since an empty type is read as `message`.
pub fn event_type() -> impl Strategy<Value = String> {
    text(&["message", "tick", "\0"], |character| {
        !matches!(character, '\n' | '\r')
    })
    .prop_map(|text| {
        if text.is_empty() {
            "message".to_owned()
        } else {
            text
        }
    })
}

/// An event ID that a decoder accepts: any text without CR, LF and NUL. The empty one resets the
/// last event ID.
pub fn event_id() -> impl Strategy<Value = String> {
    text(&["7", "0", "a-b_c"], |character| {
        !matches!(character, '\n' | '\r' | '\0')
    })
}

/// Text made of strings that are often handled wrongly, of those in `more`, and of any allowed
/// characters.
fn text(more: &'static [&'static str], allowed: fn(char) -> bool) -> impl Strategy<Value = String> {
    let character = any::<char>().prop_map(move |character| {
        if allowed(character) {
            String::from(character)
        } else {
            String::new()
        }
    });
    let piece = prop_oneof![
        4 => select(TEXTS).prop_map(str::to_owned),
        3 => select(more).prop_map(str::to_owned),
        1 => character,
    ];
    vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    (field(), line_end()).prop_map(|(field, end)| [field, end].concat())
}

fn field() -> impl Strategy<Value = Vec<u8>> {
    let time = prop_oneof![
        3 => (0_u32..100_000).prop_map(|time| time.to_string()),
        1 => any::<u128>().prop_map(|time| time.to_string()),
        1 => select(&["+5", "-5", "5ms", "", "005", " 5", "\u{665}"]).prop_map(str::to_owned),
    ];
    let retry = time.prop_map(|time| format!("retry: {time}").into_bytes());
    let with_value = (name(), one_of(&[b": ", b":", b":  "]), value());
    prop_oneof![
        10 => with_value.prop_map(|(name, colon, value)| [name, colon, value].concat()),
        2 => retry,
        1 => name(),
        1 => value(),
        1 => one_of(&[b" ", b"\t", b"\0", b"\xEF\xBB\xBF"]),
    ]
}

/// Field names, and names that resemble them. The empty name makes a comment.
fn name() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => one_of(&[b"data", b"data", b"data", b"event", b"id", b"id", b"retry"]),
        1 => one_of(&[b"", b"", b"Data", b"dat", b"data ", b" data", b"ids", b"foo"]),
    ]
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => one_of(&[b"a", b"hello", b"1", b"message", b"tick", b""]),
        2 => one_of(PIECES),
    ];
    vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

fn line_end() -> impl Strategy<Value = Vec<u8>> {
    one_of(&[b"\n", b"\r\n", b"\r"])
}

fn one_of(choices: &'static [&'static [u8]]) -> impl Strategy<Value = Vec<u8>> {
    select(choices).prop_map(<[u8]>::to_vec)
}

/// Bytes with a meaning, bytes that resemble them, and incomplete sequences. None holds a CR or LF.
const PIECES: &[&[u8]] = &[
    b":",
    b" ",
    b"\t",
    b"\0",
    b"5",
    b"a",
    b"\x0B",
    b"\x0C",
    b"\xEF\xBB\xBF",
    b"\xEF\xBB",
    b"\xEF",
    b"\xC2\x85",
    b"\xE2\x80\xA8",
    b"\xE2\x82\xAC",
    b"\xE2\x82",
    b"\xE2",
    b"\xC3\xA9",
    b"\xC3",
    b"\xF0\x9F\xA6\x80",
    b"\xF0\x9F\xA6",
    b"\xF0\x9F",
    b"\xF0",
    b"\xED\xA0\x80",
    b"\xC0\x8A",
    b"\xF4\x90",
    b"\x80",
    b"\xBF",
    b"\xFF",
];

/// The same as valid text. None holds a CR, LF or NUL.
const TEXTS: &[&str] = &[
    "",
    "a",
    "hello",
    " ",
    "  ",
    "\t",
    ":",
    ": ",
    "data: x",
    "id: 9",
    "event: x",
    "retry: 1",
    "\u{FEFF}",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\u{B}",
    "\u{C}",
    "\u{FFFD}",
    "\u{A0}",
    "é",
    "e\u{301}",
    "€",
    "🦀",
    "\\n",
    "{\"a\": 1}",
];
