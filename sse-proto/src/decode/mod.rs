//! Chunks to events ([HTML, "Interpreting an event stream"][standard]).
//!
//! A line that is whole in its chunk is read there, without a copy. The [reader](reader::Reader) borrows the
//! data of an event from the chunk. It copies the data into the buffers only at a second data line, at the
//! end of the chunk, or for invalid UTF-8. A line that arrives in several chunks is buffered after the data.
//! If it is a data line, only its value is buffered, and becomes part of the data without another copy.
//!
//! [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

mod buffers;
mod builder;
mod cut;
mod end;
mod reader;

pub use builder::DecoderBuilder;

use core::{fmt, time::Duration};

#[cfg(feature = "alloc")]
use crate::memory::Heap;
use crate::{
    chunk::Chunk, error::TooLarge, event::EventRef, item::Item, line::Lines, memory::Memory,
    value::EventId,
};
use buffers::Buffers;

/// Decodes an event stream, chunk by chunk
/// ([HTML, "Interpreting an event stream"][standard]).
///
/// Decoding never fails, except when an event exceeds the [limit](DecoderBuilder::limit). Bytes that
/// are not UTF-8 become U+FFFD. If the stream ends before the blank line of an event, the event is
/// discarded, unless [an option](DecoderBuilder::completes_at_end) is set.
///
/// ```
/// # #[cfg(feature = "alloc")] {
/// use sse_proto::{Chunk, Decoder, Item};
///
/// let mut decoder = Decoder::new();
/// let mut chunk = Chunk::new(b"retry: 3000\ndata: one\ndata: two\n\n");
/// let Some(Item::Retry(time)) = decoder.decode(&mut chunk)? else { panic!() };
/// assert_eq!(time.as_secs(), 3);
/// let Some(Item::Event(event)) = decoder.decode(&mut chunk)? else { panic!() };
/// assert_eq!((event.event_type(), event.data()), ("message", "one\ntwo"));
/// assert!(decoder.decode(&mut chunk)?.is_none());
/// # }
/// # Ok::<(), sse_proto::TooLarge>(())
/// ```
///
/// The decoder buffers incomplete events on the heap, or in [memory that the caller provides](Self::new_in).
///
/// [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
#[derive(Clone)]
pub struct Decoder<
    #[cfg(feature = "alloc")] M: Memory = Heap,
    #[cfg(not(feature = "alloc"))] M: Memory,
> {
    lines: Lines,
    line: LineState,
    /// The number of bytes of the current line in earlier chunks, whether they are held or not.
    line_length: usize,
    buffers: Buffers<M::Store>,
    options: Options,
    /// Nothing is held, and the next byte begins a line. So an event of one line in the chunk can be returned
    /// without any other step.
    is_clear: bool,
}

/// The position of the next byte in its line, and what the decoder does with that line.
#[derive(Clone, Copy)]
enum LineState {
    Start,
    /// The first part of the line is held.
    Held,
    /// The first part of the value of a data line is held.
    HeldData,
    /// In a comment that the caller does not want.
    SkippedComment,
    /// At the start of a line that is discarded, because its event was too large.
    DiscardedStart,
    Discarded,
}

/// The options of a decoder, except for its limit.
#[derive(Clone, Copy, Debug)]
struct Options {
    /// Comments are returned to the caller.
    comments: bool,
    /// A clean end of the stream completes the last event.
    completes_at_end: bool,
}

#[cfg(feature = "alloc")]
impl Decoder {
    /// Returns the same decoder with the last event ID of an earlier connection.
    ///
    /// ```
    /// use sse_proto::{Chunk, Decoder, EventId, Item};
    ///
    /// let mut decoder = Decoder::new().with_last_event_id(&EventId::from(41));
    /// let mut chunk = Chunk::new(b"data: without an ID\n\n");
    /// let Some(Item::Event(event)) = decoder.decode(&mut chunk)? else { panic!() };
    /// assert_eq!(event.last_event_id(), "41");
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    #[must_use]
    pub fn with_last_event_id(mut self, id: &EventId) -> Self {
        self.buffers.set_last_event_id(id.as_str());
        self.is_clear = false;
        self
    }
}

impl<M: Memory> Decoder<M> {
    /// Returns the same decoder with the last event ID of an earlier connection, in any kind of memory.
    ///
    /// ```
    /// use sse_proto::{Decoder, EventId};
    ///
    /// const LAST: EventId = EventId::from_static("41");
    /// let decoder = Decoder::new_in([0; 16]).try_with_last_event_id(&LAST)?;
    /// assert_eq!(decoder.last_event_id(), "41");
    /// assert!(Decoder::new_in([0; 1]).try_with_last_event_id(&LAST).is_err());
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    ///
    /// # Errors
    /// [`TooLarge`] if the ID does not fit into the limit.
    pub fn try_with_last_event_id(mut self, id: &EventId) -> Result<Self, TooLarge> {
        self.buffers.try_set_last_event_id(id.as_str())?;
        self.is_clear = false;
        Ok(self)
    }

