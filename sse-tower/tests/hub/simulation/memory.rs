//! Runs of a hub whose log is in memory.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use sse_tower::{
    Event, EventId, LastEventId,
    hub::{Hub, HubBuilder, PublishError, PublishErrorKind},
    rt::Timer,
};

use super::{
    Random, Trace,
    client::{Client, Polled, bad_id, forged_id},
    clock::Clock,
    expected::{Item, View, items},
    history::{Entry, History, parts, topic},
};

struct World {
    random: Random,
    trace: Trace,
    clock: Clock,
    bounds: Bounds,
    topic_count: u64,
    /// The probability that an event is large, in percent. Two of them fill a frame.
    large: u64,
    hub: Hub,
    history: History,
    /// When each entry of the present log was published, and its size.
    published: Vec<(Instant, usize)>,
    /// The number of events that were made.
    numbers: u64,
    clients: Vec<Client>,
}

struct Bounds {
    events: u64,
    age: Option<Duration>,
    bytes: Option<usize>,
    remembered_topics: u64,
}

impl Bounds {
    fn random(random: &mut Random) -> Self {
        let mut bounds = Self {
            events: 65_536,
            age: None,
            bytes: None,
            remembered_topics: [0, 1, 2, 1000][random.below(4) as usize],
        };
        match random.below(5) {
            0 => bounds.bytes = Some(12_000 + random.below(20_000) as usize),
            1 => bounds.age = Some(Duration::from_secs(1 + random.below(40))),
            2 => {}
            _ => bounds.events = random.below(12),
        }
        bounds
    }

    fn builder(&self, clock: &Clock) -> HubBuilder {
        let mut builder = Hub::builder()
            .timer(clock.clone())
            .max_events(self.events as usize)
            .max_remembered_topics(self.remembered_topics as usize);
        if let Some(age) = self.age {
            builder = builder.max_age(age);
        }
        if let Some(bytes) = self.bytes {
            builder = builder.max_bytes(bytes);
        }
        builder
    }
}

/// The number of steps of a run.
const STEPS: u32 = 90;

pub(crate) fn run(seed: u64) {
    let mut random = Random(seed);
    let bounds = Bounds::random(&mut random);
    let clock = Clock::new();
    let topic_count = 1 + random.below(5);
    let client_count = 1 + random.below(4) as usize;
    let clients = (0..client_count).map(|name| Client::random(name, topic_count, &mut random));
    let mut world = World {
        hub: bounds.builder(&clock).build(),
        trace: Trace::new(seed),
        history: History::new(0),
        published: Vec::new(),
        numbers: 0,
        clients: clients.collect(),
        large: [2, 2, 40][random.below(3) as usize],
        random,
        clock,
        bounds,
        topic_count,
    };
    for _ in 0..STEPS {
        world.step();
    }
    world.finish();
}

impl World {
    fn step(&mut self) {
        let at = self.random.below(self.clients.len() as u64) as usize;
        let is_connected = self.clients[at].connection.is_some();
        match self.random.below(100) {
            0..35 => self.publish(),
            35..50 if !is_connected => self.connect(at),
            35..80 => {
                for _ in 0..=self.random.below(4) {
                    if self.clients[at].is_ready() {
                        self.poll(at, true);
                    }
                }
            }
            // A heartbeat polls a subscription that has no news.
            80..90 => {
                let time = Duration::from_millis(self.random.below(12_000));
                self.advance(time);
                if is_connected {
                    self.poll(at, true);
                }
            }
            90..95 => self.clients[at].cut(&self.trace),
            95..97 => {
                // Another task takes over the subscription.
                if let Some(connection) = &mut self.clients[at].connection {
                    connection.flag = super::clock::Flag::set();
                    self.poll(at, true);
                }
            }
            97..99 => self.clients[at] = Client::random(at, self.topic_count, &mut self.random),
            _ => self.restart(),
        }
    }

    fn advance(&mut self, time: Duration) {
        self.clock.advance(time);
        self.trace.note(|| format!("{time:?} pass"));
    }

