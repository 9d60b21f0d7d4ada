//! The event type, the ID and the last event ID: how long they are, and where they lie in fixed memory.

use core::ops::Range;

/// Which of the values that a line sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    EventType = 0,
    Id = 1,
}

/// Lengths and order of the values. In fixed memory they fill its end:
///
/// ```text
/// … free, the value set last, the value set before, last event ID
/// ```
///
/// So a value that is set again and again is written over in place, and one that stays is moved
/// once at most after it was set: time is linear in what is set.
#[derive(Clone, Debug)]
pub struct Values {
    lengths: [usize; 2],
    last_event_id: usize,
    set_last: Value,
    /// Whether the unfinished event has an ID, which may be empty.
    id_is_set: bool,
}

impl Values {
    pub(crate) const fn new() -> Self {
        Self {
            lengths: [0; 2],
            last_event_id: 0,
            set_last: Value::Id,
            id_is_set: false,
        }
    }

    /// The length of all of them.
    #[inline]
    pub(crate) const fn length(&self) -> usize {
        self.event_length() + self.last_event_id
    }

    /// The length of those that belong to the unfinished event.
    #[inline]
    const fn event_length(&self) -> usize {
        self.lengths[0] + self.lengths[1]
    }

    /// Whether the unfinished event has set any.
    #[inline]
    pub(crate) const fn belong_to_event(&self) -> bool {
        self.event_length() > 0
    }

    /// Whether the unfinished event has an ID, which may be empty.
    #[inline]
    pub(crate) const fn id_is_set(&self) -> bool {
        self.id_is_set
    }

    /// A value of this length is set.
    #[inline]
    pub(crate) fn set(&mut self, value: Value, length: usize) {
        self.lengths[value as usize] = length;
        self.set_last = value;
        self.id_is_set |= value == Value::Id;
    }

    /// The event's ID is the last event ID now.
    #[inline]
    pub(crate) fn commit_id(&mut self) {
        self.last_event_id = self.lengths[Value::Id as usize];
        self.lengths[Value::Id as usize] = 0;
        self.id_is_set = false;
    }

    /// What belongs to the unfinished event is dropped.
    #[inline]
    pub(crate) fn forget_event(&mut self) {
        self.lengths = [0; 2];
        self.id_is_set = false;
    }

    /// The event type in fixed memory.
    pub(crate) fn event_type_in<'m>(&self, memory: &'m [u8]) -> &'m [u8] {
        let id_behind = match self.set_last {
            Value::EventType => self.lengths[Value::Id as usize],
            Value::Id => 0,
        };
        let end = memory.len() - self.last_event_id - id_behind;
        &memory[end - self.lengths[Value::EventType as usize]..end]
    }

    /// The last event ID in fixed memory.
    pub(crate) fn last_event_id_in<'m>(&self, memory: &'m [u8]) -> &'m [u8] {
        &memory[memory.len() - self.last_event_id..]
    }

    /// Makes a place in fixed memory for a value of this length, before it is [set](Self::set).
    pub(crate) fn make_place(
        &self,
        value: Value,
        length: usize,
        memory: &mut [u8],
    ) -> Range<usize> {
        let other = match value {
            Value::EventType => Value::Id,
            Value::Id => Value::EventType,
        };
        let end = memory.len() - self.last_event_id;
        let other_start = end - self.lengths[other as usize];
        if self.set_last == other {
            let start = end - self.event_length();
            memory.copy_within(start..start + self.lengths[other as usize], other_start);
        }
        other_start - length..other_start
    }

    /// Moves the ID in fixed memory to where the last event ID is, before it is
    /// [committed](Self::commit_id).
    pub(crate) fn move_id(&self, memory: &mut [u8]) {
        let start = memory.len() - self.length();
        let both = start..start + self.event_length();
        if self.set_last == Value::Id {
            memory[both.clone()].rotate_left(self.lengths[Value::Id as usize]);
        }
        memory.copy_within(both, start + self.last_event_id);
    }
}
