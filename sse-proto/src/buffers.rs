//! The standard's buffers, and what fields do to them
//! ([HTML, "Interpreting an event stream"][standard]).
//!
//! All that is held lies in one piece of memory, so that one limit bounds it, and so that it can be
//! memory of a fixed size:
//!
//! ```text
//! data, each line with its LF | the line that is being read | free | type and ID | last event ID
//! ```
//!
//! The values are text as soon as they are set. The data is repaired where it lies, before it is given
//! out, if it turns out not to be UTF-8.
//!
//! [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

mod values;

pub(crate) use values::Value;

use core::{ops::Range, time::Duration};

use crate::{Chunk, EventRef, Field, Item, Memory, TooLarge, field, utf8};
use values::Values;

/// What is held of the event that is being read, and what stays after it.
#[derive(Clone)]
pub(crate) struct Buffers<M> {
    memory: M,
    limit: usize,
    /// The length of the data buffer.
    data: usize,
    /// The length of the line that is being read, as far as it is held.
    line: usize,
    values: Values,
    reconnection_time: Option<Duration>,
    /// What of the last item lies in the memory, until the next one is asked for.
    given_out: GivenOut,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum GivenOut {
    Nothing,
    Comment,
    Event,
}

/// What a line leads to. `Some(text)` lies in the chunk, `None` in the memory.
pub(crate) enum Step<'c> {
    Dispatch(Option<&'c str>),
    Retry(Duration),
    Comment(Option<&'c str>),
}

impl<M: Memory> Buffers<M> {
    pub(crate) fn new(memory: M, limit: usize) -> Self {
        Self {
            limit: match M::GROWS {
                true => limit,
                false => limit.min(memory.bytes().len()),
            },
            memory,
            data: 0,
            line: 0,
            values: Values::new(),
            reconnection_time: None,
            given_out: GivenOut::Nothing,
        }
    }

    pub(crate) fn last_event_id(&self) -> &str {
        self.text(self.values.last_event_id(self.memory.bytes().len()))
    }

    #[cfg(feature = "alloc")]
    pub(crate) fn set_last_event_id(&mut self, id: &str) {
        self.forget_event();
        self.make_room(id.len());
        let memory = self.memory.bytes_mut();
        let place = self.values.set(Value::Id, id.len(), memory);
        memory[place].copy_from_slice(id.as_bytes());
        self.values.commit_id(memory);
    }

    /// How many bytes are held of the event and its line.
    pub(crate) fn held(&self) -> usize {
        self.data + self.line
    }

    pub(crate) const fn reconnection_time(&self) -> Option<Duration> {
        self.reconnection_time
    }

    #[inline]
    pub(crate) const fn has_no_data(&self) -> bool {
        self.data == 0
    }

    /// Whether a blank line would do nothing.
    #[inline]
    pub(crate) const fn are_empty(&self) -> bool {
        self.has_no_data() && !self.values.belong_to_event() && !self.values.id_is_set()
    }

    /// Whether nothing is held at all, not even a last event ID.
    #[inline]
    pub(crate) fn are_clear(&self) -> bool {
        self.are_empty()
            && self.line == 0
            && self.values.length() == 0
            && self.given_out == GivenOut::Nothing
    }

    /// How many bytes may be held.
    #[inline]
    pub(crate) const fn limit(&self) -> usize {
        self.limit
    }

    /// Checks that `more` bytes fit beside what is held of the event, but for its line, and the last
    /// event ID.
    #[inline]
    pub(crate) fn charge(&self, more: usize) -> Result<(), TooLarge> {
        if self.data + self.values.length() + more <= self.limit {
            return Ok(());
        }
        Err(TooLarge { limit: self.limit })
    }

    /// Holds some bytes of a line, which are charged.
    #[inline]
    pub(crate) fn hold(&mut self, bytes: &[u8]) {
        self.append(bytes);
        self.line += bytes.len();
    }

    /// Appends a line to the data, which is charged.
    #[inline]
    pub(crate) fn push_data(&mut self, value: &[u8]) {
        let end = self.data + value.len();
        self.make_room(end + 1);
        let line = &mut self.memory.bytes_mut()[self.data..=end];
        line[..value.len()].copy_from_slice(value);
        line[value.len()] = b'\n';
        self.data = end + 1;
    }

    /// Appends the data lines at the front of the chunk, as far as they fit into the memory as it is.
    #[inline]
    pub(crate) fn push_data_lines(&mut self, chunk: &mut Chunk<'_>) {
        let room = self.memory.bytes().len().min(self.limit) - self.values.length();
        let memory = &mut self.memory.bytes_mut()[..room];
        let free = &mut memory[self.data..];
        let mut used = 0;
        while let Some(value) = chunk.take_whole_line_if(|line| {
            let fits = line.len() <= free.len() - used;
            field::data_value(line).filter(|_| fits)
        }) {
            let line = &mut free[used..][..value.len() + 1];
            line[..value.len()].copy_from_slice(value);
            line[value.len()] = b'\n';
            used += value.len() + 1;
        }
        self.data += used;
    }

    /// Makes the line that is held, the value of a data line, the next line of the data.
    #[inline]
    pub(crate) fn end_data(&mut self) {
        self.append(b"\n");
        self.data += self.line + 1;
        self.line = 0;
    }

    #[inline]
    fn append(&mut self, bytes: &[u8]) {
        let start = self.data + self.line;
        let end = start + bytes.len();
        self.make_room(end);
        self.memory.bytes_mut()[start..end].copy_from_slice(bytes);
    }

    /// Makes room for this many bytes before the values.
    #[inline]
    fn make_room(&mut self, before: usize) {
        if before + self.values.length() > self.memory.bytes().len() {
            self.grow(before + self.values.length());
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, needed: usize) {
        let length = self.memory.bytes().len();
        let doubled = (2 * length).max(SMALLEST).min(self.limit);
        self.memory.resize(needed.max(doubled));
        let (grown, values) = (self.memory.bytes().len(), self.values.length());
        self.memory
            .bytes_mut()
            .copy_within(length - values..length, grown - values);
    }

    /// Gives memory back that only a large event took.
    #[cold]
    #[inline(never)]
    fn shrink(&mut self) {
        let (length, values) = (self.memory.bytes().len(), self.values.length());
        let shrunk = RETAINED + values;
        self.memory
            .bytes_mut()
            .copy_within(length - values.., shrunk - values);
        self.memory.resize(shrunk);
    }

    /// Interprets the line that is held as the standard says. It has this length, of which a part may
    /// not be held.
    pub(crate) fn end_line(&mut self, length: usize) -> Result<Option<Step<'static>>, TooLarge> {
        match Field::parse(&self.memory.bytes()[self.data..self.data + self.line]) {
            Some(Field::Data(value)) => {
                let value = value.len();
                let end = self.data + self.line;
                self.memory
                    .bytes_mut()
                    .copy_within(end - value..end, self.data);
                self.line = value;
                self.end_data();
            }
            Some(Field::EventType(value)) => {
                let value = value.len();
                self.set_held(Value::EventType, value, length)?;
            }
            Some(Field::Id(value)) => {
                let value = value.len();
                self.set_held(Value::Id, value, length)?;
            }
            Some(Field::Retry(time)) => {
                self.line = 0;
                return Ok(Some(self.retry(time)));
            }
            Some(Field::Comment(value)) => {
                let value = value.len();
                return self.comment(value).map(Some);
            }
            Some(Field::Ignored { .. }) | None => self.line = 0,
        }
        Ok(None)
    }

    /// Sets a value. `beside` is what counts beside the text that it becomes.
    pub(crate) fn set(
        &mut self,
        value: Value,
        bytes: &[u8],
        beside: usize,
    ) -> Result<(), TooLarge> {
        if !utf8::is_valid(bytes) {
            self.hold(bytes);
            return self.set_held(value, bytes.len(), beside);
        }
        self.charge(beside + bytes.len())?;
        self.make_room(self.data + bytes.len());
        let memory = self.memory.bytes_mut();
        let place = self.values.set(value, bytes.len(), memory);
        memory[place].copy_from_slice(bytes);
        Ok(())
    }

    /// Sets a value to the last `length` bytes of the line that is held.
    fn set_held(&mut self, value: Value, length: usize, beside: usize) -> Result<(), TooLarge> {
        let end = self.data + self.line;
        let from = end - length..end;
        let is_valid = utf8::is_valid(&self.memory.bytes()[from.clone()]);
        let text = match is_valid {
            true => length,
            false => utf8::repaired_length(&self.memory.bytes()[from.clone()]),
        };
        self.charge(beside + text)?;
        self.make_room(end + text);
        let memory = self.memory.bytes_mut();
        let to = self.values.set(value, text, memory).start;
        match is_valid {
            true => memory.copy_within(from, to),
            false => utf8::copy_repaired(memory, from, to),
        }
        self.line = 0;
        Ok(())
    }

    pub(crate) fn retry(&mut self, time: Duration) -> Step<'static> {
        self.reconnection_time = Some(time);
        Step::Retry(time)
    }

    /// Gives out the last `length` bytes of the line that is held as a comment.
    pub(crate) fn comment(&mut self, length: usize) -> Result<Step<'static>, TooLarge> {
        let end = self.data + self.line;
        self.memory
            .bytes_mut()
            .copy_within(end - length..end, self.data);
        self.line = length;
        self.line += self.repair(self.data..self.data + length)?;
        self.given_out = GivenOut::Comment;
        Ok(Step::Comment(None))
    }

