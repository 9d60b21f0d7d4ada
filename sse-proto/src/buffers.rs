//! The standard's buffers, and what fields do to them
//! ([HTML, "Interpreting an event stream"][standard]).
//!
//! All that is held lies in one memory, so that one limit bounds it, and so that it can be memory of a
//! fixed size:
//!
//! ```text
//! front: data, each line with its LF | the line that is being read      back: type and ID | last event ID
//! ```
//!
//! The values are text as soon as they are set. The data is repaired where it lies, before it is given
//! out, if it turns out not to be UTF-8.
//!
//! [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

mod values;

pub(crate) use values::Value;

use core::{ops::Range, time::Duration};

use crate::{Chunk, EventRef, Field, Item, Memory, TooLarge, utf8};
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
    /// The line.
    Comment,
    /// The values of an event whose data lies in the chunk.
    Values,
    /// An event whose data is held, and is text now.
    Event,
}

/// What a line leads to. `Some(text)` lies in the chunk, `None` in the memory.
pub(crate) enum Step<'c> {
    Dispatch(Option<&'c str>),
    Retry(Duration),
    Comment(Option<&'c str>),
}

impl<M: Memory> Buffers<M> {
    pub(crate) fn new(mut memory: M, limit: usize) -> Self {
        Self {
            limit: memory.set_limit(limit),
            memory,
            data: 0,
            line: 0,
            values: Values::new(),
            reconnection_time: None,
            given_out: GivenOut::Nothing,
        }
    }

    pub(crate) fn last_event_id(&self) -> &str {
        let back = self.memory.back();
        text(&back[self.values.last_event_id(back.len())])
    }

    #[cfg(feature = "alloc")]
    pub(crate) fn set_last_event_id(&mut self, id: &str) {
        self.forget_event();
        let (_, back) = self.memory.split(0, self.values.length() + id.len());
        let place = self.values.set(Value::Id, id.len(), back);
        back[place].copy_from_slice(id.as_bytes());
        self.values.commit_id(back);
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
        self.memory.append(self.data + self.line, bytes);
        self.line += bytes.len();
    }

    /// Appends a line to the data, which is charged.
    #[inline]
    pub(crate) fn push_data(&mut self, value: &[u8]) {
        self.memory.append_line(self.data, value);
        self.data += value.len() + 1;
    }

    /// Appends the data lines at the front of the chunk to the data, as long as they fit.
    #[inline]
    pub(crate) fn push_data_lines(&mut self, chunk: &mut Chunk<'_>) {
        let most = self.limit - self.values.length();
        while let Some(value) = chunk.take_data_line(most - self.data) {
            self.push_data(value);
        }
    }

    /// Makes the line that is held, the value of a data line, and its last bytes the next line of the data.
    #[inline]
    pub(crate) fn end_data(&mut self, last: &[u8]) {
        self.memory.append_line(self.data + self.line, last);
        self.data += self.line + last.len() + 1;
        self.line = 0;
    }

    /// Interprets the line that is held as the standard says. It has this length, of which a part may
    /// not be held.
    pub(crate) fn end_line(&mut self, length: usize) -> Result<Option<Step<'static>>, TooLarge> {
        match Field::parse(&self.memory.front(self.data + self.line)[self.data..]) {
            Some(Field::Data(value)) => {
                let value = value.len();
                self.keep_end_of_line(value);
                self.end_data(b"");
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

    /// Holds only the last `length` bytes of the line.
    fn keep_end_of_line(&mut self, length: usize) {
        let end = self.data + self.line;
        let (front, _) = self.memory.split(end, 0);
        front.copy_within(end - length.., self.data);
        self.line = length;
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
        let back = self.values.length() + bytes.len();
        let (_, back) = self.memory.split(self.data, back);
        let place = self.values.set(value, bytes.len(), back);
        back[place].copy_from_slice(bytes);
        Ok(())
    }

    /// Sets a value to the last `length` bytes of the line that is held.
    fn set_held(&mut self, value: Value, length: usize, beside: usize) -> Result<(), TooLarge> {
        let end = self.data + self.line;
        let held = &self.memory.front(end)[end - length..];
        let is_valid = utf8::is_valid(held);
        let repaired = match is_valid {
            true => length,
            false => utf8::repaired_length(held),
        };
        self.charge(beside + repaired)?;
        let back = self.values.length() + repaired;
        let (front, back) = self.memory.split(end, back);
        let place = self.values.set(value, repaired, back);
        let copied = place.end - length..place.end;
        back[copied.clone()].copy_from_slice(&front[end - length..]);
        if !is_valid {
            utf8::copy_repaired(back, copied, place.start);
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
        self.keep_end_of_line(length);
        self.line += self.repair(self.data..self.data + length)?;
        self.given_out = GivenOut::Comment;
        Ok(Step::Comment(None))
    }

    /// Repairs what is held last at the front, if it is not UTF-8, and returns by how much it has grown.
    fn repair(&mut self, held: Range<usize>) -> Result<usize, TooLarge> {
        let bytes = &self.memory.front(held.end)[held.start..];
        if utf8::is_valid(bytes) {
            return Ok(0);
        }
        let more = utf8::repaired_length(bytes) - held.len();
        self.charge(held.end - self.data + more)?;
        let (front, _) = self.memory.split(held.end + more, 0);
        front.copy_within(held.clone(), held.start + more);
        utf8::copy_repaired(front, held.start + more..held.end + more, held.start);
        Ok(more)
    }

    /// Dispatches the event: the order of the steps is the standard's.
    #[inline]
    pub(crate) fn blank_line<'c>(
        &mut self,
        borrowed: Option<&'c str>,
    ) -> Result<Option<Step<'c>>, TooLarge> {
        if self.data > 0 && !self.memory.make_text(self.data) {
            self.data += self.repair(0..self.data)?;
            self.memory.make_text(self.data);
        }
        if self.values.id_is_set() {
            let (_, back) = self.memory.split(0, self.values.length());
            self.values.commit_id(back);
        }
        if borrowed.is_none() && self.data == 0 {
            self.values.forget_event();
            return Ok(None);
        }
        self.given_out = match borrowed {
            None => GivenOut::Event,
            Some(_) if self.values.belong_to_event() => GivenOut::Values,
            Some(_) => GivenOut::Nothing,
        };
        Ok(Some(Step::Dispatch(borrowed)))
    }

    /// The item that is given out.
    #[inline]
    pub(crate) fn item<'d, 'c: 'd>(&'d self, step: Step<'c>) -> Item<'d> {
        match step {
            Step::Retry(time) => Item::Retry(time),
            Step::Comment(Some(text)) => Item::Comment(text),
            Step::Comment(None) => {
                Item::Comment(text(&self.memory.front(self.data + self.line)[self.data..]))
            }
            Step::Dispatch(data) => {
                let joined = || self.memory.text(self.data.saturating_sub(1));
                let data = data.unwrap_or_else(joined);
                if self.values.length() == 0 {
                    return Item::Event(EventRef::new(data));
                }
                let back = self.memory.back();
                Item::Event(EventRef::dispatched(
                    text(&back[self.values.event_type(back.len())]),
                    data,
                    text(&back[self.values.last_event_id(back.len())]),
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
            GivenOut::Values | GivenOut::Event => self.forget_event(),
        }
    }

    /// Forgets the event that was being read, and its line.
    #[inline]
    pub(crate) fn forget_event(&mut self) {
        if self.given_out == GivenOut::Event {
            self.memory.take_text_back();
        }
        self.data = 0;
        self.line = 0;
        self.values.forget_event();
        self.given_out = GivenOut::Nothing;
        self.memory.shrink(self.values.length());
    }
}

/// Text that is known to be valid.
#[inline]
fn text(bytes: &[u8]) -> &str {
    if bytes.is_empty() {
        return "";
    }
    utf8::from_utf8(bytes).unwrap_or_default()
}
