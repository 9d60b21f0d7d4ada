//! Chunks to events ([HTML, "Interpreting an event stream"][standard]).
//!
//! A line that lies whole in its chunk is read where it lies. The data of an event is copied into the
//! buffers only when it must be: a second data line, the end of the chunk, or invalid UTF-8. Until
//! then a [reader](reader::Reader) borrows it. A line that is cut is held behind the data;
//! of a data line only the value, which becomes the data without being copied again.
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
/// are not UTF-8 become U+FFFD. An event without its blank line at the end of the stream is
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
/// It holds what it must on the heap, or [in memory of the caller's](Self::new_in).
///
/// [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
#[derive(Clone)]
pub struct Decoder<
    #[cfg(feature = "alloc")] M: Memory = Heap,
    #[cfg(not(feature = "alloc"))] M: Memory,
> {
    lines: Lines,
    line: LineState,
    /// How much has come of the line that was cut, held or not.
    line_length: usize,
    buffers: Buffers<M::Store>,
    options: Options,
    /// Whether nothing is held, so that an event of one line in the chunk can be given out at once.
    is_clear: bool,
}

/// Where the next byte is in its line, and what is done with that line.
#[derive(Clone, Copy)]
enum LineState {
    Start,
    /// The first part of the line is held.
    Held,
    /// The first part of the value of a data line is held.
    HeldData,
    /// In a comment that nobody asked for.
    SkippedComment,
    /// At the start of a line that is discarded, since its event was too large.
    DiscardedStart,
    Discarded,
}

/// What a caller can choose, besides the limit.
#[derive(Clone, Copy, Debug)]
struct Options {
    /// Comments are given out.
    comments: bool,
    /// A clean end of the stream completes the last event.
    completes_at_end: bool,
}

#[cfg(feature = "alloc")]
impl Decoder {
    /// The same decoder with this last event ID, as known from an earlier connection.
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
    /// Returns the same decoder with this last event ID, as known from an earlier connection, in memory of
    /// any kind.
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

    /// The last event ID: what to send as [`Last-Event-ID`][header] when reconnecting, unless it is
    /// empty.
    ///
    /// It is kept over [`reset`](Self::reset). A blank line commits it, with or without data.
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

    /// The reconnection time, if the stream has set one.
    ///
    /// It is kept over [`reset`](Self::reset). It counts as soon as its line has ended.
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

    /// Makes the decoder ready for the next connection: what was half read is dropped, the last
    /// event ID and the reconnection time stay.
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

    /// Takes the next item off the front of `chunk`; `None` means `chunk` is now empty.
    ///
    /// Items are borrowed from the chunk or the decoder until the next call. Linear in the bytes
    /// taken, whatever the chunking.
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
    /// [`TooLarge`] if an event does not fit into the limit. The rest of that event is discarded,
    /// and so are its type and ID: the last event ID stays as it was. The next call goes on with
    /// what follows; the caller chooses whether to make it.
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

    /// A cut data line, which is most of what small chunks have, is spared the rest.
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

    /// Drops everything that was read of an event and its line. The next byte is here in the stream.
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
