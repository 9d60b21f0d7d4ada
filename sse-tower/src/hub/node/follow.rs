//! Following a log outside the process.

use std::collections::VecDeque;

use crate::{
    hub::{
        log::LogError,
        node::{Node, waiters::Woken},
        pages::EncodedPage,
    },
    rt::moment::Moment,
};

impl Node {
    /// Takes over what was read from the log after the head.
    ///
    /// # Errors
    ///
    /// The page does not continue what the node has: there is a hole. The page must be read again.
    pub(crate) fn apply(
        &mut self,
        page: EncodedPage,
        now: Option<Moment>,
        woken: &mut Woken,
    ) -> Result<(), LogError> {
        let is_another_entry = |(was, is)| was != is;
        let is_another = page.epoch != self.epoch
            || page.head < self.head
            || self
                .head_check
                .zip(page.check_before)
                .is_some_and(is_another_entry);
        if is_another {
            self.begin_again(&page, woken);
            return Ok(());
        }
        self.head_check = self.head_check.or(page.check_before);
        self.raise_floor(page.floor);
        if page.floor > self.head + 1 {
            // The log has lost entries that the node has not seen.
            self.skip_to(page.floor);
            self.waiters.take(woken);
            self.topics.take_all(woken);
        }
        for entry in page.entries {
            if entry.position > self.head + 1 {
                return Err(LogError::new(format!(
                    "position {} follows position {}",
                    entry.position, self.head
                )));
            }
            if entry.position == self.head + 1 {
                self.push(entry.frame, &entry.topics, entry.check, now, woken);
            }
        }
        self.enforce(now);
        Ok(())
    }

    /// Begins with another log, or with the same one after it has lost its newest entries. Entries up to
    /// its head are read when a subscription needs them.
    fn begin_again(&mut self, page: &EncodedPage, woken: &mut Woken) {
        self.epoch = page.epoch;
        self.generation = self.generation.wrapping_add(1);
        self.topics.clear(woken);
        self.waiters.take(woken);
        self.floor = page.floor;
        self.skip_to(page.head + 1);
        self.head_check = None;
    }

    /// Goes on with the entry at `position`, without the entries before it.
    pub(super) fn skip_to(&mut self, position: u64) {
        self.entries = VecDeque::new();
        self.bytes = 0;
        self.join = None;
        (self.first, self.first_framed) = (position, position);
        self.head = position - 1;
        self.head_check = None;
        self.known_after = self.head;
    }
}
