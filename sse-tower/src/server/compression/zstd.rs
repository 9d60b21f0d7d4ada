//! Zstandard.

use zstd_safe::{
    CCtx, CParameter, InBuffer, OutBuffer, get_error_name, zstd_sys::ZSTD_EndDirective,
};

use super::{
    coding::Effort,
    compressor::{Encoder, Reach},
};
use crate::error::BoxError;

/// The binary logarithm of the window: 64 KiB. A larger one than 8 MiB would not be decoded by
/// browsers ([RFC 9659](https://www.rfc-editor.org/rfc/rfc9659)).
const WINDOW_LOG: u32 = 16;

/// The binary logarithm of the number of entries in each table. By default, the tables are larger
/// than the window is worth.
const TABLE_LOG: u32 = 14;

pub(super) struct Zstd {
    context: CCtx<'static>,
}

impl Zstd {
    /// Creates an encoder. Returns `None` if memory for it cannot be allocated.
    pub(super) fn new(effort: Effort) -> Option<Self> {
        let (level, window_log) = match effort {
            Effort::Low => (1, WINDOW_LOG - 1),
            Effort::Medium => (6, WINDOW_LOG),
            Effort::High => (9, WINDOW_LOG),
        };
        let mut context = CCtx::try_create()?;
        for parameter in [
            CParameter::CompressionLevel(level),
            CParameter::WindowLog(window_log),
            CParameter::HashLog(TABLE_LOG),
            CParameter::ChainLog(TABLE_LOG),
        ] {
            context.set_parameter(parameter).ok()?;
        }
        Some(Self { context })
    }
}

impl Encoder for Zstd {
    fn encode(&mut self, bytes: &[u8], reach: Reach, output: &mut Vec<u8>) -> Result<(), BoxError> {
        let directive = match reach {
            Reach::Flushed => ZSTD_EndDirective::ZSTD_e_flush,
            Reach::Finished => ZSTD_EndDirective::ZSTD_e_end,
        };
        let mut input = InBuffer::around(bytes);
        let mut buffer = [0; 2048];
        loop {
            let mut space = OutBuffer::around(&mut buffer[..]);
            let left = self
                .context
                .compress_stream2(&mut space, &mut input, directive)
                .map_err(|code| format!("the zstd encoder failed: {}", get_error_name(code)))?;
            output.extend_from_slice(space.as_slice());
            if left == 0 {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoder_takes_what_the_guide_says() {
        for (effort, kibibytes) in [
            (Effort::Low, 290..=320),
            (Effort::Medium, 520..=560),
            (Effort::High, 520..=560),
        ] {
            let mut encoder = Zstd::new(effort).unwrap();
            let text: String = (0..50_000)
                .map(|number: u64| (number * number).to_string())
                .collect();
            for part in text.as_bytes().chunks(5000) {
                let mut output = Vec::new();
                encoder.encode(part, Reach::Flushed, &mut output).unwrap();
            }
            // This includes everything that the C library has allocated.
            let size = encoder.context.sizeof() / 1024;
            println!("{effort:?}: {size} KiB");
            assert!(kibibytes.contains(&size), "{effort:?}: {size} KiB");
        }
    }
}
