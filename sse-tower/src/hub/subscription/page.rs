//! Reading entries that the node does not keep.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use crate::hub::{
    entry_id::EntryId,
    filter::Candidate,
    gap::GapReason,
    log::LogError,
    node::{Node, join::JOIN_SIZE},
    pages::{EncodedPage, PageRead, Pages, read_page},
    shared::{Shared, Store},
    subscription::{Cursor, MAX_FAILURES, Step, Unavailable},
    topic::Topic,
};

/// A page of the log: while it is read, and while its entries are sent.
pub(super) struct PageCursor {
    state: State,
    /// The position of the first entry that is needed.
    wanted: u64,
    /// The names of the subscription's topics. `None` for all topics.
    topics: Option<Vec<Topic>>,
}

enum State {
    Reading(PageRead),
    Read(Arc<EncodedPage>),
}

/// A page that was read, or why it could not be.
type Loaded = Result<Arc<EncodedPage>, LogError>;

impl Cursor {
    /// Reads the entry at `wanted`, which is not in the node, and those after it.
    pub(super) fn read(&mut self, store: &Store, node: &Node, wanted: u64) -> Step {
        self.read_from(store, node, Pages::start(wanted), wanted)
    }

    fn read_from(&mut self, store: &Store, node: &Node, from: u64, wanted: u64) -> Step {
        let read = store
            .pages
            .read(&*store.log, &store.name, node.generation(), from, wanted);
        self.begin_page(node, read, wanted);
        Step::Again
    }

    /// Reads the entry that the client has received last, to compare it.
    pub(super) fn verify(&mut self, store: &Store, node: &Node, id: EntryId) -> Step {
        if id.position <= node.head().position {
            return self.read(store, node, id.position);
        }
        // The node does not know this entry yet. A read from before may not, either.
        let read = read_page(&*store.log, &store.name, id.position);
        self.begin_page(node, read, id.position);
        Step::Again
    }

    fn begin_page(&mut self, node: &Node, read: PageRead, wanted: u64) {
        let extra = self.extra.get_or_insert_default();
        extra.page = Some(PageCursor {
            state: State::Reading(read),
            wanted,
            topics: node.names(&self.selection),
        });
    }

    /// Reads or sends the page. Returns `None` if the subscription has no page.
    pub(super) fn poll_page(&mut self, shared: &Shared, cx: &mut Context<'_>) -> Option<Step> {
        let page = self.extra.as_mut()?.page.as_mut()?;
        Some(match &mut page.state {
            State::Read(page) => {
                let page = page.clone();
                self.send_page(&page)
            }
            State::Reading(read) => match Pin::new(read).poll(cx) {
                Poll::Pending => Step::Pending,
                Poll::Ready(loaded) => self.take_page(shared, loaded, cx),
            },
        })
    }

    /// Takes over a page that was read, if it continues what was sent.
    fn take_page(&mut self, shared: &Shared, loaded: Loaded, cx: &Context<'_>) -> Step {
        let Some((store, extra)) = shared.store().zip(self.extra.as_mut()) else {
            return Step::Again;
        };
        let Some(mut cursor) = extra.page.take() else {
            return Step::Again;
        };
        let page = match loaded {
            Ok(page) => page,
            Err(cause) => return self.fail(cause),
        };
        let mut state = shared.state();
        let node = &mut state.node;
        if node.generation() != self.generation {
            // The next step reports the gap.
            return Step::Again;
        }
        if page.epoch != node.head().epoch {
            // The node will learn of the other log from its reader.
            self.register(shared, node, cx);
            return Step::Pending;
        }
        node.raise_floor(page.floor);
        let wanted = cursor.wanted;
        let last = page.entries.last().map_or(0, |entry| entry.position);
        if last < wanted && page.floor <= wanted && page.head >= wanted {
            // The store gives a part of a page at once.
            let from = last.max(page.floor - 1) + 1;
            return self.read_from(store, node, from, wanted);
        }
        if let Some(id) = extra.unverified {
            if page.head < wanted && wanted <= node.head().position {
                return self.fail(LogError::new("the log is shorter than it was"));
            }
            let entry = page.entries.iter().find(|entry| entry.position == wanted);
            let is_same = |check| id.check.is_none_or(|expected| expected == check);
            let is_verified = match entry {
                Some(entry) => is_same(entry.check),
                None => page.floor > wanted,
            };
            if !is_verified {
                return Step::Send(self.gap(shared, node, GapReason::Epoch));
            }
            extra.unverified = None;
            extra.failures = 0;
            return Step::Again;
        }
        if last >= wanted {
            cursor.state = State::Read(page);
            extra.page = Some(cursor);
            extra.failures = 0;
            return Step::Again;
        }
        match page.floor > wanted {
            // The log has lost entries meanwhile. The next step decides whether that is a gap.
            true => Step::Again,
            false => self.fail(LogError::new("the log is shorter than it was")),
        }
    }

    /// Reads again, unless that has failed too often.
    fn fail(&mut self, cause: LogError) -> Step {
        let extra = self.extra.get_or_insert_default();
        extra.failures += 1;
        match extra.failures >= MAX_FAILURES {
            true => Step::End(Some(Unavailable::because(&cause))),
            false => Step::Again,
        }
    }

    /// Sends the next entries of a page.
    fn send_page(&mut self, page: &EncodedPage) -> Step {
        let Some(extra) = &mut self.extra else {
            return Step::Again;
        };
        let topics = extra.page.as_ref().and_then(|page| page.topics.as_deref());
        let is_selected = |topic: &Topic| topics.is_none_or(|topics| topics.contains(topic));
        let next = page
            .entries
            .partition_point(|entry| entry.position <= self.position);
        let (mut frames, mut length, mut sent) = (Vec::new(), 0, self.sent);
        for entry in &page.entries[next..] {
            if length >= JOIN_SIZE {
                return self.send(&frames, sent);
            }
            self.position = entry.position;
            if !entry.topics.iter().any(is_selected) {
                continue;
            }
            let candidate = Candidate {
                position: entry.position,
                frame: entry.frame.clone(),
                topics: entry.topics.clone(),
            };
            if extra
                .filter
                .as_mut()
                .is_none_or(|filter| filter.accepts(&candidate))
            {
                length += candidate.frame.as_bytes().len();
                frames.push(candidate.frame);
                sent = entry.position;
            }
        }
        extra.page = None;
        self.send(&frames, sent)
    }
}
