//! Memory of the caller's: the front grows from its front, the values fill its end.

use core::ops::Range;

use super::{Memory, sealed};
use crate::{
    decode::buffers::{Value, Values},
    utf8,
};

impl<const N: usize> Memory for [u8; N] {}
impl Memory for &mut [u8] {}

macro_rules! fixed {
    (($($generics:tt)*) $memory:ty) => {
        impl<$($generics)*> sealed::Memory for $memory {
            fn set_limit(&mut self, limit: usize) -> usize {
                self.len().min(limit)
            }

            #[inline]
            fn front(&self, length: usize) -> &[u8] {
                &self[..length]
            }

            #[inline]
            fn front_mut(&mut self, length: usize) -> &mut [u8] {
                &mut self[..length]
            }

            #[inline]
            fn append(&mut self, length: usize, bytes: &[u8]) {
                self[length..][..bytes.len()].copy_from_slice(bytes);
            }

            #[inline]
            fn append_line(&mut self, length: usize, bytes: &[u8]) {
                self.append(length, bytes);
                self[length + bytes.len()] = b'\n';
            }

            fn make_text(&mut self, length: usize) -> Result<(), usize> {
                utf8::validate(&self[..length])
            }

            fn text(&self, length: usize) -> &str {
                valid(&self[..length])
            }

            fn set(&mut self, lengths: &Values, value: Value, text: &str) {
                let place = lengths.make_place(value, text.len(), &mut self[..]);
                self[place].copy_from_slice(text.as_bytes());
            }

            fn set_held(
                &mut self,
                lengths: &Values,
                value: Value,
                held: Range<usize>,
                text: usize,
            ) {
                let place = lengths.make_place(value, text, &mut self[..]);
                let copied = place.end - held.len()..place.end;
                self.copy_within(held, copied.start);
                utf8::copy_repaired(&mut self[..], copied, place.start);
            }

            fn event_type(&self, lengths: &Values) -> &str {
                valid(lengths.event_type_in(&self[..]))
            }

            fn last_event_id(&self, lengths: &Values) -> &str {
                valid(lengths.last_event_id_in(&self[..]))
            }

            fn commit_id(&mut self, lengths: &Values) {
                lengths.move_id(&mut self[..]);
            }
        }
    };
}

fixed!((const N: usize) [u8; N]);
fixed!(() &mut [u8]);

/// Bytes that are known to be text.
fn valid(bytes: &[u8]) -> &str {
    utf8::from_utf8(bytes).unwrap_or_default()
}
