//! Chunks of bytes to owned items.
//!
//! If each poll decoded one item, each would search the same bytes for line ends again. So a part of a chunk
//! is decoded at once, and its items wait in a queue. Nothing more is read until the queue is empty.

use std::collections::VecDeque;

use bytes::{Buf, Bytes};
use sse_proto::{
    Chunk, Decoder, Event, EventId, EventRef, EventType, Item, OwnedItem, TooLarge,
    reconnect::Source,
};

use super::Error;

/// The number of bytes that are decoded at once.
const WINDOW: usize = 8 * 1024;

/// The rest of a chunk, and the queue of the items before it.
#[derive(Debug, Default)]
pub(super) struct Batch {
    rest: Bytes,
    items: VecDeque<Result<OwnedItem, Error>>,
    owner: Owner,
}

impl Batch {
    /// Sets the next chunk. The previous one must be used up.
    pub(super) fn push(&mut self, chunk: Bytes) {
        self.rest = chunk;
    }

    /// Takes the next item. If the queue is empty, decodes the next part of the chunk first. `None`
    /// means that the chunk is used up.
    pub(super) fn next(&mut self, decoder: &mut impl Decode) -> Option<Result<OwnedItem, Error>> {
        loop {
            if let Some(item) = self.items.pop_front() {
                return Some(item);
            }
            if self.rest.is_empty() {
                return None;
            }
            let window = self.rest.len().min(WINDOW);
            let mut chunk = Chunk::new(&self.rest[..window]);
            let Self { items, owner, .. } = self;
            // Most chunks are one event, which does not have to go through the queue.
            let mut first = None;
            let decoded = decode_all(decoder, &mut chunk, |item| {
                let item = Ok(owner.own(item));
                match first {
                    None => first = Some(item),
                    Some(_) => items.push_back(item),
                }
            });
            match decoded {
                Ok(()) if window < self.rest.len() => self.rest.advance(window),
                // Hyper can reuse its buffer only after all chunks of it were dropped.
                Ok(()) => self.rest = Bytes::new(),
                Err(error) => {
                    self.rest = Bytes::new();
                    items.push_back(Err(error.into()));
                }
            }
            if first.is_some() {
                return first;
            }
        }
    }

    /// Decodes the end of a stream that has ended cleanly.
    pub(super) fn end(&mut self, decoder: &mut impl Decode) {
        let mut end = decoder.end_of_stream();
        let Self { items, owner, .. } = self;
        let decoded = decode_all(decoder, &mut end, |item| {
            items.push_back(Ok(owner.own(item)))
        });
        if let Err(error) = decoded {
            self.items.push_back(Err(error.into()));
        }
    }

    /// Drops all items and bytes that were not taken.
    pub(super) fn clear(&mut self) {
        self.rest = Bytes::new();
        self.items.clear();
    }
}

/// A decoder, or a state machine that contains one.
pub(super) trait Decode {
    fn decode<'d, 'c: 'd>(
        &'d mut self,
        chunk: &mut Chunk<'c>,
    ) -> Result<Option<Item<'d>>, TooLarge>;

    fn end_of_stream(&self) -> Chunk<'static>;
}

macro_rules! decode {
    ($($decoder:ty)*) => {$(
        impl Decode for $decoder {
            #[inline]
            fn decode<'d, 'c: 'd>(
                &'d mut self,
                chunk: &mut Chunk<'c>,
            ) -> Result<Option<Item<'d>>, TooLarge> {
                self.decode(chunk)
            }

            fn end_of_stream(&self) -> Chunk<'static> {
                self.end_of_stream()
            }
        }
    )*};
}

decode!(Decoder Source);

/// Decodes a chunk to its end.
fn decode_all(
    decoder: &mut impl Decode,
    chunk: &mut Chunk<'_>,
    mut take: impl FnMut(Item<'_>),
) -> Result<(), TooLarge> {
    // An empty chunk is not decoded: most chunks are one event, so that would be every other call.
    while !chunk.is_empty() {
        if let Some(item) = decoder.decode(chunk)? {
            take(item);
        }
    }
    Ok(())
}

/// Makes items that own their text. If an event has the same type or ID as the previous one, both share it.
#[derive(Debug, Default)]
struct Owner {
    event_type: EventType,
    id: EventId,
}

impl Owner {
    fn own(&mut self, item: Item<'_>) -> OwnedItem {
        match item {
            Item::Event(event) => OwnedItem::Event(self.own_event(event)),
            other => other.into(),
        }
    }

    fn own_event(&mut self, event: EventRef<'_>) -> Event {
        let owned = Event::new(event.data());
        // A comparison with a constant takes a few instructions. A comparison of two variables takes a call.
        let owned = match event.event_type() {
            "message" => owned,
            event_type => owned.with_type(self.event_type(event_type)),
        };
        match event.last_event_id() {
            "" => owned,
            id => owned.with_id(self.id(id)),
        }
    }

    fn event_type(&mut self, event_type: &str) -> EventType {
        if event_type != self.event_type.as_str() {
            // Decoded types are valid.
            self.event_type = EventType::new(event_type).unwrap_or_default();
        }
        self.event_type.clone()
    }

    fn id(&mut self, id: &str) -> EventId {
        if id != self.id.as_str() {
            self.id = EventId::decoded(id).unwrap_or_default();
        }
        self.id.clone()
    }
}
