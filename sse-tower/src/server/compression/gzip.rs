//! gzip: the DEFLATE format with a header and a checksum.

use flate2::{Compress, Compression, Crc, FlushCompress, Status};

use super::{
    coding::Effort,
    compressor::{Encoder, Reach},
};
use crate::error::BoxError;

/// The header ([RFC 1952, 2.3](https://www.rfc-editor.org/rfc/rfc1952#section-2.3)): DEFLATE,
/// without a name and a time, from an unknown operating system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

pub(super) struct Gzip {
    deflate: Compress,
    checksum: Crc,
    has_header: bool,
}

impl Gzip {
    pub(super) fn new(effort: Effort) -> Self {
        let level = match effort {
            Effort::Low => 1,
            Effort::Medium => 6,
            Effort::High => 9,
        };
        Self {
            deflate: Compress::new(Compression::new(level), false),
            checksum: Crc::new(),
            has_header: false,
        }
    }
}

impl Encoder for Gzip {
    fn encode(
        &mut self,
        mut bytes: &[u8],
        reach: Reach,
        output: &mut Vec<u8>,
    ) -> Result<(), BoxError> {
        if !self.has_header {
            output.extend_from_slice(&HEADER);
            self.has_header = true;
        }
        self.checksum.update(bytes);
        let flush = match reach {
            Reach::Flushed => FlushCompress::Sync,
            Reach::Finished => FlushCompress::Finish,
        };
        let mut buffer = [0; 2048];
        loop {
            let before = (self.deflate.total_in(), self.deflate.total_out());
            let status = self.deflate.compress(bytes, &mut buffer, flush)?;
            let taken = (self.deflate.total_in() - before.0) as usize;
            let made = (self.deflate.total_out() - before.1) as usize;
            bytes = &bytes[taken..];
            output.extend_from_slice(&buffer[..made]);
            let is_done = match reach {
                // If there is space left, the encoder had nothing more to write.
                Reach::Flushed => bytes.is_empty() && made < buffer.len(),
                Reach::Finished => status == Status::StreamEnd,
            };
            if is_done {
                break;
            }
            if (taken, made) == (0, 0) {
                return Err("the gzip encoder does not continue".into());
            }
        }
        if reach == Reach::Finished {
            output.extend_from_slice(&self.checksum.sum().to_le_bytes());
            // The length, modulo 2^32.
            output.extend_from_slice(&self.checksum.amount().to_le_bytes());
        }
        Ok(())
    }
}
