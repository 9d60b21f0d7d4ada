//! The events that a subscription may send next, and those that it must have sent.

use std::time::{Duration, Instant};

use sse_tower::hub::{Gap, GapReason};

use super::history::{Entry, History, Interest, Place, number, parts};

/// A node's knowledge of the log.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) life: usize,
    pub(crate) head: u64,
    pub(crate) floor: u64,
    /// The node knows the topics of all entries after this position.
    pub(crate) known_after: u64,
    /// The node is the log, so it knows everything at once.
    pub(crate) is_log: bool,
    /// The number of topics that the node remembers although it has no entries of them.
    pub(crate) remembered_topics: usize,
}

/// The time without an ID after which one must be sent.
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(15);

/// Something that a client receives.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    Event { data: String, id: String },
    Gap { gap: Gap, id: String },
    Id(String),
}

/// Reads the blocks of a frame.
pub(crate) fn items(bytes: &[u8]) -> Vec<Item> {
    let text = std::str::from_utf8(bytes).expect("frames are UTF-8");
    let blocks = text.split_terminator("\n\n");
    blocks.map(item).collect()
}

fn item(block: &str) -> Item {
    let field = |name: &str| {
        let mut lines = block.split('\n');
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    };
    let id = field("id").expect("each block has an ID").to_owned();
    match (field("event"), field("data")) {
        (Some("gap"), Some(data)) => Item::Gap {
            gap: serde_json::from_str(data).expect("the data of a gap event is JSON"),
            id,
        },
        (None, Some(data)) => Item::Event {
            data: data.to_owned(),
            id,
        },
        (None, None) => Item::Id(id),
        _ => panic!("an unknown block: {block}"),
    }
}

/// Follows one subscription.
#[derive(Debug)]
pub(crate) struct Expected {
    pub(crate) interest: Interest,
    pub(crate) resumes_live: bool,
    pub(crate) sends_ids: bool,
    /// All events up to here were sent or are not for this subscription. `None` until it has begun with
    /// the oldest event.
    pub(crate) at: Option<Place>,
    /// The position of the last ID that the client has.
    sent: u64,
    /// The client's ID calls for this gap.
    pub(crate) required_gap: Option<GapReason>,
    /// It has sent something, or has waited for news.
    is_running: bool,
    /// It sends an ID first.
    is_new: bool,
    /// The life of the log that the node knew at the start.
    known_life: usize,
    /// When the last ID was sent on this connection.
    sent_at: Option<Instant>,
    /// When it first waited although the head was beyond the last ID.
    behind_since: Option<Instant>,
}

impl Expected {
    /// `known_life` is the life of the log that the node knows.
    pub(crate) fn new(interest: Interest, known_life: usize) -> Self {
        Self {
            interest,
            resumes_live: false,
            sends_ids: true,
            at: None,
            sent: 0,
            required_gap: None,
            is_running: false,
            is_new: false,
            known_life,
            sent_at: None,
            behind_since: None,
        }
    }

    /// The client has received everything up to here.
    pub(crate) fn resume_after(&mut self, place: Place) {
        self.at = Some(place);
        self.sent = place.position;
    }

    /// The client has no ID, and begins at this place or with the oldest event.
    pub(crate) fn begin(&mut self, place: Option<Place>) {
        self.at = place;
        self.sent = place.map_or(0, |place| place.position);
        self.is_new = true;
    }

    /// Checks what was sent. Returns the place of its ID.
    pub(crate) fn sends(
        &mut self,
        history: &mut History,
        view: &View,
        now: Instant,
        item: &Item,
    ) -> Place {
        if self.at.is_none() && self.required_gap.is_none() && view.is_log {
            // The log in memory is the same when the subscription begins and when it sends this.
            let (life, position) = (view.life, view.floor - 1);
            self.at = Some(Place { life, position });
        }
        let place = match item {
            Item::Event { data, id } => self.sends_event(history, view, data, id),
            Item::Gap { gap, id } => self.sends_gap(history, view, gap, id),
            Item::Id(id) => self.sends_id(history, view, now, id),
        };
        self.is_running |= !matches!(item, Item::Id(_)) || !self.is_new;
        self.is_new = false;
        (self.sent_at, self.behind_since) = (Some(now), None);
        self.at = Some(place);
        self.sent = place.position;
        place
    }

