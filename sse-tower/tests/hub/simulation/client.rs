//! Clients: what they ask for, what they receive, and how they come back.

use std::{
    error::Error,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use http::{HeaderMap, HeaderValue};
use sse_tower::{
    EventFrame, EventId, LastEventId,
    hub::{GapReason, Hub, Published, Subscription},
};
use tokio_stream::Stream;

use super::{
    Random, Trace,
    clock::Flag,
    expected::{Expected, View, items},
    history::{History, Interest, Place, number, parts, topic, topics},
};

/// A chain of connections, each of which resumes after the last ID of the one before.
#[derive(Debug)]
pub(crate) struct Client {
    name: usize,
    interest: Interest,
    from_start: bool,
    resumes_live: bool,
    sends_ids: bool,
    last: Option<(String, Place)>,
    pub(crate) connection: Option<Connection>,
}

#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) node: usize,
    pub(crate) subscription: Subscription,
    pub(crate) flag: Arc<Flag>,
    pub(crate) expected: Expected,
    /// It waits to be woken.
    pub(crate) is_idle: bool,
}

/// The result of a poll.
#[derive(Debug)]
pub(crate) enum Polled {
    Frame(EventFrame),
    Waits,
    /// It has done a part of its work, and has woken itself.
    Yields,
    Ended(Option<Box<dyn Error + Send + Sync>>),
}

impl Client {
    pub(crate) fn random(name: usize, topic_count: u64, random: &mut Random) -> Self {
        let topics = (!random.percent(20)).then(|| {
            // One more than are published to.
            let count = if random.percent(60) {
                1
            } else {
                1 + random.below(3)
            };
            let mut topics: Vec<_> = (0..count).map(|_| random.below(topic_count + 1)).collect();
            topics.sort_unstable();
            topics.dedup();
            topics
        });
        let divisor = if random.percent(20) {
            2 + random.below(2)
        } else {
            1
        };
        Self {
            name,
            interest: Interest { topics, divisor },
            from_start: random.percent(30),
            resumes_live: random.percent(15),
            sends_ids: !random.percent(15),
            last: None,
            connection: None,
        }
    }

    /// Connects with the client's last ID, or as a new client with `id`, which calls for a gap.
    pub(crate) fn connect(
        &mut self,
        (node, hub): (usize, &Hub),
        view: &View,
        id: Option<(LastEventId, GapReason)>,
        trace: &Trace,
    ) {
        let Interest { topics, divisor } = self.interest.clone();
        let mut subscription = match topics {
            Some(topics) => hub.subscribe(topics.into_iter().map(topic).collect::<Vec<_>>()),
            None => hub.subscribe_all(),
        };
        if divisor > 1 {
            subscription = subscription.filter(move |event| is_accepted(event, divisor));
        }
        if self.from_start {
            subscription = subscription.from_start();
        }
        if self.resumes_live {
            subscription = subscription.resume_live();
        }
        subscription = subscription.checkpoints(self.sends_ids);
        let mut expected = Expected::new(self.interest.clone(), view.life);
        expected.resumes_live = self.resumes_live;
        expected.sends_ids = self.sends_ids;
        trace.note(|| {
            let last = id.as_ref().map(|(id, _)| format!("{id:?}"));
            let last = last.or(self
                .last
                .as_ref()
                .map(|(id, place)| format!("{id} {place:?}")));
            format!(
                "client {} connects to node {node} after {last:?}",
                self.name
            )
        });
        match (id, &self.last) {
            (Some((id, reason)), _) => {
                subscription = subscription.after(id);
                expected.required_gap = Some(reason);
                self.last = None;
            }
            (None, Some((id, place))) => {
                subscription = subscription.after(EventId::new(id.clone()).unwrap());
                expected.resume_after(*place);
            }
            (None, None) => {
                subscription = subscription.after(LastEventId::none());
                let (life, position) = (view.life, view.head);
                expected.begin((!self.from_start).then_some(Place { life, position }));
            }
        }
        self.connection = Some(Connection {
            node,
            subscription,
            flag: Flag::set(),
            expected,
            is_idle: false,
        });
    }

    /// Returns whether the ID of the client has no check bits and its position is later.
    pub(crate) fn has_unchecked_id_after(&self, position: u64) -> bool {
        let last = self.last.as_ref();
        last.is_some_and(|(id, place)| parts(id).2.is_none() && place.position > position)
    }

    /// Returns whether the log has lost the entry of the client's ID, and nothing shows that: the epoch is the same,
    /// and the ID has no check bits or the log has no entry to compare them with.
    ///
    /// A node that knows only the life `oldest` may have another entry there as well.
    pub(crate) fn has_lost_id(&self, history: &History, oldest: usize) -> bool {
        let last = self.last.as_ref();
        last.is_some_and(|(id, place)| {
            let is_unchecked = parts(id).2.is_none();
            let mut lives = history.lives_of_epoch(place.life, oldest);
            lives.any(|(life, log)| {
                let is_trimmed = place.position < log.floor;
                !history.is_of(*place, life) && (is_trimmed || is_unchecked)
            })
        })
    }

    /// Returns whether the log has another entry at the position where the connection is, in the same epoch. Only the
    /// check bits of the entry show that.
    pub(crate) fn needs_entry(&self, history: &History) -> bool {
        let connection = self.connection.as_ref();
        let at = connection.and_then(|connection| connection.expected.at);
        at.is_some_and(|at| {
            let is_same_epoch = history.lives[at.life].epoch == history.life().epoch;
            is_same_epoch && !history.is_of(at, history.present())
        })
    }

