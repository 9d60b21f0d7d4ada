//! The body of a response: events, heartbeats, the end.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::gzip::Gzip;
use super::request::Request;
use super::{Entry, Flaw, Hub, Message};

impl Hub {
    /// Writes events until the client is gone or the stream has ended. Returns whether the
    /// connection goes on.
    pub(super) fn stream(
        &self,
        request: &Request,
        resumes: bool,
        after: Option<u64>,
        stream: &TcpStream,
    ) -> bool {
        let (sender, receiver) = mpsc::channel();
        let (number, replay) = {
            let mut state = self.state();
            let number = state.joined;
            state.joined += 1;
            if self.is(Flaw::LatecomerTakesOver) && number > 5 {
                state.readers.clear();
            }
            let replay = self.replay(&state, resumes, after);
            let is_empty = request.field("last-event-id") == Some(b"");
            let live = match self.flaw {
                Flaw::NothingNewAfterReplay => after.is_none(),
                Flaw::WaitsForUnknown => !resumes || after.is_some(),
                Flaw::EmptyIsSilent => !is_empty,
                Flaw::WaitsForOldId => after.is_none_or(|after| after >= state.base),
                Flaw::NewestIsSilent => after != Some(state.newest()),
                _ => true,
            };
            if live && !self.deaf.load(Ordering::SeqCst) {
                state.readers.insert(number, sender);
            } else {
                // This keeps the stream open.
                std::mem::forget(sender);
            }
            (number, replay)
        };
        let open = self.open.fetch_add(1, Ordering::SeqCst) + 1;
        self.peak.fetch_max(open, Ordering::SeqCst);
        let mut body = Body {
            hub: self,
            stream,
            chunked: self.is_chunked(request),
            number,
            events: 0,
            held: None,
            lagged: false,
            gzip: self.compressor(request),
            start: Instant::now(),
        };
        let ended = body.write_all(request, replay, &receiver);
        {
            let mut state = self.state();
            state.readers.remove(&number);
            if self.is(Flaw::LeaverTakesAll) {
                state.readers.clear();
            }
        }
        if !self.is(Flaw::Leaks) {
            self.open.fetch_sub(1, Ordering::SeqCst);
        }
        // The next request may come late.
        let _ = stream.set_read_timeout(None);
        ended && self.is_chunked(request) && !self.is(Flaw::CutAtEnd)
    }
}

/// The body of one response.
struct Body<'h> {
    hub: &'h Hub,
    stream: &'h TcpStream,
    chunked: bool,
    number: u64,
    events: usize,
    held: Option<Entry>,
    lagged: bool,
    gzip: Gzip,
    start: Instant,
}