    fn connect(&mut self, at: usize) {
        self.remove_old();
        let (mut id, mut is_forged) = (None, false);
        match self.random.below(100) {
            0..10 => id = Some(bad_id(&self.history, &mut self.random)),
            10..14 => {
                id = forged_id(&self.history, &mut self.random);
                is_forged = id.is_some();
            }
            _ => {}
        }
        let view = self.view();
        self.clients[at].connect((0, &self.hub), &view, id, &self.trace);
        // Once the log has lost the entry, its check bits cannot be compared.
        if is_forged {
            self.poll(at, true);
        }
    }

    fn view(&self) -> View {
        let life = self.history.life();
        View {
            life: self.history.present(),
            head: life.head(),
            floor: life.floor,
            known_after: 0,
            is_log: true,
            remembered_topics: self.bounds.remembered_topics as usize,
        }
    }

    /// Polls a client that is connected.
    fn poll(&mut self, at: usize, may_be_cut: bool) {
        self.remove_old();
        let (view, now) = (self.view(), self.clock.now());
        let polled = self.clients[at].poll(&self.trace);
        let client = &mut self.clients[at];
        match polled {
            Polled::Frame(frame) => {
                let random = may_be_cut.then_some(&mut self.random);
                if client.receive(&frame, &mut self.history, &view, now, random, &self.trace) {
                    client.cut(&self.trace);
                }
            }
            Polled::Waits => {
                let connection = client.connection.as_mut().expect("it is connected");
                connection.expected.waits(&self.history, &view, now);
            }
            Polled::Yields => {}
            Polled::Ended(end) => panic!("the stream has ended: {end:?}"),
        }
    }

    fn new_entry(&mut self) -> (Entry, Event) {
        let topics = (0..1 + self.random.below(2)).map(|_| self.random.below(self.topic_count));
        let mut topics: Vec<_> = topics.collect();
        topics.dedup();
        self.numbers += 1;
        let number = self.numbers;
        let entry = Entry { number, topics };
        let padding = match self.random.percent(self.large) {
            true => 9000,
            false => self.random.below(20) as usize,
        };
        let event = Event::new(entry.data(padding));
        (entry, event)
    }

    fn publish(&mut self) {
        let names = |entry: &Entry| {
            entry
                .topics
                .iter()
                .map(|number| topic(*number))
                .collect::<Vec<_>>()
        };
        // Any handle will do, and dropping one does not end the hub.
        let hub = self.hub.clone();
        match self.random.below(4) {
            0 => {
                let (entry, event) = self.new_entry();
                let size = event.data().len();
                let result = ready(hub.publish(names(&entry), event));
                self.published(entry, size, result);
                self.check_wakes();
            }
            1 => {
                let count = self.random.below(5);
                let events: Vec<_> = (0..count).map(|_| self.new_entry()).collect();
                let refused = self.random.below(10);
                let sent = events.iter().map(|(entry, event)| {
                    let event = event.clone();
                    let is_refused = entry.number % 10 == refused;
                    let event = if is_refused { event.with_id(7) } else { event };
                    (names(entry), event)
                });
                let results = ready(hub.publish_batch(sent));
                assert_eq!(results.len(), events.len(), "results of a batch");
                for ((entry, event), result) in events.into_iter().zip(results) {
                    if entry.number % 10 == refused {
                        let kind = result.map_err(|error| error.kind());
                        assert_eq!(kind, Err(PublishErrorKind::HasId));
                    } else {
                        self.published(entry, event.data().len(), result);
                    }
                }
                self.check_wakes();
            }
            _ => {
                let (entry, event) = self.new_entry();
                let size = event.data().len();
                let result = hub.publish_now(names(&entry), event);
                self.published(entry, size, result);
                self.check_wakes();
            }
        }
    }

    /// Notes that an event was published.
    fn published(&mut self, entry: Entry, size: usize, result: Result<EventId, PublishError>) {
        let id = result.expect("nothing is wrong with the event");
        self.trace
            .note(|| format!("{entry:?} is published as {}", id.as_str()));
        for client in &mut self.clients {
            if let Some(connection) = &mut client.connection
                && connection.is_idle
                && connection.expected.interest.has_topic_of(&entry)
            {
                assert!(
                    connection.flag.is_set(),
                    "a client was not woken for {entry:?}"
                );
                connection.is_idle = false;
            }
        }
        let place = self.history.append(entry);
        self.history.check_id(id.as_str(), place);
        self.published.push((self.clock.now(), size));
        self.enforce_count();
        self.remove_old();
    }

