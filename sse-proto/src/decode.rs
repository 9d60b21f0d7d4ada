//! Chunks to events ([HTML, "Interpreting an event stream"][standard]).
//!
//! A line that lies whole in its chunk is read where it lies. The data of an event is copied into
//! `data` only when it must be: a second data line, the end of the chunk, or invalid UTF-8. Until
//! then it is `borrowed`, a local of [`Decoder::decode`]. A line that is cut is first joined in
//! `line`; of a data line only the value, which becomes the data without being copied again.
//!
//! `data` is text, so that each byte is validated once: by the chunk, or when it gets there.
//!
//! [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

use alloc::{string::String, vec::Vec};
use core::{fmt, mem, time::Duration};

use crate::{
    Chunk, DecoderBuilder, EventId, EventRef, Field, LinePart, Lines, TooLarge, field, utf8,
};

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
    /// The first parts of a line that was cut; of a data line, those of its value.
    line: Vec<u8>,
    /// How much has come of the line that was cut, held or not.
    line_length: usize,
    /// The data buffer: each line of it is followed by LF.
    data: String,
    event_type: String,
    /// The last event ID buffer, which counts if the unfinished event has set it.
    id: String,
    id_is_set: bool,
    last_event_id: String,
    reconnection_time: Option<Duration>,
    /// The last comment, if it could not be borrowed.
    comment: String,
    /// Whether the last item was an event that lies in the buffers, so that they are to be cleared.
    clear_first: bool,
    place: Place,
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

/// Where in the stream the decoder is.
#[derive(Clone, Copy)]
enum Place {
    LineStart,
    /// In a line whose first part is held.
    HeldLine,
    /// In a data line the first part of whose value is held.
    HeldData,
    /// In a comment that nobody asked for.
    SkippedLine,
    /// At the start of a line that is discarded: its event was too large.
    DiscardedLineStart,
    DiscardedLine,
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

