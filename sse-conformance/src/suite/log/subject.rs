//! A log under test, as the cases call it.

use std::collections::VecDeque;
use std::fmt::Display;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::suite::log::adapter::{
    Action, Answer, AppendError, Appended, Log, NewEntry, Page, StoredEntry,
};
use crate::suite::log::call::{Call, Ended};
use crate::suite::log::judged::{Judged, Unmet, ensure, wrong};
use crate::text::{brief, seconds};

/// A store, for one case.
#[derive(Clone)]
pub(crate) struct Subject {
    log: Arc<dyn Log>,
    limit: Duration,
    /// The beginning of the names of logs. It differs for each case and each run, because a store may still have
    /// the logs of the last run.
    prefix: String,
    next_log: Arc<AtomicU32>,
    next_entry: Arc<AtomicU32>,
    trace: Arc<Mutex<Trace>>,
}

/// The most recent calls of a case and their answers, for its report.
#[derive(Debug, Default)]
struct Trace {
    calls: VecDeque<String>,
    dropped: usize,
}

/// One log of a store.
#[derive(Clone)]
pub(crate) struct Journal {
    subject: Subject,
    name: Arc<str>,
    /// The name in reports.
    title: String,
}

pub(crate) type Results = Vec<Result<Appended, AppendError>>;

/// The time that an action of the harness may take.
const ACTION_LIMIT: Duration = Duration::from_secs(60);

impl Subject {
    pub(crate) fn new(log: Arc<dyn Log>, prefix: String) -> Self {
        let limit = log.max_call_time();
        Self {
            log,
            limit,
            prefix,
            next_log: Arc::default(),
            next_entry: Arc::default(),
            trace: Arc::default(),
        }
    }

    /// Returns the time within which each call must return.
    pub(crate) fn limit(&self) -> Duration {
        self.limit
    }

    /// Returns a log that is still empty.
    pub(crate) fn empty(&self) -> Journal {
        let number = self.next_log.fetch_add(1, Ordering::Relaxed) + 1;
        self.journal(format!("{}-{number}", self.prefix), format!("log {number}"))
    }

    /// Returns a log that is still empty, and whose name ends in this text.
    pub(crate) fn named(&self, end: &str) -> Journal {
        self.journal(format!("{}-{end}", self.prefix), format!("log {end:?}"))
    }

    fn journal(&self, name: String, title: String) -> Journal {
        Journal {
            subject: self.clone(),
            name: name.into(),
            title,
        }
    }

    /// Returns a log and the entries that were appended to it.
    pub(crate) fn filled(
        &self,
        count: usize,
    ) -> Result<(Journal, Vec<NewEntry>, Vec<Appended>), Unmet> {
        let journal = self.empty();
        let entries = self.entries(count);
        let appended = journal.append_all(&entries)?;
        Ok((journal, entries, appended))
    }

    /// Makes entries. All entries of a case differ in their text and their check bits.
    pub(crate) fn entries(&self, count: usize) -> Vec<NewEntry> {
        let entry = |_| {
            let number = self.next_entry.fetch_add(1, Ordering::Relaxed);
            NewEntry {
                topics: vec!["topic".to_owned()],
                text: format!("data: {number}"),
                // The multiplication is a bijection that spreads the numbers.
                check: (number + 1).wrapping_mul(0x9E37_79B9),
            }
        };
        (0..count).map(entry).collect()
    }

    pub(crate) fn entry_of(&self, topics: Vec<String>, text: String) -> NewEntry {
        let mut entries = self.entries(1);
        let check = entries.remove(0).check;
        NewEntry {
            topics,
            text,
            check,
        }
    }

    /// Has the harness do something to the whole store.
    pub(crate) fn control(&self, action: Action<'static>) -> Judged {
        self.act(action.name(), move |log| log.control(&action))
    }

    /// Has the harness do something after which connections may be broken, and waits until calls succeed again.
    ///
    /// The calls are to a log of their own, so that nothing notices a loss in the log of the case.
    pub(crate) fn control_and_settle(&self, action: Action<'static>) -> Judged {
        self.control(action)?;
        self.settle(action.name())
    }

