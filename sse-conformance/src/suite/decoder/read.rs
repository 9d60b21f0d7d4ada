//! Having a stream read, wherever the decoder runs.

use std::time::{Duration, Instant};

use crate::chunking::Chunking;
use crate::model::Item;
use crate::suite::case::Failure;
use crate::suite::caught::caught;
use crate::suite::decoder::Decoder;

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
    let failure = |what: String, seen: String| Failure {
        what,
        given: format!("a line of {LINE} bytes, and one of {}", 8 * LINE),
        chunking: Some(Chunking::Blocks(CHUNK).to_string()),
        expected: "an event each, and about 8 times as long for the second".to_owned(),
        seen,
    };
    let time = |bytes: usize| -> Result<Duration, Failure> {
        let stream = [b"data: ", vec![b'x'; bytes].as_slice(), b"\n\n"].concat();
        let mut shortest = Duration::MAX;
        // Other work on the machine makes it slower, never faster.
        for _ in 0..3 {
            let mut seen = Vec::new();
            let start = Instant::now();
            let outcome = reader.read(&stream, &Chunking::Blocks(CHUNK), &mut seen);
            shortest = shortest.min(start.elapsed());
            outcome.map_err(|why| failure(why, "nothing to measure".to_owned()))?;
            let is_event =
                |seen: &Seen| matches!(&seen.item, Item::Event { data, .. } if data.len() == bytes);
            if !seen.iter().any(is_event) {
                let what = format!("the line of {bytes} bytes is not read");
                return Err(failure(what, "no event with its data".to_owned()));
            }
        }
        Ok(shortest)
    };
    let (short, long) = match (time(LINE), time(8 * LINE)) {
        (Ok(short), Ok(long)) => (short, long),
        (Err(failure), _) | (_, Err(failure)) => return Some(failure),
    };
    let times = long.as_secs_f64() / short.as_secs_f64().max(1e-9);
    (times > 8.0 * TOLERANCE).then(|| {
        let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
        failure(
            format!("{times:.0} times as long for 8 times the bytes"),
            format!(
                "{:.1} ms, and {:.1} ms",
                milliseconds(short),
                milliseconds(long)
            ),
        )
    })
}

/// So long that going over it again for each chunk shows, so short that it is soon done.
const LINE: usize = 16 * 1024;
/// The most bytes from one blank line to the next in the case about growth.
pub(super) const LONGEST: usize = 8 * LINE + 8;
const CHUNK: usize = 16;
const TOLERANCE: f64 = 3.0;
