//! Polling with event streams: each answer has the new events, and ends.

use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use super::{Flaw, Hub};

/// The time that an answer waits for an event. It is longer than the suite takes to settle.
const WAIT: Duration = Duration::from_millis(700);

impl Hub {
    /// Answers with the events after an ID. Returns whether the connection goes on.
    pub(super) fn poll(&self, after: Option<u64>, cors: &str, mut stream: &TcpStream) -> bool {
        let start = Instant::now();
        let length = self.state().log.len() as u64;
        let known = after.filter(|after| *after <= length);
        let first = known.unwrap_or(length);
        let mut body = Vec::new();
        if after.is_some() && known.is_none() {
            body = format!("event: gap\nid: {length}\ndata: some events may be missing\n\n").into();
        } else if self.is(Flaw::ShortPoll) && after.is_none() {
            // This lets the client come back with the ID.
            body = format!("retry: 100\nid: {length}\n\n").into();
        }
        loop {
            let state = self.state();
            let newest = state.log.len() as u64;
            let is_short = [Flaw::LongPollShortLog, Flaw::LongPollResets].contains(&self.flaw);
            let oldest = newest.saturating_sub(if is_short { 6 } else { newest });
            if self.is(Flaw::LongPollResets) && first < oldest {
                body = format!("event: gap\nid: {newest}\ndata: some events may be missing\n\n")
                    .into();
            } else {
                let entries = state.log.iter().skip(first.max(oldest) as usize);
                body.extend(entries.flat_map(|entry| &entry.text));
            }
            drop(state);
            let is_over = match self.flaw {
                Flaw::ShortPoll => true,
                Flaw::LongPollWaits => false,
                _ => start.elapsed() > WAIT,
            };
            if !body.is_empty() || is_over {
                break;
            }
            thread::sleep(Duration::from_millis(5));
        }
        let length = body.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
             cache-control: no-store, no-transform\r\n{cors}content-length: {length}\r\n\r\n"
        );
        stream
            .write_all(&[head.into_bytes(), body].concat())
            .is_ok()
    }
}