    /// Waits until each kind of call succeeds. Reports do not show the attempts.
    pub(crate) fn settle(&self, action: &str) -> Judged {
        let deadline = Instant::now() + 2 * self.limit;
        let unseen = Self {
            trace: Arc::default(),
            ..self.clone()
        };
        let journal = unseen.named("settled");
        loop {
            let attempt = || {
                journal.append_all(&self.entries(1))?;
                journal.read(1)?;
                journal.tail(None)?;
                journal.tail(Some(0))
            };
            let error = match attempt() {
                Ok(_) => return Ok(()),
                Err(Unmet::Wrong(wrong)) => wrong.seen,
                Err(unmet) => return Err(unmet),
            };
            ensure(
                Instant::now() < deadline,
                &format!("calls still fail after `{action}`"),
                format!("calls that succeed within {}", seconds(2 * self.limit)),
                || error,
            )?;
            thread::sleep(Duration::from_millis(30));
        }
    }

    fn act(
        &self,
        name: &'static str,
        run: impl FnOnce(&dyn Log) -> Result<Answer, String> + Send + 'static,
    ) -> Judged {
        let log = self.log.clone();
        let call = Call::begin(name.to_owned(), ACTION_LIMIT, move || run(&*log));
        let answer = call.end()?.value;
        self.note(|| name.to_owned());
        match answer {
            Ok(Answer::Done) => Ok(()),
            Ok(Answer::Unsupported) => {
                Err(Unmet::Lacks(format!("the harness has no action `{name}`")))
            }
            Err(why) => Err(wrong(
                format!("the action `{name}` failed"),
                "the action is done",
                why,
            )),
        }
    }

    fn note(&self, text: impl FnOnce() -> String) {
        const KEPT: usize = 6;
        let mut trace = self.trace.lock().unwrap_or_else(PoisonError::into_inner);
        trace.calls.push_back(text());
        if trace.calls.len() > KEPT {
            trace.calls.pop_front();
            trace.dropped += 1;
        }
    }

    /// Returns the most recent calls and their answers.
    pub(crate) fn given(&self) -> String {
        let trace = self.trace.lock().unwrap_or_else(PoisonError::into_inner);
        let dropped = (trace.dropped > 0).then(|| format!("{} more calls", trace.dropped));
        let calls = dropped.iter().chain(&trace.calls);
        brief(&calls.cloned().collect::<Vec<_>>().join(" ; "))
    }
}

