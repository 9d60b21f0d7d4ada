//! Runs of several hubs on one log outside their process.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use sse_tower::{
    Event,
    hub::{Hub, Publish, log::LogName},
    rt::Timer,
};

use super::{
    Random, Trace,
    client::{Client, Polled, bad_id},
    clock::{Clock, Flag},
    history::Entry,
    store::{Store, names, simulated},
};

struct World {
    random: Random,
    trace: Trace,
    clock: Clock,
    store: Store,
    faults: u64,
    /// The probability that the log loses its newest entries, in percent.
    losses: u64,
    /// The probability that the log loses all entries when it loses its oldest ones, in percent.
    trims: u64,
    max_events: usize,
    remembered_topics: usize,
    topic_count: u64,
    /// The probability that an event is large, in percent. Two of them fill a frame.
    large: u64,
    /// Those that run. A restarted one is another node.
    nodes: Vec<Node>,
    /// Their drivers were dropped.
    without_driver: Vec<Hub>,
    clients: Vec<Client>,
    publishers: Vec<Task<Publish>>,
    numbers: u64,
}

struct Node {
    /// Its number in the store.
    number: usize,
    hub: Hub,
    driver: Task<Pin<Box<dyn Future<Output = ()>>>>,
}

struct Task<F> {
    future: F,
    flag: Arc<Flag>,
}

impl<F: Future + Unpin> Task<F> {
    fn new(future: F) -> Self {
        let flag = Flag::set();
        Self { future, flag }
    }

    fn poll(&mut self) -> Poll<F::Output> {
        self.flag.clear();
        let waker = self.flag.clone().into();
        Pin::new(&mut self.future).poll(&mut Context::from_waker(&waker))
    }
}

/// The number of steps of a run.
const STEPS: u32 = 220;

pub(crate) fn run(seed: u64) {
    let mut random = Random(seed);
    let trace = Trace::new(seed);
    let part = [1, 2, 5, 1000][random.below(4) as usize];
    let trimmed = [0, 0, 0, 250][random.below(4) as usize];
    let store = Store::new(Random(random.next()), part, trimmed, simulated);
    let topic_count = 1 + random.below(4);
    let client_count = 1 + random.below(4) as usize;
    let clients = (0..client_count).map(|name| Client::random(name, topic_count, &mut random));
    let mut world = World {
        clients: clients.collect(),
        faults: [0, 0, 10, 30][random.below(4) as usize],
        losses: [0, 0, 3, 10][random.below(4) as usize],
        trims: [0, 10, 50][random.below(3) as usize],
        max_events: random.below(8) as usize,
        remembered_topics: [0, 1, 1000][random.below(3) as usize],
        large: [3, 3, 40][random.below(3) as usize],
        clock: Clock::new(),
        nodes: Vec::new(),
        without_driver: Vec::new(),
        publishers: Vec::new(),
        numbers: 0,
        random,
        trace,
        store,
        topic_count,
    };
    for _ in 0..1 + world.random.below(3) {
        world.begin_node();
    }
    for _ in 0..STEPS {
        world.step();
    }
    world.finish();
}

impl World {
    fn step(&mut self) {
        let at = self.random.below(self.clients.len() as u64) as usize;
        let node = self.random.below(self.nodes.len() as u64) as usize;
        let is_connected = self.clients[at].connection.is_some();
        match self.random.below(100) {
            0..16 => self.publish(node),
            16..46 => {
                if let Some(done) = self.store.answer(self.faults) {
                    self.trace.note(|| done);
                }
            }
            46..58 => self.poll_driver(node),
            58..63 if !is_connected => self.connect(at, node),
            58..81 => {
                for _ in 0..=self.random.below(4) {
                    if self.clients[at].is_ready() {
                        self.poll(at, true);
                    }
                }
            }
            81..86 => {
                let time = Duration::from_millis(self.random.below(6000));
                self.clock.advance(time);
                self.trace.note(|| format!("{time:?} pass"));
                if is_connected {
                    self.poll(at, true);
                }
            }
            86..88 => self.clients[at].cut(&self.trace),
            88..92 => {
                let count = match self.random.percent(self.trims) {
                    true => 1000,
                    false => self.random.below(6),
                };
                let mut state = self.store.state();
                let mut clients = self.clients.iter();
                if !clients.any(|client| client.needs_entry(&state.history)) {
                    state.trim(count, self.nodes.iter().map(|node| node.number));
                }
                let floor = state.history.life().floor;
                self.trace
                    .note(|| format!("the log is trimmed up to {floor}"));
            }
            92..93 => self.restart(node),
            93..95 => self.clients[at] = Client::random(at, self.topic_count, &mut self.random),
            95..97 => {
                if let Some(connection) = &mut self.clients[at].connection {
                    connection.flag = Flag::set();
                    self.poll(at, true);
                }
            }
            _ => {
                if self.random.percent(10 * self.losses) {
                    self.lose();
                }
            }
        }
        self.poll_publishers();
    }

