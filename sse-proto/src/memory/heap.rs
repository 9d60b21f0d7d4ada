//! Memory that grows.

use alloc::{string::String, vec::Vec};
use core::{mem, ops::Range};

use super::{
    Memory,
    store::{IntoStore, Slot, Store},
};
use crate::utf8::{self, Text};

/// Memory on the heap. It grows up to the limit, and shrinks after a large event.
///
/// This is the default memory of a [`Decoder`](crate::Decoder).
///
/// ```
/// use sse_proto::{Decoder, Heap};
///
/// struct Connection {
///     decoder: Decoder, // Or `Decoder<Heap>`, which is the same.
/// }
///
/// let connection = Connection { decoder: Decoder::new_in(Heap::default()) };
/// assert_eq!(connection.decoder.last_event_id(), "");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Heap {
    front: Vec<u8>,
    /// The front while it is text. Then `front` is empty.
    text: Text,
    event_type: String,
    id: String,
    last_event_id: String,
    limit: usize,
}

impl Memory for Heap {}

impl IntoStore for Heap {
    type Store = Self;

    fn into_store(self, limit: usize) -> Self {
        Self { limit, ..self }
    }
}

impl Store for Heap {
    #[inline]
    fn limit(&self) -> usize {
        self.limit
    }

    #[inline]
    fn front(&self, length: usize) -> &[u8] {
        &self.front[..length]
    }

    fn front_mut(&mut self, length: usize) -> &mut [u8] {
        if length > self.front.len() {
            if length > self.front.capacity() {
                self.grow(length);
            }
            self.front.resize(length, 0);
        }
        &mut self.front[..length]
    }

    #[inline]
    fn append(&mut self, length: usize, bytes: &[u8]) {
        self.front.truncate(length);
        if bytes.len() > self.front.capacity() - self.front.len() {
            self.grow(length + bytes.len());
        }
        self.front.extend_from_slice(bytes);
    }

    #[inline]
    fn append_line(&mut self, length: usize, bytes: &[u8]) {
        self.front.truncate(length);
        if bytes.len() >= self.front.capacity() - self.front.len() {
            self.grow(length + bytes.len() + 1);
        }
        self.front.extend_from_slice(bytes);
        self.front.push(b'\n');
    }

    #[inline]
    fn append_all<'c>(
        &mut self,
        length: usize,
        mut next: impl FnMut(usize) -> Option<&'c [u8]>,
    ) -> usize {
        self.front.truncate(length);
        while let Some(bytes) = next(self.front.len()) {
            if bytes.len() > self.front.capacity() - self.front.len() {
                self.grow(self.front.len() + bytes.len());
            }
            self.front.extend_from_slice(bytes);
        }
        self.front.len()
    }

    #[inline]
    fn make_text(&mut self, length: usize) -> Result<(), usize> {
        self.front.truncate(length);
        self.pad();
        match Text::new(mem::take(&mut self.front)) {
            Ok(text) => {
                self.text = text;
                Ok(())
            }
            Err((bytes, valid)) => {
                self.front = bytes;
                Err(valid)
            }
        }
    }

    #[inline]
    fn text(&self, length: usize) -> &str {
        self.text.as_str().get(..length).unwrap_or_default()
    }

    #[inline]
    fn take_text_back(&mut self) {
        self.front = mem::take(&mut self.text).into_bytes();
    }

    #[inline]
    fn set(&mut self, slot: Slot, text: &str) {
        let value = self.value_mut(slot);
        make_room(value, text.len());
        value.push_str(text);
    }

    fn set_repaired(&mut self, slot: Slot, bytes: Range<usize>, length: usize) {
        let value = self.value_mut(slot);
        make_room(value, length);
        // A `String` can become bytes, and text again, without a copy.
        let mut repaired = mem::take(value).into_bytes();
        repaired.resize(length, 0);
        let copy = length - bytes.len()..length;
        repaired[copy.clone()].copy_from_slice(&self.front[bytes]);
        utf8::copy_repaired(&mut repaired, copy, 0);
        *self.value_mut(slot) = String::from_utf8(repaired).unwrap_or_default();
    }

    #[inline]
    fn values_length(&self) -> usize {
        self.event_type.len() + self.id.len() + self.last_event_id.len()
    }

    #[inline]
    fn has_event_values(&self) -> bool {
        !self.event_type.is_empty() || !self.id.is_empty()
    }

    #[inline]
    fn event_type(&self) -> &str {
        &self.event_type
    }

    #[inline]
    fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    #[inline]
    fn commit_id(&mut self) {
        mem::swap(&mut self.id, &mut self.last_event_id);
        self.id.clear();
    }

    #[inline]
    fn forget_event(&mut self) {
        self.event_type.clear();
        self.id.clear();
        let values = self.event_type.capacity().max(self.id.capacity());
        if self.front.capacity() > RETAINED || values > RETAINED_VALUE {
            self.shrink();
        }
    }
}

impl Heap {
    #[inline]
    fn value_mut(&mut self, slot: Slot) -> &mut String {
        match slot {
            Slot::EventType => &mut self.event_type,
            Slot::Id => &mut self.id,
        }
    }

    /// Pads the front to whole words, if there is room. Validating single bytes at the end would take longer
    /// than validating whole words.
    #[inline(always)]
    fn pad(&mut self) {
        let length = self.front.len();
        if self.front.capacity() - length >= WORDS {
            self.front.extend_from_slice(&[b'\n'; WORDS]);
            self.front.truncate(length.next_multiple_of(WORDS));
        }
    }

    /// Grows the front. Small memory is doubled. Larger memory grows in a few large steps, so that little is
    /// copied: pages that are never written to cost nothing.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, needed: usize) {
        let doubled = 2 * self.front.capacity();
        let larger = if needed <= MAX_DOUBLED {
            doubled.max(MIN_CAPACITY)
        } else if needed <= RETAINED {
            RETAINED
        } else {
            doubled.max(MIN_LARGE_CAPACITY)
        };
        let capacity = needed.max(larger.min(self.limit));
        self.front
            .reserve_exact(capacity.saturating_sub(self.front.len()));
    }

    #[cold]
    #[inline(never)]
    fn shrink(&mut self) {
        self.front.clear();
        self.front.shrink_to(RETAINED);
        self.event_type.shrink_to(RETAINED_VALUE);
        self.id.shrink_to(RETAINED_VALUE);
    }
}

/// Empties a value and reserves this length for the next one. If that is large, reserves no more than that.
#[inline]
fn make_room(value: &mut String, length: usize) {
    value.clear();
    if length > value.capacity() || value.capacity() > RETAINED_VALUE {
        *value = String::new();
        value.reserve_exact(length);
    }
}

/// The number of bytes that the validation of ASCII reads at once.
const WORDS: usize = 2 * size_of::<usize>();

/// The smallest capacity in bytes, if the limit allows it.
const MIN_CAPACITY: usize = 256;

/// The largest capacity that is reached by doubling.
const MAX_DOUBLED: usize = 4 * 1024;

/// The largest capacity that is kept for the next event. Common allocators map each larger piece into memory
/// separately, which takes long.
const RETAINED: usize = 96 * 1024;

/// The smallest capacity beyond that.
const MIN_LARGE_CAPACITY: usize = 16 * 1024 * 1024;

/// The largest capacity that is kept for each value.
const RETAINED_VALUE: usize = 1024;
