//! The standard's buffers, and what fields do to them
//! ([HTML, "Interpreting an event stream"][standard]).
//!
//! The data, each line with its LF, and the line that is being read lie one after the other at the
//! front of the memory; the values beside it. One limit bounds all of it. The values are text as soon
//! as they are set; the data is validated as a whole when it is dispatched, and repaired where it lies.
//!
//! [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

use core::{ops::Range, time::Duration};

use crate::{
    chunk::Chunk,
    error::TooLarge,
    event::EventRef,
    item::Item,
    memory::store::{Slot, Store},
    utf8,
};

/// What is held of the event that is being read, and what stays after it.
#[derive(Clone)]
pub(super) struct Buffers<S> {
    store: S,
    /// The length of the data buffer.
    data: usize,
    /// The length of the line that is being read, as far as it is held.
    line: usize,
    /// Whether the event has an ID so far, which may be empty.
    id_is_set: bool,
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

/// Where the value of a field lies.
#[derive(Clone, Copy)]
pub(super) enum Value<'c> {
    InChunk(&'c [u8]),
    /// It is the end of the line that is held, and has this length.
    Held(usize),
}

/// What a line leads to. `Some(text)` lies in the chunk, `None` in the memory.
pub(super) enum Step<'c> {
    Dispatch(Option<&'c str>),
    Retry(Duration),
    Comment(Option<&'c str>),
}

impl<S: Store> Buffers<S> {
    pub(super) const fn new(store: S) -> Self {
        Self {
            store,
            data: 0,
            line: 0,
            id_is_set: false,
            reconnection_time: None,
            given_out: GivenOut::Nothing,
        }
    }

    pub(super) fn last_event_id(&self) -> &str {
        self.store.last_event_id()
    }

    pub(super) fn try_set_last_event_id(&mut self, id: &str) -> Result<(), TooLarge> {
        self.forget_event();
        self.charge(id.len())?;
        self.set_last_event_id(id);
        Ok(())
    }

    pub(super) fn set_last_event_id(&mut self, id: &str) {
        self.forget_event();
        self.set_text(Slot::Id, id);
        self.commit_id();
    }

    /// How many bytes are held of the event and its line.
    pub(super) fn held(&self) -> usize {
        self.data + self.line
    }

    pub(super) const fn reconnection_time(&self) -> Option<Duration> {
        self.reconnection_time
    }

    #[inline]
    pub(super) const fn has_no_data(&self) -> bool {
        self.data == 0
    }

    /// Whether a blank line would do nothing.
    #[inline]
    pub(super) fn are_empty(&self) -> bool {
        self.has_no_data() && !self.store.has_event_values() && !self.id_is_set
    }

    /// Whether nothing is held at all, not even a last event ID.
    #[inline]
    pub(super) fn are_clear(&self) -> bool {
        self.given_out == GivenOut::Nothing
            && self.line == 0
            && self.are_empty()
            && self.store.values_length() == 0
    }

    /// How many bytes may be held.
    #[inline]
    pub(super) fn limit(&self) -> usize {
        self.store.limit()
    }

    /// Checks that `more` bytes fit beside what is held of the event, but for its line, and the last
    /// event ID.
    #[inline]
    pub(super) fn charge(&self, more: usize) -> Result<(), TooLarge> {
        if self.data + self.store.values_length() + more <= self.limit() {
            return Ok(());
        }
        Err(TooLarge {
            limit: self.limit(),
        })
    }

    /// Holds some bytes of a line, which are charged.
    #[inline]
    pub(super) fn hold(&mut self, bytes: &[u8]) {
        self.store.append(self.data + self.line, bytes);
        self.line += bytes.len();
    }

    /// Appends a line to the data, which is charged.
    #[inline]
    pub(super) fn push_data(&mut self, value: &[u8]) {
        self.store.append_line(self.data, value);
        self.data += value.len() + 1;
    }

    /// Appends the data lines at the front of the chunk to the data, as long as they fit.
    #[inline]
    pub(super) fn push_data_lines(&mut self, chunk: &mut Chunk<'_>) {
        let most = self.limit() - self.store.values_length();
        self.data = self
            .store
            .append_all(self.data, |data| chunk.take_data_line(most - data));
    }

    /// Makes the line that is held, the value of a data line, and its last bytes the next line of the data.
    #[inline]
    pub(super) fn end_data(&mut self, last: &[u8]) {
        self.store.append_line(self.data + self.line, last);
        self.data += self.line + last.len() + 1;
        self.line = 0;
    }

    /// Returns the line that is held.
    #[inline]
    pub(super) fn line(&self) -> &[u8] {
        &self.store.front(self.data + self.line)[self.data..]
    }

    /// Forgets the line that is held, if there is one.
    #[inline]
    pub(super) fn drop_line(&mut self) {
        self.line = 0;
    }

    /// Appends a value to the data, which is charged.
    pub(super) fn push(&mut self, value: Value<'_>) {
        match value {
            Value::InChunk(value) => self.push_data(value),
            Value::Held(length) => {
                self.keep_end_of_line(length);
                self.end_data(b"");
            }
        }
    }

    /// Holds only the last `length` bytes of the line.
    fn keep_end_of_line(&mut self, length: usize) {
        let end = self.data + self.line;
        let front = self.store.front_mut(end);
        front.copy_within(end - length.., self.data);
        self.line = length;
    }

    /// Sets the event type or the ID. Beside the text, `cost` bytes have to fit into the limit.
    pub(super) fn set(
        &mut self,
        slot: Slot,
        value: Value<'_>,
        cost: usize,
    ) -> Result<(), TooLarge> {
        match value {
            Value::InChunk(bytes) => match utf8::from_utf8(bytes) {
                Ok(text) => {
                    self.charge(cost + text.len())?;
                    self.set_text(slot, text);
                    Ok(())
                }
                Err(_) => {
                    self.charge(cost)?;
                    self.hold(bytes);
                    self.set_held(slot, bytes.len(), cost)
                }
            },
            Value::Held(length) => self.set_held(slot, length, cost),
        }
    }

    #[inline]
    fn set_text(&mut self, slot: Slot, text: &str) {
        self.store.set(slot, text);
        self.id_is_set |= slot == Slot::Id;
    }

    /// Sets a value to the last `length` bytes of the line that is held.
    fn set_held(&mut self, slot: Slot, length: usize, cost: usize) -> Result<(), TooLarge> {
        let end = self.data + self.line;
        let held = end - length..end;
        let text = utf8::repaired_length(&self.store.front(end)[held.clone()]);
        self.charge(cost + text)?;
        self.store.set_repaired(slot, held, text);
        self.id_is_set |= slot == Slot::Id;
        self.line = 0;
        Ok(())
    }

    #[inline]
    fn commit_id(&mut self) {
        self.store.commit_id();
        self.id_is_set = false;
    }

    /// Sets the reconnection time.
    pub(super) fn retry(&mut self, time: Duration) -> Step<'static> {
        self.drop_line();
        self.reconnection_time = Some(time);
        Step::Retry(time)
    }

    /// Gives out a comment, which is charged.
    pub(super) fn comment<'c>(
        &mut self,
        value: Value<'c>,
        chunk: &mut Chunk<'c>,
    ) -> Result<Step<'c>, TooLarge> {
        match value {
            Value::InChunk(bytes) => {
                if let Some(text) = chunk.text(bytes) {
                    return Ok(Step::Comment(Some(text)));
                }
                self.hold(bytes);
            }
            Value::Held(length) => self.keep_end_of_line(length),
        }
        let held = self.data..self.data + self.line;
        if let Err(valid) = utf8::validate(self.line()) {
            self.line += self.repair(held, valid)?;
        }
        self.given_out = GivenOut::Comment;
        Ok(Step::Comment(None))
    }

    /// Repairs the bytes that are held last at the front. Those before `valid` are text. Returns by
    /// how many bytes they have grown.
    fn repair(&mut self, held: Range<usize>, valid: usize) -> Result<usize, TooLarge> {
        let invalid = held.start + valid..held.end;
        let bytes = &self.store.front(held.end)[invalid.clone()];
        let more = utf8::repaired_length(bytes) - invalid.len();
        self.charge(held.end - self.data + more)?;
        let front = self.store.front_mut(held.end + more);
        front.copy_within(invalid.clone(), invalid.start + more);
        utf8::copy_repaired(front, invalid.start + more..held.end + more, invalid.start);
        Ok(more)
    }

    /// Dispatches the event: the order of the steps is the standard's.
    #[inline]
    pub(super) fn blank_line<'c>(
        &mut self,
        borrowed: Option<&'c str>,
    ) -> Result<Option<Step<'c>>, TooLarge> {
        self.make_data_text()?;
        if self.id_is_set {
            self.commit_id();
        }
        if borrowed.is_none() && self.data == 0 {
            self.forget_event();
            return Ok(None);
        }
        self.given_out = match borrowed {
            None => GivenOut::Event,
            Some(_) if self.store.has_event_values() => GivenOut::Values,
            Some(_) => GivenOut::Nothing,
        };
        Ok(Some(Step::Dispatch(borrowed)))
    }

    /// The same, where there is data and all of it is held.
    #[inline(always)]
    pub(super) fn dispatch_held(&mut self) -> Result<(), TooLarge> {
        self.make_data_text()?;
        if self.id_is_set {
            self.commit_id();
        }
        self.given_out = GivenOut::Event;
        Ok(())
    }

    #[inline(always)]
    fn make_data_text(&mut self) -> Result<(), TooLarge> {
        if self.data > 0
            && let Err(valid) = self.store.make_text(self.data)
        {
            self.make_repaired_data_text(valid)?;
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn make_repaired_data_text(&mut self, valid: usize) -> Result<(), TooLarge> {
        self.data += self.repair(0..self.data, valid)?;
        // Repaired bytes are text.
        let _always_ok = self.store.make_text(self.data);
        Ok(())
    }

    /// The item that is given out.
    #[inline(always)]
    pub(super) fn item<'d, 'c: 'd>(&'d self, step: Step<'c>) -> Item<'d> {
        match step {
            Step::Retry(time) => Item::Retry(time),
            Step::Comment(Some(text)) => Item::Comment(text),
            Step::Comment(None) => Item::Comment(utf8::from_utf8(self.line()).unwrap_or_default()),
            Step::Dispatch(Some(data)) => self.event(data),
            Step::Dispatch(None) => self.held_event(),
        }
    }

    /// The event whose data is held.
    #[inline(always)]
    pub(super) fn held_event<'d>(&'d self) -> Item<'d> {
        self.event(self.store.text(self.data.saturating_sub(1)))
    }

    #[inline(always)]
    fn event<'d>(&'d self, data: &'d str) -> Item<'d> {
        if self.store.values_length() == 0 {
            return Item::Event(EventRef::new(data));
        }
        Item::Event(EventRef::dispatched(
            self.store.event_type(),
            data,
            self.store.last_event_id(),
        ))
    }

    /// Forgets what was given out last.
    #[inline]
    pub(super) fn forget_given_out(&mut self) {
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
    pub(super) fn forget_event(&mut self) {
        if self.given_out == GivenOut::Event {
            self.store.take_text_back();
        }
        self.data = 0;
        self.line = 0;
        self.id_is_set = false;
        self.given_out = GivenOut::Nothing;
        self.store.forget_event();
    }
}
