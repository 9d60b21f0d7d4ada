//! The case about the time that a long line takes.

use std::time::{Duration, Instant};

use crate::chunking::Chunking;
use crate::model::Item;
use crate::suite::case::Failure;
use crate::suite::decoder::decoders::{Decoders, Seen};

/// Decodes one line, then one of eight times the length, and compares the times.
///
/// The clock decides only about a remark, because the standard says nothing about time.
pub(crate) fn growth(decoders: &impl Decoders) -> Option<Failure> {
    let failure = |what: String, seen: String| Failure {
        what,
        given: format!("a line of {LINE} bytes, and one of {}", 8 * LINE),
        chunking: Some(Chunking::Blocks(CHUNK).to_string()),
        expected: "an event for each line, and about 8 times as long for the second".to_owned(),
        seen,
    };
    let time = |bytes: usize| -> Result<Duration, Failure> {
        let stream = [b"data: ", vec![b'x'; bytes].as_slice(), b"\n\n"].concat();
        let mut shortest = Duration::MAX;
        // Other work on the machine can only make it slower.
        for _ in 0..3 {
            let mut seen = Vec::new();
            let start = Instant::now();
            let outcome = decoders.decode(&stream, &Chunking::Blocks(CHUNK), &mut seen);
            shortest = shortest.min(start.elapsed());
            outcome.map_err(|why| failure(why, "nothing to measure".to_owned()))?;
            let is_event =
                |seen: &Seen| matches!(&seen.item, Item::Event { data, .. } if data.len() == bytes);
            if !seen.iter().any(is_event) {
                let what = format!("the line of {bytes} bytes is not decoded");
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

/// Long enough that reading the line again for each chunk is noticed, and short enough to finish
/// soon.
const LINE: usize = 16 * 1024;

/// The largest number of bytes from one blank line to the next in the case about growth.
pub(crate) const LONGEST: usize = 8 * LINE + 8;

const CHUNK: usize = 16;

const TOLERANCE: f64 = 3.0;