impl Body<'_> {
    /// Returns whether the stream was ended, as opposed to left by the client.
    fn write_all(
        &mut self,
        request: &Request,
        replay: Vec<Entry>,
        receiver: &mpsc::Receiver<Message>,
    ) -> bool {
        let mut silent = 0;
        let seen = request.field("last-event-id").unwrap_or_default();
        let seen: u64 = String::from_utf8_lossy(seen).parse().unwrap_or(0);
        let first: &[u8] = match self.hub.flaw {
            Flaw::Minimal | Flaw::CarelessHead => b"",
            Flaw::CarelessStream => "\u{feff}retry: 5s\nretry: 5\nmeta: a\nevent: a\n\n".as_bytes(),
            Flaw::NotUtf8 => b": \xff\n",
            _ => b":\n",
        };
        if !self.write(first) {
            return false;
        }
        if !self.write(self.hub.echo_in_stream(request).as_bytes()) {
            return false;
        }
        if let Some(retry) = self.hub.flaw.manner().retry
            && !self.write(format!("retry: {retry}\n").as_bytes())
        {
            return false;
        }
        if self.hub.is(Flaw::LongStream) {
            let block = format!("data: {}\n\n", "long ".repeat(200_000));
            for _ in 0..70 {
                if !self.write(block.as_bytes()) {
                    return false;
                }
            }
        }
        for entry in replay {
            if !self.event(&entry) {
                return false;
            }
            if self.is_over() {
                return self.end();
            }
        }
        loop {
            match receiver.recv_timeout(Duration::from_millis(50)) {
                Ok(Message::Event(entry)) => {
                    if !self.event(&entry) {
                        return false;
                    }
                    if self.is_over() {
                        return self.end();
                    }
                }
                Ok(Message::End) => return self.end(),
                Err(RecvTimeoutError::Disconnected) => return false,
                Err(RecvTimeoutError::Timeout) => {
                    if !self.hub.is(Flaw::SwapsInFeed)
                        && let Some(held) = self.held.take()
                        && !self.write(&held.text)
                    {
                        return false;
                    }
                    if self.is_left() {
                        return false;
                    }
                    silent += 1;
                    if self.hub.flaw.ticks() && silent % 10 == 0 {
                        let number = seen + u64::from(silent / 10);
                        let has_id =
                            number.is_multiple_of(2) || !self.hub.is(Flaw::TicksWithCheckpoints);
                        let id = if has_id {
                            format!("id: {number}\n")
                        } else {
                            String::new()
                        };
                        if !self.write(format!("{id}data: tick {number}\n\n").as_bytes()) {
                            return false;
                        }
                        self.events += 1;
                    } else if silent % 10 == 0 && !self.heartbeat(silent / 10) {
                        return false;
                    }
                    if self.is_over() {
                        return self.end();
                    }
                }
            }
        }
    }

    /// Returns whether the stream now ends by itself.
    fn is_over(&self) -> bool {
        let manner = self.hub.flaw.manner();
        manner.events.is_some_and(|events| self.events >= events)
            || manner.time.is_some_and(|time| self.start.elapsed() >= time)
    }

    fn heartbeat(&mut self, number: u32) -> bool {
        match self.hub.flaw {
            Flaw::Minimal | Flaw::CarelessHead => true,
            Flaw::CarelessStream => self.write(b":\n\n"),
            Flaw::CutsItself => false,
            Flaw::HalfByItself => {
                self.write(b"data: half\n");
                self.write_end();
                false
            }
            // Nothing is sent any more, but the stream stays open.
            Flaw::StopsAfterHeartbeat if self.events > 0 => self.write(b":\n") && self.hub.sleep(),
            Flaw::HeartbeatWithoutLineEnd => self.write(b":"),
            Flaw::HeartbeatMovesPlace => {
                self.write(format!("event: ping\nid: ping-{number}\ndata: ping\n\n").as_bytes())
            }
            _ => self.write(b":\n"),
        }
    }

    /// Returns whether the client has closed its end.
    fn is_left(&self) -> bool {
        let mut byte = [0];
        let _ = self.stream.set_read_timeout(Some(Duration::from_millis(1)));
        let mut stream = self.stream;
        match stream.read(&mut byte) {
            Ok(length) => length == 0,
            Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        }
    }

    fn event(&mut self, entry: &Entry) -> bool {
        self.events += 1;
        match self.hub.flaw {
            Flaw::SwapsForEverySecond | Flaw::SwapsInFeed if self.number % 2 == 1 => {
                match self.held.take() {
                    None => {
                        self.held = Some(entry.clone());
                        true
                    }
                    Some(held) => self.write(&entry.text) && self.write(&held.text),
                }
            }
            Flaw::HoldsTheBlankLine => {
                let (text, blank) = entry.text.split_at(entry.text.len() - 1);
                (self.events == 1 || self.write(b"\n")) && self.write(text) && !blank.is_empty()
            }
            Flaw::LosesForEverySecond if self.number % 2 == 1 && entry.id.is_multiple_of(3) => true,
            Flaw::HeartbeatInLineForEverySecond if self.number.is_multiple_of(2) => {
                self.write(&entry.text)
            }
            Flaw::HeartbeatInLine | Flaw::HeartbeatInLineForEverySecond
                if entry.text.len() > 1000 =>
            {
                let (start, rest) = entry.text.split_at(500);
                self.write(start) && self.write(b":\n") && self.write(rest)
            }
            Flaw::TearsForTheSlow | Flaw::SilentAfterLag => self.write_some(&entry.text),
            Flaw::WaitsForTheSlow => {
                // The lock over all clients is held while one is written to.
                let _all = self.hub.state();
                self.write(&entry.text)
            }
            // No two clients get the same.
            Flaw::CarelessStream if self.number % 2 == 1 => {
                let text = [b"event: odd\n:\n", entry.text.as_slice()].concat();
                self.write(&text)
            }
            Flaw::CarelessStream => {
                let text = [b"meta: even\n:\n", entry.text.as_slice()].concat();
                self.write(&text)
            }
            _ => self.write(&entry.text),
        }
    }

    /// Writes what the socket accepts, and drops the rest.
    fn write_some(&mut self, text: &[u8]) -> bool {
        if self.lagged && self.hub.is(Flaw::SilentAfterLag) {
            return true;
        }
        let mut stream = self.stream;
        let _ = stream.set_write_timeout(Some(Duration::from_millis(5)));
        let framed = self.framed(text);
        let torn = self.hub.is(Flaw::TearsForTheSlow) && text.len() > 1000;
        let mut rest = framed.as_slice();
        while !rest.is_empty() {
            match stream.write(rest) {
                Ok(0) => return false,
                Ok(length) => rest = &rest[length..],
                Err(_) if torn || self.hub.is(Flaw::SilentAfterLag) => {
                    self.lagged = true;
                    // The framing is correct, but the text is cut.
                    let _ = stream.set_write_timeout(None);
                    let missing = vec![b'-'; rest.len().saturating_sub(4)];
                    let end: &[u8] = &rest[rest.len().saturating_sub(4)..];
                    return stream.write_all(&missing).is_ok() && stream.write_all(end).is_ok();
                }
                Err(_) => return false,
            }
        }
        true
    }

    fn end(&mut self) -> bool {
        *self
            .hub
            .ended
            .lock()
            .expect("no thread panics with the lock") = Some(Instant::now());
        match self.hub.flaw {
            Flaw::CutAtEnd => true,
            Flaw::HalfAtEnd | Flaw::HalfAtEachEnd => {
                self.write(b"data: half\n") && self.write_end()
            }
            Flaw::MoreAfterEnd | Flaw::MoreAfterEachEnd => {
                self.write_end() && { self.stream }.write_all(b"data: more\n\n").is_ok()
            }
            _ => self.write_end(),
        }
    }

    fn write_end(&mut self) -> bool {
        !self.chunked || { self.stream }.write_all(b"0\r\n\r\n").is_ok()
    }

    fn write(&mut self, text: &[u8]) -> bool {
        if text.is_empty() || self.hub.is(Flaw::HoldsGzip) && self.events < 4 && self.events > 0 {
            return true;
        }
        let length = match self.hub.flaw {
            Flaw::WritesInPieces => 1000,
            _ => text.len(),
        };
        text.chunks(length).all(|piece| {
            let piece = self.gzip.put(piece, self.hub.flaw);
            { self.stream }.write_all(&self.framed(&piece)).is_ok()
        })
    }

    fn framed(&self, text: &[u8]) -> Vec<u8> {
        match self.chunked {
            false => text.to_vec(),
            true if self.hub.is(Flaw::BadChunkSize) && self.events == 3 => {
                [b"zz\r\n", text, b"\r\n"].concat()
            }
            true => [format!("{:x}\r\n", text.len()).as_bytes(), text, b"\r\n"].concat(),
        }
    }
}
