//! Reading entries that the node does not keep.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use crate::{
    ending::{Kicked, Unavailable},
    hub::{
        filter::Candidate,
        gap::GapReason,
        log::LogError,
        node::{Check, Node, join::Joining},
        pages::{EncodedEntry, EncodedPage, PageRead, Pages, read_page},
        shared::{Shared, State as HubState, Store},
        subscription::{
            cursor::{Cursor, MAX_FAILURES, Step, Unverified},
            page::{PageCursor, State},
        },
        topic::Topic,
    },
};

/// A page that was read, or why it could not be.
type Loaded = Result<Arc<EncodedPage>, LogError>;

impl Cursor {
    /// Reads the entry at `wanted`, which is not in the node, and those after it.
    pub(super) fn read(&mut self, store: &Store, node: &Node, wanted: u64) -> Step {
        self.read_from(store, node, Pages::start(wanted), wanted)
    }

    fn read_from(&mut self, store: &Store, node: &Node, from: u64, wanted: u64) -> Step {
        let read = store.pages.read(
            &*store.log,
            &store.name,
            node.generation(),
            from,
            wanted,
            node.head().position,
        );
        self.begin_page(node, read, wanted);
        Step::Again
    }

    /// Compares the entry that the client has received last, as soon as that is possible.
    pub(super) fn verify(
        &mut self,
        shared: &Shared,
        store: &Store,
        state: &mut HubState,
        unverified: Unverified,
        cx: &Context<'_>,
    ) -> Step {
        let Unverified { id, in_log } = unverified;
        let node = &state.node;
        let check = match id.epoch == node.head().epoch {
            true => node.check(id.position),
            false => Check::Ahead,
        };
        match check {
            Check::Is(check) if !id.may_have(check) => {
                return self.gap(shared, node, GapReason::Epoch);
            }
            Check::InLog => return self.read(store, node, id.position),
            Check::Is(_) | Check::Gone => {
                self.extra.get_or_insert_default().unverified = None;
                return Step::Again;
            }
            Check::Ahead => {}
        }
        if in_log != Some(node.generation()) {
            // A read from before may not know the entry.
            let from = id.position.max(1);
            let read = read_page(&*store.log, &store.name, from, node.head().position);
            self.begin_page(node, read, from);
            return Step::Again;
        }
        // The node will learn of the entry from its driver.
        self.wait(shared, state, cx)
    }

    /// Waits for news, unless the hub has ended.
    fn wait(&mut self, shared: &Shared, state: &mut HubState, cx: &Context<'_>) -> Step {
        if let Some(end) = &state.end {
            return Step::of(end);
        }
        self.register(shared, &mut state.node, cx);
        Step::Pending
    }

    fn begin_page(&mut self, node: &Node, read: PageRead, wanted: u64) {
        let extra = self.extra.get_or_insert_default();
        extra.page = Some(PageCursor {
            state: State::Reading(read),
            wanted,
            last: wanted,
            topics: node.names(&self.selection),
        });
    }

