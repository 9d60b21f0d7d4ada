//! Judges logs with the suite of sse-conformance.
//!
//! The suite's calls block, so [`judged`] runs the futures of a [`Log`] on a runtime. The suite has threads and real
//! time. No verdict on a right log depends on its speed, as long as each call ends within the stated time.

use std::time::Duration;

use sse_conformance::suite::{
    Options, Report,
    log::{self as suite, Action, Answer, AppendError},
};
use sse_tower::hub::{
    PublishError, PublishErrorKind, Topic,
    log::{Appended, Log, LogName, NewEntry, Page, StoredEntry},
};
use tokio::runtime::Handle;

/// A log, as the suite calls it.
struct Adapter<L, C> {
    log: L,
    runtime: Handle,
    max_call_time: Duration,
    control: C,
}

/// Judges a log whose futures run on a runtime with several threads. `control` does what the suite asks of a harness,
/// or answers [`Answer::Unsupported`].
pub(crate) fn judged(
    runtime: &Handle,
    log: impl Log + 'static,
    max_call_time: Duration,
    control: impl Fn(&Action<'_>) -> Result<Answer, String> + Send + Sync + 'static,
) -> Report {
    let options = Options::from_env().expect("valid variables");
    let runtime = runtime.clone();
    let adapter = Adapter {
        log,
        runtime,
        max_call_time,
        control,
    };
    suite::run(&options, adapter)
}

impl<L, C> suite::Log for Adapter<L, C>
where
    L: Log + 'static,
    C: Fn(&Action<'_>) -> Result<Answer, String> + Send + Sync + 'static,
{
    fn append(
        &self,
        log: &str,
        entries: &[suite::NewEntry],
    ) -> Vec<Result<suite::Appended, AppendError>> {
        let entries = entries.iter().map(new_entry).collect();
        let results = self.log.append(&LogName::new(log), entries);
        let results = self.runtime.block_on(results).into_iter();
        let appended = |place: Appended| suite::Appended {
            epoch: place.epoch,
            position: place.position,
            check: place.check,
        };
        results
            .map(|result| result.map(appended).map_err(append_error))
            .collect()
    }

    fn read(&self, log: &str, from: u64) -> Result<suite::Page, String> {
        let page = self.log.read(&LogName::new(log), from);
        self.runtime.block_on(page).map(self::page).map_err(text)
    }

    fn tail(&self, log: &str, after: Option<u64>) -> Result<suite::Page, String> {
        let page = self.log.tail(&LogName::new(log), after);
        self.runtime.block_on(page).map(self::page).map_err(text)
    }

    fn control(&self, action: &Action<'_>) -> Result<Answer, String> {
        (self.control)(action)
    }

    fn max_call_time(&self) -> Duration {
        self.max_call_time
    }
}

fn new_entry(entry: &suite::NewEntry) -> NewEntry {
    let topics = entry.topics.iter().map(String::as_str);
    let topics = topics.map(|topic| Topic::new(topic).expect("a valid topic"));
    NewEntry::new(topics.collect(), entry.text.clone(), entry.check)
}

fn append_error(error: PublishError) -> AppendError {
    match error.kind() {
        PublishErrorKind::NotPublished => AppendError::NotAppended(text(error)),
        _ => AppendError::Unknown(text(error)),
    }
}

fn page(page: Page) -> suite::Page {
    let entry = |entry: StoredEntry| suite::StoredEntry {
        position: entry.position,
        check: entry.check,
        topics: entry
            .topics
            .iter()
            .map(|topic| topic.as_str().to_owned())
            .collect(),
        text: entry.text,
    };
    suite::Page {
        epoch: page.epoch,
        floor: page.floor,
        head: page.head,
        check_before: page.check_before,
        entries: page.entries.into_iter().map(entry).collect(),
    }
}

/// Returns an error and its causes.
fn text(error: impl std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    let causes = causes.map(|cause| format!(": {cause}"));
    error.to_string() + &causes.collect::<String>()
}
