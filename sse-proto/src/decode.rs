//! Chunks to events ([HTML, "Interpreting an event stream"][standard]).
//!
//! A line that lies whole in its chunk is read where it lies; one that is cut is first joined in
//! `held`. `held` is the only buffer for data and line: the data of the event so far, each line
//! followed by LF, and then the line that has no end yet. So a cut line is copied once, its value
//! is moved into place at most once more, and one limit bounds both.
//!
//! The data of an event is copied into `held` only when it must be: a second data line, the end of
//! the chunk, or invalid UTF-8. Until then it is `borrowed`, a local of [`Decoder::decode`].
//!
//! [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

use alloc::{string::String, vec::Vec};
use core::{fmt, mem, str, time::Duration};

use crate::{Chunk, EventId, EventRef, Field, LinePart, Lines};

/// Decodes an event stream, chunk by chunk.
///
/// Decoding never fails but for the [limit](DecoderBuilder::limit). Bytes that are not UTF-8 become
/// U+FFFD. What the stream ends with is not an event until its blank line has come: nothing is
/// flushed at the end.
///
/// ```
/// use sse_proto::{Chunk, Decoder, Item};
///
/// let mut decoder = Decoder::new();
/// let mut chunk = Chunk::new(b"retry: 3000\ndata: one\ndata: two\n\n");
/// let Some(Item::Retry(time)) = decoder.decode(&mut chunk)? else { panic!() };
/// assert_eq!(time.as_secs(), 3);
/// let Some(Item::Event(event)) = decoder.decode(&mut chunk)? else { panic!() };
/// assert_eq!((event.event_type(), event.data()), ("message", "one\ntwo"));
/// assert!(decoder.decode(&mut chunk)?.is_none());
/// # Ok::<(), sse_proto::TooLarge>(())
/// ```
#[derive(Clone)]
pub struct Decoder {
    lines: Lines,
    held: Vec<u8>,
    /// How much of `held` is data; the rest is the unfinished line.
    data_length: usize,
    event_type: String,
    /// The last event ID buffer, which counts if the unfinished event has set it.
    id: String,
    id_is_set: bool,
    last_event_id: String,
    reconnection_time: Option<Duration>,
    /// Text of the last item that was neither in the chunk nor valid in `held`.
    repaired: String,
    /// Whether the last item was an event, so that its buffers are to be cleared.
    dispatched: bool,
    /// Whether the unfinished line has begun and is not held: a comment nobody asked for, or part
    /// of what is discarded.
    skipping_line: bool,
    /// Whether what comes before the next blank line is dropped: the event was too large.
    discarding: bool,
    limit: usize,
    comments: bool,
}