impl Journal {
    fn begin<T: Send + 'static>(
        &self,
        what: impl Display,
        run: impl FnOnce(&dyn Log, &str) -> T + Send + 'static,
    ) -> Call<T> {
        let (log, name) = (self.subject.log.clone(), self.name.clone());
        let what = format!("{what} {}", self.title);
        Call::begin(what, self.subject.limit, move || run(&*log, &name))
    }

    /// Returns the time within which each call must return.
    pub(crate) fn limit(&self) -> Duration {
        self.subject.limit
    }

    /// Begins to append entries.
    pub(crate) fn begin_append(&self, entries: &[NewEntry]) -> Call<Results> {
        let entries = entries.to_vec();
        let what = format!("append {} to", entries.len());
        self.begin(what, move |log, name| log.append(name, &entries))
    }

    pub(crate) fn begin_read(&self, from: u64) -> Call<Result<Page, String>> {
        self.begin("read", move |log, name| log.read(name, from))
    }

    pub(crate) fn begin_tail(&self, after: Option<u64>) -> Call<Result<Page, String>> {
        self.begin("tail", move |log, name| log.tail(name, after))
    }

    /// Appends entries and returns the result of each.
    pub(crate) fn append(&self, entries: &[NewEntry]) -> Result<Results, Unmet> {
        let results = self.begin_append(entries).end()?.value;
        let (count, title) = (entries.len(), &self.title);
        self.subject
            .note(|| format!("append {count} to {title}: {}", shown_results(&results)));
        Ok(results)
    }

    /// Appends entries. Fails unless all are appended.
    pub(crate) fn append_all(&self, entries: &[NewEntry]) -> Result<Vec<Appended>, Unmet> {
        all_appended(entries.len(), self.append(entries)?)
    }

    /// Reads a page.
    pub(crate) fn read(&self, from: u64) -> Result<Page, Unmet> {
        let answer = self.begin_read(from).end()?.value;
        self.page(format!("read {} from {from}", self.title), answer)
    }

    /// Reads the entries after a position, and waits for them.
    pub(crate) fn tail(&self, after: Option<u64>) -> Result<Page, Unmet> {
        Ok(self.timed_tail(after)?.value)
    }

    /// Reads the entries after a position, and measures the time.
    pub(crate) fn timed_tail(&self, after: Option<u64>) -> Result<Ended<Page>, Unmet> {
        self.end_tail(after, self.begin_tail(after))
    }

    /// Waits for the page of a tail.
    pub(crate) fn end_tail(
        &self,
        after: Option<u64>,
        call: Call<Result<Page, String>>,
    ) -> Result<Ended<Page>, Unmet> {
        let Ended { value, elapsed, at } = call.end()?;
        let what = match after {
            Some(after) => format!("tail {} after {after}", self.title),
            None => format!("tail {}", self.title),
        };
        let value = self.page(what, value)?;
        Ok(Ended { value, elapsed, at })
    }

    fn page(&self, what: String, answer: Result<Page, String>) -> Result<Page, Unmet> {
        self.subject.note(|| match &answer {
            Ok(page) => format!("{what}: {}", shown_page(page)),
            Err(why) => format!("{what}: an error, {why}"),
        });
        answer.map_err(|why| wrong("the log cannot be read", "a page", why))
    }

    /// Reads all entries, page by page.
    pub(crate) fn read_all(&self) -> Result<Vec<StoredEntry>, Unmet> {
        let mut entries: Vec<StoredEntry> = Vec::new();
        let mut from = 1;
        loop {
            let page = self.read(from)?;
            let Some(last) = page.entries.last() else {
                ensure(
                    from.max(page.floor) > page.head,
                    "entries are missing",
                    format!("entries up to the head {}", page.head),
                    || format!("no entry from {from} on"),
                )?;
                return Ok(entries);
            };
            ensure(
                last.position >= from,
                "the page is of earlier entries",
                format!("entries from {from} on"),
                || shown_page(&page),
            )?;
            from = last.position.saturating_add(1);
            entries.extend(page.entries);
        }
    }

    /// Removes the entries before the position `floor`. Returns the new floor.
    pub(crate) fn trim(&self, floor: u64) -> Result<u64, Unmet> {
        let name = self.name.clone();
        self.subject.act("trim", move |log| {
            log.control(&Action::Trim { log: &name, floor })
        })?;
        let page = self.tail(None)?;
        ensure(
            page.floor >= floor,
            "the floor is too low after the action `trim`",
            format!("a floor of {floor} or more"),
            || shown_page(&page),
        )?;
        Ok(page.floor)
    }

    pub(crate) fn delete(&self) -> Judged {
        let name = self.name.clone();
        self.subject.act("delete", move |log| {
            log.control(&Action::Delete { log: &name })
        })
    }
}

/// Returns where the entries are. Fails unless all of them were appended.
pub(crate) fn all_appended(count: usize, results: Results) -> Result<Vec<Appended>, Unmet> {
    ensure(
        results.len() == count,
        "there is not one result for each entry",
        format!("{count} results"),
        || format!("{} results", results.len()),
    )?;
    let expected = "every entry is appended";
    results
        .into_iter()
        .collect::<Result<_, _>>()
        .map_err(|error| wrong("an entry was not appended", expected, shown_error(&error)))
}

/// Returns an error as reports show it.
pub(crate) fn shown_error(error: &AppendError) -> String {
    match error {
        AppendError::NotAppended(why) => format!("not appended: {why}"),
        AppendError::Unknown(why) => format!("unknown: {why}"),
    }
}

/// Returns results as reports show them.
pub(crate) fn shown_results(results: &Results) -> String {
    let places = results.iter().map(|result| match result {
        Ok(place) => place.position.to_string(),
        Err(error) => shown_error(error),
    });
    format!("results {}", brief(&places.collect::<Vec<_>>().join(", ")))
}

/// Returns a page as reports show it.
pub(crate) fn shown_page(page: &Page) -> String {
    let Page {
        epoch, floor, head, ..
    } = page;
    let check = match page.check_before {
        Some(check) => format!(", check bits before {check:#010x}"),
        None => String::new(),
    };
    let entries = shown_positions(page.entries.iter().map(|entry| entry.position));
    format!("{entries}; epoch {epoch}, floor {floor}, head {head}{check}")
}

/// Returns positions as reports show them.
pub(crate) fn shown_positions(positions: impl IntoIterator<Item = u64>) -> String {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for position in positions {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(position) => *last = position,
            _ => runs.push((position, position)),
        }
    }
    match *runs {
        [] => return "no entry".to_owned(),
        [(first, last)] if first == last => return format!("position {first}"),
        _ => {}
    }
    let shown = runs.iter().map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first} to {last}"),
    });
    format!("positions {}", brief(&shown.collect::<Vec<_>>().join(", ")))
}
