//! An ID that a server creates comes back in the header field, or it is refused when it is created.

use http::{HeaderValue, Request};
use sse_tower::{Event, EventId, LastEventId};

/// Returns the ID that a server reads when a client sends `id` back. HTTP strips spaces and tabs
/// around a value, and cannot carry some characters.
fn sent_back(id: &str) -> Option<EventId> {
    let value = id.trim_matches([' ', '\t']);
    let value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
    let request = Request::get("/").header("last-event-id", value);
    let last = LastEventId::of(&request.body(()).unwrap());
    last.get().cloned()
}

#[test]
fn every_id_comes_back_or_is_refused() {
    let characters = (0..0x300).chain([0x2028, 0xFEFF, 0xFFFD, 0x1F600]);
    let (mut made, mut refused) = (0, 0);
    for character in characters.filter_map(char::from_u32) {
        for id in [
            format!("{character}"),
            format!("{character}7"),
            format!("7{character}"),
            format!("7{character}7"),
        ] {
            match Event::new("x").try_with_id(&*id) {
                Ok(event) => {
                    assert_eq!(sent_back(&id).as_ref(), event.id(), "{id:?}");
                    made += 1;
                }
                Err(_) => refused += 1,
            }
        }
    }
    // 33 control characters at any position, and a space at the start, at the end and alone.
    assert_eq!((made, refused), (4 * (0x300 + 4) - 135, 135));
}

#[test]
fn the_longest_id_comes_back() {
    for (length, is_made) in [
        (1, true),
        (1500, true),
        (LastEventId::MAX_LENGTH, true),
        (LastEventId::MAX_LENGTH + 1, false),
        (100_000, false),
    ] {
        for character in ["7", "é"] {
            let id =
                character.repeat(length / character.len()) + &"7".repeat(length % character.len());
            let made = EventId::new(&*id).ok();
            assert_eq!(made.is_some(), is_made, "{length}");
            assert_eq!(made, sent_back(&id), "{length}");
        }
    }
}
