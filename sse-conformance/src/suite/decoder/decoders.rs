//! Having a stream read, wherever the decoder runs.

use crate::chunking::Chunking;
use crate::model::Item;
use crate::suite::caught::caught;
use crate::suite::decoder::adapter::Decoder;

/// Something came out of a decoder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) item: Item,
    /// How many bytes had been fed by then; `None` if it came when the stream ended.
    pub(crate) at: Option<usize>,
}

/// Decoders, each of which reads one stream.
pub(crate) trait Decoders: Sync {
    /// Reads a stream with a new decoder, puts down what comes out, and returns the last event ID
    /// string, empty where the decoder does not know it.
    ///
    /// # Errors
    ///
    /// How the decoder broke, in words that stand in a report.
    fn decode(
        &self,
        stream: &[u8],
        chunking: &Chunking,
        seen: &mut Vec<Seen>,
    ) -> Result<String, String>;

    /// Whether each chunk costs much, so that long streams are not read by the byte.
    fn is_remote(&self) -> bool;
}

/// Decoders in this process.
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
            Ok(outcome) => outcome
                .map_err(|error: String| format!("an error, where no stream is one: {error}")),
            Err(panic) => Err(format!("a panic: {panic}")),
        }
    }

    fn is_remote(&self) -> bool {
        false
    }
}