    fn lose(&mut self) {
        // A log that does not notice its loss keeps its epoch. The nodes notice it by the check bits, if they
        // have them.
        let may_be_silent = self.random.percent(50);
        if may_be_silent {
            self.catch_up();
        }
        let mut state = self.store.state();
        let head = state.history.life().head();
        let length = match self.random.below(3) {
            0 => 0,
            1 => self.random.below(head + 1),
            _ => head - self.random.below(head.min(5) + 1),
        };
        let mut numbers = self.nodes.iter().map(|node| node.number);
        let present = state.history.present();
        let is_up_to_date = numbers.all(|number| state.nodes[number].has_check(present, head));
        let mut clients = self.clients.iter();
        let is_noticed = !may_be_silent
            || !is_up_to_date
            || clients.any(|client| client.has_unchecked_id_after(length));
        state.shrink(length, is_noticed);
        let epoch = state.history.life().epoch;
        // A client that is cut may drop a read, which takes the same lock.
        drop(state);
        if !is_noticed {
            for client in &mut self.clients {
                let node = client.connection.as_ref().map(|connection| connection.node);
                if !self.nodes.iter().any(|there| Some(there.number) == node) {
                    client.cut(&self.trace);
                }
            }
        }
        self.trace
            .note(|| format!("the log has only {length} entries now, and epoch {epoch}"));
    }

    /// Lets the nodes read what the log has.
    fn catch_up(&mut self) {
        while self.store.answer_all(|done| self.trace.note(|| done)) {
            for at in 0..self.nodes.len() {
                self.poll_driver(at);
            }
        }
    }

    fn begin_node(&mut self) {
        let store = self.store.of_new_node(self.remembered_topics);
        let number = store.node;
        let builder = Hub::builder()
            .timer(self.clock.clone())
            .max_remembered_topics(self.remembered_topics)
            .max_events(self.max_events);
        let mut building = Task::new(Box::pin(builder.build_on(store, LogName::new("log"))));
        let (hub, driver) = loop {
            match building.poll() {
                Poll::Ready(built) => break built.expect("the log has no faults now"),
                Poll::Pending => {
                    self.store.answer_all(|done| self.trace.note(|| done));
                }
            }
        };
        let driver = Task::new(Box::pin(driver.run(self.clock.clone())) as Pin<Box<_>>);
        self.trace.note(|| format!("node {number} begins"));
        self.nodes.push(Node {
            number,
            hub,
            driver,
        });
    }

    /// A node ends: all of it at once, or its hub before its driver, or its driver before its hub.
    fn restart(&mut self, at: usize) {
        let Node {
            number,
            hub,
            driver,
        } = self.nodes.swap_remove(at);
        self.trace.note(|| format!("node {number} ends"));
        match self.random.below(3) {
            0 => {
                for client in &mut self.clients {
                    if client
                        .connection
                        .as_ref()
                        .is_some_and(|connection| connection.node == number)
                    {
                        client.cut(&self.trace);
                    }
                }
            }
            1 => {
                drop(driver);
                self.without_driver.push(hub);
            }
            _ => drop(hub),
        }
        self.begin_node();
    }

    fn poll_driver(&mut self, at: usize) {
        let node = &mut self.nodes[at];
        if node.driver.flag.is_set() && node.driver.poll().is_ready() {
            self.trace
                .note(|| format!("the driver of node {} has given up", node.number));
            self.nodes.swap_remove(at);
            self.begin_node();
        }
    }

    fn connect(&mut self, at: usize, node: usize) {
        let bad = self.random.percent(8);
        let state = self.store.state();
        let Node { number, hub, .. } = &self.nodes[node];
        let oldest = state.nodes[*number].view.life;
        if self.clients[at].has_lost_id(&state.history, oldest) {
            self.clients[at] = Client::random(at, self.topic_count, &mut self.random);
        }
        let id = bad.then(|| bad_id(&state.history, &mut self.random));
        let view = state.nodes[*number].view.clone();
        drop(state);
        self.clients[at].connect((*number, hub), &view, id, &self.trace);
    }

