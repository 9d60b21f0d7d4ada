//! Generated blocks.

use proptest::collection::vec;
use proptest::prelude::any;
use proptest::sample::{Index, select};
use proptest::strategy::{Just, Strategy};
use proptest::{option, prop_oneof};

use crate::strategies::{comment, data, event_id, event_type};
use crate::suite::encoder::block::Owned;

/// Sequences of blocks that an encoder must write.
pub(crate) fn sequences() -> impl Strategy<Value = Vec<Owned>> {
    let event = (
        option::of(event_type()),
        data(),
        option::weighted(0.4, event_id()),
    )
        .prop_map(|(event_type, data, id)| Owned::Event {
            event_type,
            data,
            id,
        });
    let block = prop_oneof![
        6 => event,
        1 => comment().prop_map(Owned::Comment),
        1 => any::<u32>().prop_map(|time| Owned::Retry(time.into())),
        1 => Just(Owned::Heartbeat),
        1 => event_id().prop_map(Owned::LastEventId),
    ];
    vec(block, 1..6)
}

/// Blocks with a character that is not allowed in their field.
pub(crate) fn unwritable() -> impl Strategy<Value = Owned> {
    let bad_type = with_inserted(event_type(), &['\n', '\r']);
    let bad_id = with_inserted(event_id(), &['\n', '\r', '\0']);
    let bad_last_event_id = with_inserted(event_id(), &['\n', '\r', '\0']);
    prop_oneof![
        (bad_type, data()).prop_map(|(event_type, data)| Owned::Event {
            event_type: Some(event_type),
            data,
            id: None
        }),
        (bad_id, data()).prop_map(|(id, data)| Owned::Event {
            event_type: None,
            data,
            id: Some(id)
        }),
        bad_last_event_id.prop_map(Owned::LastEventId),
    ]
}

/// Text with one of these characters somewhere in it.
fn with_inserted(
    text: impl Strategy<Value = String>,
    characters: &'static [char],
) -> impl Strategy<Value = String> {
    (text, select(characters), any::<Index>()).prop_map(|(text, character, place)| {
        let mut characters: Vec<char> = text.chars().collect();
        characters.insert(place.index(characters.len() + 1), character);
        characters.into_iter().collect()
    })
}
