//! Streams whose meaning was written down by hand.
//!
//! Each [`Vector`] is one rule of the standard, a stream that exercises it, and the items that a
//! decoder must report for that stream, with the byte at which each item is due. None of this was
//! computed. The [model](crate::model) is tested against the vectors, not the other way round.
//!
//! ```
//! use sse_conformance::vectors;
//!
//! let vector = vectors::all().find(|vector| vector.id() == "parse/line/cr-cr").unwrap();
//! assert_eq!(vector.stream(), b"data: a\r\r".as_slice());
//! assert_eq!(vector.expected()[0].at, 9);
//! ```

mod bom;
mod comment;
mod data;
mod dispatch;
mod end;
mod event_type;
mod field;
mod id;
mod line;
mod long;
mod retry;
mod utf8;
pub(crate) mod vector;

pub use vector::Vector;

/// Returns every vector, in the order of the standard.
pub fn all() -> impl Iterator<Item = &'static Vector> {
    let sections: [&[Vector]; 12] = [
        bom::VECTORS,
        utf8::VECTORS,
        line::VECTORS,
        field::VECTORS,
        comment::VECTORS,
        data::VECTORS,
        event_type::VECTORS,
        id::VECTORS,
        retry::VECTORS,
        dispatch::VECTORS,
        end::VECTORS,
        long::VECTORS,
    ];
    sections.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_well_formed() {
        let mut seen = HashSet::new();
        for vector in all() {
            let id = vector.id();
            assert!(seen.insert(id), "{id} occurs twice");
            assert!(
                id.starts_with("parse/") && id.split('/').count() == 3,
                "{id}"
            );
            assert!(
                id.bytes()
                    .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'/'))
            );
        }
    }

    #[test]
    fn each_stream_is_tried_once_and_each_rule_is_a_sentence() {
        let mut seen = HashSet::new();
        for vector in all() {
            let id = vector.id();
            assert!(
                seen.insert(vector.stream()),
                "{id} repeats another vector's stream"
            );
            assert!(vector.rule().ends_with('.'), "{id}");
        }
    }
}