    /// Those who have no news are not woken.
    fn check_wakes(&mut self) {
        for client in &self.clients {
            if let Some(connection) = &client.connection
                && connection.is_idle
            {
                assert!(
                    !connection.flag.is_set(),
                    "a client was woken for other topics"
                );
            }
        }
        if let Some(max) = self.bounds.bytes {
            let floor = self.probe();
            let life = self.history.life_mut();
            assert!(floor >= life.floor, "the floor falls");
            life.floor = floor;
            let retained = &self.published[floor as usize - 1..];
            let least: usize = retained.iter().map(|(_, size)| size).sum();
            assert!(least <= max, "{least} bytes are kept");
            if floor > 1 {
                let kept = &self.published[floor as usize - 2..];
                let most: usize = kept.iter().map(|(_, size)| size + 1200).sum();
                assert!(most > max, "only {most} bytes are kept");
            }
        }
    }

    /// Returns the floor, as a new client learns it.
    fn probe(&self) -> u64 {
        let id = LastEventId::from(EventId::new("x").unwrap());
        let mut stream = pin!(self.hub.subscribe_all().after(id));
        let polled = tokio_stream::Stream::poll_next(
            stream.as_mut(),
            &mut Context::from_waker(Waker::noop()),
        );
        let Poll::Ready(Some(Ok(frame))) = polled else {
            panic!("no gap: {polled:?}");
        };
        match &items(frame.as_bytes())[..] {
            [Item::Gap { gap, .. }] => match gap.first_available() {
                Some(id) => parts(id).1,
                None => parts(gap.head()).1 + 1,
            },
            items => panic!("no gap: {items:?}"),
        }
    }

    fn enforce_count(&mut self) {
        let events = self.bounds.events;
        let life = self.history.life_mut();
        life.floor = life.floor.max((life.head() + 1).saturating_sub(events));
    }

    /// The log removes entries because of their age.
    fn remove_old(&mut self) {
        let (now, life) = (self.clock.now(), self.history.life_mut());
        while let Some(age) = self.bounds.age
            && let Some((added, _)) = self.published.get(life.floor as usize - 1)
            && now - *added > age
        {
            life.floor += 1;
        }
    }

    /// The server is restarted: a new hub takes the place of the old one.
    fn restart(&mut self) {
        self.trace.note(|| "the server is restarted".to_owned());
        self.hub = self.bounds.builder(&self.clock).build();
        for at in 0..self.clients.len() {
            if self.random.percent(50) {
                self.clients[at].cut(&self.trace);
            }
            self.read_to_end(at);
        }
        let epoch = self.history.lives.len() as u64;
        self.history.begin_life(epoch, 0);
        self.published.clear();
    }

    /// A stream of a hub that was dropped sends what there is, and ends.
    fn read_to_end(&mut self, at: usize) {
        while let Some(connection) = &self.clients[at].connection {
            assert!(
                !connection.is_idle || connection.flag.is_set(),
                "not woken for the end"
            );
            self.remove_old();
            let (view, now) = (self.view(), self.clock.now());
            let client = &mut self.clients[at];
            match client.poll(&self.trace) {
                Polled::Frame(frame) => {
                    let random = Some(&mut self.random);
                    if client.receive(&frame, &mut self.history, &view, now, random, &self.trace) {
                        client.cut(&self.trace);
                    }
                }
                Polled::Ended(None) => {
                    let connection = client.connection.as_mut().expect("it is connected");
                    connection.expected.has_everything(&self.history, &view);
                    client.connection = None;
                }
                Polled::Yields => {}
                polled => panic!("the hub is gone, but the stream goes on: {polled:?}"),
            }
        }
    }

    /// Every client comes back and reads what there is.
    fn finish(&mut self) {
        for at in 0..self.clients.len() {
            if self.clients[at].connection.is_none() {
                self.connect(at);
            }
            while self.clients[at].is_ready() {
                self.poll(at, false);
            }
        }
    }
}

/// Returns the result of a future that is ready at its first poll.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("a log in memory makes nobody wait"),
    }
}
