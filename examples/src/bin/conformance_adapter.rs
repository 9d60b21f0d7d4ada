//! An adapter in Rust with which `sse-conformance decoder` and `encoder` test sse-proto.
//!
//! ```console
//! cargo build -p examples
//! sse-conformance decoder -- target/debug/conformance_adapter
//! ```
//!
//! `sse-conformance/PROTOCOL.md` describes the requests and answers.
#![forbid(unsafe_code)]

use std::{
    io::{self, BufRead, Write},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use sse_proto::{Chunk, Decoder, Encoder, EventId, EventRef, EventType, Item};

fn main() -> Result<()> {
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        writeln!(output, "{}", answer(&request)?)?;
        output.flush()?;
    }
    Ok(())
}

fn answer(request: &Value) -> Result<Value> {
    let text = |name: &str| request[name].as_str();
    Ok(match text("op") {
        Some("hello") => json!({
            "protocol": 1,
            "name": "sse-proto",
            "capabilities": match text("role") {
                Some("encoder") => json!(["large_numbers"]),
                _ => json!(["comments", "event_ids", "last_event_id", "retry", "timing"]),
            },
            "longest_block": Decoder::DEFAULT_LIMIT,
        }),
        Some("parse") => {
            let stream = unhex(text("bytes").context("no bytes")?)?;
            let chunks = request["chunks"].as_array().context("no chunks")?;
            parse(&stream, chunks)?
        }
        Some("event") => {
            let data = text("data").context("no data")?;
            written(|encoder| event(encoder, text("event"), data, text("id")))
        }
        Some("comment") => {
            let comment = text("text").context("no text")?;
            written(|encoder| Ok(encoder.comment(comment)?))
        }
        Some("retry") => {
            let time = milliseconds(&request["milliseconds"]).context("no milliseconds")?;
            written(|encoder| Ok(encoder.retry(Duration::from_millis(time))?))
        }
        Some("heartbeat") => written(|encoder| Ok(encoder.heartbeat()?)),
        Some("last_event_id") => {
            let id = text("id").context("no id")?;
            written(|encoder| Ok(encoder.last_event_id(&EventId::decoded(id)?)?))
        }
        other => bail!("no such request: {other:?}"),
    })
}

fn parse(stream: &[u8], chunks: &[Value]) -> Result<Value> {
    let mut decoder = Decoder::builder().comments(true).build();
    let mut items = Vec::new();
    let mut fed = 0_usize;
    for length in chunks {
        let length = length.as_u64().context("a length that is no number")?;
        let end = fed.checked_add(usize::try_from(length)?);
        let end = end.context("chunks beyond the stream")?;
        let mut chunk = Chunk::new(stream.get(fed..end).context("chunks beyond the stream")?);
        fed = end;
        loop {
            match decoder.decode(&mut chunk) {
                Ok(Some(item)) => items.push(to_json(&item, fed)?),
                Ok(None) => break,
                Err(too_large) => return Ok(json!({"error": too_large.to_string()})),
            }
        }
    }
    Ok(json!({"items": items, "last_event_id": decoder.last_event_id()}))
}

fn to_json(item: &Item<'_>, at: usize) -> Result<Value> {
    Ok(match item {
        Item::Event(event) => json!({
            "event": event.event_type(),
            "data": event.data(),
            "id": event.last_event_id(),
            "at": at,
        }),
        Item::Retry(time) => {
            json!({"retry": u64::try_from(time.as_millis()).unwrap_or(u64::MAX), "at": at})
        }
        Item::Comment(text) => json!({"comment": text, "at": at}),
        other => bail!("an item that the protocol does not have: {other:?}"),
    })
}

fn event(
    encoder: &mut Encoder<String>,
    event_type: Option<&str>,
    data: &str,
    id: Option<&str>,
) -> Result<()> {
    let event_type = event_type.map(EventType::new).transpose()?;
    let id = id.map(EventId::decoded).transpose()?;
    let mut event = EventRef::new(data);
    if let Some(event_type) = &event_type {
        event = event.with_type(event_type);
    }
    if let Some(id) = &id {
        event = event.with_id(id);
    }
    Ok(encoder.event(event)?)
}

/// Reads a time from a number, or from a string of digits if the number is large.
fn milliseconds(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// Returns the bytes of a block, or the reason of its refusal.
fn written(write: impl FnOnce(&mut Encoder<String>) -> Result<()>) -> Value {
    let mut encoder = Encoder::new(String::new());
    match write(&mut encoder) {
        Ok(()) => {
            let bytes = encoder.into_inner().into_bytes();
            json!({"bytes": bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()})
        }
        Err(refusal) => json!({"refused": refusal.to_string()}),
    }
}

fn unhex(text: &str) -> Result<Vec<u8>> {
    (0..text.len())
        .step_by(2)
        .map(|start| {
            let pair = text.get(start..start + 2).context("half a byte")?;
            Ok(u8::from_str_radix(pair, 16)?)
        })
        .collect()
}
