//! Reads of a log that its readers share.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::future::{FutureExt, Shared};

use crate::{
    frame::EventFrame,
    hub::{
        entry::frame,
        entry_id::{EntryId, Epoch},
        log::{Log, LogError, LogFuture, LogName, Page},
        topic::Topic,
    },
};

/// Entries that were read, ready to be sent.
#[derive(Debug)]
pub(crate) struct EncodedPage {
    pub(crate) epoch: Epoch,
    pub(crate) floor: u64,
    pub(crate) head: u64,
    pub(crate) check_before: Option<u32>,
    /// True if the log has lost entries that the node knew when the read began.
    pub(crate) is_of_shorter_log: bool,
    pub(crate) entries: Vec<EncodedEntry>,
}

#[derive(Debug)]
pub(crate) struct EncodedEntry {
    pub(crate) position: u64,
    pub(crate) check: u32,
    pub(crate) topics: Vec<Topic>,
    pub(crate) frame: EventFrame,
}

/// A read of a page. All its clones get the same page from one read.
pub(crate) type PageRead = Shared<LogFuture<Result<Arc<EncodedPage>, LogError>>>;

/// The newest reads of a log, so that many clients that come back at once cost one read.
#[derive(Debug, Default)]
pub(crate) struct Pages(Mutex<VecDeque<Read>>);

#[derive(Debug)]
struct Read {
    generation: u32,
    from: u64,
    page: PageRead,
}

/// A read begins at a position with a distance of this to another one's, unless a page is continued.
const PAGE_SIZE: u64 = 256;

/// The number of reads that are kept.
const MAX_READS: usize = 16;

impl Pages {
    /// Returns the first position of the page that contains `position`.
    pub(crate) const fn start(position: u64) -> u64 {
        position - (position - 1) % PAGE_SIZE
    }

    /// Reads entries from the position `from` on, or joins a read that has begun before. A read from before
    /// the entry at `wanted` was there is not joined. `head` is the position of the newest entry that the node
    /// knows.
    pub(crate) fn read(
        &self,
        log: &dyn Log,
        name: &LogName,
        generation: u32,
        from: u64,
        wanted: u64,
        head: u64,
    ) -> PageRead {
        let mut reads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reads.retain(|read| {
            let is_usable = match read.page.peek() {
                Some(Ok(page)) => read.from != from || page.head >= wanted,
                Some(Err(_)) => false,
                None => true,
            };
            read.generation == generation && is_usable
        });
        if let Some(read) = reads.iter().find(|read| read.from == from) {
            return read.page.clone();
        }
        let page = read_page(log, name, from, head);
        while reads.len() >= MAX_READS {
            reads.pop_front();
        }
        reads.push_back(Read {
            generation,
            from,
            page: page.clone(),
        });
        page
    }

    /// Reads this page again when it is needed: it is not of the log that the node knows.
    pub(crate) fn forget(&self, page: &Arc<EncodedPage>) {
        let mut reads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reads.retain(|read| {
            let is_same =
                |known: &Result<_, _>| matches!(known, Ok(known) if Arc::ptr_eq(known, page));
            !read.page.peek().is_some_and(is_same)
        });
    }
}

/// Reads entries from the position `from` on, and checks that they have no hole. `head` is the position of
/// the newest entry that the node knows.
pub(crate) fn read_page(log: &dyn Log, name: &LogName, from: u64, head: u64) -> PageRead {
    let (read, name) = (log.read(name, from), name.clone());
    let checked: LogFuture<_> = Box::pin(async move {
        let page = read.await?;
        let first = from.max(page.floor);
        let positions = page.entries.iter().map(|entry| entry.position);
        let has_hole = !positions.eq((first..).take(page.entries.len()));
        let is_short = page.entries.is_empty() && first <= page.head;
        match has_hole || is_short {
            true => Err(LogError::new(format!(
                "the page that was read from position {from} on has a hole"
            ))),
            false => {
                let mut page = EncodedPage::new(page, &name);
                page.is_of_shorter_log = page.head < head;
                Ok(Arc::new(page))
            }
        }
    });
    checked.shared()
}

impl EncodedPage {
    pub(crate) fn new(page: Page, log: &LogName) -> Self {
        let epoch = Epoch::of(log.as_str(), page.epoch);
        let entries = page.entries.into_iter().map(|entry| {
            let id = EntryId {
                epoch,
                position: entry.position,
                check: Some(entry.check),
            };
            EncodedEntry {
                position: entry.position,
                check: entry.check,
                topics: entry.topics,
                frame: frame(entry.text, id),
            }
        });
        Self {
            epoch,
            floor: page.floor,
            head: page.head,
            check_before: page.check_before,
            is_of_shorter_log: false,
            entries: entries.collect(),
        }
    }
}
