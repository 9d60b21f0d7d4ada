//! Brotli.

use brotli::enc::{
    BrotliEncoderParams, StandardAlloc,
    encode::{BrotliEncoderOperation, BrotliEncoderStateStruct},
};

use super::{
    coding::Effort,
    compressor::{Encoder, Reach},
};
use crate::error::BoxError;

/// The binary logarithm of the window: 64 KiB.
const WINDOW_BITS: i32 = 16;

pub(super) struct Br {
    state: BrotliEncoderStateStruct<StandardAlloc>,
}

impl Br {
    pub(super) fn new(effort: Effort) -> Self {
        let mut state = BrotliEncoderStateStruct::new(StandardAlloc::default());
        let (quality, lgwin) = match effort {
            Effort::Low => (2, WINDOW_BITS),
            Effort::Medium => (4, WINDOW_BITS),
            // With a smaller window, the crate takes 32 MiB for the quality 5 and above.
            Effort::High => (5, WINDOW_BITS + 1),
        };
        state.params = BrotliEncoderParams {
            quality,
            lgwin,
            ..BrotliEncoderParams::default()
        };
        Self { state }
    }
}

impl Encoder for Br {
    fn encode(&mut self, bytes: &[u8], reach: Reach, output: &mut Vec<u8>) -> Result<(), BoxError> {
        let operation = match reach {
            Reach::Flushed => BrotliEncoderOperation::BROTLI_OPERATION_FLUSH,
            Reach::Finished => BrotliEncoderOperation::BROTLI_OPERATION_FINISH,
        };
        let (mut left, mut position) = (bytes.len(), 0);
        loop {
            // Without space for output, the encoder keeps it until it is taken.
            let has_succeeded = self.state.compress_stream(
                operation,
                &mut left,
                bytes,
                &mut position,
                &mut 0,
                &mut [],
                &mut 0,
                &mut None,
                &mut |_, _, _, _| {},
            );
            if !has_succeeded {
                return Err("the brotli encoder failed".into());
            }
            let has_output = self.state.has_more_output();
            while self.state.has_more_output() {
                // Zero asks for everything. The slice may be longer than the output.
                let mut length = 0;
                let slice = self.state.take_output(&mut length);
                output.extend_from_slice(&slice[..length]);
            }
            let is_done = match reach {
                // While output was left, the encoder may have postponed the flush.
                Reach::Flushed => left == 0 && !has_output,
                Reach::Finished => self.state.is_finished(),
            };
            if is_done {
                return Ok(());
            }
        }
    }
}
