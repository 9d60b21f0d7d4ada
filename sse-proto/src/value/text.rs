//! The text of a value.

use core::{fmt, hash::Hash};

#[cfg(feature = "alloc")]
use alloc::sync::Arc;
#[cfg(feature = "bytes")]
use bytestring::ByteString;

use crate::error::Forbidden;

/// Text that is cheap to clone, because it is a constant or shared.
#[derive(Clone)]
pub(crate) enum Text {
    Static(&'static str),
    #[cfg(feature = "alloc")]
    Shared(Arc<str>),
    /// Text that was not copied. The `Arc` has two reasons. The first clone of `Bytes` may allocate. And `Bytes`
    /// has interior mutability: without the `Arc`, this feature would forbid to borrow a `const` event in
    /// another constant.
    #[cfg(feature = "bytes")]
    Bytes(Arc<ByteString>),
}

impl Text {
    /// Shares a text, unless `check` returns an error.
    #[cfg(feature = "alloc")]
    pub(super) fn shared<E>(
        text: impl Into<Arc<str>>,
        check: impl FnOnce(&str) -> Result<(), E>,
    ) -> Result<Self, E> {
        let text = text.into();
        check(&text)?;
        Ok(Self::Shared(text))
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Static(text) => text,
            #[cfg(feature = "alloc")]
            Self::Shared(text) => text,
            #[cfg(feature = "bytes")]
            Self::Bytes(text) => text,
        }
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::Static("")
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Text {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

/// Returns the first of these bytes in the text.
pub(super) const fn find_forbidden(text: &str, forbidden: &[u8]) -> Option<Forbidden> {
    let bytes = text.as_bytes();
    let mut position = 0;
    while position < bytes.len() {
        let mut at = 0;
        while at < forbidden.len() {
            if bytes[position] == forbidden[at] {
                let byte = forbidden[at];
                return Some(Forbidden { byte, position });
            }
            at += 1;
        }
        position += 1;
    }
    None
}