    fn sends_event(&mut self, history: &mut History, view: &View, data: &str, id: &str) -> Place {
        assert_eq!(self.required_gap, None, "no gap before {data}");
        assert!(!self.is_new || !self.sends_ids, "no ID before {data}");
        // A node may be slower to learn of a life than the node before it.
        let oldest = self.at.map_or(view.life, |at| at.life.min(view.life));
        let place = history.place(id, number(data), oldest);
        let life = place.life;
        let log = &history.lives[life];
        assert!(
            place.position <= view.head || life < view.life,
            "{data} is beyond the head of the node"
        );
        assert!(
            self.interest.accepts(log.entry(place.position)),
            "{data} is not for this client"
        );
        match self.at {
            Some(at) => {
                assert!(
                    history.is_of(at, life),
                    "no gap between two logs before {data}"
                );
                assert!(place.position > at.position, "{data} was sent before");
                let mut skipped = log.between(at.position + 1, place.position - 1);
                let skipped = skipped.find(|entry| self.interest.accepts(entry));
                assert!(skipped.is_none(), "{skipped:?} is missing before {data}");
            }
            None => {
                let mut skipped = log.between(log.floor, place.position - 1);
                let skipped = skipped.find(|entry| self.interest.accepts(entry));
                assert!(
                    skipped.is_none(),
                    "{data} is not the oldest event: {skipped:?}"
                );
            }
        }
        history.check_id(id, place);
        assert!(parts(id).2.is_some(), "{id} has no check bits");
        place
    }

    fn sends_gap(&mut self, history: &mut History, view: &View, gap: &Gap, id: &str) -> Place {
        let reason = gap.reason();
        match (self.required_gap.take(), reason) {
            (Some(required), _) if view.is_log || required == GapReason::Malformed => {
                assert_eq!(reason, required, "the reason of the gap");
            }
            (Some(_), _) => {}
            (None, GapReason::Epoch) => self.is_of_another_log(history, view),
            (None, GapReason::Trimmed) => self.has_lost(history, view, false),
            (None, GapReason::Slow) => self.has_lost(history, view, true),
            (None, _) => panic!("a gap for no reason: {gap:?}"),
        }
        let (life, position) = (view.life, parts(id).1);
        let (log, place) = (&history.lives[life], Place { life, position });
        let floor = if view.is_log { log.floor } else { 1 };
        assert!(position + 1 >= floor, "the gap leads to another gap");
        assert!(
            position <= view.head.max(log.floor - 1),
            "the gap leads beyond the head"
        );
        if self.resumes_live {
            assert!(
                position == view.head || !view.is_log,
                "the gap does not lead to the head"
            );
        } else {
            self.begins_with_oldest(history, place);
        }
        if view.is_log {
            let first = gap.first_available().map(|id| parts(id).1);
            assert_eq!(
                first,
                (log.floor <= log.head()).then_some(log.floor),
                "the first available"
            );
            assert_eq!(parts(gap.head()).1, log.head(), "the head in the gap");
        }
        history.check_id(id, place);
        place
    }

    /// Checks that the log has no older event for this subscription.
    fn begins_with_oldest(&self, history: &History, after: Place) {
        // A page may tell of another life before the node's driver does.
        let mut lives = history.lives_of_epoch(after.life, after.life);
        let is_skipped = |entry: &Entry| self.interest.has_topic_of(entry);
        let skips_none =
            lives.any(|(_, log)| !log.between(log.floor, after.position).any(is_skipped));
        assert!(skips_none, "an event before {after:?} is skipped");
    }

    /// Checks that a gap between two logs is one.
    fn is_of_another_log(&self, history: &History, view: &View) {
        let has_changed = view.life > self.known_life;
        let is_same = |at: Place| {
            history.is_of(at, history.present())
                && at.position <= history.life().head()
                && !is_of_newer_life(history, view, at)
        };
        assert!(
            has_changed || !self.at.is_some_and(is_same),
            "the log is still the same"
        );
    }

