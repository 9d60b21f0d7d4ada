//! Memory of a fixed length, which the caller provides.

use core::ops::Range;

use super::{
    Memory,
    store::{IntoStore, Slot, Store},
};
use crate::utf8;

impl<const N: usize> Memory for [u8; N] {}
impl Memory for &mut [u8] {}

impl<const N: usize> IntoStore for [u8; N] {
    type Store = Fixed<Self>;

    fn into_store(self, limit: usize) -> Self::Store {
        Fixed::new(self, limit)
    }
}

impl IntoStore for &mut [u8] {
    type Store = Fixed<Self>;

    fn into_store(self, limit: usize) -> Self::Store {
        Fixed::new(self, limit)
    }
}

/// An array or a slice, and the layout of the values in it. The front begins at the start of the memory, and
/// the values fill its end:
///
/// ```text
/// front … free … the value that was set last, the other value, last event ID
/// ```
///
/// A value that is set repeatedly is overwritten in place. A value that stays is moved at most once after it
/// was set. So the time is linear in the length of the texts that are set.
#[derive(Clone, Debug)]
pub struct Fixed<B> {
    bytes: B,
    limit: usize,
    /// The lengths of the values.
    event_type: usize,
    id: usize,
    last_event_id: usize,
    set_last: Slot,
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Fixed<B> {
    fn new(bytes: B, limit: usize) -> Self {
        Self {
            limit: limit.min(bytes.as_ref().len()),
            bytes,
            event_type: 0,
            id: 0,
            last_event_id: 0,
            set_last: Slot::Id,
        }
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.as_ref()
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        self.bytes.as_mut()
    }

    fn length_of(&mut self, slot: Slot) -> &mut usize {
        match slot {
            Slot::EventType => &mut self.event_type,
            Slot::Id => &mut self.id,
        }
    }

    /// Makes room for a value of this length. Returns its position.
    fn make_room(&mut self, slot: Slot, length: usize) -> Range<usize> {
        let other = match slot {
            Slot::EventType => Slot::Id,
            Slot::Id => Slot::EventType,
        };
        let end = self.bytes().len() - self.last_event_id;
        let other_length = *self.length_of(other);
        let other_start = end - other_length;
        if self.set_last == other {
            let start = end - self.event_type - self.id;
            self.bytes_mut()
                .copy_within(start..start + other_length, other_start);
        }
        *self.length_of(slot) = length;
        self.set_last = slot;
        other_start - length..other_start
    }
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Store for Fixed<B> {
    #[inline]
    fn limit(&self) -> usize {
        self.limit
    }

    #[inline]
    fn front(&self, length: usize) -> &[u8] {
        &self.bytes()[..length]
    }

    #[inline]
    fn front_mut(&mut self, length: usize) -> &mut [u8] {
        &mut self.bytes_mut()[..length]
    }

    #[inline]
    fn append(&mut self, length: usize, bytes: &[u8]) {
        self.bytes_mut()[length..][..bytes.len()].copy_from_slice(bytes);
    }

    #[inline]
    fn append_line(&mut self, length: usize, bytes: &[u8]) {
        self.append(length, bytes);
        self.bytes_mut()[length + bytes.len()] = b'\n';
    }

    fn make_text(&mut self, length: usize) -> Result<(), usize> {
        utf8::validate(self.front(length))
    }

    fn text(&self, length: usize) -> &str {
        valid(self.front(length))
    }

    fn set(&mut self, slot: Slot, text: &str) {
        let room = self.make_room(slot, text.len());
        self.bytes_mut()[room].copy_from_slice(text.as_bytes());
    }

    fn set_repaired(&mut self, slot: Slot, bytes: Range<usize>, length: usize) {
        let room = self.make_room(slot, length);
        let copy = room.end - bytes.len()..room.end;
        let memory = self.bytes_mut();
        memory.copy_within(bytes, copy.start);
        utf8::copy_repaired(memory, copy, room.start);
    }

    #[inline]
    fn values_length(&self) -> usize {
        self.event_type + self.id + self.last_event_id
    }

    #[inline]
    fn has_event_values(&self) -> bool {
        self.event_type + self.id > 0
    }

    fn event_type(&self) -> &str {
        let id_behind = match self.set_last {
            Slot::EventType => self.id,
            Slot::Id => 0,
        };
        let end = self.bytes().len() - self.last_event_id - id_behind;
        valid(&self.bytes()[end - self.event_type..end])
    }

    fn last_event_id(&self) -> &str {
        valid(&self.bytes()[self.bytes().len() - self.last_event_id..])
    }

    fn commit_id(&mut self) {
        let start = self.bytes().len() - self.values_length();
        let both = start..start + self.event_type + self.id;
        let (id, to) = (self.id, start + self.last_event_id);
        if self.set_last == Slot::Id {
            self.bytes_mut()[both.clone()].rotate_left(id);
        }
        self.bytes_mut().copy_within(both, to);
        self.last_event_id = id;
        self.id = 0;
    }

    fn forget_event(&mut self) {
        self.event_type = 0;
        self.id = 0;
    }
}

/// Returns the text of bytes that are known to be UTF-8.
fn valid(bytes: &[u8]) -> &str {
    utf8::from_utf8(bytes).unwrap_or_default()
}
