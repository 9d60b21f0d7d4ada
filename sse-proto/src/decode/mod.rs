//! Chunks to events ([HTML, "Interpreting an event stream"][standard]).
//!
//! A line that lies whole in its chunk is read where it lies. The data of an event is copied into the
//! buffers only when it must be: a second data line, the end of the chunk, or invalid UTF-8. Until
//! then it is `borrowed`, a local of [`Decoder::decode`]. A line that is cut is held behind the data;
//! of a data line only the value, which becomes the data without being copied again.
//!
//! [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

pub(crate) mod buffers;
mod builder;
mod cut;
mod end;

pub use builder::{DecoderBuilder, TooLarge};

use core::{fmt, time::Duration};

use crate::EventId;
#[cfg(feature = "alloc")]
use crate::Heap;
use crate::memory::store::Slot;
use crate::{Chunk, EventRef, Field, Item, Lines, Memory, field};
use buffers::{Buffers, Step};
use cut::Place;

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
    place: Place,
    /// How much has come of the line that was cut, held or not.
    line_length: usize,
    buffers: Buffers<M::Store>,
    comments: bool,
    completes_at_end: bool,
    /// Whether nothing is held, so that an event of one line in the chunk can be given out at once.
    is_clear: bool,
}

#[cfg(feature = "alloc")]
impl Decoder {
    /// How many bytes of one event are held if nothing else is set: 16 MiB.
    ///
    /// ```
    /// use sse_proto::Decoder;
    ///
    /// assert_eq!(Decoder::DEFAULT_LIMIT, 16 * 1024 * 1024);
    /// let decoder = Decoder::builder().limit(Decoder::DEFAULT_LIMIT / 4).build();
    /// ```
    pub const DEFAULT_LIMIT: usize = DecoderBuilder::DEFAULT_LIMIT;

    /// A decoder at the start of a stream, with the default settings.
    ///
    /// ```
    /// use sse_proto::{Chunk, Decoder, EventRef, Item};
    ///
    /// let mut decoder = Decoder::new();
    /// // A byte order mark, which is dropped, and a byte that is no text.
    /// let mut chunk = Chunk::new(b"\xEF\xBB\xBFdata: \xFF\r\n\r\n");
    /// assert_eq!(decoder.decode(&mut chunk)?, Some(Item::Event(EventRef::new("\u{FFFD}"))));
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Settings for a decoder.
    ///
    /// ```
    /// use sse_proto::{Chunk, Decoder};
    ///
    /// let mut decoder = Decoder::builder().limit(8).build();
    /// let error = decoder.decode(&mut Chunk::new(b"data: 123456789\n\n")).unwrap_err();
    /// assert_eq!(error.limit(), 8);
    /// ```
    pub const fn builder() -> DecoderBuilder {
        DecoderBuilder::new()
    }

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

    /// A decoder at the start of a stream, which holds what it must in `memory`, and needs no
    /// allocator.
    ///
    /// The length of `memory` is its limit, if that is fixed.
    /// What an event takes of it says [`DecoderBuilder::limit`]. An event that lies in one chunk, in
    /// one data line, takes none. It also holds the last event ID.
    ///
    /// ```
    /// use sse_proto::{Chunk, Decoder, Item};
    ///
    /// let mut memory = [0; 16];
    /// let mut decoder = Decoder::new_in(&mut memory[..]);
    /// assert!(decoder.decode(&mut Chunk::new(b"id: 7\n\ndata: 0123"))?.is_none());
    /// let error = decoder.decode(&mut Chunk::new(b"456789abcdef\n\n")).unwrap_err();
    /// assert_eq!(error.limit(), 16);
    /// assert_eq!(decoder.last_event_id(), "7");
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    #[must_use]
    pub fn new_in(memory: M) -> Self {
        DecoderBuilder::new().build_in(memory)
    }

