//! Runs cases, one after the other or several at a time.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use crate::suite::case::Case;
use crate::suite::options::Options;
#[cfg(feature = "server")]
use crate::wire::log;

/// Runs every item of `work` and passes each case to `watch`, in order, as soon as it and all cases
/// before it are finished. Stops when `watch` breaks.
///
/// With one job, everything runs on the calling thread, because the testee may need its stack.
pub(crate) fn each<T: Sync>(
    options: &Options,
    work: &[T],
    run: impl Fn(&T) -> Case + Sync,
    watch: &mut dyn FnMut(&Case) -> ControlFlow<()>,
) -> Vec<Case> {
    let run = |item: &T| {
        let start = Instant::now();
        let mut case = logged(|| run(item));
        case.duration = start.elapsed();
        case
    };
    let jobs = options.jobs.min(work.len());
    if jobs <= 1 {
        let mut done = Vec::new();
        for item in work {
            let case = run(item);
            let flow = watch(&case);
            done.push(case);
            if flow.is_break() {
                break;
            }
        }
        return done;
    }
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..jobs {
            let (next, run, sender) = (&next, &run, sender.clone());
            scope.spawn(move || {
                while let index = next.fetch_add(1, Ordering::Relaxed)
                    && let Some(item) = work.get(index)
                {
                    // The receiver is gone once the run was stopped.
                    if sender.send((index, run(item))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        in_order(work.len(), receiver, watch)
    })
}

/// Runs a case, and attaches the wire log if the case did not pass.
#[cfg(feature = "server")]
fn logged(run: impl FnOnce() -> Case) -> Case {
    let (mut case, log) = log::recorded(run);
    if case.failure.is_some() {
        case.log = log.entries();
    }
    case
}

#[cfg(not(feature = "server"))]
fn logged(run: impl FnOnce() -> Case) -> Case {
    run()
}

fn in_order(
    count: usize,
    cases: mpsc::Receiver<(usize, Case)>,
    watch: &mut dyn FnMut(&Case) -> ControlFlow<()>,
) -> Vec<Case> {
    let mut waiting: Vec<Option<Case>> = (0..count).map(|_| None).collect();
    let mut done = Vec::with_capacity(count);
    for (index, case) in cases {
        waiting[index] = Some(case);
        while let Some(case) = waiting.get_mut(done.len()).and_then(Option::take) {
            let flow = watch(&case);
            done.push(case);
            if flow.is_break() {
                return done;
            }
        }
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{Level, Rule, Section};

    #[test]
    fn cases_come_in_order_whatever_the_jobs() {
        let work: Vec<usize> = (0..100).collect();
        for jobs in [0, 1, 3, 200] {
            let options = Options {
                jobs,
                ..Options::default()
            };
            let run = |index: &usize| {
                let rule = Rule::new(&index.to_string(), Level::Must, Section::Practice, "");
                Case::new(rule).ended(None)
            };
            let mut watched = Vec::new();
            let mut watch = |case: &Case| {
                watched.push(case.clone());
                ControlFlow::Continue(())
            };
            let cases = each(&options, &work, run, &mut watch);
            let ids: Vec<String> = cases.iter().map(|case| case.rule.id.clone()).collect();
            let expected: Vec<String> = work.iter().map(usize::to_string).collect();
            assert_eq!(ids, expected);
            assert_eq!(watched, cases);
        }
    }

    #[test]
    fn a_run_is_stopped_after_a_case() {
        let work: Vec<usize> = (0..100).collect();
        for jobs in [1, 3] {
            let options = Options {
                jobs,
                ..Options::default()
            };
            let run = |index: &usize| {
                let rule = Rule::new(&index.to_string(), Level::Must, Section::Practice, "");
                Case::new(rule).ended(None)
            };
            let cases = each(&options, &work, run, &mut |case| match case.id() {
                "7" => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            });
            let ids: Vec<&str> = cases.iter().map(Case::id).collect();
            assert_eq!(ids, ["0", "1", "2", "3", "4", "5", "6", "7"]);
        }
    }
}
