//! Running cases, one after the other or several at a time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use super::{Case, Options};

/// Runs every item of `work` and hands each case to `watch`, in order, as soon as it and those
/// before it are there.
///
/// With one job everything happens on the calling thread, whose stack the testee may count on.
pub(crate) fn each<T: Sync>(
    options: &Options,
    work: &[T],
    run: impl Fn(&T) -> Case + Sync,
    watch: &mut dyn FnMut(&Case),
) -> Vec<Case> {
    let jobs = options.jobs.min(work.len());
    if jobs <= 1 {
        return work
            .iter()
            .map(|item| {
                let case = run(item);
                watch(&case);
                case
            })
            .collect();
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
                    // The receiver outlives the scope.
                    let _ = sender.send((index, run(item)));
                }
            });
        }
        drop(sender);
        in_order(work.len(), receiver, watch)
    })
}

fn in_order(
    count: usize,
    cases: mpsc::Receiver<(usize, Case)>,
    watch: &mut dyn FnMut(&Case),
) -> Vec<Case> {
    let mut waiting: Vec<Option<Case>> = (0..count).map(|_| None).collect();
    let mut done = Vec::with_capacity(count);
    for (index, case) in cases {
        waiting[index] = Some(case);
        while let Some(case) = waiting.get_mut(done.len()).and_then(Option::take) {
            watch(&case);
            done.push(case);
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
            let cases = each(&options, &work, run, &mut |case| watched.push(case.clone()));
            let ids: Vec<String> = cases.iter().map(|case| case.rule.id.clone()).collect();
            let expected: Vec<String> = work.iter().map(usize::to_string).collect();
            assert_eq!(ids, expected);
            assert_eq!(watched, cases);
        }
    }
}
