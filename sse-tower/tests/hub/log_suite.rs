//! The suite for logs judges the stores of the simulation.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sse_conformance::suite::{
    Case, Report, Verdict,
    log::{Action, Answer},
};
use sse_tower::hub::{
    PublishError,
    log::{Appended, Log, LogError, LogFuture, LogName, NewEntry, Page},
};
use tokio::time::timeout;

use crate::{
    log_adapter::judged,
    random::Random,
    simulation::{history::Entry, store::Store},
};

/// The stores of the simulation, one for each log.
#[derive(Clone)]
struct Stores {
    stores: Arc<Mutex<HashMap<LogName, Store>>>,
    /// The number of entries that an answer has at most.
    part: usize,
}

/// The time after which a tail of a quiet log ends.
const QUIET: Duration = Duration::from_millis(60);

impl Stores {
    fn new(part: usize) -> Self {
        let stores = Arc::default();
        Self { stores, part }
    }

    fn store(&self, log: &LogName) -> Store {
        let mut stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        let entry_of = |_: &NewEntry| Entry {
            number: 0,
            topics: Vec::new(),
        };
        let new = || Store::new(Random(1), self.part, 0, entry_of).of_new_node(1000);
        stores.entry(log.clone()).or_insert_with(new).clone()
    }

    fn lengths(&self) -> HashMap<LogName, u64> {
        let stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        let length = |store: &Store| store.state().history.life().head();
        stores
            .iter()
            .map(|(log, store)| (log.clone(), length(store)))
            .collect()
    }
}

impl Log for Stores {
    fn append(
        &self,
        log: &LogName,
        entries: Vec<NewEntry>,
    ) -> LogFuture<Vec<Result<Appended, PublishError>>> {
        let store = self.store(log);
        let results = store.append(log, entries);
        store.answer_all(drop);
        results
    }

    fn read(&self, log: &LogName, from: u64) -> LogFuture<Result<Page, LogError>> {
        let store = self.store(log);
        let page = store.read(log, from);
        store.answer_all(drop);
        page
    }

    fn tail(&self, log: &LogName, after: Option<u64>) -> LogFuture<Result<Page, LogError>> {
        let store = self.store(log);
        let page = store.tail(log, after);
        store.answer_all(drop);
        Box::pin(async move {
            match timeout(QUIET, page).await {
                Ok(page) => page,
                Err(_) => {
                    let from = after.map_or(u64::MAX, |after| after.saturating_add(1));
                    store.state().page(from, after, false)
                }
            }
        })
    }
}

impl fmt::Debug for Stores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stores").finish_non_exhaustive()
    }
}

/// Judges the stores of the simulation. They notice a loss by themselves, or leave that to the check bits.
fn judged_simulation(part: usize, is_noticed: bool) -> Report {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let stores = Stores::new(part);
    let controlled = stores.clone();
    let saved = Mutex::new(HashMap::new());
    let control = move |action: &Action<'_>| {
        let shrink = |log: &LogName, length: u64, is_noticed: bool| {
            let store = controlled.store(log);
            store.state().shrink(length, is_noticed);
            store.answer_all(drop);
        };
        let mut saved = saved.lock().unwrap_or_else(PoisonError::into_inner);
        match *action {
            Action::Trim { log, floor } => {
                let store = controlled.store(&LogName::new(log));
                let mut state = store.state();
                let count = floor - state.history.life().floor;
                state.trim(count, std::iter::empty());
            }
            // The simulation's logs always notice that they were deleted.
            Action::Delete { log } => shrink(&LogName::new(log), 0, true),
            Action::Save => *saved = controlled.lengths(),
            Action::Restore => {
                for (log, length) in controlled.lengths() {
                    let kept = saved.get(&log).copied().unwrap_or(0);
                    if kept < length {
                        shrink(&log, kept, is_noticed);
                    }
                }
            }
            _ => return Ok(Answer::Unsupported),
        }
        Ok(Answer::Done)
    };
    judged(runtime.handle(), stores, Duration::from_secs(10), control)
}

#[test]
fn stores_of_the_simulation_pass() {
    for part in [1, 7, 1000] {
        let report = judged_simulation(part, true);
        println!("{report}");
        let counts = report.counts();
        assert_eq!((counts.fail, counts.warn), (0, 0), "{report}");
    }
}

#[test]
fn stores_that_do_not_notice_a_loss_show_it_by_check_bits() {
    let report = judged_simulation(1000, false);
    println!("{report}");
    assert_eq!(report.counts().fail, 0, "{report}");
    let warned = report
        .cases()
        .iter()
        .filter(|case| case.verdict == Verdict::Warn);
    assert!(warned.map(Case::id).all(|id| id == "log/restored/epoch"));
}
