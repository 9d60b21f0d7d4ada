//! The wire log of a case or scene.
//!
//! Drivers and adapters write to the log of their thread, so that scenes and adapters need not pass
//! a log around.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::wire::entry::{Direction, Wire};

/// The log of one case or scene. Its size is bounded: a long log keeps only its beginning and its
/// end.
#[derive(Debug)]
pub(crate) struct Log {
    start: Instant,
    exchanges: u32,
    requests: Vec<String>,
    first: Vec<Entry>,
    last: VecDeque<Entry>,
    left_out: usize,
}

#[derive(Debug)]
struct Entry {
    at: Duration,
    direction: Direction,
    exchange: Option<u32>,
    bytes: Vec<u8>,
    /// The number of bytes that were cut off at the end.
    more: usize,
    /// Set if the entry is complete, so that the next piece begins a new one. For example, a body
    /// is not part of its head.
    is_whole: bool,
}

/// The number of entries that are kept at the beginning.
const FIRST: usize = 40;
/// The number of entries that are kept at the end.
const LAST: usize = 80;
/// The number of bytes that are kept of one entry.
const KEPT: usize = 400;
/// Pieces of one body that arrive within this time make one entry.
const AT_ONCE: Duration = Duration::from_millis(5);

impl Log {
    fn new() -> Self {
        Self {
            start: Instant::now(),
            exchanges: 0,
            requests: Vec::new(),
            first: Vec::new(),
            last: VecDeque::new(),
            left_out: 0,
        }
    }

    /// Returns the requests as command lines, each once.
    pub(crate) fn requests(&self) -> &[String] {
        &self.requests
    }

    fn put(&mut self, direction: Direction, exchange: Option<u32>, bytes: &[u8]) {
        let at = self.start.elapsed();
        if direction == Direction::Received
            && let Some(last) = self.last.back_mut().or(self.first.last_mut())
            && last.direction == direction
            && last.exchange == exchange
            && !last.is_whole
            && exchange.is_some()
            && at < last.at + AT_ONCE
        {
            last.extend(bytes);
            return;
        }
        let mut entry = Entry {
            at,
            direction,
            exchange,
            bytes: Vec::new(),
            more: 0,
            is_whole: false,
        };
        entry.extend(bytes);
        self.push(entry);
    }

    fn push(&mut self, entry: Entry) {
        if self.first.len() < FIRST {
            self.first.push(entry);
            return;
        }
        if self.last.len() == LAST {
            self.last.pop_front();
            self.left_out += 1;
        }
        self.last.push_back(entry);
    }

    /// Returns the entries for a report.
    pub(crate) fn entries(&self) -> Vec<Wire> {
        let gap = (self.left_out > 0).then(|| Wire {
            at: self.first.last().map_or(Duration::ZERO, |entry| entry.at),
            direction: Direction::Noted,
            exchange: None,
            text: format!("{} entries are left out here", self.left_out),
        });
        let first = self.first.iter().map(Entry::shown);
        first
            .chain(gap)
            .chain(self.last.iter().map(Entry::shown))
            .collect()
    }
}

impl Entry {
    fn extend(&mut self, bytes: &[u8]) {
        let room = bytes.len().min(KEPT.saturating_sub(self.bytes.len()));
        self.bytes.extend_from_slice(&bytes[..room]);
        self.more += bytes.len() - room;
    }

    fn shown(&self) -> Wire {
        let mut text = escaped(&self.bytes);
        if self.more > 0 {
            text.push_str(&format!(" [… {} bytes more]", self.more));
        }
        Wire {
            at: self.at,
            direction: self.direction,
            exchange: self.exchange,
            text,
        }
    }
}

/// Returns bytes as text on one line.
fn escaped(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\u{FEFF}' | '\u{2028}' | '\u{2029}' => text.extend(character.escape_unicode()),
                character if character.is_control() => text.extend(character.escape_default()),
                character => text.push(character),
            }
        }
        text.push_str(&chunk.invalid().escape_ascii().to_string());
    }
    text
}

thread_local! {
    static CURRENT: RefCell<Option<Log>> = const { RefCell::new(None) };
}

/// Runs a case on this thread, and returns its log.
pub(crate) fn recorded<T>(run: impl FnOnce() -> T) -> (T, Log) {
    let before = CURRENT.replace(Some(Log::new()));
    let result = run();
    let log = CURRENT.replace(before).unwrap_or_else(Log::new);
    (result, log)
}

/// Notes something that happened.
pub(crate) fn note(exchange: Option<u32>, text: &str) {
    put(Direction::Noted, exchange, text.as_bytes());
}