    pub(crate) fn with(settings: DecoderBuilder) -> Self {
        Self {
            lines: Lines::new(),
            line: Vec::new(),
            line_length: 0,
            data: String::new(),
            event_type: String::new(),
            id: String::new(),
            id_is_set: false,
            last_event_id: String::new(),
            reconnection_time: None,
            comment: String::new(),
            clear_first: false,
            place: Place::LineStart,
            limit: settings.limit,
            comments: settings.comments,
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
        self.place = Place::LineStart;
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
        if self.clear_first {
            self.clear_first = false;
            self.forget_event();
        }
        let mut borrowed = None;
        let step = loop {
            let Some(part) = self.lines.next_part(chunk) else {
                self.keep(&mut borrowed);
                return Ok(None);
            };
            let step = if part.is_end() {
                self.end_of_line(part, chunk, &mut borrowed)?
            } else {
                self.keep(&mut borrowed);
                self.hold(part.bytes())?;
                None
            };
            if let Some(step) = step {
                break step;
            }
        };
        Ok(Some(match step {
            Step::Retry(time) => Item::Retry(time),
            Step::Comment(text) => Item::Comment(text.unwrap_or(&self.comment)),
            Step::Dispatch(data) => {
                let joined = || self.data.strip_suffix('\n').unwrap_or_default();
                let data = data.unwrap_or_else(joined);
                Item::Event(EventRef::dispatched(
                    &self.event_type,
                    data,
                    &self.last_event_id,
                ))
            }
        }))
    }

    /// Holds a part of a cut line, if it is of interest.
    fn hold(&mut self, part: &[u8]) -> Result<(), TooLarge> {
        match self.place {
            Place::LineStart if part.starts_with(b":") && !self.comments => {
                self.place = Place::SkippedLine;
            }
            Place::SkippedLine | Place::DiscardedLine => {}
            Place::DiscardedLineStart => self.place = Place::DiscardedLine,
            Place::LineStart | Place::HeldLine | Place::HeldData => {
                if let Err(error) = self.hold_wanted(part) {
                    self.place = Place::DiscardedLine;
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    fn hold_wanted(&mut self, part: &[u8]) -> Result<(), TooLarge> {
        self.line_length += part.len();
        self.charge(self.line_length)?;
        let wanted = match self.place {
            Place::LineStart => decided_value(part),
            _ => None,
        };
        if wanted.is_some() {
            self.place = Place::HeldData;
        } else if !matches!(self.place, Place::HeldData) {
            self.place = Place::HeldLine;
        }
        self.line.extend_from_slice(wanted.unwrap_or(part));
        Ok(())
    }

    fn end_of_line<'c>(
        &mut self,
        part: LinePart<'c>,
        chunk: &mut Chunk<'c>,
        borrowed: &mut Option<&'c str>,
    ) -> Result<Option<Step<'c>>, TooLarge> {
        match self.place {
            Place::LineStart => self.line_in_chunk(part, chunk, borrowed),
            Place::HeldLine | Place::HeldData => self.end_of_held_line(part.bytes()),
            Place::DiscardedLine => {
                self.place = Place::DiscardedLineStart;
                Ok(None)
            }
            Place::DiscardedLineStart if !part.bytes().is_empty() => Ok(None),
            Place::DiscardedLineStart | Place::SkippedLine => {
                self.place = Place::LineStart;
                Ok(None)
            }
        }
    }

    /// Interprets a line that lies whole in the chunk.
    fn line_in_chunk<'c>(
        &mut self,
        part: LinePart<'c>,
        chunk: &mut Chunk<'c>,
        borrowed: &mut Option<&'c str>,
    ) -> Result<Option<Step<'c>>, TooLarge> {
        let line = part.bytes();
        if line.is_empty() {
            return Ok(self.blank_line(borrowed.take()));
        }
        // Most lines are data, so that is tried before the other names.
        let Some(value) = field::data_value(line) else {
            return self.other_line_in_chunk(part, chunk, borrowed);
        };
        self.charge(borrowed_length(*borrowed) + line.len())?;
        match chunk.text(part.end() - value.len()..part.end()) {
            Some(text) if self.data.is_empty() && borrowed.is_none() => {
                if chunk.take_blank_line() {
                    return Ok(self.blank_line(Some(text)));
                }
                *borrowed = Some(text);
            }
            Some(text) => {
                self.keep(borrowed);
                self.push_data(text);
            }
            None => {
                self.keep(borrowed);
                self.interpret(Field::Data(value), 0)?;
            }
        }
        Ok(None)
    }

    fn other_line_in_chunk<'c>(
        &mut self,
        part: LinePart<'c>,
        chunk: &mut Chunk<'c>,
        borrowed: &mut Option<&'c str>,
    ) -> Result<Option<Step<'c>>, TooLarge> {
        let line = part.bytes();
        if line.starts_with(b":") && !self.comments {
            return Ok(None);
        }
        self.charge(borrowed_length(*borrowed) + line.len())?;
        let Some(field) = Field::parse(line) else {
            return Ok(None);
        };
        match field {
            Field::EventType(_) | Field::Id(_) | Field::Ignored { .. } => {}
            // These join the data, or give out an item, which ends the borrowing.
            Field::Data(_) | Field::Retry(_) | Field::Comment(_) => self.keep(borrowed),
        }
        let beside = borrowed_length(*borrowed) + line.len();
        if let Field::Comment(value) = field
            && let Some(text) = chunk.text(part.end() - value.len()..part.end())
        {
            self.charge(beside + text.len())?;
            return Ok(Some(Step::Comment(Some(text))));
        }
        self.interpret(field, beside)
    }

    /// Interprets the line that was cut, whose last part is this one.
    fn end_of_held_line(&mut self, part: &[u8]) -> Result<Option<Step<'static>>, TooLarge> {
        self.hold_wanted(part)?;
        let place = mem::replace(&mut self.place, Place::LineStart);
        self.line_length = 0;
        let is_data = matches!(place, Place::HeldData);
        let mut line = mem::take(&mut self.line);
        if is_data && self.data.is_empty() {
            match String::from_utf8(line) {
                Ok(text) => {
                    self.line = mem::replace(&mut self.data, text).into_bytes();
                    self.data.push('\n');
                    return Ok(None);
                }
                Err(error) => line = error.into_bytes(),
            }
        }
        let field = match is_data {
            true => Some(Field::Data(&line)),
            false => Field::parse(&line),
        };
        let step = field.map_or(Ok(None), |field| self.interpret(field, line.len()));
        line.clear();
        self.line = line;
        step
    }

    /// Processes a field as the standard says. Its line, if that is held, and the data that is
    /// borrowed count `beside` the text that it becomes.
    fn interpret(
        &mut self,
        field: Field<'_>,
        beside: usize,
    ) -> Result<Option<Step<'static>>, TooLarge> {
        match field {
            Field::Data(value) => {
                self.charge(utf8::lossy_length(value) + 1)?;
                utf8::push_lossy(&mut self.data, value);
                self.data.push('\n');
            }
            Field::EventType(value) => {
                self.charge(beside + utf8::lossy_length(value))?;
                set_text(&mut self.event_type, value);
            }
            Field::Id(value) => {
                self.charge(beside + utf8::lossy_length(value))?;
                set_text(&mut self.id, value);
                self.id_is_set = true;
            }
            Field::Retry(time) => {
                self.reconnection_time = Some(time);
                return Ok(Some(Step::Retry(time)));
            }
            Field::Comment(value) => {
                self.charge(beside + utf8::lossy_length(value))?;
                set_text(&mut self.comment, value);
                return Ok(Some(Step::Comment(None)));
            }
            Field::Ignored { .. } => {}
        }
        Ok(None)
    }

    /// Dispatches the event: the order of the steps is the standard's.
    fn blank_line<'c>(&mut self, borrowed: Option<&'c str>) -> Option<Step<'c>> {
        if mem::take(&mut self.id_is_set) {
            mem::swap(&mut self.last_event_id, &mut self.id);
            clear(&mut self.id);
        }
        if borrowed.is_none() && self.data.is_empty() {
            self.event_type.clear();
            return None;
        }
        self.clear_first = borrowed.is_none() || !self.event_type.is_empty();
        Some(Step::Dispatch(borrowed))
    }

    /// Moves the data that was borrowed so far to where it outlives the chunk.
    fn keep(&mut self, borrowed: &mut Option<&str>) {
        if let Some(text) = borrowed.take() {
            self.push_data(text);
        }
    }

    fn push_data(&mut self, text: &str) {
        self.data.push_str(text);
        self.data.push('\n');
    }

    /// Checks that `more` bytes fit beside what is held of the event and the last event ID.
    fn charge(&mut self, more: usize) -> Result<(), TooLarge> {
        let ids = self.id.len() + self.last_event_id.len();
        if self.data.len() + self.event_type.len() + ids + more <= self.limit {
            return Ok(());
        }
        Err(self.too_large())
    }

    #[cold]
    fn too_large(&mut self) -> TooLarge {
        self.forget_event();
        self.place = Place::DiscardedLineStart;
        TooLarge { limit: self.limit }
    }

    /// Clears the buffers of the event that was being read.
    fn forget_event(&mut self) {
        if self.line.capacity() > RETAINED {
            self.line = Vec::new();
        }
        self.line.clear();
        self.line_length = 0;
        clear(&mut self.data);
        clear(&mut self.event_type);
        clear(&mut self.id);
        self.id_is_set = false;
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
            .field("held", &(self.line.len() + self.data.len()))
            .field("limit", &self.limit)
            .field("last_event_id", &self.last_event_id)
            .field("reconnection_time", &self.reconnection_time)
            .finish_non_exhaustive()
    }
}

/// The value of a data line, if enough of the line is there to tell where it begins.
fn decided_value(line: &[u8]) -> Option<&[u8]> {
    line.get(..DECIDED).and_then(|_| field::data_value(line))
}

/// The name, the colon, and the space that is left out or the first byte of the value.
const DECIDED: usize = "data: ".len();

fn set_text(text: &mut String, bytes: &[u8]) {
    clear(text);
    utf8::push_lossy(text, bytes);
}

/// Clears a buffer, and gives it back if it is large.
fn clear(text: &mut String) {
    if text.capacity() > RETAINED {
        *text = String::new();
    }
    text.clear();
}

/// How much a buffer may keep, in bytes, from one event to the next.
const RETAINED: usize = 128 * 1024;

/// What the borrowed data will take once it is held.
fn borrowed_length(borrowed: Option<&str>) -> usize {
    borrowed.map_or(0, |data| data.len() + 1)
}
