//! The compressor of one stream.

use std::fmt;

use super::coding::{Coding, Effort};
use crate::error::BoxError;

/// The compressor of one stream, with the number of bytes that it has returned.
pub(crate) struct Compressor {
    encoder: Box<dyn Encoder>,
    coding: Coding,
    sent: u64,
}

/// The part of a stream that a client can decode after some bytes were compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// All of these bytes. More will come.
    Flushed,
    /// All of these bytes, and the end of the stream.
    Finished,
}

/// An encoder of one coding.
pub(super) trait Encoder: Send + Sync {
    /// Appends the coded form of `bytes` to `output`.
    fn encode(&mut self, bytes: &[u8], reach: Reach, output: &mut Vec<u8>) -> Result<(), BoxError>;
}

impl Compressor {
    /// Creates a compressor. Returns `None` if its feature is not enabled, or if memory for
    /// it cannot be allocated.
    pub(crate) fn new(coding: Coding, effort: Effort) -> Option<Self> {
        let encoder: Option<Box<dyn Encoder>> = match (coding, effort) {
            #[cfg(feature = "compression-br")]
            (Coding::Br, effort) => Some(Box::new(super::br::Br::new(effort))),
            #[cfg(feature = "compression-zstd")]
            (Coding::Zstd, effort) => Some(Box::new(super::zstd::Zstd::new(effort)?)),
            #[cfg(feature = "compression-gzip")]
            (Coding::Gzip, effort) => Some(Box::new(super::gzip::Gzip::new(effort))),
            #[cfg(not(all(
                feature = "compression-br",
                feature = "compression-zstd",
                feature = "compression-gzip"
            )))]
            _ => None,
        };
        Some(Self {
            encoder: encoder?,
            coding,
            sent: 0,
        })
    }

    pub(crate) fn coding(&self) -> Coding {
        self.coding
    }

    /// Returns the number of bytes after compression.
    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    /// Returns the coded form of `bytes`.
    pub(crate) fn compress(&mut self, bytes: &[u8], reach: Reach) -> Result<Vec<u8>, BoxError> {
        let mut output = Vec::new();
        self.encoder.encode(bytes, reach, &mut output)?;
        self.sent += output.len() as u64;
        Ok(output)
    }
}

impl fmt::Debug for Compressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compressor")
            .field("coding", &self.coding)
            .field("sent", &self.sent)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
impl Compressor {
    /// Creates a compressor that copies `frames` frames and then fails.
    pub(crate) fn failing_after(frames: usize) -> Self {
        struct Failing(usize);

        impl Encoder for Failing {
            fn encode(
                &mut self,
                bytes: &[u8],
                _: Reach,
                output: &mut Vec<u8>,
            ) -> Result<(), BoxError> {
                self.0 = self.0.checked_sub(1).ok_or("no memory")?;
                output.extend_from_slice(bytes);
                Ok(())
            }
        }

        Self {
            encoder: Box::new(Failing(frames)),
            coding: Coding::Gzip,
            sent: 0,
        }
    }
}