/// Notes bytes that were sent to the testee.
#[cfg(feature = "cli")]
pub(crate) fn sent(bytes: &[u8]) {
    put(Direction::Sent, None, bytes);
}

/// Notes bytes that were received from the testee.
pub(crate) fn received(exchange: Option<u32>, bytes: &[u8]) {
    put(Direction::Received, exchange, bytes);
}

/// Notes the head of a response as a separate entry.
pub(crate) fn received_head(exchange: Option<u32>, bytes: &[u8]) {
    with_current(|log| {
        let mut entry = Entry {
            at: log.start.elapsed(),
            direction: Direction::Received,
            exchange,
            bytes: Vec::new(),
            more: 0,
            is_whole: true,
        };
        entry.extend(bytes);
        log.push(entry);
    });
}

/// Notes a request, and returns its number.
pub(crate) fn request(text: &str, curl: String) -> u32 {
    with_current(|log| {
        log.exchanges += 1;
        let number = log.exchanges;
        if !log.requests.contains(&curl) && log.requests.len() < FIRST {
            log.requests.push(curl);
        }
        log.put(Direction::Sent, Some(number), text.as_bytes());
        number
    })
    .unwrap_or_default()
}

fn put(direction: Direction, exchange: Option<u32>, bytes: &[u8]) {
    with_current(|log| log.put(direction, exchange, bytes));
}

fn with_current<T>(change: impl FnOnce(&mut Log) -> T) -> Option<T> {
    CURRENT.with_borrow_mut(|log| log.as_mut().map(change))
}

/// Runs a future with its own log. Several such futures can run on one thread.
pub(crate) fn scoped<F: Future>(future: F) -> Scoped<F> {
    Scoped {
        future: Box::pin(future),
        log: Some(Log::new()),
    }
}

/// The future of [`scoped`].
pub(crate) struct Scoped<F> {
    future: Pin<Box<F>>,
    log: Option<Log>,
}

impl<F: Future> Future for Scoped<F> {
    type Output = (F::Output, Log);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let log = self.log.take();
        let before = CURRENT.replace(log);
        let polled = self.future.as_mut().poll(cx);
        let log = CURRENT.replace(before);
        match polled {
            Poll::Ready(output) => Poll::Ready((output, log.unwrap_or_else(Log::new))),
            Poll::Pending => {
                self.log = log;
                Poll::Pending
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_log_keeps_its_beginning_and_its_end() {
        let mut log = Log::new();
        for number in 0..1000 {
            log.put(Direction::Noted, None, format!("{number}").as_bytes());
        }
        let texts: Vec<String> = log.entries().into_iter().map(|entry| entry.text).collect();
        assert_eq!(texts.len(), FIRST + 1 + LAST);
        assert_eq!(texts[FIRST - 1], "39");
        assert_eq!(texts[FIRST], "880 entries are left out here");
        assert_eq!(texts.last().map(String::as_str), Some("999"));
    }

    #[test]
    fn a_long_entry_is_cut_and_pieces_are_joined() {
        let mut log = Log::new();
        for _ in 0..500 {
            log.put(Direction::Received, Some(1), b"x");
        }
        log.put(Direction::Received, Some(2), b"y");
        let entries = log.entries();
        let total: usize = entries.iter().map(|entry| entry.text.len()).sum();
        assert!(entries.len() < 100 && total < 1000, "{entries:?}");
        assert!(entries[0].text.starts_with('x'));
    }

    #[test]
    fn a_head_is_an_entry_of_its_own() {
        let ((), log) = recorded(|| {
            received(Some(1), b"data: before");
            received_head(Some(1), b"HTTP/1.1 200 OK");
            received(Some(1), b"data: a");
            received(Some(1), b"\n\n");
        });
        let texts: Vec<String> = log.entries().into_iter().map(|entry| entry.text).collect();
        assert_eq!(texts, ["data: before", "HTTP/1.1 200 OK", r"data: a\n\n"]);
    }

    #[test]
    fn text_is_one_line() {
        let escaped = escaped("a\r\n\t\0é\u{FEFF}".as_bytes());
        assert_eq!(escaped, r"a\r\n\t\u{0}é\u{feff}");
        assert_eq!(super::escaped(b"\xFFa"), r"\xffa");
    }

    #[test]
    fn notes_belong_to_the_innermost_case() {
        let ((), outer) = recorded(|| {
            put(Direction::Sent, None, b"outer");
            let ((), inner) = recorded(|| put(Direction::Sent, None, b"inner"));
            assert_eq!(inner.entries().len(), 1);
        });
        assert_eq!(outer.entries()[0].text, "outer");
        let shown = outer.entries()[0].to_string();
        assert!(shown.ends_with(" s > outer"), "{shown}");
    }
}