    /// Checks that a gap within a log is one.
    fn has_lost(&self, history: &History, view: &View, is_slow: bool) {
        if view.is_log {
            assert_eq!(is_slow, self.is_running, "the reason of the gap");
        }
        let Some(at) = self.at else {
            assert!(!view.is_log, "a subscription from the start misses nothing");
            return;
        };
        let epoch = history.lives[view.life].epoch;
        // A page may tell of another life before the node's driver does.
        let mut lives = history
            .lives_of_epoch(view.life, view.life)
            .filter(|(life, _)| history.is_of(at, *life))
            .map(|(_, log)| log)
            .peekable();
        if lives.peek().is_none() {
            // The log had lost its newest entries without noticing it, and then has lost the check bits that
            // would show it.
            assert_eq!(
                epoch, history.lives[at.life].epoch,
                "the log is another one"
            );
            return;
        }
        if is_of_newer_life(history, view, at) && at.position + 1 < view.floor {
            return;
        }
        // The two stated exceptions.
        let is_younger = at.position < view.known_after;
        let is_justified = lives.any(|log| {
            let mut lost = log.between(at.position + 1, log.floor - 1).peekable();
            let is_forgotten = log.lost_topics().len() > view.remembered_topics;
            let may_be_false = lost.peek().is_some() && (is_younger || is_forgotten);
            may_be_false || lost.any(|entry| self.interest.has_topic_of(entry))
        });
        assert!(is_justified, "there is no gap after {at:?}");
    }

    fn sends_id(&mut self, history: &mut History, view: &View, now: Instant, id: &str) -> Place {
        assert_eq!(self.required_gap, None, "no gap before the ID {id}");
        assert!(self.sends_ids, "no IDs are wanted, but {id} was sent");
        let (life, position) = (view.life, parts(id).1);
        let (log, place) = (&history.lives[life], Place { life, position });
        if let Some(at) = self.at {
            assert!(
                history.is_of(at, life),
                "no gap between two logs before the ID {id}"
            );
            assert!(
                position >= self.sent.max(at.position.min(view.head)),
                "the ID goes back"
            );
            let mut skipped = log.between(at.position + 1, position);
            let skipped = skipped.find(|entry| self.interest.accepts(entry));
            assert!(skipped.is_none(), "{skipped:?} is missing before the ID");
        } else {
            self.begins_with_oldest(history, place);
        }
        if self.is_new {
            assert!(
                self.at.is_none_or(|at| at.position == position),
                "the first ID is not {:?}",
                self.at
            );
        } else {
            assert!(position > self.sent, "the ID was sent before");
            assert_eq!(position, view.head, "the ID is not the head's");
            let since = self.sent_at.map(|sent_at| now - sent_at);
            assert!(
                since.is_none_or(|since| since >= CHECKPOINT_INTERVAL),
                "too early: {since:?}"
            );
        }
        history.check_id(id, place);
        place
    }

    /// Checks that a subscription to a log in memory that waits has sent everything.
    pub(crate) fn waits(&mut self, history: &History, view: &View, now: Instant) {
        self.has_everything(history, view);
        let head = view.head;
        if self.sends_ids && head > self.sent {
            let since = *self.behind_since.get_or_insert(now);
            assert!(
                now - since < CHECKPOINT_INTERVAL,
                "no ID for {:?}",
                now - since
            );
        }
        if let Some(at) = &mut self.at {
            at.position = at.position.max(head);
        }
        self.is_running = true;
    }

    /// Checks that everything was sent, and every gap.
    pub(crate) fn has_everything(&mut self, history: &History, view: &View) {
        assert_eq!(self.required_gap, None, "no gap was sent");
        if self.at.is_none() {
            // A page may tell of the floor before the node's driver does.
            let floor = view.floor.max(history.lives[view.life].floor);
            let (life, position) = (view.life, floor - 1);
            self.at = Some(Place { life, position });
        }
        assert!(!self.is_new || !self.sends_ids, "no first ID was sent");
        let at = self.at.expect("it has begun");
        assert!(
            history.is_of(at, view.life),
            "no gap between two logs was sent"
        );
        let mut missing = history.lives[view.life].between(at.position + 1, view.head);
        let missing = missing.find(|entry| self.interest.accepts(entry));
        assert!(missing.is_none(), "{missing:?} was not sent");
    }
}

/// Returns whether the place is in a life that the node does not know yet, and whose epoch is that of the life that
/// it knows. It takes the ID for that of one of its own entries.
fn is_of_newer_life(history: &History, view: &View, at: Place) -> bool {
    let epoch = |life: usize| history.lives[life].epoch;
    view.life < at.life && epoch(view.life) == epoch(at.life) && !history.is_of(at, view.life)
}
