//! The standard's buffers, and what fields do to them
//! ([HTML, "Interpreting an event stream"][standard]).
//!
//! The data is held as text, so that each byte is validated once: by the chunk, or when it gets here.
//!
//! [standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

use alloc::string::String;
use core::{mem, time::Duration};

use crate::{EventRef, Field, Item, TooLarge, utf8};

/// What is held of the event that is being read, and what stays after it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buffers {
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
    limit: usize,
}

/// What a line leads to. `Some(text)` lies in the chunk, `None` in the buffers.
pub(crate) enum Step<'c> {
    Dispatch(Option<&'c str>),
    Retry(Duration),
    Comment(Option<&'c str>),
}

impl Buffers {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            ..Self::default()
        }
    }

    pub(crate) fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    pub(crate) fn set_last_event_id(&mut self, id: &str) {
        set_text(&mut self.last_event_id, id.as_bytes());
    }

    pub(crate) const fn reconnection_time(&self) -> Option<Duration> {
        self.reconnection_time
    }

    pub(crate) fn has_no_data(&self) -> bool {
        self.data.is_empty()
    }

    /// Checks that `more` bytes fit beside what is held of the event and the last event ID.
    pub(crate) fn charge(&self, more: usize) -> Result<(), TooLarge> {
        let ids = self.id.len() + self.last_event_id.len();
        if self.data.len() + self.event_type.len() + ids + more <= self.limit {
            return Ok(());
        }
        Err(TooLarge { limit: self.limit })
    }

    /// Moves the data that was borrowed so far to where it outlives the chunk.
    pub(crate) fn keep(&mut self, borrowed: &mut Option<&str>) {
        if let Some(text) = borrowed.take() {
            self.push_data(text);
        }
    }

    pub(crate) fn push_data(&mut self, text: &str) {
        self.data.push_str(text);
        self.data.push('\n');
    }

    /// Takes `text` as the first line of data, and gives back the buffer that it replaces.
    pub(crate) fn replace_data(&mut self, text: String) -> String {
        let replaced = mem::replace(&mut self.data, text);
        self.data.push('\n');
        replaced
    }

    /// Processes a field as the standard says. Its line, if that is held, and the data that is
    /// borrowed count `beside` the text that it becomes.
    pub(crate) fn interpret(
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
    pub(crate) fn blank_line<'c>(&mut self, borrowed: Option<&'c str>) -> Option<Step<'c>> {
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

    /// The item that is given out.
    pub(crate) fn item<'d, 'c: 'd>(&'d self, step: Step<'c>) -> Item<'d> {
        match step {
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
        }
    }

    /// Clears the buffers of the event that was given out last.
    pub(crate) fn clear_dispatched(&mut self) {
        if self.clear_first {
            self.forget();
        }
    }

    /// Clears the buffers of the event that was being read.
    pub(crate) fn forget(&mut self) {
        self.clear_first = false;
        clear(&mut self.data);
        clear(&mut self.event_type);
        clear(&mut self.id);
        self.id_is_set = false;
    }
}

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
pub(crate) const RETAINED: usize = 128 * 1024;

/// What the borrowed data will take once it is held.
pub(crate) fn borrowed_length(borrowed: Option<&str>) -> usize {
    borrowed.map_or(0, |data| data.len() + 1)
}
