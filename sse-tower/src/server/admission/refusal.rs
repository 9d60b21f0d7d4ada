//! Requests that are refused.

use std::{error::Error, fmt};

/// A request that was answered without a stream, as in
/// [`Notice::Refused`](crate::server::Notice::Refused).
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    reason: RefusalReason,
    pub(super) mistake: Option<KeyError>,
    bytes: u64,
}

/// The reason why a request was answered without a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalReason {
    /// The number of streams has reached the [`Limits`](crate::server::Limits).
    Limit,
    /// The server is stopping: its [`Drain`](crate::Drain) has started.
    Drain,
    /// The client does not accept event streams
    /// (see [`refuse_unacceptable`](crate::Settings::refuse_unacceptable)).
    NotAcceptable,
    /// The keys of the server's [`Limits`](crate::server::Limits#keys) are configured incorrectly.
    Mistake,
}

impl Refusal {
    /// Returns the reason why the request was refused.
    #[must_use]
    pub const fn reason(&self) -> RefusalReason {
        self.reason
    }

    /// Returns the number of bytes in the body of the response.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns the server's mistake, if the reason is [`Mistake`](RefusalReason::Mistake).
    #[must_use]
    pub fn error(&self) -> Option<&(dyn Error + 'static)> {
        self.mistake.as_ref().map(|mistake| mistake as _)
    }

    /// Returns the text of the server's mistake, which is the body of the response.
    pub(crate) fn mistake(&self) -> Option<&'static str> {
        self.mistake.map(KeyError::text)
    }

    pub(crate) fn with_bytes(self, bytes: usize) -> Self {
        let bytes = bytes as u64;
        Self { bytes, ..self }
    }
}

impl From<RefusalReason> for Refusal {
    fn from(reason: RefusalReason) -> Self {
        Self {
            reason,
            mistake: None,
            bytes: 0,
        }
    }
}

impl From<KeyError> for Refusal {
    fn from(error: KeyError) -> Self {
        Self {
            reason: RefusalReason::Mistake,
            mistake: Some(error),
            bytes: 0,
        }
    }
}

/// A mistake in the server: a key without a limit, or a limit without a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyError {
    NotGiven,
    NotComputed,
    Unused,
}

impl KeyError {
    const fn text(self) -> &'static str {
        match self {
            Self::NotGiven => {
                "the limits are per key, but this response has no key: call `Sse::limit_key`, or \
                 give the limits to a layer instead, which computes the key with the function of \
                 `Limits::per_key`"
            }
            Self::NotComputed => {
                "the limits are per key, but this layer cannot compute the key: replace \
                 `Limits::each` by `Limits::per_key`, or give the limits to `Sse` and call \
                 `Sse::limit_key`"
            }
            Self::Unused => {
                "this response has a key, but its limits are not per key: give it `Limits::each` \
                 or `Limits::per_key`, or remove `Sse::limit_key`"
            }
        }
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl Error for KeyError {}
