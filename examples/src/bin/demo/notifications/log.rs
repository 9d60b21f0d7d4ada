//! The latest notifications, kept so that a stream can be resumed.
//!
//! Ids are dense: each is its predecessor's plus one, so a client can tell that it lost none. They
//! begin at the time of the start in milliseconds, so a server that was started again does not
//! give out an id a second time, and takes one from its former life for what it is: gone.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::Serialize;
use sse_tower::{Event, EventId, EventType, LastEventId};
use tokio::sync::broadcast;

/// How many notifications a client may miss and still resume.
const CAPACITY: usize = 256;

/// A bounded log with live subscribers; clones are the same log.
#[derive(Clone)]
pub(super) struct Log(Arc<Mutex<Entries>>);

/// One lock over both, so that no event falls between what is replayed and what is live, and none
/// is in both.
struct Entries {
    next_id: u64,
    kept: VecDeque<Event>,
    live: broadcast::Sender<Event>,
}

/// Where a subscription starts.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// At the next event: the client has seen none.
    Now,
    /// After the event of this id.
    After(u64),
    /// At the next event, though the client asked for an id that the log cannot go on from.
    Gap,
}

pub(super) struct Subscription {
    pub(super) start: Start,
    /// The id of the newest event that is not live.
    pub(super) newest: EventId,
    pub(super) replay: Vec<Event>,
    pub(super) live: broadcast::Receiver<Event>,
}

impl Log {
    pub(super) fn new() -> Self {
        let started = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self::starting_at(started.as_millis() as u64)
    }

    fn starting_at(next_id: u64) -> Self {
        Self(Arc::new(Mutex::new(Entries {
            next_id,
            kept: VecDeque::with_capacity(CAPACITY),
            live: broadcast::Sender::new(CAPACITY),
        })))
    }

    pub(super) fn publish(&self, event_type: EventType, title: &str) {
        let mut entries = self.entries();
        let notification = Notification {
            title,
            at: httpdate::fmt_http_date(SystemTime::now()),
        };
        let json = serde_json::to_string_pretty(&notification).expect("strings become JSON");
        // Each line of the text becomes a `data` line; the reader gets the text back whole.
        let event = Event::new(json)
            .with_type(event_type)
            .with_id(entries.next_id);
        entries.next_id += 1;
        if entries.kept.len() == CAPACITY {
            entries.kept.pop_front();
        }
        entries.kept.push_back(event.clone());
        // An error would mean that nobody listens.
        let _ = entries.live.send(event);
    }

    pub(super) fn subscribe(&self, last_event_id: &LastEventId) -> Subscription {
        let asked = if last_event_id.is_malformed() {
            Start::Gap
        } else {
            match last_event_id.get() {
                None => Start::Now,
                Some(id) => id.as_str().parse().map_or(Start::Gap, Start::After),
            }
        };
        self.entries().subscribe(asked)
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn subscribe(&self, asked: Start) -> Subscription {
        let first_kept = self.next_id - self.kept.len() as u64;
        let (start, replay) = match asked {
            // The next one due is kept, or is the next to come.
            Start::After(id) if (first_kept..=self.next_id).contains(&id.saturating_add(1)) => {
                let seen = (id + 1 - first_kept) as usize;
                (asked, self.kept.iter().skip(seen).cloned().collect())
            }
            // Fallen out of the log, of a former server, or not given out yet.
            Start::After(_) => (Start::Gap, Vec::new()),
            Start::Now | Start::Gap => (asked, Vec::new()),
        };
        Subscription {
            start,
            newest: EventId::from(self.next_id - 1),
            replay,
            live: self.live.subscribe(),
        }
    }
}

#[derive(Serialize)]
struct Notification<'a> {
    title: &'a str,
    at: String,
}
