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

/// The number of bytes that are decoded at once, if the events in them are short.
///
/// Then only a few events are in the queue at a time. Common allocators keep a few free pieces of each size,
/// and hand these out faster than others.
const SHORT_WINDOW: usize = 1024;

/// The number of bytes that are decoded at once, if no event ends in a [`SHORT_WINDOW`].
const LONG_WINDOW: usize = 8 * 1024;

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
    #[inline]
    pub(super) fn next(&mut self, decoder: &mut impl Decode) -> Option<Result<OwnedItem, Error>> {
        let mut next = self.items.pop_front();
        while next.is_none() && !self.rest.is_empty() {
            next = self.decode_window(decoder);
        }
        next
    }

    /// Decodes the next part of the chunk. Returns its first item, and puts the others into the queue.
    fn decode_window(&mut self, decoder: &mut impl Decode) -> Option<Result<OwnedItem, Error>> {
        let Self { rest, items, owner } = self;
        let window = window(rest);
        let mut chunk = Chunk::new(&rest[..window]);
        let first = owner.next(decoder, &mut chunk);
        while !chunk.is_empty()
            && let Some(item) = owner.next(decoder, &mut chunk)
        {
            items.push_back(item);
        }
        if window < rest.len() {
            rest.advance(window);
        } else {
            // Hyper can reuse its buffer only after all chunks of it were dropped.
            *rest = Bytes::new();
        }
        first
    }

    /// Decodes the end of a stream that has ended cleanly.
    pub(super) fn end(&mut self, decoder: &mut impl Decode) {
        let mut end = decoder.end_of_stream();
        while let Some(item) = self.owner.next(decoder, &mut end) {
            self.items.push_back(item);
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
            #[inline(always)]
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

/// Returns how many bytes to decode next. If the events are short, these are whole events, because an event
/// that is cut takes longer to decode.
fn window(rest: &[u8]) -> usize {
    if rest.len() <= SHORT_WINDOW {
        return rest.len();
    }
    let (mut end, line_feed) = (SHORT_WINDOW, |end| memchr::memrchr(b'\n', &rest[..end]));
    while let Some(last) = line_feed(end) {
        if rest[..last].ends_with(b"\n") || rest[..last].ends_with(b"\n\r") {
            return last + 1;
        }
        end = last;
    }
    rest.len().min(LONG_WINDOW)
}

/// Makes items that own their text. If an event has the same type or ID as the previous one, both share it.
#[derive(Debug, Default)]
struct Owner {
    event_type: EventType,
    id: EventId,
}

impl Owner {
    /// Decodes the next item. After an error, the rest of the chunk is not decoded.
    #[inline(always)]
    fn next(
        &mut self,
        decoder: &mut impl Decode,
        chunk: &mut Chunk<'_>,
    ) -> Option<Result<OwnedItem, Error>> {
        match decoder.decode(chunk) {
            Ok(item) => item.map(|item| Ok(self.own(item))),
            Err(error) => {
                *chunk = Chunk::new(&[]);
                Some(Err(error.into()))
            }
        }
    }

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
