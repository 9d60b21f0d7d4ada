//! Runs the suite against a server.

use std::collections::hash_map::RandomState;
use std::future::pending;
use std::hash::BuildHasher;
use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::mpsc;
use std::thread;
use std::time::{Instant, SystemTime};

use futures_util::future::{Either, select};
use futures_util::{StreamExt, stream as several};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::driver::capability::Capability;
use crate::driver::target::Target;
use crate::driver::unreachable::Unreachable;
use crate::rule::Rule;
use crate::suite::case::{Case, Failure};
use crate::suite::options::Options;
use crate::suite::report::Report;
use crate::suite::server::cases::row::Row;
use crate::suite::server::cases::table;
use crate::suite::server::judges::judged::{Judged, Unmet};
use crate::suite::server::lacking::{Lacking, lacking};
use crate::suite::server::observation::seen::{Observation, Seen};
use crate::suite::server::observe::observer::Observer;
use crate::suite::server::scenes::resume::resuming_is_supported;
use crate::suite::server::scenes::scene::Scene;
use crate::text::seconds;
use crate::wire::log::{self, Log};

/// Runs the suite against a server.
///
/// Equal options run the same cases. But the published events carry tokens that differ in each run,
/// because a server may still have the events of the last run.
///
/// # Errors
///
/// Fails if the server or its control hook cannot be reached, or if one of them is on another
/// machine although the target does not allow that.
pub fn run(options: &Options, target: &Target) -> Result<Report, Unreachable> {
    run_watched(options, target, &mut |_| ControlFlow::Continue(()))
}

/// Like [`run`], and passes each case to `watch` as soon as it is finished, in the order of the
/// scenes. If `watch` breaks, the run ends with that case.
///
/// # Errors
///
/// Fails like [`run`].
pub fn run_watched(
    options: &Options,
    target: &Target,
    watch: &mut dyn FnMut(&Case) -> ControlFlow<()>,
) -> Result<Report, Unreachable> {
    let (sender, receiver) = mpsc::channel();
    let started = SystemTime::now();
    let stop = Notify::new();
    // The suite gets its own thread, so that this function may be called inside a runtime.
    let mut cases = thread::scope(|scope| {
        let suite = scope.spawn(|| play(options, target, &stop, sender));
        let mut cases = Vec::new();
        for case in receiver {
            let flow = watch(&case);
            cases.push(case);
            if flow.is_break() {
                stop.notify_one();
                break;
            }
        }
        suite
            .join()
            .unwrap_or_else(|_| {
                let why = "the suite itself failed: please report it".to_owned();
                Err(Unreachable::Silent(why))
            })
            .map(|()| cases)
    })?;
    let place = |case: &Case| table::all().position(|row| row.id == case.rule.id);
    cases.sort_by_key(place);
    let selected = table::all().filter(|row| options.selects(&row.rule()));
    let mut report = Report::new("server", options, started, selected.count(), cases);
    report.set_testee(Some(&target.url));
    Ok(report)
}

impl Row {
    fn rule(&self) -> Rule {
        Rule::new(self.id, self.level, self.section, self.rule)
            .with_steps(self.scene.steps())
            .with_expectation(self.expects)
            .with_clause(self.part)
            .for_those_with(self.needs.map(Capability::name))
    }
}

fn play(
    options: &Options,
    target: &Target,
    stop: &Notify,
    done: mpsc::Sender<Case>,
) -> Result<(), Unreachable> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Unreachable::Silent(format!("no runtime: {error}")))?;
    let nonce = RandomState::new().hash_one(options.seed) as u32;
    let played = runtime.block_on(async {
        let (observer, found) = log::scoped(Observer::find(target, options.timeout, nonce)).await;
        let observer = observer?;
        let rows: Vec<&Row> = table::all()
            .filter(|row| options.selects(&row.rule()))
            .collect();
        let mut scenes: Vec<Scene> = Vec::new();
        for row in &rows {
            if !scenes.contains(&row.scene) {
                scenes.push(row.scene);
            }
        }
        let (loud, mut quiet): (Vec<_>, Vec<_>) =
            scenes.into_iter().partition(|scene| scene.publishes());
        // The idle stream begins first because it takes longest.
        quiet.sort_by_key(|scene| *scene != Scene::Idle);
        let run = Run {
            observer,
            found,
            rows,
            done,
        };
        let scenes = async {
            run.scenes(&quiet, options.jobs).await;
            run.scenes(&loud, 1).await;
        };
        select(pin!(scenes), pin!(stop.notified())).await;
        Ok(())
    });
    // A call of the control hook that never returns is abandoned.
    runtime.shutdown_background();
    played
}

