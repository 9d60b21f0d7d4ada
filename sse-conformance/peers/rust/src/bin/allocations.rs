//! Counts the peers' allocations in steady state and writes them as JSON. Counts nine parts of the
//! work and subtracts the first eight, after which buffers have their final size.
#![forbid(unsafe_code)]

use allocation_counter::measure;
use serde::Serialize;
use sse_peers::workload::{self, STREAM};
use sse_peers::{decode, encode};

/// The allocations of one peer in one row of a table.
#[derive(Debug, Serialize)]
struct Allocations {
    peer: &'static str,
    output: Option<&'static str>,
    workload: &'static str,
    chunk: Option<usize>,
    /// Allocations per event. For heartbeats, per comment.
    each: f64,
}

fn main() -> serde_json::Result<()> {
    let mut all = Vec::new();
    for (workload, chunk) in workload::DECODE {
        let part = padded(workload::stream(workload, STREAM / 8), chunk);
        let (eight, nine) = (part.repeat(8), part.repeat(9));
        for decoder in decode::DECODERS {
            let count = |stream: &[u8]| {
                measure(|| {
                    (decoder.count)(stream, chunk);
                })
                .count_total
            };
            let more = count(&nine) - count(&eight);
            all.push(Allocations {
                peer: decoder.name,
                output: None,
                workload,
                chunk: Some(chunk),
                each: more as f64 / blocks(&part) as f64,
            });
        }
    }
    for workload in workload::ENCODE {
        let message = workload::message(workload);
        for encoder in encode::ENCODERS {
            let count = |times| measure(|| (encoder.run)(&message, times)).count_total;
            let more = count(9000) - count(8000);
            all.push(Allocations {
                peer: encoder.name,
                output: Some(encoder.output),
                workload,
                chunk: None,
                each: more as f64 / 1000.0,
            });
        }
    }
    println!("{}", serde_json::to_string_pretty(&all)?);
    Ok(())
}

/// There is a comment at the end, so that every part is cut at the same places.
fn padded(mut stream: Vec<u8>, chunk: usize) -> Vec<u8> {
    let full = (stream.len() + 2).next_multiple_of(chunk);
    stream.resize(full, b':');
    stream[full - 1] = b'\n';
    stream
}

/// The blank lines: one for each event or heartbeat.
fn blocks(stream: &[u8]) -> usize {
    let text = String::from_utf8_lossy(stream).replace('\r', "");
    text.matches("\n\n").count()
}
