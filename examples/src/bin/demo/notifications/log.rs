//! The latest notifications, kept so that a stream can be resumed.
//!
//! IDs have no holes: each is the previous one plus one, so a client can check that it lost no event.
//! The first ID is the start time in milliseconds. So a restarted server uses no ID twice, and an ID from
//! before the restart is older than its log.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::Serialize;
use sse_tower::{Event, EventId, EventType, LastEventId, last_event_id::ParsedId};
use tokio::sync::broadcast;

/// The number of notifications that a client can miss and still resume.
const CAPACITY: usize = 256;

/// The number of notifications that a reader can be behind before its stream ends. It then resumes,
/// and the log still holds the ones it missed.
const BEHIND: usize = 64;

/// A bounded log with live subscribers. Clones are handles to the same log.
#[derive(Clone)]
pub(super) struct Log(Arc<Mutex<Entries>>);

/// One lock over log and channel, so that no event is missing between the replay and the live events,
/// and none is in both.
struct Entries {
    /// The newest ID, or the start time.
    newest: u64,
    kept: VecDeque<Event>,
    live: broadcast::Sender<Event>,
}

/// Where a subscription starts.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// At the next event, because the client sent no ID.
    Now,
    /// After the event with this ID.
    After(u64),
    /// At the next event, because the log does not hold everything after the client's ID.
    Gap,
}

pub(super) struct Subscription {
    pub(super) start: Start,
    /// The ID of the newest event before the live ones.
    pub(super) newest: EventId,
    pub(super) replay: Vec<Event>,
    pub(super) live: broadcast::Receiver<Event>,
}

impl Log {
    pub(super) fn new() -> Self {
        let started = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self(Arc::new(Mutex::new(Entries {
            newest: started.as_millis() as u64,
            kept: VecDeque::with_capacity(CAPACITY),
            live: broadcast::Sender::new(BEHIND),
        })))
    }

    pub(super) fn publish(&self, event_type: EventType, title: &str) {
        let mut entries = self.entries();
        let notification = Notification {
            title,
            at: httpdate::fmt_http_date(SystemTime::now()),
        };
        let json = serde_json::to_string_pretty(&notification).expect("strings become JSON");
        // Each line of the text becomes a `data` line. The reader joins them again.
        let event = Event::new(json)
            .with_type(event_type)
            .with_id(entries.newest + 1);
        entries.newest += 1;
        if entries.kept.len() == CAPACITY {
            entries.kept.pop_front();
        }
        entries.kept.push_back(event.clone());
        // An error only means that nobody listens.
        let _ = entries.live.send(event);
    }

    pub(super) fn subscribe(&self, last_event_id: &LastEventId) -> Subscription {
        self.entries().subscribe(last_event_id.parse())
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn subscribe(&self, last: ParsedId<u64>) -> Subscription {
        let (start, replay) = match last {
            ParsedId::Absent => (Start::Now, Vec::new()),
            ParsedId::Unreadable => (Start::Gap, Vec::new()),
            ParsedId::Value(id) => match self.after(id) {
                Some(missed) => (Start::After(id), missed),
                None => (Start::Gap, Vec::new()),
            },
        };
        Subscription {
            start,
            newest: EventId::from(self.newest),
            replay,
            live: self.live.subscribe(),
        }
    }

    /// Returns the events after `id`, or `None` if the log does not hold all of them.
    fn after(&self, id: u64) -> Option<Vec<Event>> {
        // `None` for an ID that no event has yet.
        let missed = self.newest.checked_sub(id)?;
        // `None` if the event has left the log or is from before the start.
        let first = self.kept.len().checked_sub(usize::try_from(missed).ok()?)?;
        Some(self.kept.range(first..).cloned().collect())
    }
}

#[derive(Serialize)]
struct Notification<'a> {
    title: &'a str,
    at: String,
}
