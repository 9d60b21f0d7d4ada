//! The buffers of the standard ([HTML, "Interpreting an event stream"][standard]).
//!
//! The front of the memory holds the data, each line with its LF, and after it the current line. The type
//! and the IDs are stored separately. One limit bounds the total. A type or ID is validated when it is
//! set. The data is validated as a whole when it is dispatched, and repaired in place.
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

/// The text of the current event, and the values that outlive it.
#[derive(Clone)]
pub(super) struct Buffers<S> {
    store: S,
    /// The length of the data buffer.
    data: usize,
    /// The number of bytes of the current line that are held.
    line: usize,
    /// The event has an ID, which may be empty.
    id_is_set: bool,
    reconnection_time: Option<Duration>,
    /// The part of the last item that is borrowed from the memory until the next call.
    lent: Lent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lent {
    Nothing,
    /// A comment, which is the line.
    Comment,
    /// The type or ID of an event whose data is in the chunk.
    Values,
    /// An event whose data is held. The front of the memory is text now.
    Event,
}

/// The location of the value of a field.
#[derive(Clone, Copy)]
pub(super) enum Value<'c> {
    InChunk(&'c [u8]),
    /// The value is this many bytes at the end of the line that is held.
    Held(usize),
}

/// The effect of a line that completes an item. `Some(text)` is in the chunk. `None` means that the text is in
/// the memory.
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
            lent: Lent::Nothing,
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

    /// Returns the number of bytes that are held of the event and its line.
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

    /// Returns whether a blank line would have no effect.
    #[inline]
    pub(super) fn are_empty(&self) -> bool {
        self.has_no_data() && !self.store.has_event_values() && !self.id_is_set
    }

    /// Returns whether nothing is held, not even a last event ID.
    #[inline]
    pub(super) fn are_clear(&self) -> bool {
        self.lent == Lent::Nothing
            && self.line == 0
            && self.are_empty()
            && self.store.values_length() == 0
    }

    /// Returns the limit on the bytes that are held.
    #[inline]
    pub(super) fn limit(&self) -> usize {
        self.store.limit()
    }

    /// Checks that `more` bytes fit into the limit, together with the data and the values. The current line
    /// is not included: the caller counts it in `more`.
    #[inline]
    pub(super) fn charge(&self, more: usize) -> Result<(), TooLarge> {
        if self.data + self.store.values_length() + more <= self.limit() {
            return Ok(());
        }
        Err(TooLarge {
            limit: self.limit(),
        })
    }

    /// Holds some bytes of a line. The caller has checked that they fit.
    #[inline]
    pub(super) fn hold(&mut self, bytes: &[u8]) {
        self.store.append(self.data + self.line, bytes);
        self.line += bytes.len();
    }

    /// Appends a line to the data. The caller has checked that it fits.
    #[inline]
    pub(super) fn push_data(&mut self, value: &[u8]) {
        self.store.append_line(self.data, value);
        self.data += value.len() + 1;
    }

    /// Takes data lines off the front of the chunk and appends them to the data, as long as they fit.
    #[inline]
    pub(super) fn push_data_lines(&mut self, chunk: &mut Chunk<'_>) {
        let most = self.limit() - self.store.values_length();
        self.data = self
            .store
            .append_all(self.data, |data| chunk.take_data_line(most - data));
    }

    /// Appends the last bytes to the line that is held, and makes it the next line of the data.
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

    /// Drops the line that is held, if any.
    #[inline]
    pub(super) fn drop_line(&mut self) {
        self.line = 0;
    }

    /// Appends a value to the data. The caller has checked that it fits.
    pub(super) fn push(&mut self, value: Value<'_>) {
        match value {
            Value::InChunk(value) => self.push_data(value),
            Value::Held(length) => {
                self.keep_end_of_line(length);
                self.end_data(b"");
            }
        }
    }

    /// Drops all but the last `length` bytes of the line.
    fn keep_end_of_line(&mut self, length: usize) {
        let end = self.data + self.line;
        let front = self.store.front_mut(end);
        front.copy_within(end - length.., self.data);
        self.line = length;
    }

    /// Sets the event type or the ID. Its text and `cost` more bytes have to fit into the limit.
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

    /// Sets the event type or the ID to the last `length` bytes of the line that is held.
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

    /// Makes a comment the next item. The caller has checked that it fits.
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
        self.lent = Lent::Comment;
        Ok(Step::Comment(None))
    }

    /// Repairs the last bytes at the front. The first `valid` ones of them are text already. Returns how many
    /// bytes longer they are now.
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

    /// Dispatches the event. The order of the steps is that of the standard.
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
        self.lent = match borrowed {
            None => Lent::Event,
            Some(_) if self.store.has_event_values() => Lent::Values,
            Some(_) => Lent::Nothing,
        };
        Ok(Some(Step::Dispatch(borrowed)))
    }

    /// Dispatches an event whose data is held.
    #[inline(always)]
    pub(super) fn dispatch_held(&mut self) -> Result<(), TooLarge> {
        self.make_data_text()?;
        if self.id_is_set {
            self.commit_id();
        }
        self.lent = Lent::Event;
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

    /// Returns the item of a step.
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

    /// Returns the event whose data is held.
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

    /// Drops the text of the last item.
    #[inline]
    pub(super) fn forget_lent(&mut self) {
        match self.lent {
            Lent::Nothing => {}
            Lent::Comment => {
                self.line = 0;
                self.lent = Lent::Nothing;
            }
            Lent::Values | Lent::Event => self.forget_event(),
        }
    }

    /// Drops the current event and its line.
    #[inline]
    pub(super) fn forget_event(&mut self) {
        if self.lent == Lent::Event {
            self.store.take_text_back();
        }
        self.data = 0;
        self.line = 0;
        self.id_is_set = false;
        self.lent = Lent::Nothing;
        self.store.forget_event();
    }
}
