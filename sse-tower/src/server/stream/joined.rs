//! Items that are sent as one frame.

use std::mem;

use bytes::{Bytes, BytesMut};

/// Items that are appended to each other. A single item is not copied.
pub(super) enum Joined {
    Nothing,
    One(Bytes),
    Many(BytesMut),
}

impl Joined {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::One(bytes) => bytes.len(),
            Self::Many(bytes) => bytes.len(),
        }
    }

    #[inline]
    pub(super) fn push(&mut self, bytes: Bytes) {
        match self {
            _ if bytes.is_empty() => {}
            Self::Nothing => *self = Self::One(bytes),
            Self::One(_) | Self::Many(_) => self.append(&bytes),
        }
    }

    #[inline(never)]
    fn append(&mut self, bytes: &[u8]) {
        match self {
            Self::Many(joined) => joined.extend_from_slice(bytes),
            Self::Nothing | Self::One(_) => {
                let first = mem::replace(self, Self::Nothing).into_bytes();
                let mut joined = BytesMut::with_capacity(first.len() + bytes.len());
                joined.extend_from_slice(&first);
                joined.extend_from_slice(bytes);
                *self = Self::Many(joined);
            }
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Nothing => &[],
            Self::One(bytes) => bytes,
            Self::Many(bytes) => bytes,
        }
    }

    #[inline]
    pub(super) fn into_bytes(self) -> Bytes {
        match self {
            Self::Nothing => Bytes::new(),
            Self::One(bytes) => bytes,
            Self::Many(bytes) => bytes.freeze(),
        }
    }
}