/// The data that all scenes of a run share.
struct Run<'r> {
    observer: Observer<'r>,
    /// The wire log of the search for the server, including redirects.
    found: Log,
    rows: Vec<&'static Row>,
    done: mpsc::Sender<Case>,
}

impl Run<'_> {
    /// Plays scenes, `jobs` of them at the same time.
    async fn scenes(&self, scenes: &[Scene], jobs: usize) {
        several::iter(scenes)
            .for_each_concurrent(jobs.max(1), |scene| self.scene(*scene))
            .await;
    }

    /// Plays a scene and judges the observation.
    async fn scene(&self, scene: Scene) {
        let start = Instant::now();
        let (seen, log) = log::scoped(self.seen(scene)).await;
        // The redirects were followed before the first scene.
        let log = match scene {
            Scene::Redirected => &self.found,
            _ => &log,
        };
        let duration = start.elapsed();
        for row in self.rows.iter().filter(|row| row.scene == scene) {
            let mut case = self.judged(row, &seen, log).await;
            case.duration = duration;
            if case.failure.is_some() {
                case.log = log.entries();
            }
            // The receiver is gone only once the run is over.
            let _ = self.done.send(case);
        }
    }

    async fn seen(&self, scene: Scene) -> Seen {
        let observer = &self.observer;
        if scene.publishes()
            && scene != Scene::OneByOne
            && observer.learned().delivers == Some(false)
        {
            // One case reports this. All others would wait for each event in vain.
            return Err(lacking(
                Capability::Publish,
                "published events do not arrive",
            ));
        }
        let is_always_played = scene.is_always_played();
        if observer.delays.are_too_long() && !is_always_played {
            return Err(lacking(Capability::Publish, observer.delays.reason()));
        }
        // Each step has its own limit, but a server may be slow in all of them.
        let limit = observer.target.idle + 30 * observer.patience();
        let hopeless = async {
            // The cases about single events report how late the events are.
            match is_always_played || scene == Scene::OneByOne {
                true => pending().await,
                false => observer.delays.until_too_long().await,
            }
        };
        let played = timeout(limit, scene.play(observer));
        let why = match select(pin!(hopeless), pin!(played)).await {
            Either::Right((Ok(seen), _)) => return seen,
            Either::Right((Err(_), _)) => {
                format!("the scene did not end within {}", seconds(limit))
            }
            Either::Left(_) => observer.delays.reason(),
        };
        Err(lacking(Capability::Publish, why))
    }

    async fn judged(&self, row: &Row, seen: &Seen, log: &Log) -> Case {
        let case = Case::new(row.rule());
        let failure = match self.judgement(row, seen).await {
            Ok(()) => return case,
            Err(Unmet::Lacks(lacking)) if !self.requires(row, &lacking) => {
                return case.unsupported(lacking.why);
            }
            Err(Unmet::Lacks(lacking)) => Failure {
                what: format!("it is required, but missing: {}", lacking.why),
                given: given(seen, log),
                chunking: None,
                expected: row.needs.map_or("", Capability::name).to_owned(),
                seen: lacking.why,
            },
            Err(Unmet::Wrong {
                what,
                expected,
                seen: found,
            }) => Failure {
                what,
                given: given(seen, log),
                chunking: None,
                expected,
                seen: found,
            },
        };
        case.ended(Some(failure))
    }

    /// Returns whether the target requires the capability that a case is about.
    fn requires(&self, row: &Row, lacking: &Lacking) -> bool {
        let required = &self.observer.target.required;
        let is_required = |capability| required.contains(&capability);
        row.needs == lacking.capability && lacking.capability.is_some_and(is_required)
    }

    async fn judgement(&self, row: &Row, seen: &Seen) -> Judged {
        // One scene finds out whether a server resumes, and its cases report that themselves.
        let finds_out = [Scene::Resumed, Scene::LetterCase].contains(&row.scene);
        if row.needs == Some(Capability::Resume) && !finds_out && seen.is_ok() {
            Box::pin(resuming_is_supported(&self.observer))
                .await
                .map_err(Unmet::Lacks)?;
        }
        let seen = seen
            .as_ref()
            .map_err(|lacking| Unmet::Lacks(lacking.clone()))?;
        (row.judge)(seen)
    }
}

/// Returns the requests of a scene as command lines, and the number of published events.
fn given(seen: &Seen, log: &Log) -> String {
    const SHOWN: usize = 3;
    let requests = log.requests();
    let mut given: Vec<String> = requests.iter().take(SHOWN).cloned().collect();
    if requests.len() > SHOWN {
        given.push(format!("{} more requests", requests.len() - SHOWN));
    }
    given.extend(seen.as_ref().ok().and_then(Observation::published));
    given.join(" ; ")
}

/// Returns the rules of all cases.
pub fn rules() -> Vec<Rule> {
    table::all().map(Row::rule).collect()
}