    pub(crate) fn with(settings: DecoderBuilder, memory: M) -> Self {
        Self {
            lines: Lines::new(),
            place: Place::LineStart,
            line_length: 0,
            buffers: Buffers::new(memory.into_store(settings.limit)),
            comments: settings.comments,
            completes_at_end: settings.completes_at_end,
            is_clear: false,
        }
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
        self.forget(Place::LineStart);
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
        match self.place {
            Place::HeldData => self.decode_held_data(chunk),
            _ => self.decode_lines(chunk, taken),
        }
    }

    /// Goes on with the event whose data was taken, or with whatever is at the front.
    #[inline(never)]
    fn decode_lines<'d, 'c: 'd>(
        &'d mut self,
        chunk: &mut Chunk<'c>,
        taken: Option<&'c [u8]>,
    ) -> Result<Option<Item<'d>>, TooLarge> {
        self.is_clear = false;
        self.buffers.forget_given_out();
        let step = match taken {
            Some(data) => self.blank_line(chunk, Some(data))?,
            None if chunk.is_empty() => None,
            None => match self.next_step(chunk)? {
                None => return Ok(None),
                some => some,
            },
        };
        self.is_clear = self.buffers.are_clear() && self.is_at_line_start(chunk);
        Ok(step.map(|step| self.buffers.item(step)))
    }

    /// Reads lines until one leads to an item, or the chunk is empty.
    fn next_step<'c>(&mut self, chunk: &mut Chunk<'c>) -> Result<Option<Step<'c>>, TooLarge> {
        let mut borrowed = None;
        while !chunk.is_empty() {
            let step = match self.place {
                Place::LineStart => self.lines_in_chunk(chunk, &mut borrowed)?,
                _ => self.rest_of_line(chunk)?,
            };
            if step.is_some() {
                return Ok(step);
            }
        }
        self.keep(&mut borrowed);
        Ok(None)
    }

    /// Reads the lines that lie whole in the chunk, and begins the one that does not.
    #[inline]
    fn lines_in_chunk<'c>(
        &mut self,
        chunk: &mut Chunk<'c>,
        borrowed: &mut Option<&'c [u8]>,
    ) -> Result<Option<Step<'c>>, TooLarge> {
        let part = if self.lines.are_at_line(chunk) {
            while let Some(line) = chunk.take_whole_line() {
                let step = self.line_in_chunk(line, chunk, borrowed)?;
                if step.is_some() {
                    return Ok(step);
                }
            }
            if chunk.is_empty() {
                return Ok(None);
            }
            self.lines.rest_of_line(chunk)
        } else if let Some(part) = self.lines.next_part(chunk) {
            part
        } else {
            return Ok(None);
        };
        if part.is_end() {
            return self.line_in_chunk(part.bytes(), chunk, borrowed);
        }
        self.keep(borrowed);
        self.start_of_line(part.bytes())?;
        Ok(None)
    }

    /// Whether the byte at the front, if there is one, is the first of a line.
    #[inline]
    fn is_at_line_start(&mut self, chunk: &mut Chunk<'_>) -> bool {
        matches!(self.place, Place::LineStart) && self.lines.are_at_line(chunk)
    }

    /// Drops what was read of an event and its line, to go on at this place.
    #[cold]
    #[inline(never)]
    fn forget(&mut self, place: Place) {
        self.place = place;
        self.line_length = 0;
        self.buffers.forget_event();
    }

    /// Moves the data that was borrowed so far to where it outlives the chunk.
    #[inline]
    fn keep(&mut self, borrowed: &mut Option<&[u8]>) {
        if let Some(value) = borrowed.take() {
            self.buffers.push_data(value);
        }
    }

    /// Interprets a line that lies whole in the chunk.
    #[inline(always)]
    fn line_in_chunk<'c>(
        &mut self,
        line: &'c [u8],
        chunk: &mut Chunk<'c>,
        borrowed: &mut Option<&'c [u8]>,
    ) -> Result<Option<Step<'c>>, TooLarge> {
        if let Some(value) = field::data_value(line) {
            self.charge(line, *borrowed)?;
            if borrowed.is_none() && self.buffers.has_no_data() {
                *borrowed = Some(value);
            } else {
                self.keep(borrowed);
                self.buffers.push_data(value);
                self.buffers.push_data_lines(chunk);
            }
            return Ok(None);
        }
        match line {
            [] => {}
            [b':', ..] if !self.comments => {}
            _ => return self.field_in_chunk(line, chunk, borrowed),
        }
        if borrowed.is_none() && self.buffers.are_empty() {
            chunk.skip_idle_lines(!self.comments);
        } else if line.is_empty() {
            return self.blank_line(chunk, borrowed.take());
        }
        Ok(None)
    }

    /// Dispatches, with data that lies in the chunk, if it is text, or in the buffers.
    fn blank_line<'c>(
        &mut self,
        chunk: &mut Chunk<'c>,
        data: Option<&'c [u8]>,
    ) -> Result<Option<Step<'c>>, TooLarge> {
        let text = data.and_then(|value| chunk.text(value));
        if let (Some(value), None) = (data, text) {
            self.buffers.push_data(value);
        }
        self.buffers
            .blank_line(text)
            .inspect_err(|_| self.forget(Place::LineStart))
    }

    /// Interprets a line that lies whole in the chunk, and is neither blank nor usual data.
    fn field_in_chunk<'c>(
        &mut self,
        line: &'c [u8],
        chunk: &mut Chunk<'c>,
        borrowed: &mut Option<&'c [u8]>,
    ) -> Result<Option<Step<'c>>, TooLarge> {
        let field = Field::parse(line);
        if !matches!(field, Some(Field::EventType(_) | Field::Id(_))) {
            self.charge(line, *borrowed)?;
        }
        let step = match field {
            Some(Field::EventType(value)) => {
                self.set(Slot::EventType, value, line, *borrowed)?;
                None
            }
            Some(Field::Id(value)) => {
                self.set(Slot::Id, value, line, *borrowed)?;
                None
            }
            Some(Field::Data(value)) => {
                self.keep(borrowed);
                self.buffers.push_data(value);
                None
            }
            // An item that is given out ends the borrowing.
            Some(Field::Retry(time)) => {
                self.keep(borrowed);
                Some(self.buffers.retry(time))
            }
            Some(Field::Comment(value)) => {
                self.keep(borrowed);
                Some(match chunk.text(value) {
                    Some(text) => Step::Comment(Some(text)),
                    None => {
                        self.buffers.hold(value);
                        self.buffers
                            .comment(value.len())
                            .inspect_err(|_| self.forget(Place::DiscardedLineStart))?
                    }
                })
            }
            Some(Field::Ignored { .. }) | None => None,
        };
        Ok(step)
    }

    /// Charges a line that lies whole in the chunk.
    #[inline]
    fn charge(&mut self, line: &[u8], borrowed: Option<&[u8]>) -> Result<(), TooLarge> {
        self.buffers
            .charge(borrowed_length(borrowed) + line.len())
            .inspect_err(|_| self.forget(Place::DiscardedLineStart))
    }

    /// Sets a value that this line has.
    fn set(
        &mut self,
        which: Slot,
        value: &[u8],
        line: &[u8],
        borrowed: Option<&[u8]>,
    ) -> Result<(), TooLarge> {
        self.buffers
            .set(which, value, borrowed_length(borrowed) + line.len())
            .inspect_err(|_| self.forget(Place::DiscardedLineStart))
    }
}

#[cfg(feature = "alloc")]
impl Default for Decoder {
    fn default() -> Self {
        Self::new()
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

/// What the borrowed data will take once it is held.
fn borrowed_length(borrowed: Option<&[u8]>) -> usize {
    borrowed.map_or(0, |value| value.len() + 1)
}
