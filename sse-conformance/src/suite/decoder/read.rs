//! Having a stream read, wherever the decoder runs.

use std::time::Instant;

use super::Decoder;
use crate::chunking::Chunking;
use crate::model::Item;
use crate::suite::Failure;
use crate::suite::caught::caught;

/// Something came out of a decoder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) item: Item,
    /// How many bytes had been fed by then; `None` if it came when the stream ended.
    pub(crate) at: Option<usize>,
}

/// Decoders, each of which reads one stream.
pub(crate) trait Read: Sync {
    /// Reads a stream with a new decoder, puts down what comes out, and returns the last event ID
    /// string, empty where the decoder does not know it.
    ///
    /// # Errors
    ///
    /// How the decoder broke, in words that stand in a report.
    fn read(
        &self,
        stream: &[u8],
        chunking: &Chunking,
        seen: &mut Vec<Seen>,
    ) -> Result<String, String>;

    /// Whether each chunk costs much, so that long streams are not read by the byte.
    fn is_remote(&self) -> bool;
}

/// Decoders in this process.
pub(super) struct Local<F>(pub(super) F);

impl<D: Decoder, F: Fn() -> D + Sync> Read for Local<F> {
    fn read(
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

/// Reads one line, then one of eight times the length, and compares the times.
///
/// The clock decides nothing but a remark: the standard says nothing of time.
pub(super) fn growth(reader: &impl Read) -> Option<Failure> {
    let time = |bytes: usize| {
        let stream = [b"data: ", vec![b'x'; bytes].as_slice(), b"\n\n"].concat();
        let once = || {
            let start = Instant::now();
            let _ = reader.read(&stream, &Chunking::Blocks(CHUNK), &mut Vec::new());
            start.elapsed()
        };
        // What else runs on the machine makes it slower, never faster.
        (0..3).map(|_| once()).min().unwrap_or_default()
    };
    let (short, long) = (time(LINE), time(8 * LINE));
    let times = long.as_secs_f64() / short.as_secs_f64().max(1e-9);
    (times > 8.0 * TOLERANCE).then(|| Failure {
        what: format!("{times:.0} times as long for 8 times the bytes"),
        given: format!("a line of {LINE} bytes, and one of {}", 8 * LINE),
        chunking: Some(Chunking::Blocks(CHUNK).to_string()),
        expected: "about 8 times as long".to_owned(),
        seen: format!("{short:.1?}, and {long:.1?}"),
    })
}

/// So long that going over it again for each chunk shows, so short that it is soon done.
const LINE: usize = 16 * 1024;
const CHUNK: usize = 16;
const TOLERANCE: f64 = 3.0;
