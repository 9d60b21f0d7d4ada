//! Chunks to events ([HTML, "Interpreting an event stream"][standard]).
//!
//! A line that lies whole in its chunk is read where it lies. The data of an event is copied into the
//! buffers only when it must be: a second data line, the end of the chunk, or invalid UTF-8. Until
//! then it is `borrowed`, a local of [`Decoder::decode`]. A line that is cut is first joined in
//! `line`; of a data line only the value, which becomes the data without being copied again.
//!
//! [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

use alloc::{string::String, vec::Vec};
use core::{fmt, mem, time::Duration};

use crate::{
    Chunk, DecoderBuilder, EventId, EventRef, Field, LinePart, Lines, TooLarge,
    buffers::{self, Buffers, Step, borrowed_length},
    field,
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
    place: Place,
    buffers: Buffers,
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
            place: Place::LineStart,
            buffers: Buffers::new(settings.limit),
            comments: settings.comments,
        }
    }

    /// The same decoder with this last event ID, as known from an earlier connection.
    #[must_use]
    pub fn with_last_event_id(mut self, id: &EventId) -> Self {
        self.buffers.set_last_event_id(id.as_str());
        self
    }

    /// The last event ID: what to send as `Last-Event-ID` when reconnecting, unless it is empty.
    /// It is kept over [`reset`](Self::reset).
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.buffers.last_event_id()
    }

    /// The reconnection time, if the stream has set one. It is kept over [`reset`](Self::reset).
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
    /// let mut decoder = Decoder::new();
    /// while decoder.decode(&mut Chunk::new(b"id: 1\n\ndata: half"))?.is_some() {}
    /// decoder.reset();
    /// assert_eq!(decoder.last_event_id(), "1");
    /// assert!(decoder.decode(&mut Chunk::new(b"\n"))?.is_none());
    /// # Ok::<(), sse_proto::TooLarge>(())
    /// ```
    pub fn reset(&mut self) {
        self.lines = Lines::new();
        self.forget(Place::LineStart);
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
        self.buffers.clear_dispatched();
        let mut borrowed = None;
        let step = loop {
            let Some(part) = self.lines.next_part(chunk) else {
                self.buffers.keep(&mut borrowed);
                return Ok(None);
            };
            let step = if part.is_end() {
                self.end_of_line(part, chunk, &mut borrowed)
                    .inspect_err(|_| self.forget(Place::DiscardedLineStart))?
            } else {
                self.buffers.keep(&mut borrowed);
                self.hold(part.bytes())
                    .inspect_err(|_| self.forget(Place::DiscardedLine))?;
                None
            };
            if let Some(step) = step {
                break step;
            }
        };
        Ok(Some(self.buffers.item(step)))
    }

    /// Drops what was read of an event and its line, to go on at this place.
    fn forget(&mut self, place: Place) {
        self.place = place;
        self.line_length = 0;
        if self.line.capacity() > buffers::RETAINED {
            self.line = Vec::new();
        }
        self.line.clear();
        self.buffers.forget();
    }

    /// Holds a part of a cut line, if it is of interest.
    fn hold(&mut self, part: &[u8]) -> Result<(), TooLarge> {
        match self.place {
            Place::LineStart if part.starts_with(b":") && !self.comments => {
                self.place = Place::SkippedLine;
            }
            Place::SkippedLine | Place::DiscardedLine => {}
            Place::DiscardedLineStart => self.place = Place::DiscardedLine,
            Place::LineStart | Place::HeldLine | Place::HeldData => self.hold_wanted(part)?,
        }
        Ok(())
    }

    fn hold_wanted(&mut self, part: &[u8]) -> Result<(), TooLarge> {
        self.line_length += part.len();
        self.buffers.charge(self.line_length)?;
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
            return Ok(self.buffers.blank_line(borrowed.take()));
        }
        // Most lines are data, so that is tried before the other names.
        let Some(value) = field::data_value(line) else {
            return self.other_line_in_chunk(part, chunk, borrowed);
        };
        self.buffers
            .charge(borrowed_length(*borrowed) + line.len())?;
        match chunk.text(part.end() - value.len()..part.end()) {
            Some(text) if self.buffers.has_no_data() && borrowed.is_none() => {
                if chunk.take_blank_line() {
                    return Ok(self.buffers.blank_line(Some(text)));
                }
                *borrowed = Some(text);
            }
            Some(text) => {
                self.buffers.keep(borrowed);
                self.buffers.push_data(text);
            }
            None => {
                self.buffers.keep(borrowed);
                self.buffers.interpret(Field::Data(value), 0)?;
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
        self.buffers
            .charge(borrowed_length(*borrowed) + line.len())?;
        let Some(field) = Field::parse(line) else {
            return Ok(None);
        };
        match field {
            Field::EventType(_) | Field::Id(_) | Field::Ignored { .. } => {}
            // These join the data, or give out an item, which ends the borrowing.
            Field::Data(_) | Field::Retry(_) | Field::Comment(_) => self.buffers.keep(borrowed),
        }
        let beside = borrowed_length(*borrowed) + line.len();
        if let Field::Comment(value) = field
            && let Some(text) = chunk.text(part.end() - value.len()..part.end())
        {
            self.buffers.charge(beside + text.len())?;
            return Ok(Some(Step::Comment(Some(text))));
        }
        self.buffers.interpret(field, beside)
    }

    /// Interprets the line that was cut, whose last part is this one.
    fn end_of_held_line(&mut self, part: &[u8]) -> Result<Option<Step<'static>>, TooLarge> {
        self.hold_wanted(part)?;
        let place = mem::replace(&mut self.place, Place::LineStart);
        self.line_length = 0;
        let is_data = matches!(place, Place::HeldData);
        let mut line = mem::take(&mut self.line);
        if is_data && self.buffers.has_no_data() {
            match String::from_utf8(line) {
                Ok(text) => {
                    self.line = self.buffers.replace_data(text).into_bytes();
                    return Ok(None);
                }
                Err(error) => line = error.into_bytes(),
            }
        }
        let field = match is_data {
            true => Some(Field::Data(&line)),
            false => Field::parse(&line),
        };
        let step = field.map_or(Ok(None), |field| self.buffers.interpret(field, line.len()));
        if line.capacity() <= buffers::RETAINED {
            line.clear();
            self.line = line;
        }
        step
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
            .field("held", &self.line.len())
            .field("buffers", &self.buffers)
            .finish_non_exhaustive()
    }
}

/// The value of a data line, if enough of the line is there to tell where it begins.
fn decided_value(line: &[u8]) -> Option<&[u8]> {
    line.get(..DECIDED).and_then(|_| field::data_value(line))
}

/// The name, the colon, and the space that is left out or the first byte of the value.
const DECIDED: usize = "data: ".len();
