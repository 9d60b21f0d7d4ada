//! The model against the vectors, whose meaning was written by hand.

use sse_conformance::model::{Decoded, Due, decode};
use sse_conformance::vectors::{self, Vector};

#[test]
fn the_model_agrees_with_every_vector() {
    let wrong: Vec<String> = vectors::all()
        .filter_map(|vector| {
            let decoded = decode(&vector.stream());
            let right = decoded.items == vector.expected()
                && decoded.last_event_id == vector.last_event_id();
            let seen: String = format!("{decoded:?}").chars().take(400).collect();
            (!right).then(|| format!("{}: {seen}", vector.id()))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An item is reported as soon as its byte is read, and not before.
#[test]
fn a_prefix_has_the_items_that_are_due_in_it() {
    for vector in short() {
        let (stream, expected) = (vector.stream(), vector.expected());
        for len in 0..=stream.len() {
            let due: Vec<Due> = expected
                .iter()
                .filter(|due| due.at <= len)
                .cloned()
                .collect();
            assert_eq!(
                decode(&stream[..len]).items,
                due,
                "{} after {len}",
                vector.id()
            );
        }
    }
}

/// If a stream ends between two events, bytes that follow do not change what was read.
#[test]
fn later_bytes_do_not_change_earlier_items() {
    for vector in short() {
        let stream = vector.stream();
        for more in [b"data: more\n\n".as_slice(), b"\n", b"\r", b":", b"\xFF"] {
            let both = decode(&[&stream, more].concat());
            let before: Vec<Due> = both
                .items
                .into_iter()
                .filter(|due| due.at <= stream.len())
                .collect();
            assert_eq!(before, vector.expected(), "{} before {more:?}", vector.id());
        }
    }
}

#[test]
fn the_reconnection_time_is_the_last_one_set() {
    let table: [(&[u8], Option<u64>); 4] = [
        (b"", None),
        (b"retry: 1\nretry: 2\n", Some(2)),
        (b"retry: 1\nretry: x\n\n", Some(1)),
        (b"retry: 1", None),
    ];
    for (stream, expected) in table {
        let Decoded {
            reconnection_time, ..
        } = decode(stream);
        assert_eq!(reconnection_time, expected, "{}", stream.escape_ascii());
    }
}

fn short() -> impl Iterator<Item = &'static Vector> {
    vectors::all().filter(|vector| vector.stream().len() < 4096)
}
