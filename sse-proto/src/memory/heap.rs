//! Memory that grows.

use alloc::vec::Vec;
use core::mem;

use super::{Memory, sealed};
use crate::utf8::Text;

/// Memory on the heap: it grows up to the limit, and after an event that was large it is given back.
#[derive(Clone, Debug, Default)]
pub struct Heap {
    front: Vec<u8>,
    /// The front, once it is text. Then the other one is empty.
    text: Text,
    /// All of it is initialized; what is in use is at its end.
    back: Vec<u8>,
    limit: usize,
}

impl Memory for Heap {}

impl sealed::Memory for Heap {
    fn set_limit(&mut self, limit: usize) -> usize {
        self.limit = limit;
        limit
    }

    #[inline]
    fn front(&self, length: usize) -> &[u8] {
        &self.front[..length]
    }

    #[inline]
    fn append(&mut self, length: usize, bytes: &[u8]) {
        self.front.truncate(length);
        if bytes.len() > self.front.capacity() - self.front.len() {
            self.grow_front(length + bytes.len());
        }
        self.front.extend_from_slice(bytes);
    }

    #[inline]
    fn append_line(&mut self, length: usize, bytes: &[u8]) {
        self.front.truncate(length);
        if bytes.len() >= self.front.capacity() - self.front.len() {
            self.grow_front(length + bytes.len() + 1);
        }
        self.front.extend_from_slice(bytes);
        self.front.push(b'\n');
    }

    #[inline]
    fn back(&self) -> &[u8] {
        &self.back
    }

    #[inline]
    fn split(&mut self, front: usize, back: usize) -> (&mut [u8], &mut [u8]) {
        if front > self.front.len() {
            self.grow_front(front);
            self.front.resize(front, 0);
        }
        if back > self.back.len() {
            self.grow_back(back);
        }
        (&mut self.front[..front], &mut self.back)
    }

    #[inline]
    fn make_text(&mut self, length: usize) -> bool {
        self.front.truncate(length);
        match Text::new(mem::take(&mut self.front)) {
            Ok(text) => self.text = text,
            Err(bytes) => {
                self.front = bytes;
                return false;
            }
        }
        true
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
    fn shrink(&mut self, back: usize) {
        // Four times, so that what is copied now and then is paid for by what came in between.
        if self.front.capacity() > RETAINED || self.back.len() > RETAINED_BACK + 4 * back {
            self.shrink_both(back);
        }
    }
}

impl Heap {
    /// By doubling. Beyond what is kept, by so much at once that it need not be copied again: pages
    /// that are not written to cost nothing.
    #[cold]
    #[inline(never)]
    fn grow_front(&mut self, needed: usize) {
        let most = self.limit.saturating_sub(self.back.len());
        let larger = match 2 * self.front.capacity() {
            small @ ..=RETAINED => small.max(SMALLEST),
            large => large.max(LARGE),
        };
        let capacity = needed.max(larger.min(most));
        self.front
            .reserve_exact(capacity.saturating_sub(self.front.len()));
    }

    /// By a quarter. What the front has reserved beyond its bytes was never written to.
    #[cold]
    #[inline(never)]
    fn grow_back(&mut self, needed: usize) {
        let most = self.limit.saturating_sub(self.front.len());
        let larger = self.back.len() + self.back.len() / 4;
        let length = needed.max(larger.max(SMALLEST).min(most));
        let old = self.back.len();
        self.back.reserve_exact(length - old);
        self.back.resize(length, 0);
        self.back.copy_within(..old, length - old);
    }

    #[cold]
    #[inline(never)]
    fn shrink_both(&mut self, back: usize) {
        self.front.clear();
        self.front.shrink_to(RETAINED);
        self.back.drain(..self.back.len() - back);
        self.back.shrink_to_fit();
    }
}

/// How much memory is kept for the next event, in bytes, beside the last event ID: for data
const RETAINED: usize = 128 * 1024;

/// The same, for types and IDs.
const RETAINED_BACK: usize = 4 * 1024;

/// How much memory is asked for at first, in bytes, if the limit allows it.
const SMALLEST: usize = 256;

/// How much is asked for beyond what is kept.
const LARGE: usize = 16 * 1024 * 1024;
