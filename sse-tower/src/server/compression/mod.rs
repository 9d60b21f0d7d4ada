//! Content codings that compress each frame of a stream as a unit, so that a client can decode it
//! at once.

#![cfg_attr(
    not(any(
        feature = "compression-br",
        feature = "compression-gzip",
        feature = "compression-zstd"
    )),
    // Without an encoder, nothing turns compression on.
    allow(dead_code, unreachable_pub)
)]

#[cfg(feature = "compression-br")]
mod br;
pub(crate) mod coding;
pub(crate) mod compressor;
#[cfg(feature = "compression-gzip")]
mod gzip;
#[cfg(feature = "compression-zstd")]
mod zstd;

use self::coding::{Coding, Effort};

/// The content codings that the layers offer, with a level for each.
///
/// Give it to [`Settings::compression`](crate::Settings::compression). The features
/// `compression-br`, `compression-zstd` and `compression-gzip` add the codings. The layers choose
/// the one that the client [weighs](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3) highest.
/// Among equals, they prefer br, then zstd, then gzip.
///
/// ```
/// # #[cfg(all(feature = "compression-br", feature = "compression-gzip", feature = "tokio"))] {
/// use sse_tower::{
///     Settings, SseLayer,
///     server::{Compression, CompressionLevel},
/// };
///
/// let compression = Compression::new()
///     .br(CompressionLevel::High)
///     .gzip(CompressionLevel::Off);
/// let layer = SseLayer::with(Settings::new().compression(compression));
/// # let _ = layer;
/// # }
/// ```
///
/// # Memory
///
/// A compressor keeps the last part of its stream, and tables that find repetitions in it. The
/// guide's [chapter](crate::guide::compressing#memory) says how much each level takes for each open
/// stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Compression {
    br: CompressionLevel,
    zstd: CompressionLevel,
    gzip: CompressionLevel,
}

/// The memory and time that a compressor may take to make a stream smaller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CompressionLevel {
    /// The coding is not offered.
    Off,
    /// Takes the least memory and time.
    Low,
    /// Suits most streams.
    #[default]
    Medium,
    /// Makes the stream smallest.
    High,
}

impl Compression {
    /// Offers all codings whose features are enabled, at the medium level.
    pub fn new() -> Self {
        let level = CompressionLevel::Medium;
        Self {
            br: level,
            zstd: level,
            gzip: level,
        }
    }

    /// Sets the level of brotli, [RFC 7932](https://www.rfc-editor.org/rfc/rfc7932).
    #[cfg(feature = "compression-br")]
    pub fn br(mut self, level: CompressionLevel) -> Self {
        self.br = level;
        self
    }

    /// Sets the level of Zstandard, [RFC 8878](https://www.rfc-editor.org/rfc/rfc8878).
    #[cfg(feature = "compression-zstd")]
    pub fn zstd(mut self, level: CompressionLevel) -> Self {
        self.zstd = level;
        self
    }

    /// Sets the level of gzip, [RFC 1952](https://www.rfc-editor.org/rfc/rfc1952).
    #[cfg(feature = "compression-gzip")]
    pub fn gzip(mut self, level: CompressionLevel) -> Self {
        self.gzip = level;
        self
    }

    /// Returns the codings that are offered, the preferred one first.
    pub(crate) fn offers(&self) -> impl Iterator<Item = (Coding, Effort)> {
        let levels = [
            (Coding::Br, self.br),
            (Coding::Zstd, self.zstd),
            (Coding::Gzip, self.gzip),
        ];
        let compiled = levels
            .into_iter()
            .filter(|(coding, _)| coding.is_compiled());
        compiled.filter_map(|(coding, level)| Some((coding, level.effort()?)))
    }
}

/// Offers all codings whose features are enabled, at the medium level.
impl Default for Compression {
    fn default() -> Self {
        Self::new()
    }
}

impl CompressionLevel {
    fn effort(self) -> Option<Effort> {
        match self {
            Self::Off => None,
            Self::Low => Some(Effort::Low),
            Self::Medium => Some(Effort::Medium),
            Self::High => Some(Effort::High),
        }
    }
}