/// What the decoder gives out. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item<'a> {
    /// An event is dispatched.
    Event(EventRef<'a>),
    /// The reconnection time was set, with effect from now.
    Retry(Duration),
    /// A comment, without one leading space. Only if [asked for](DecoderBuilder::comments).
    Comment(&'a str),
}

/// What a line leads to. `Some(text)` lies in the chunk, `None` in the decoder's buffers.
enum Step<'c> {
    Dispatch(Option<&'c str>),
    Retry(Duration),
    Comment(Option<&'c str>),
}

impl Decoder {
    /// How many bytes of one event are held if nothing else is set: 16 MiB.
    pub const DEFAULT_LIMIT: usize = 16 * 1024 * 1024;

    /// A decoder at the start of a stream, with the default settings.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Settings for a decoder.
    pub const fn builder() -> DecoderBuilder {
        DecoderBuilder {
            limit: Self::DEFAULT_LIMIT,
            comments: false,
        }
    }

    /// The same decoder with this last event ID, as known from an earlier connection.
    #[must_use]
    pub fn with_last_event_id(mut self, id: &EventId) -> Self {
        self.last_event_id.clear();
        self.last_event_id.push_str(id.as_str());
        self
    }

    /// The last event ID: what to send as `Last-Event-ID` when reconnecting, unless it is empty.
    /// It is kept over [`reset`](Self::reset).
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    /// The reconnection time, if the stream has set one. It is kept over [`reset`](Self::reset).
    #[must_use]
    pub const fn reconnection_time(&self) -> Option<Duration> {
        self.reconnection_time
    }

    /// Makes the decoder ready for the next connection: what was half read is dropped, the last
    /// event ID and the reconnection time stay.
    ///
    /// ```
    /// use sse_proto::{Chunk, Decoder};
    ///
    /// let mut decoder = Decoder::new();
    /// while decoder.decode(&mut Chunk::new(b"id: 1\n\ndata: half"))?.is_some() {}
    /// decoder.reset();
    /// assert_eq!(decoder.last_event_id(), "1");
    /// assert!(decoder.decode(&mut Chunk::new(b"\n"))?.is_none());
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    pub fn reset(&mut self) {
        self.forget_event();
        self.lines = Lines::new();
        self.skipping_line = false;
        self.discarding = false;
    }

    /// Takes the next item off the front of `chunk`; `None` means `chunk` is now empty.
    ///
    /// Items are borrowed from the chunk or the decoder until the next call. Linear in the bytes
    /// taken, whatever the chunking.
    ///
    /// # Errors
    /// [`TooLarge`] if an event does not fit into the limit. The rest of that event is discarded,
    /// and so are its type and ID: the last event ID stays as it was. The next call goes on with
    /// what follows; the caller chooses whether to make it.
    pub fn decode<'d, 'c: 'd>(
        &'d mut self,
        chunk: &mut Chunk<'c>,
    ) -> Result<Option<Item<'d>>, TooLarge> {
        if mem::take(&mut self.dispatched) {
            self.forget_event();
        }
        let mut borrowed = None;
        let step = loop {
            let Some(part) = self.lines.next_part(chunk) else {
                self.keep(&mut borrowed);
                return Ok(None);
            };
            if !part.is_end() {
                self.keep(&mut borrowed);
                self.hold(part.bytes())?;
                continue;
            }
            if self.end_of_skipped_line(part.bytes()) {
                continue;
            }
            let step = if self.held.len() > self.data_length {
                self.charge(part.bytes().len())?;
                self.held.extend_from_slice(part.bytes());
                self.held_line()
            } else {
                self.line_in_chunk(part, chunk, &mut borrowed)?
            };
            if let Some(step) = step {
                break step;
            }
        };
        Ok(Some(match step {
            Step::Retry(time) => Item::Retry(time),
            Step::Comment(text) => Item::Comment(text.unwrap_or(&self.repaired)),
            Step::Dispatch(data) => {
                let data = match data {
                    Some(data) => data,
                    None => joined_text(&self.held, &mut self.repaired),
                };
                Item::Event(EventRef::dispatched(
                    &self.event_type,
                    data,
                    &self.last_event_id,
                ))
            }
        }))
    }

    /// Joins a part of a cut line to what is held of it.
    fn hold(&mut self, part: &[u8]) -> Result<(), TooLarge> {
        let line_begins = self.held.len() == self.data_length;
        let unwanted = line_begins && !self.comments && part.starts_with(b":");
        if self.skipping_line || self.discarding || unwanted {
            self.skipping_line = true;
            return Ok(());
        }
        if let Err(error) = self.charge(part.len()) {
            self.skipping_line = true;
            return Err(error);
        }
        self.held.extend_from_slice(part);
        Ok(())
    }

    /// Whether the line that ends with `part` is of no interest.
    fn end_of_skipped_line(&mut self, part: &[u8]) -> bool {
        let skipped = mem::take(&mut self.skipping_line);
        if self.discarding {
            let is_blank = part.is_empty() && !skipped;
            self.discarding = !is_blank;
            return true;
        }
        skipped
    }

    /// Interprets a line that lies whole in the chunk.
    fn line_in_chunk<'c>(
        &mut self,
        part: LinePart<'c>,
        chunk: &mut Chunk<'c>,
        borrowed: &mut Option<&'c str>,
    ) -> Result<Option<Step<'c>>, TooLarge> {
        let Some(field) = Field::parse(part.bytes()) else {
            return Ok(self.blank_line(borrowed.take()));
        };
        let mut text_of = |value: &[u8]| chunk.text(part.end() - value.len()..part.end());
        if let Field::Comment(value) = field {
            if !self.comments {
                return Ok(None);
            }
            if let Some(text) = text_of(value) {
                self.charge(borrowed_length(borrowed) + part.bytes().len())?;
                self.keep(borrowed);
                return Ok(Some(Step::Comment(Some(text))));
            }
        }
        self.charge(borrowed_length(borrowed) + part.bytes().len())?;
        let Field::Data(value) = field else {
            let step = self.interpret(field);
            if step.is_some() {
                self.keep(borrowed);
            }
            return Ok(step);
        };
        if self.data_length == 0 && borrowed.is_none() {
            *borrowed = text_of(value);
            if borrowed.is_some() {
                return Ok(None);
            }
        }
        self.keep(borrowed);
        self.append_data(value);
        Ok(None)
    }

    /// Interprets the line that is held, now that it is whole.
    fn held_line(&mut self) -> Option<Step<'static>> {
        let mut held = mem::take(&mut self.held);
        let step = match Field::parse(&held[self.data_length..]) {
            Some(Field::Data(value)) => {
                let value = held.len() - value.len()..held.len();
                let length = value.len();
                held.copy_within(value, self.data_length);
                held.truncate(self.data_length + length);
                held.push(b'\n');
                self.data_length = held.len();
                None
            }
            field => {
                let step = field.and_then(|field| self.interpret(field));
                held.truncate(self.data_length);
                step
            }
        };
        self.held = held;
        step
    }

    /// Interprets a field other than `data`.
    fn interpret(&mut self, field: Field<'_>) -> Option<Step<'static>> {
        match field {
            Field::EventType(value) => {
                self.event_type.clear();
                push_lossy(&mut self.event_type, value);
                None
            }
            Field::Id(value) => {
                self.id.clear();
                push_lossy(&mut self.id, value);
                self.id_is_set = true;
                None
            }
            Field::Retry(time) => {
                self.reconnection_time = Some(time);
                Some(Step::Retry(time))
            }
            Field::Comment(value) => {
                self.repaired.clear();
                push_lossy(&mut self.repaired, value);
                Some(Step::Comment(None))
            }
            Field::Data(_) | Field::Ignored { .. } => None,
        }
    }

    /// Dispatches the event: the order of the steps is the standard's.
    fn blank_line<'c>(&mut self, borrowed: Option<&'c str>) -> Option<Step<'c>> {
        if mem::take(&mut self.id_is_set) {
            mem::swap(&mut self.last_event_id, &mut self.id);
            self.id.clear();
        }
        if borrowed.is_none() && self.data_length == 0 {
            self.event_type.clear();
            return None;
        }
        self.dispatched = true;
        Some(Step::Dispatch(borrowed))
    }

    /// Moves the data that was borrowed so far to where it outlives the chunk.
    fn keep(&mut self, borrowed: &mut Option<&str>) {
        if let Some(data) = borrowed.take() {
            self.append_data(data.as_bytes());
        }
    }

    fn append_data(&mut self, value: &[u8]) {
        self.held.extend_from_slice(value);
        self.held.push(b'\n');
        self.data_length = self.held.len();
    }

    /// Checks that `more` bytes fit beside what is held.
    fn charge(&mut self, more: usize) -> Result<(), TooLarge> {
        let size = self.held.len() + self.event_type.len() + self.id.len() + more;
        if size <= self.limit {
            return Ok(());
        }
        self.forget_event();
        self.discarding = true;
        Err(TooLarge { limit: self.limit })
    }

    /// Clears the buffers of the event that was being read.
    fn forget_event(&mut self) {
        self.held.clear();
        self.data_length = 0;
        self.event_type.clear();
        self.id.clear();
        self.id_is_set = false;
        self.repaired.clear();
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder")
            .field("held", &self.held.len())
            .field("limit", &self.limit)
            .field("last_event_id", &self.last_event_id)
            .field("reconnection_time", &self.reconnection_time)
            .finish_non_exhaustive()
    }
}

