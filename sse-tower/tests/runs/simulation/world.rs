//! One simulation: nodes, a store, runs and clients, and what goes wrong.

use std::{cell::RefCell, collections::BTreeSet, rc::Rc, sync::Arc, time::Duration};

use sse_tower::{
    LastEventId,
    runs::{RunErrorKind, RunId, Runs, RunsBuilder, Seal},
};
use tokio::{
    task::{JoinHandle, spawn_local},
    time::{Instant, sleep, timeout},
};

use super::{
    super::{
        random::Random,
        store::{SharedStore, millis},
        support::{Life, SECOND},
    },
    Trace,
    client::{Client, Outcome},
    producer::Plan,
};

/// Where the runs are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    Memory,
    Shared { faults: bool },
}

/// The number of clients by the seal that they got, to show that no case is missing.
#[derive(Debug, Default)]
pub(super) struct Seen {
    end: u64,
    stopped: u64,
    interrupted: u64,
    too_large: u64,
    failed: u64,
    /// Runs that had several seals, because the store has lost one.
    resealed: u64,
    clients: u64,
    events: usize,
}

impl Seen {
    fn count(&mut self, outcome: &Outcome) {
        *match outcome.seal {
            Seal::End => &mut self.end,
            Seal::Stopped => &mut self.stopped,
            Seal::Interrupted => &mut self.interrupted,
            Seal::TooLarge => &mut self.too_large,
            _ => &mut self.failed,
        } += 1;
        self.clients += 1;
        self.events += outcome.events;
    }

    /// Fails if a case did not occur.
    pub(super) fn check(&self, place: Where) {
        let Self {
            end,
            stopped,
            interrupted,
            too_large,
            failed,
            resealed,
            clients,
            events,
        } = self;
        for count in [end, stopped, interrupted, too_large, failed] {
            assert!(*count > 20, "{self:?}");
        }
        assert!(*events as u64 > 5 * clients, "{self:?}");
        let loses = place == Where::Shared { faults: true };
        assert_eq!(*resealed > 20, loses, "{self:?}");
    }
}

/// A run, and what became of it.
struct Run {
    number: usize,
    id: RunId,
    plan: Plan,
    node: usize,
    driver: JoinHandle<()>,
    life: Arc<Life>,
    max_events: usize,
    killed_at: Option<Instant>,
    stopped_at: Option<Instant>,
    has_clients: bool,
}

/// The longest time of a call in a simulation without failures, in milliseconds.
const SLOW: u64 = 100;

pub(super) async fn run(seed: u64, place: Where, seen: &mut Seen) {
    let trace = Trace::new(seed);
    let mut random = Random(seed);
    let has_faults = place == Where::Shared { faults: true };
    let store = SharedStore::new(random.next());
    if let Where::Shared { .. } = place {
        let slow = [0, SLOW / 10, SLOW][random.below(3) as usize];
        store.state().slowness = Duration::from_millis(slow);
    }
    if has_faults {
        store.state().slowness *= 4;
        store.state().faults = [0, 2, 10, 30][random.below(4) as usize];
    }
    let max_events = [1000, 1000, 5, 0][random.below(4) as usize];
    let builder = || -> RunsBuilder {
        Runs::builder()
            .max_events(max_events)
            .keep_for(1000 * SECOND)
    };
    let nodes: Vec<Runs> = match place {
        Where::Memory => vec![builder().build(); 2],
        Where::Shared { .. } => (0..3)
            .map(|node| builder().build_on(store.node(node)))
            .collect(),
    };
    let keyed: Vec<Runs> = nodes.iter().map(|node| node.of("user")).collect();
    let dead = Rc::new(RefCell::new(BTreeSet::new()));

    let mut runs = Vec::new();
    for number in 0..1 + random.below(2) as usize {
        let node = random.below(nodes.len() as u64) as usize;
        let plan = Plan::random(&mut random);
        let life = Arc::<Life>::default();
        let started = keyed[node].start(plan.stream(number, life.clone()));
        let Ok(run) = started.await else {
            trace.note("a run cannot be started");
            continue;
        };
        let id = run.id();
        trace.note(format!("run {number} starts on node {node}: {plan:?}"));
        let steps = trace.clone();
        let driver = spawn_local(async move {
            let ended = run.drive().await;
            steps.note(format!("the driver of run {number} returns {ended:?}"));
        });
        runs.push(Run {
            number,
            id,
            plan,
            node,
            driver,
            life,
            max_events: max_events as usize,
            killed_at: None,
            stopped_at: None,
            has_clients: false,
        });
    }

    let mut clients = Vec::new();
    for name in 0..1 + random.below(4) as usize {
        let at = name % runs.len().max(1);
        let Some(run) = runs.get_mut(at) else {
            continue;
        };
        run.has_clients = true;
        let client = Client {
            name,
            run: run.number,
            id: run.id,
            nodes: keyed.clone(),
            dead: dead.clone(),
            random: Random(random.next()),
            trace: trace.clone(),
        };
        clients.push((run.number, spawn_local(client.follow())));
    }

    let mut disturbed = false;
    for _ in 0..random.below(5) {
        sleep(millis(&mut random, 8000)).await;
        let Some(at) = (!runs.is_empty()).then(|| random.below(runs.len() as u64) as usize) else {
            break;
        };
        let run = &mut runs[at];
        let node = random.below(nodes.len() as u64) as usize;
        match random.below(if has_faults { 7 } else { 4 }) {
            0 => {
                trace.note(format!("the producer of run {} is killed", run.number));
                run.kill();
            }
            1 => {
                let (producer, id) = (run.node, run.id);
                if place != Where::Memory
                    && dead.borrow().len() < 2
                    && !dead.borrow().contains(&node)
                {
                    trace.note(format!("node {node} is killed"));
                    dead.borrow_mut().insert(node);
                    for run in runs.iter_mut().filter(|run| run.node == node) {
                        run.kill();
                    }
                } else {
                    // Somebody who looks changes nothing.
                    trace.note(format!("run {id} of node {producer} is looked at"));
                    let _status = keyed[node].status(id).await;
                }
            }
            2 if !dead.borrow().contains(&node) => {
                trace.note(format!("run {} is stopped on node {node}", run.number));
                match keyed[node].stop(run.id).await {
                    Ok(seal) => {
                        trace.note(format!("it was {seal}"));
                        run.stopped_at.get_or_insert(Instant::now());
                    }
                    Err(error) => {
                        trace.note(format!("it cannot be stopped: {error}"));
                        disturbed = true;
                    }
                }
            }
            2 | 3 => {
                for other in [&nodes[node], &nodes[node].of("other")] {
                    let error = other.follow(run.id, LastEventId::none()).await.unwrap_err();
                    let kind = error.kind();
                    let is_refused = kind == RunErrorKind::NotFound;
                    assert!(is_refused || has_faults && kind == RunErrorKind::Unavailable);
                }
            }
            4 | 5 => {
                disturbed = true;
                let share = random.below(101);
                trace.note(format!("the store keeps {share} % of run {}", run.number));
                store.lose(run.id, share);
            }
            _ => {
                disturbed = true;
                trace.note(format!("node {node} is cut off from the store"));
                store.state().cut.push(node);
                let (store, trace, time) =
                    (store.clone(), trace.clone(), millis(&mut random, 25_000));
                spawn_local(async move {
                    sleep(time).await;
                    trace.note(format!("node {node} reaches the store again"));
                    store.state().cut.retain(|cut| *cut != node);
                });
            }
        }
    }
    disturbed |= store.state().faults > 0;
    // Long runs go on; failures do not.
    sleep(30 * SECOND).await;
    store.state().faults = 0;

    for (number, client) in clients {
        let outcome = timeout(3600 * SECOND, client).await;
        let outcome = outcome.expect("each client gets an end").unwrap();
        trace.note(format!("a client of run {number} has {outcome:?}"));
        seen.count(&outcome);
        let run = runs.iter().find(|run| run.number == number).unwrap();
        run.check(&outcome, &store, place);
    }
    let dead = dead.borrow().clone();
    for run in &mut runs {
        // A killed one ends with an error.
        let ended = timeout(3600 * SECOND, &mut run.driver).await;
        let _killed = ended.expect("each driver ends");
        run.check_driver(&keyed, &dead, &store, place, disturbed, seen)
            .await;
    }
    sleep(1100 * SECOND).await;
    for run in &runs {
        let error = keyed[0]
            .follow(run.id, LastEventId::none())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), RunErrorKind::NotFound, "its time is over");
    }
}

