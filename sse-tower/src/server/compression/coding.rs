//! The names of the content codings, and their levels.

use http::HeaderValue;

/// A content coding ([RFC 9110, 8.4.1](https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Br,
    Zstd,
    Gzip,
}

/// The level of a coding that is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    Low,
    Medium,
    High,
}

impl Coding {
    /// Returns whether the feature with the encoder is enabled.
    pub(crate) const fn is_compiled(self) -> bool {
        match self {
            Self::Br => cfg!(feature = "compression-br"),
            Self::Zstd => cfg!(feature = "compression-zstd"),
            Self::Gzip => cfg!(feature = "compression-gzip"),
        }
    }

    /// Returns whether `name` is the name of this coding, or an alias
    /// ([RFC 9110, 8.4.1.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.3)).
    pub(crate) fn has_name(self, name: &[u8]) -> bool {
        name.eq_ignore_ascii_case(self.name().as_bytes())
            || self == Self::Gzip && name.eq_ignore_ascii_case(b"x-gzip")
    }

    /// Returns the value of `Content-Encoding`.
    pub(crate) fn field_value(self) -> HeaderValue {
        HeaderValue::from_static(self.name())
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Br => "br",
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
        }
    }
}