/// Settings for a [`Decoder`].
///
/// ```
/// use sse_proto::{Chunk, Decoder, Item};
///
/// let mut decoder = Decoder::builder().comments(true).limit(64 * 1024).build();
/// let mut chunk = Chunk::new(b": hello\n");
/// assert_eq!(decoder.decode(&mut chunk)?, Some(Item::Comment("hello")));
/// # Ok::<(), sse_proto::TooLarge>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct DecoderBuilder {
    limit: usize,
    comments: bool,
}

impl DecoderBuilder {
    /// How many bytes of one event may be held at once: its data, type and ID so far, and the line
    /// that is being read. It counts the same whether the bytes come in one chunk or in many.
    /// Comments that are not given out do not count. [`Decoder::DEFAULT_LIMIT`] if not set.
    pub const fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Whether comments are given out. They are not, if not set.
    pub const fn comments(mut self, given_out: bool) -> Self {
        self.comments = given_out;
        self
    }

    /// The decoder.
    #[must_use]
    pub fn build(self) -> Decoder {
        Decoder {
            lines: Lines::new(),
            held: Vec::new(),
            data_length: 0,
            event_type: String::new(),
            id: String::new(),
            id_is_set: false,
            last_event_id: String::new(),
            reconnection_time: None,
            repaired: String::new(),
            dispatched: false,
            skipping_line: false,
            discarding: false,
            limit: self.limit,
            comments: self.comments,
        }
    }
}

/// An event of the stream does not fit into the decoder's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge {
    limit: usize,
}

impl TooLarge {
    /// The limit, in bytes.
    #[must_use]
    pub const fn limit(&self) -> usize {
        self.limit
    }
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "an event of the stream is larger than the limit of {} bytes; \
             raise the decoder's limit, or decode on after the event",
            self.limit
        )
    }
}

impl core::error::Error for TooLarge {}

/// The data lines in `held`, without the last LF; with U+FFFD in `repaired` where they are not
/// UTF-8.
fn joined_text<'d>(held: &'d [u8], repaired: &'d mut String) -> &'d str {
    let data = held.strip_suffix(b"\n").unwrap_or(held);
    if let Ok(text) = str::from_utf8(data) {
        return text;
    }
    repaired.clear();
    push_lossy(repaired, data);
    repaired
}

/// Appends `bytes`, with one U+FFFD for each maximal subpart that is not UTF-8.
fn push_lossy(text: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
}

/// What the borrowed data will take once it is held.
fn borrowed_length(borrowed: &Option<&str>) -> usize {
    borrowed.map_or(0, |data| data.len() + 1)
}