impl Run {
    fn kill(&mut self) {
        if !self.driver.is_finished() {
            self.driver.abort();
            self.killed_at.get_or_insert(Instant::now());
        }
    }

    /// Checks what a client has in the end.
    fn check(&self, outcome: &Outcome, store: &SharedStore, place: Where) {
        let Outcome { events, seal, at } = *outcome;
        let produced = self.plan.pauses.len();
        match seal {
            Seal::End => {
                assert_eq!(events, produced);
                assert!(!self.plan.fails);
            }
            Seal::Failed => {
                assert_eq!(events, produced);
                assert!(self.plan.fails);
            }
            Seal::TooLarge => assert_eq!(events, self.max_events),
            Seal::Stopped => {
                assert!(self.stopped_at.is_some() || place == Where::Shared { faults: true })
            }
            _ => assert!(events <= produced),
        }
        if place == Where::Memory {
            return;
        }
        let seals = store.seals(self.id);
        assert!(seals.iter().any(|(sealed, _)| *sealed == seal), "{seals:?}");
        if seals.len() == 1 {
            assert!(events >= store.length(self.id), "events are missing");
            assert!(seals[0].1 <= at);
        }
    }

    /// Checks how the run has ended.
    async fn check_driver(
        &self,
        nodes: &[Runs],
        dead: &BTreeSet<usize>,
        store: &SharedStore,
        place: Where,
        disturbed: bool,
        seen: &mut Seen,
    ) {
        let node = (0..nodes.len()).find(|node| !dead.contains(node));
        let status = nodes[node.unwrap_or(0)].status(self.id).await;
        let seal = status.unwrap().seal();
        assert!(seal.is_some(), "each run ends");
        assert!(self.life.dropped().is_some(), "the stream is dropped");
        if place == Where::Memory {
            return;
        }
        let seals = store.seals(self.id);
        seen.resealed += u64::from(seals.len() > 1);
        if disturbed {
            return;
        }
        // Without failures, times are exact, except for slow calls.
        let slow = Duration::from_millis(6 * SLOW);
        assert!(seals.len() <= 1);
        let Some((seal, sealed_at)) = seals.first().copied() else {
            return;
        };
        if seal == Seal::Interrupted {
            let killed_at = self.killed_at.expect("only a kill interrupts");
            let time = sealed_at - killed_at;
            if self.has_clients {
                // They may be away for a moment.
                assert!(time <= (20 + 4) * SECOND, "{time:?} after the death");
            }
            assert!(
                time + 5 * SECOND + slow >= 15 * SECOND,
                "{time:?} is too early"
            );
        }
        if seal == Seal::Stopped && self.killed_at.is_none() {
            let dropped = self.life.dropped().expect("it is dropped");
            let time = dropped.saturating_duration_since(sealed_at);
            assert!(time <= 5 * SECOND + slow, "{time:?} after the stop");
        }
    }
}