    /// Reads or sends the page. Returns `None` if the subscription has no page.
    pub(super) fn poll_page(&mut self, shared: &Shared, cx: &mut Context<'_>) -> Option<Step> {
        let page = self.extra.as_mut()?.page.as_mut()?;
        if self.selection.has_key() && shared.state().node.is_kicked(&self.selection) {
            return Some(Step::End(Some(Kicked::new().into())));
        }
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
        let mut state = shared.state();
        let page = match loaded {
            Ok(page) => page,
            Err(cause) => return self.fail(shared, &mut state, cause, cx),
        };
        let node = &mut state.node;
        if node.generation() != self.generation {
            // The next step decides whether that is a gap.
            return Step::Again;
        }
        let wanted = cursor.wanted;
        let last = page.entries.last().map_or(0, |entry| entry.position);
        let head = node.head();
        if let Some(unverified) = &mut extra.unverified
            && (unverified.id.epoch != head.epoch || wanted > head.position)
        {
            let id = unverified.id;
            let entry = page.entries.iter().find(|entry| entry.position == wanted);
            let is_there = match entry {
                Some(entry) => id.may_have(entry.check),
                None => page.floor > wanted,
            };
            if page.epoch == id.epoch && (is_there || id.position == 0) {
                unverified.in_log = Some(node.generation());
                extra.failures = 0;
                return Step::Again;
            }
            if page.epoch == id.epoch || page.epoch == head.epoch {
                return self.gap(shared, node, GapReason::Epoch);
            }
        }
        if page.epoch != head.epoch || page.is_of_shorter_log {
            // The node will learn from its driver that the log is another one.
            store.pages.forget(&page);
            return self.wait(shared, &mut state, cx);
        }
        let is_another = |entry: &EncodedEntry| matches!(node.check(entry.position), Check::Is(check) if check != entry.check);
        if page.entries.iter().any(is_another) {
            store.pages.forget(&page);
            let cause = LogError::new("the log has another entry than before");
            return self.fail(shared, &mut state, cause, cx);
        }
        // The node will learn from its driver that it has missed entries.
        node.raise_floor(page.floor.min(head.position + 1));
        if last < wanted && page.floor <= wanted && page.head >= wanted {
            // The store gives a part of a page at once.
            let from = last.max(page.floor - 1) + 1;
            return self.read_from(store, node, from, wanted);
        }
        if let Some(unverified) = extra.unverified {
            let entry = page.entries.iter().find(|entry| entry.position == wanted);
            match entry {
                Some(entry) if !unverified.id.may_have(entry.check) => {
                    return self.gap(shared, node, GapReason::Epoch);
                }
                None if page.floor <= wanted => {
                    return self.fail(shared, &mut state, shorter(), cx);
                }
                _ => {}
            }
            extra.unverified = None;
            extra.failures = 0;
            return Step::Again;
        }
        if last >= wanted && page.floor <= wanted {
            cursor.last = last.min(head.position);
            cursor.state = State::Read(page);
            extra.page = Some(cursor);
            extra.failures = 0;
            return Step::Again;
        }
        match page.floor > wanted {
            // The log has lost entries meanwhile. The next step decides whether that is a gap.
            true => Step::Again,
            false => self.fail(shared, &mut state, shorter(), cx),
        }
    }

    /// Reads again after the next read of the driver, unless that has failed too often. If the log is out of reach, the
    /// driver cannot read either, so the stream stays open as long as the others.
    fn fail(
        &mut self,
        shared: &Shared,
        state: &mut HubState,
        cause: LogError,
        cx: &Context<'_>,
    ) -> Step {
        let extra = self.extra.get_or_insert_default();
        extra.failures += 1;
        if extra.failures >= MAX_FAILURES {
            return Step::End(Some(Unavailable::new(cause).into()));
        }
        state.has_failed_reads = true;
        self.wait(shared, state, cx)
    }

    /// Sends the next entries of a page.
    fn send_page(&mut self, page: &EncodedPage) -> Step {
        let Some(extra) = &mut self.extra else {
            return Step::Again;
        };
        let cursor = extra.page.as_ref();
        let last = cursor.map_or(0, |cursor| cursor.last);
        let topics = cursor.and_then(|cursor| cursor.topics.as_deref());
        let is_selected = |topic: &Topic| topics.is_none_or(|topics| topics.contains(topic));
        let next = page
            .entries
            .partition_point(|entry| entry.position <= self.position);
        let mut accepted = Joining::default();
        let entries = page.entries[next..].iter();
        for entry in entries.take_while(|entry| entry.position <= last) {
            if accepted.is_full() {
                return self.send(accepted);
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
            let filter = extra.filter.as_mut();
            if filter.is_none_or(|filter| filter.accepts(&candidate)) {
                accepted.push(candidate.frame, entry.position);
            }
        }
        extra.page = None;
        self.send(accepted)
    }
}

fn shorter() -> LogError {
    LogError::new("the log is shorter than it was")
}