    /// Returns the last event ID. Unless it is empty, a client sends it as [`Last-Event-ID`][header] when it
    /// reconnects.
    ///
    /// A blank line sets it, even if the event has no data. [`reset`](Self::reset) keeps it.
    ///
    /// ```
    /// use sse_proto::{Chunk, Decoder};
    ///
    /// let mut decoder = Decoder::new_in([0; 16]);
    /// decoder.decode(&mut Chunk::new(b"id: 7\n"))?;
    /// assert_eq!(decoder.last_event_id(), "");
    /// decoder.decode(&mut Chunk::new(b"\n"))?;
    /// assert_eq!(decoder.last_event_id(), "7");
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    ///
    /// [header]: https://html.spec.whatwg.org/multipage/server-sent-events.html#the-last-event-id-header
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.buffers.last_event_id()
    }

    /// Returns the reconnection time, if the stream has set one.
    ///
    /// It is set at the end of its line, without a blank line. [`reset`](Self::reset) keeps it.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::{Chunk, Decoder};
    ///
    /// let mut decoder = Decoder::new_in([0; 16]);
    /// assert_eq!(decoder.reconnection_time(), None);
    /// decoder.decode(&mut Chunk::new(b"retry: 1500\n"))?;
    /// assert_eq!(decoder.reconnection_time(), Some(Duration::from_millis(1500)));
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    #[must_use]
    pub const fn reconnection_time(&self) -> Option<Duration> {
        self.buffers.reconnection_time()
    }

    /// Prepares the decoder for the next connection. Drops an incomplete event, and keeps the last event ID
    /// and the reconnection time.
    ///
    /// ```
    /// use sse_proto::{Chunk, Decoder};
    ///
    /// let mut decoder = Decoder::new_in([0; 64]);
    /// while decoder.decode(&mut Chunk::new(b"id: 1\n\ndata: half"))?.is_some() {}
    /// decoder.reset();
    /// assert_eq!(decoder.last_event_id(), "1");
    /// assert!(decoder.decode(&mut Chunk::new(b"\n"))?.is_none());
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    pub fn reset(&mut self) {
        self.lines = Lines::new();
        self.is_clear = false;
        self.discard_event(LineState::Start);
    }

    /// Takes the next item off the front of `chunk`. `None` means that `chunk` is now empty.
    ///
    /// The item borrows from the chunk or the decoder until the next call. The time is linear in the number
    /// of bytes taken, however the stream is cut into chunks.
    ///
    /// ```
    /// use std::io::Read;
    /// use sse_proto::{Chunk, Decoder, Item};
    ///
    /// let mut stream = &b"data: 1\n\ndata: 2\n\n"[..]; // Or a file, or a socket.
    /// let (mut decoder, mut buffer) = (Decoder::new_in([0; 64]), [0; 5]);
    /// let mut seen = Vec::new();
    /// loop {
    ///     let length = stream.read(&mut buffer)?;
    ///     if length == 0 {
    ///         break;
    ///     }
    ///     let mut chunk = Chunk::new(&buffer[..length]);
    ///     while let Some(item) = decoder.decode(&mut chunk)? {
    ///         if let Item::Event(event) = item {
    ///             seen.push(event.data().to_owned());
    ///         }
    ///     }
    /// }
    /// assert_eq!(seen, ["1", "2"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`TooLarge`] if an event does not fit into the limit. The whole event is discarded, with its type and
    /// ID, so the last event ID stays the same. The next call continues after the event. The caller
    /// decides whether to make it.
    #[inline(always)]
    pub fn decode<'d, 'c: 'd>(
        &'d mut self,
        chunk: &mut Chunk<'c>,
    ) -> Result<Option<Item<'d>>, TooLarge> {
        if self.is_clear
            && let Some(data) = chunk.take_event(self.buffers.limit())
        {
            return match chunk.text(data) {
                Some(text) => Ok(Some(Item::Event(EventRef::new(text)))),
                None => self.decode_on(chunk, Some(data)),
            };
        }
        self.decode_on(chunk, None)
    }

    /// Handles a cut data line first, because small chunks consist mostly of those.
    #[inline(never)]
    fn decode_on<'d, 'c: 'd>(
        &'d mut self,
        chunk: &mut Chunk<'c>,
        taken: Option<&'c [u8]>,
    ) -> Result<Option<Item<'d>>, TooLarge> {
        match self.line {
            LineState::HeldData => self.decode_held_data(chunk),
            _ => self.decode_lines(chunk, taken),
        }
    }

    /// Drops the current event and its line. `line` is the state of the next byte.
    #[cold]
    #[inline(never)]
    fn discard_event(&mut self, line: LineState) {
        self.line = line;
        self.line_length = 0;
        self.buffers.forget_event();
    }
}

impl<M: Memory> fmt::Debug for Decoder<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder")
            .field("held", &self.buffers.held())
            .field("last_event_id", &self.last_event_id())
            .field("reconnection_time", &self.reconnection_time())
            .finish_non_exhaustive()
    }
}
