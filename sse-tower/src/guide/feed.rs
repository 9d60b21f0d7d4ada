use std::{
    collections::VecDeque,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sse_tower::{Event, EventFrame, EventId, EventType, LastEventId, server::Lagged, last_event_id::ParsedId};
use tokio::sync::broadcast;
use tokio_stream::wrappers::{BroadcastStream, errors::BroadcastStreamRecvError};
use tokio_stream::{Stream, StreamExt};

const GAP: EventType = EventType::from_static("gap");

/// The number of events that a client can miss and still resume.
const KEPT: usize = 1000;

/// The number of events that a client can be behind before its stream ends. The client then
/// reconnects, and the log still holds the events that it missed.
const BEHIND: usize = 100;

/// The newest events and a channel to the connected clients. Clones are handles to the same feed.
#[derive(Clone)]
struct Feed(Arc<Mutex<Log>>);

/// One lock over all of it: numbering, insertion and sending are one step.
struct Log {
    /// A random part of every ID. It changes with each restart.
    epoch: String,
    /// The number of the newest event. Numbers have no holes.
    newest: u64,
    /// The newest events, oldest first.
    kept: VecDeque<EventFrame>,
    live: broadcast::Sender<EventFrame>,
}

impl Feed {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Log {
            epoch: format!("{:016x}", RandomState::new().hash_one(())),
            newest: 0,
            kept: VecDeque::new(),
            live: broadcast::Sender::new(BEHIND),
        })))
    }

    fn publish(&self, text: &str) {
        let mut log = self.log();
        log.newest += 1;
        let event = EventFrame::from(Event::new(text).with_id(log.newest_id()));
        log.kept.push_back(event.clone());
        if log.kept.len() > KEPT {
            log.kept.pop_front();
        }
        // An error means that nobody listens.
        let _ = log.live.send(event);
    }

    /// Sends the events that the client has missed, and then the new ones.
    fn subscribe(
        &self,
        last: &LastEventId,
    ) -> impl Stream<Item = Result<EventFrame, Lagged>> + use<> {
        let log = self.log();
        let missed = match last.parse::<String>() {
            // With an ID from the start, the client can resume before its first event.
            ParsedId::Absent => Some(vec![EventFrame::last_event_id(&log.newest_id())]),
            ParsedId::Value(id) => log.after(&id),
            ParsedId::Unreadable => None,
        };
        let missed = missed.unwrap_or_else(|| {
            let gap = Event::from_static("reload").with_type(GAP);
            vec![gap.with_id(log.newest_id()).into()]
        });
        let live = BroadcastStream::new(log.live.subscribe());
        let live = live.map(|event| {
            event.map_err(|BroadcastStreamRecvError::Lagged(count)| Lagged::new(count))
        });
        tokio_stream::iter(missed).map(Ok).chain(live)
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    fn newest_id(&self) -> EventId {
        EventId::new(format!("{}-{}", self.epoch, self.newest)).expect("digits and a hyphen are an ID")
    }

    /// Returns the events after `id`, or `None` if the log does not hold all of them.
    fn after(&self, id: &str) -> Option<Vec<EventFrame>> {
        let number = id.strip_prefix(&self.epoch)?.strip_prefix('-')?;
        // `None` for a number that is larger than the newest.
        let missed = self.newest.checked_sub(number.parse().ok()?)?;
        // `None` if events that the client has missed have left the log.
        let first = self.kept.len().checked_sub(usize::try_from(missed).ok()?)?;
        Some(self.kept.range(first..).cloned().collect())
    }
}
