//! The suite for event logs.
//!
//! A log is the store behind a hub: publishers append events to it, and all nodes of the hub read it. Clients resume
//! after a position in it. The suite judges whether a store keeps the contract below, on which a hub must rely to
//! lose no event silently. It calls the store itself, without a hub.
//!
//! # Judging a log
//!
//! Implement [`Log`], call [`run`] and read the report. This log is a list in memory. It never removes entries, and
//! the cases about that are unsupported.
//!
//! ```
//! use std::collections::HashMap;
//! use std::sync::{Condvar, Mutex};
//! use std::time::Duration;
//!
//! use sse_conformance::suite::log::{AppendError, Appended, Log, NewEntry, Page, StoredEntry};
//! use sse_conformance::suite::{Options, log};
//!
//! #[derive(Default)]
//! struct Memory {
//!     logs: Mutex<HashMap<String, Vec<StoredEntry>>>,
//!     news: Condvar,
//! }
//!
//! /// There is one epoch, because this log loses nothing.
//! const EPOCH: u64 = 1;
//!
//! impl Log for Memory {
//!     fn append(&self, log: &str, entries: &[NewEntry]) -> Vec<Result<Appended, AppendError>> {
//!         let mut logs = self.logs.lock().unwrap();
//!         let stored = logs.entry(log.to_owned()).or_default();
//!         let append = |entry: &NewEntry| {
//!             let position = stored.len() as u64 + 1;
//!             let NewEntry { topics, text, check, .. } = entry.clone();
//!             stored.push(StoredEntry { position, check, topics, text });
//!             Ok(Appended { epoch: EPOCH, position, check })
//!         };
//!         let results = entries.iter().map(append).collect();
//!         self.news.notify_all();
//!         results
//!     }
//!
//!     fn read(&self, log: &str, from: u64) -> Result<Page, String> {
//!         let logs = self.logs.lock().unwrap();
//!         let stored = logs.get(log).map(Vec::as_slice).unwrap_or_default();
//!         let entries = stored.iter().filter(|entry| entry.position >= from).cloned();
//!         let (head, entries) = (stored.len() as u64, entries.collect());
//!         Ok(Page { epoch: EPOCH, floor: 1, head, check_before: None, entries })
//!     }
//!
//!     fn tail(&self, log: &str, after: Option<u64>) -> Result<Page, String> {
//!         let Some(after) = after else {
//!             return Ok(Page { entries: Vec::new(), ..self.read(log, 1)? });
//!         };
//!         let logs = self.logs.lock().unwrap();
//!         let is_quiet = |logs: &mut HashMap<String, Vec<_>>| {
//!             logs.get(log).is_none_or(|stored| stored.len() as u64 <= after)
//!         };
//!         drop(self.news.wait_timeout_while(logs, Duration::from_millis(50), is_quiet));
//!         let all = self.read(log, 1)?.entries;
//!         let check_before = all.iter().find(|entry| entry.position == after).map(|entry| entry.check);
//!         Ok(Page { check_before, ..self.read(log, after.saturating_add(1))? })
//!     }
//! }
//!
//! let report = log::run(&Options::default(), Memory::default());
//! assert!(report.is_success(), "{report}");
//! assert!(report.unsupported().contains(&("the harness has no action `trim`", 8)));
//! ```
//!
//! To have the other cases judged, implement [`Log::control`]: a test harness can remove entries, delete a log, stop
//! and restart a database. See [`Action`].
//!
//! The store must be able to keep 2,000 entries and 4 MiB for each log. The cases use about a hundred logs.
//!
//! # Time
//!
//! [`Log::max_call_time`] states how long a call takes at most. A call that takes longer, or never returns, fails its
//! case; its thread is abandoned. [`Options::timeout`](crate::suite::Options::timeout) does not count.
//!
//! [`Options::jobs`](crate::suite::Options::jobs) cases run at the same time. Cases that stall, restart or restore
//! the store run after all others, one by one.
//!
//! # The contract
//!
//! ## Positions
//!
//! A log is a sequence of entries with the positions 1, 2, 3 and so on, in the order in which they were appended,
//! without a hole. No position is given to two entries in one epoch. A batch has one result for each entry; some entries may
//! be appended although others are not.
//!
//! ## Entries
//!
//! An entry never changes. Its text, its topics and its check bits are read as they were appended.
//!
//! ## Pages
//!
//! A page has entries without a hole between them, as many as the store gives at once: at least one, if there is
//! any. It begins at the position that was asked for, or at the oldest entry if that is later. It states the epoch, and
//! the positions of the oldest and the newest entry at the time when it was read.
//!
//! ## Tails
//!
//! A tail returns the entries after a position, and the check bits of the entry at that position. If the log has no later
//! entries yet, it waits for the first one, and after a while returns a page without entries.
//!
//! ## Names
//!
//! Each name has a log of its own. A log that nobody has appended to can be read.
//!
//! ## Removed entries
//!
//! Only the oldest entries are removed. The floor of each page tells readers.
//!
//! ## Losses
//!
//! A log that has lost its newest entries, for whatever reason, begins a new epoch with another number before the next
//! entry is appended or read. If a store cannot promise this, it keeps the check bits of each entry, and readers
//! compare them. A log that was deleted always begins a new epoch.
//!
//! ## Outages
//!
//! Each call returns within the stated time, also while the backend does not answer. Then it fails. An append fails with
//! [`AppendError::NotAppended`] only if the entry is certainly not in the log, and never will be.

pub(crate) mod adapter;
pub(crate) mod call;
pub(crate) mod cases;
pub(crate) mod judged;
pub(crate) mod judges;
pub(crate) mod run;
pub(crate) mod subject;

pub use adapter::{Action, Answer, AppendError, Appended, Log, NewEntry, Page, StoredEntry};
pub use run::{rules, run, run_watched};