    /// The connection is cut.
    pub(crate) fn cut(&mut self, trace: &Trace) {
        if let Some(Connection { node, .. }) = self.connection.take() {
            trace.note(|| format!("client {} is cut off from node {node}", self.name));
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        let connection = self.connection.as_ref();
        connection.is_some_and(|connection| !connection.is_idle || connection.flag.is_set())
    }

    /// Polls the subscription. The client must be connected.
    pub(crate) fn poll(&mut self, trace: &Trace) -> Polled {
        let name = self.name;
        let connection = self.connection.as_mut().expect("it is connected");
        connection.flag.clear();
        let waker = connection.flag.clone().into();
        let subscription = Pin::new(&mut connection.subscription);
        let polled = subscription.poll_next(&mut Context::from_waker(&waker));
        let polled = match polled {
            Poll::Ready(Some(Ok(frame))) => Polled::Frame(frame),
            Poll::Ready(Some(Err(error))) => Polled::Ended(Some(error)),
            Poll::Ready(None) => Polled::Ended(None),
            Poll::Pending if connection.flag.is_set() => Polled::Yields,
            Poll::Pending => Polled::Waits,
        };
        connection.is_idle = matches!(polled, Polled::Waits);
        trace.note(|| match &polled {
            Polled::Frame(frame) => {
                let text: Vec<_> = String::from_utf8_lossy(frame.as_bytes())
                    .lines()
                    .map(|line| line.chars().take(100).collect::<String>())
                    .collect();
                format!("client {name} is sent {}", text.join("|"))
            }
            polled => format!("client {name}: {polled:?}"),
        });
        polled
    }

    /// Checks a frame, and receives it, or only a part of it. Returns whether the connection is cut then.
    pub(crate) fn receive(
        &mut self,
        frame: &EventFrame,
        history: &mut History,
        view: &View,
        now: Instant,
        random: Option<&mut Random>,
        trace: &Trace,
    ) -> bool {
        let connection = self.connection.as_mut().expect("it is connected");
        let items = items(frame.as_bytes());
        let is_event = |item: &&_| !matches!(item, super::expected::Item::Id(_));
        let events = items.iter().filter(is_event).count();
        assert_eq!(
            frame.events() as usize,
            events,
            "the number of events in a frame"
        );
        let mut ids = Vec::new();
        for item in &items {
            let place = connection.expected.sends(history, view, now, item);
            let id = match item {
                super::expected::Item::Event { id, .. }
                | super::expected::Item::Gap { id, .. }
                | super::expected::Item::Id(id) => id.clone(),
            };
            ids.push((id, place));
        }
        let text = std::str::from_utf8(frame.as_bytes()).unwrap();
        let is_gap = text.starts_with("event: gap");
        let (mut received, mut is_cut) = (ids.len(), false);
        if let Some(random) = random
            && random.percent(if is_gap { 30 } else { 8 })
        {
            let length = random.below(text.len() as u64) as usize;
            received = text.as_bytes()[..length]
                .windows(2)
                .filter(|end| end == b"\n\n")
                .count();
            trace.note(|| format!("client {} receives {received} of {}", self.name, ids.len()));
            is_cut = true;
        }
        if received > 0 {
            self.last = Some(ids.swap_remove(received - 1));
        }
        is_cut
    }
}

/// The filter of the simulation. It also compares what it is told.
fn is_accepted(event: &Published<'_>, divisor: u64) -> bool {
    let data = event.data();
    let told: Vec<_> = event.topics().iter().map(|topic| topic.as_str()).collect();
    assert_eq!(told, topics(data), "the topics that a filter is told");
    number(data).is_multiple_of(divisor)
}

/// An ID that no hub has made, or not this one, or not yet, and the gap that it calls for.
pub(crate) fn bad_id(history: &History, random: &mut Random) -> (LastEventId, GapReason) {
    let id = |text: String| LastEventId::from(EventId::new(text).unwrap());
    let head = history.life().head();
    let position = [0, 1, head, head + 1, u64::MAX - 1, u64::MAX][random.below(6) as usize];
    let check = ["", "-00000000", "-ffffffff"][random.below(3) as usize];
    let epoch = history.epoch_text().unwrap_or("0123456789abcdee");
    let ahead = [1000, u64::MAX / 2, u64::MAX - head][random.below(3) as usize];
    match random.below(5) {
        0 => {
            let texts = ["x", "-", "7", "0-0", "0123456789ABCDEF-1", "é"];
            let text = texts[random.below(texts.len() as u64) as usize];
            (id(text.to_owned()), GapReason::Malformed)
        }
        1 => {
            let mut headers = HeaderMap::new();
            headers.append("last-event-id", HeaderValue::from_static("1"));
            headers.append("last-event-id", HeaderValue::from_static("2"));
            (LastEventId::from_headers(&headers), GapReason::Malformed)
        }
        2 => {
            let text = format!("{epoch}-{position}{check}x");
            (id(text), GapReason::Malformed)
        }
        3 => (
            id(format!("0123456789abcdef-{position}{check}")),
            GapReason::Epoch,
        ),
        _ => (
            id(format!("{epoch}-{}{check}", head + ahead)),
            GapReason::Epoch,
        ),
    }
}

/// An ID with the check bits of another entry, if the log has entries and an ID of it was seen.
pub(crate) fn forged_id(
    history: &History,
    random: &mut Random,
) -> Option<(LastEventId, GapReason)> {
    let (life, epoch) = (history.life(), history.epoch_text()?);
    let count = (life.head() + 1)
        .checked_sub(life.floor)
        .filter(|count| *count > 0)?;
    let position = life.floor + random.below(count);
    let text = format!("{epoch}-{position}-{:08x}", random.next() as u32);
    let id = LastEventId::from(EventId::new(text).unwrap());
    Some((id, GapReason::Epoch))
}
