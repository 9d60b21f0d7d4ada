//! Adapters of this crate's decoder and encoder for sse-conformance. `cargo xtask conformance` also uses them.

use std::time::Duration;

use sse_conformance::{
    model,
    suite::{
        decoder::{self, Capabilities},
        encoder::{self, Encoded, Refusal},
    },
};
use sse_proto::{
    Chunk, Decoder, DecoderBuilder, Encoder, EventId, EventRef, EventType, Heap, Item, Memory,
};

/// A decoder with all capabilities that the suite knows.
pub(crate) struct DecoderUnderTest<M: Memory = Heap>(Decoder<M>, usize);

impl Default for DecoderUnderTest {
    fn default() -> Self {
        let decoder = Decoder::builder().comments(true).build();
        Self(decoder, Decoder::DEFAULT_LIMIT)
    }
}

impl<const N: usize> DecoderUnderTest<[u8; N]> {
    /// Makes a decoder in memory of a fixed size.
    pub(crate) fn fixed() -> Self {
        Self(DecoderBuilder::new().comments(true).build_in([0; N]), N)
    }
}

impl<M: Memory> decoder::Decoder for DecoderUnderTest<M> {
    fn feed(&mut self, chunk: &[u8]) -> Result<Vec<model::Item>, String> {
        let mut chunk = Chunk::new(chunk);
        let mut items = Vec::new();
        while let Some(item) = self
            .0
            .decode(&mut chunk)
            .map_err(|error| error.to_string())?
        {
            items.push(match item {
                Item::Event(event) => {
                    model::Item::event(event.event_type(), event.data(), event.last_event_id())
                }
                Item::Retry(time) => model::Item::Retry(milliseconds(time)),
                Item::Comment(text) => model::Item::Comment(text.to_owned()),
                other => return Err(format!("an item that the suite does not know: {other:?}")),
            });
        }
        Ok(items)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            comments: true,
            retry: true,
            event_ids: true,
            last_event_id: true,
            timing: true,
            longest_block: Some(self.1),
        }
    }

    fn last_event_id(&self) -> String {
        self.0.last_event_id().to_owned()
    }
}

/// Makes the values as a program would at run time, so that invalid ones are refused.
pub(crate) struct EncoderUnderTest;

impl encoder::Encoder for EncoderUnderTest {
    fn event(&mut self, event: &encoder::Event<'_>) -> Encoded {
        let event_type = event
            .event_type
            .map(EventType::new)
            .transpose()
            .map_err(refused)?;
        let id = event
            .id
            .map(EventId::decoded)
            .transpose()
            .map_err(refused)?;
        let mut written = EventRef::new(event.data);
        if let Some(event_type) = &event_type {
            written = written.with_type(event_type);
        }
        if let Some(id) = &id {
            written = written.with_id(id);
        }
        encoded(|encoder| encoder.event(written))
    }

    fn comment(&mut self, text: &str) -> Encoded {
        encoded(|encoder| encoder.comment(text))
    }

    fn retry(&mut self, milliseconds: u64) -> Encoded {
        encoded(|encoder| encoder.retry(Duration::from_millis(milliseconds)))
    }

    fn heartbeat(&mut self) -> Encoded {
        encoded(Encoder::heartbeat)
    }

    fn last_event_id(&mut self, id: &str) -> Encoded {
        let id = EventId::decoded(id).map_err(refused)?;
        encoded(|encoder| encoder.last_event_id(&id))
    }
}

fn encoded(write: impl FnOnce(&mut Encoder<String>) -> std::fmt::Result) -> Encoded {
    let mut encoder = Encoder::new(String::new());
    write(&mut encoder).map_err(refused)?;
    Ok(encoder.into_inner().into_bytes())
}

fn refused(error: impl std::fmt::Display) -> Refusal {
    Refusal::Refused(error.to_string())
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
