//! Decoding a stream, in this process or another.

use crate::chunking::Chunking;
use crate::model::Item;
use crate::suite::caught::caught;
use crate::suite::decoder::adapter::Decoder;

/// An item that a decoder reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) item: Item,
    /// The number of bytes that were fed by then. `None` if the item was reported at the end of the
    /// stream.
    pub(crate) at: Option<usize>,
}

/// Makes decoders, each of which decodes one stream.
pub(crate) trait Decoders: Sync {
    /// Decodes a stream with a new decoder and notes the items that it reports. Returns the last
    /// event ID string, which is empty if the decoder does not know it.
    ///
    /// # Errors
    ///
    /// Returns how the decoder broke, in words for a report.
    fn decode(
        &self,
        stream: &[u8],
        chunking: &Chunking,
        seen: &mut Vec<Seen>,
    ) -> Result<String, String>;

    /// Returns whether each chunk is expensive, so that long streams are not fed byte by byte.
    fn is_remote(&self) -> bool;
}

/// Makes decoders in this process.
pub(crate) struct Local<F>(pub(crate) F);

impl<D: Decoder, F: Fn() -> D + Sync> Decoders for Local<F> {
    fn decode(
        &self,
        stream: &[u8],
        chunking: &Chunking,
        seen: &mut Vec<Seen>,
    ) -> Result<String, String> {
        let mut push = |items: Vec<Item>, at| {
            seen.extend(items.into_iter().map(|item| Seen { item, at }));
        };
        let outcome = caught(|| {
            let mut decoder = (self.0)();
            let mut fed = 0;
            for chunk in chunking.of(stream) {
                fed += chunk.len();
                push(decoder.feed(chunk)?, Some(fed));
            }
            push(decoder.end()?, None);
            Ok(decoder.last_event_id())
        });
        match outcome {
            Ok(outcome) => outcome.map_err(|error: String| {
                format!("the decoder returned an error, but no stream is an error: {error}")
            }),
            Err(panic) => Err(format!("a panic: {panic}")),
        }
    }

    fn is_remote(&self) -> bool {
        false
    }
}
