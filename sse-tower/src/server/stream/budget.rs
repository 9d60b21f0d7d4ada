//! Limits the work that a body does before the connection writes.
//!
//! hyper polls a body until the body is pending or many frames are buffered. Only then does it
//! write. If every event of a stream is ready but takes time to produce, this holds back all
//! earlier data, and a disconnected client is not noticed. So a body returns pending when its
//! budget is spent.

use std::{
    num::NonZeroU32,
    task::{Context, Poll},
    time::Duration,
};

use crate::rt::{moment::Moment, timer::Timer};

/// The work that a body may still do before it returns pending.
#[derive(Debug)]
pub(super) struct Budget {
    /// The moment of the first item, in microseconds of a clock that begins anew every 71 minutes. This takes four
    /// bytes less in each idle stream than the moment.
    since: Option<NonZeroU32>,
    items: u16,
    is_spent: bool,
    /// The number of items that are sent alone, because an earlier one was slow.
    alone: u8,
}

impl Budget {
    /// Creates the budget of a new stream. It is spent, so that the connection first writes the
    /// head of the response.
    pub(super) const fn spent() -> Self {
        Self {
            since: None,
            items: 0,
            is_spent: true,
            alone: 0,
        }
    }

    /// Returns pending once if the budget is spent, and renews it. The connection writes and other
    /// tasks run before the body is polled again.
    #[inline]
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.is_spent {
            return Poll::Ready(());
        }
        self.renew();
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Renews the budget because the body returns pending anyway.
    #[inline]
    pub(super) const fn renew(&mut self) {
        self.items = 0;
        self.is_spent = false;
    }

    #[inline]
    pub(super) const fn is_spent(&self) -> bool {
        self.is_spent
    }

    /// Starts the time again for the next items. Used if the caller joins all items of one poll.
    #[inline]
    pub(super) const fn restart_clock(&mut self) {
        self.since = None;
    }

    /// Counts an item that was taken from the source. Returns the current time if it is the first one.
    #[inline]
    pub(super) fn take_item(&mut self, timer: &dyn Timer) -> Option<Moment> {
        self.items += 1;
        if self.items > 1 {
            self.take_time(timer);
            return None;
        }
        let now = Moment::now(timer);
        self.since = Some(micros(now));
        if self.alone > 0 {
            self.alone -= 1;
            self.is_spent = true;
        }
        Some(now)
    }

    #[inline(never)]
    fn take_time(&mut self, timer: &dyn Timer) {
        if self.items <= ITEMS_BETWEEN_CLOCK_READS
            || self.items.is_multiple_of(ITEMS_BETWEEN_CLOCK_READS)
        {
            let now = micros(Moment::now(timer));
            let since = self.since.get_or_insert(now).get();
            let time = Duration::from_micros(now.get().wrapping_sub(since).into());
            self.is_spent = time >= MAX_TIME_OF_ITEMS || self.items >= MAX_ITEMS;
            if time >= MAX_TIME_OF_ITEMS && self.items == 2 {
                self.alone = ITEMS_SENT_ALONE;
            }
        }
    }
}

fn micros(moment: Moment) -> NonZeroU32 {
    // The lower half of the number. Zero and one are the same.
    NonZeroU32::MIN | ((moment.number() / 1000) as u32)
}

/// The clock is read after each of the first 8 items, and then after every eighth item.
const ITEMS_BETWEEN_CLOCK_READS: u16 = 8;

/// The time during which more items are taken after the first one.
const MAX_TIME_OF_ITEMS: Duration = Duration::from_millis(1);

/// The maximum number of items, even if they are quick.
const MAX_ITEMS: u16 = 1024;

/// The number of items that are sent alone after one that took [`MAX_TIME_OF_ITEMS`].
const ITEMS_SENT_ALONE: u8 = 32;