    fn poll(&mut self, at: usize, may_be_cut: bool) {
        let client = &mut self.clients[at];
        let polled = client.poll(&self.trace);
        match polled {
            Polled::Frame(frame) => {
                let node = client.connection.as_ref().expect("it is connected").node;
                let mut state = self.store.state();
                let view = state.nodes[node].view.clone();
                let random = may_be_cut.then_some(&mut self.random);
                let (history, now) = (&mut state.history, self.clock.now());
                let is_cut = client.receive(&frame, history, &view, now, random, &self.trace);
                // A dropped subscription ends its calls.
                drop(state);
                if is_cut {
                    client.cut(&self.trace);
                }
            }
            Polled::Waits | Polled::Yields => {}
            Polled::Ended(error) => {
                let node = client.connection.as_ref().expect("it is connected").node;
                let is_there = self.nodes.iter().any(|there| there.number == node);
                let is_right = !is_there || error.is_some() && self.faults + self.losses > 0;
                assert!(is_right, "the stream has ended: {error:?}");
                client.cut(&self.trace);
            }
        }
    }

    fn publish(&mut self, node: usize) {
        let topics = (0..1 + self.random.below(2)).map(|_| self.random.below(self.topic_count));
        let mut topics: Vec<_> = topics.collect();
        topics.dedup();
        self.numbers += 1;
        let number = self.numbers;
        let entry = Entry { number, topics };
        let padding = if self.random.percent(self.large) {
            9000
        } else {
            0
        };
        let event = Event::new(entry.data(padding));
        let mut publisher = Task::new(self.nodes[node].hub.publish(names(&entry), event));
        self.trace
            .note(|| format!("node {} publishes {entry:?}", self.nodes[node].number));
        assert!(
            publisher.poll().is_pending(),
            "a log outside the process takes time"
        );
        // A publisher may be dropped before its event is published.
        if self.random.percent(90) {
            self.publishers.push(publisher);
        }
    }

    fn poll_publishers(&mut self) {
        let trace = &self.trace;
        self.publishers.retain_mut(|publisher| {
            let polled = publisher.poll();
            if let Poll::Ready(result) = &polled {
                trace.note(|| format!("published: {result:?}"));
            }
            polled.is_pending()
        });
    }

    /// All faults end, every client comes back, and everything is delivered.
    fn finish(&mut self) {
        self.trace.note(|| "all faults end".to_owned());
        let mut times_quiet = 0;
        for round in 0.. {
            assert!(round < 2000, "the nodes never come to rest");
            self.clock.advance(Duration::from_millis(500));
            let mut is_quiet = !self.store.answer_all(|done| self.trace.note(|| done));
            self.poll_publishers();
            for at in 0..self.nodes.len() {
                is_quiet &= !self.nodes[at].driver.flag.is_set();
                self.poll_driver(at);
            }
            for at in 0..self.clients.len() {
                if self.clients[at].connection.is_none() {
                    is_quiet = false;
                    let node = self.random.below(self.nodes.len() as u64) as usize;
                    self.connect(at, node);
                }
                for polls in 0.. {
                    if !self.clients[at].is_ready() {
                        break;
                    }
                    assert!(polls < 500, "client {at} never comes to rest");
                    is_quiet = false;
                    self.poll(at, false);
                }
            }
            if is_quiet && times_quiet == 3 {
                break;
            }
            if is_quiet || round % 8 == 7 {
                // A subscription whose read has failed reads again after its node.
                self.store.answer_waiting(|done| self.trace.note(|| done));
                times_quiet += u32::from(is_quiet);
            }
        }
        let state = self.store.state();
        for client in &mut self.clients {
            let connection = client.connection.as_mut().expect("it is connected");
            let mut numbers = self.nodes.iter().map(|node| node.number);
            let is_there = numbers.any(|number| number == connection.node);
            assert!(is_there, "a stream goes on without a driver");
            let view = &state.nodes[connection.node].view;
            assert_eq!(
                view.head,
                state.history.life().head(),
                "the head of node {}",
                connection.node
            );
            connection.expected.has_everything(&state.history, view);
        }
    }
}