    /// Repairs what is held last before the free memory, if it is not UTF-8, and returns by how much
    /// it has grown.
    fn repair(&mut self, held: Range<usize>) -> Result<usize, TooLarge> {
        let bytes = &self.memory.bytes()[held.clone()];
        if utf8::is_valid(bytes) {
            return Ok(0);
        }
        let length = utf8::repaired_length(bytes);
        let more = length - held.len();
        self.charge(held.end - self.data + more)?;
        self.make_room(held.end + more);
        // It is moved to the end of the free memory, and repaired on the way back.
        let memory = self.memory.bytes_mut();
        let free = memory.len() - self.values.length();
        let moved = free - held.len()..free;
        memory.copy_within(held.clone(), moved.start);
        utf8::copy_repaired(memory, moved, held.start);
        Ok(more)
    }

    /// Dispatches the event: the order of the steps is the standard's.
    #[inline]
    pub(crate) fn blank_line<'c>(
        &mut self,
        borrowed: Option<&'c str>,
    ) -> Result<Option<Step<'c>>, TooLarge> {
        if self.data > 0 {
            self.data += self.repair(0..self.data)?;
        }
        if self.values.id_is_set() {
            self.values.commit_id(self.memory.bytes_mut());
        }
        if borrowed.is_none() && self.data == 0 {
            self.values.forget_event();
            return Ok(None);
        }
        if borrowed.is_none() || self.values.belong_to_event() {
            self.given_out = GivenOut::Event;
        }
        Ok(Some(Step::Dispatch(borrowed)))
    }

    /// The item that is given out.
    #[inline]
    pub(crate) fn item<'d, 'c: 'd>(&'d self, step: Step<'c>) -> Item<'d> {
        match step {
            Step::Retry(time) => Item::Retry(time),
            Step::Comment(Some(text)) => Item::Comment(text),
            Step::Comment(None) => Item::Comment(self.text(self.data..self.data + self.line)),
            Step::Dispatch(data) => {
                let joined = || self.text(0..self.data.saturating_sub(1));
                let data = data.unwrap_or_else(joined);
                if self.values.length() == 0 {
                    return Item::Event(EventRef::new(data));
                }
                let memory = self.memory.bytes().len();
                Item::Event(EventRef::dispatched(
                    self.text(self.values.event_type(memory)),
                    data,
                    self.text(self.values.last_event_id(memory)),
                ))
            }
        }
    }

    /// Forgets what was given out last.
    #[inline]
    pub(crate) fn forget_given_out(&mut self) {
        match self.given_out {
            GivenOut::Nothing => {}
            GivenOut::Comment => {
                self.line = 0;
                self.given_out = GivenOut::Nothing;
            }
            GivenOut::Event => self.forget_event(),
        }
    }

    /// Forgets the event that was being read, and its line.
    pub(crate) fn forget_event(&mut self) {
        self.data = 0;
        self.line = 0;
        self.values.forget_event();
        self.given_out = GivenOut::Nothing;
        // Four times, so that what is copied now and then is paid for by what came in between.
        if M::GROWS && self.memory.bytes().len() > RETAINED + 4 * self.values.length() {
            self.shrink();
        }
    }

    /// Text that is known to be valid.
    #[inline]
    fn text(&self, range: Range<usize>) -> &str {
        if range.is_empty() {
            return "";
        }
        utf8::from_utf8(&self.memory.bytes()[range]).unwrap_or_default()
    }
}

/// How much memory is kept for the next event, in bytes, beside the last event ID.
pub(crate) const RETAINED: usize = 128 * 1024;

/// How much memory is asked for at first, in bytes, if the limit allows it.
const SMALLEST: usize = 256;
