//! A small server of event streams, over plain sockets and threads, and what can be wrong with it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use sse_conformance::suite::server::{Action, Answer, Control, Event, Target};

/// What is wrong with a server, or right in another way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    // Right in other ways.
    Minimal,
    CrLf,
    EndsWithTheConnection,
    Prologue,
    // The head.
    Status201,
    TypePlain,
    TwoTypes,
    Latin1,
    Length,
    LengthBesideChunks,
    BadChunkSize,
    ChunksForHttp10,
    OneReader,
    HeadHasContent,
    NoAllow,
    GzipUnasked,
    // The stream.
    NotUtf8,
    BomBeforeEachEvent,
    HeartbeatInLine,
    HeartbeatMovesPlace,
    HoldsUntilTheNext,
    HoldsTheBlankLine,
    Twice,
    LosesInABurst,
    Swaps,
    CutsAt16K,
    // Readers.
    TearsForTheSlow,
    WaitsForTheSlow,
    SilentAfterLag,
    RoundRobin,
    LeaverTakesAll,
    LatecomerTakesOver,
    SwapsForEverySecond,
    // Values.
    RawData,
    SplitsAtLfOnly,
    DoublesCrLf,
    NoSpace,
    TrimsData,
    SplitsAtUnicode,
    AsciiOnly,
    StopsAtNul,
    StripsBom,
    ColonIsComment,
    RawType,
    RawId,
    EchoesQuery,
    DiesOfNulId,
    // Resuming.
    SkipsOne,
    RepeatsOne,
    RepeatsAll,
    Backwards,
    AgainWithoutType,
    NothingNewAfterReplay,
    ForgetsWhileAway,
    UnknownIs400,
    WaitsForUnknown,
    DiesOfMalformed,
    DiesOfOversized,
    EmptyIsSilent,
    // Origins.
    TwoOrigins,
    StarWithCredentials,
    Reflects,
    NullWithCredentials,
    TrueInCapitals,
    StartsWith,
    EndsWith,
    AnyScheme,
    AnyPort,
    PreflightReflects,
    // Compression.
    HoldsGzip,
    NoGzip,
    // The end.
    Leaks,
    CutAtEnd,
    HalfAtEnd,
    MoreAfterEnd,
    CutsItself,
    HalfByItself,
}

/// An origin that the server lets in, with credentials.
pub(crate) const ORIGIN: &str = "https://app.example";

/// A running server. Its threads end with the process, or with their connections.
pub(crate) struct Server {
    hub: Arc<Hub>,
    address: SocketAddr,
}

struct Hub {
    flaw: Flaw,
    state: Mutex<State>,
    open: AtomicU64,
    dead: AtomicBool,
}

#[derive(Default)]
struct State {
    log: Vec<Entry>,
    readers: BTreeMap<u64, Sender<Message>>,
    joined: u64,
    held: Option<Entry>,
    turn: u64,
}

#[derive(Clone)]
struct Entry {
    id: u64,
    text: Vec<u8>,
    untyped: Vec<u8>,
}

#[derive(Clone)]
enum Message {
    Event(Entry),
    End,
}

impl Server {
    pub(crate) fn start(flaw: Flaw) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let hub = Arc::new(Hub {
            flaw,
            state: Mutex::default(),
            open: AtomicU64::new(0),
            dead: AtomicBool::new(false),
        });
        let accepting = hub.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if accepting.dead.load(Ordering::SeqCst) {
                    return;
                }
                let hub = accepting.clone();
                thread::spawn(move || hub.serve(stream));
            }
        });
        Self { hub, address }
    }

    pub(crate) fn target(&self) -> Target {
        let hub = self.hub.clone();
        let mut target = Target::new(format!("http://{}/events", self.address));
        target.control = Some(Control::call(move |action| hub.act(action)));
        target.origin = Some(ORIGIN.to_owned());
        target.idle = Duration::from_secs(3);
        target
    }
}

impl Hub {
    fn is(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics with the lock")
    }

    fn act(&self, action: &Action<'_>) -> Result<Answer, String> {
        match action {
            Action::Publish(event) => Ok(self.publish(event)),
            Action::Count => Ok(Answer::Count(self.open.load(Ordering::SeqCst))),
            Action::End => {
                for reader in self.state().readers.values() {
                    let _ = reader.send(Message::End);
                }
                Ok(Answer::Done)
            }
            _ => Ok(Answer::Unsupported),
        }
    }

    fn publish(&self, event: &Event<'_>) -> Answer {
        let breaks =
            |text: Option<&str>| text.is_some_and(|text| text.contains(['\n', '\r', '\0']));
        let raw_id = self.is(Flaw::RawId) && breaks(event.id);
        if breaks(event.event_type) && !self.is(Flaw::RawType) {
            return Answer::Refused;
        }
        if self.is(Flaw::DiesOfNulId) && event.id.is_some_and(|id| id.contains('\0')) {
            self.dead.store(true, Ordering::SeqCst);
            self.state().readers.clear();
            return Answer::Done;
        }
        if breaks(event.id) && !raw_id {
            return Answer::Refused;
        }
        let mut state = self.state();
        let id = state.log.len() as u64 + 1;
        let shown = if raw_id {
            event.id.unwrap_or_default().to_owned()
        } else {
            id.to_string()
        };
        let entry = Entry {
            id,
            text: self.written(event, event.event_type, &shown),
            untyped: self.written(event, Some("again"), &shown),
        };
        if !self.is(Flaw::ForgetsWhileAway) || !state.readers.is_empty() {
            state.log.push(entry.clone());
        } else {
            let gone = Entry {
                id: 0,
                ..entry.clone()
            };
            state.log.push(gone);
        }
        self.deliver(&mut state, entry);
        Answer::Done
    }

    fn deliver(&self, state: &mut State, entry: Entry) {
        let send = |state: &State, entry: &Entry| {
            for reader in state.readers.values() {
                let _ = reader.send(Message::Event(entry.clone()));
            }
        };
        match self.flaw {
            Flaw::HoldsUntilTheNext => {
                if let Some(held) = state.held.replace(entry) {
                    send(state, &held);
                }
            }
            Flaw::Twice => {
                send(state, &entry);
                send(state, &entry);
            }
            Flaw::LosesInABurst if entry.id.is_multiple_of(17) => {}
            Flaw::Swaps => match state.held.take() {
                Some(held) => {
                    send(state, &entry);
                    send(state, &held);
                }
                None if entry.id % 20 == 19 => state.held = Some(entry),
                None => send(state, &entry),
            },
            Flaw::RoundRobin => {
                state.turn += 1;
                let index = state.turn as usize % state.readers.len().max(1);
                if let Some(reader) = state.readers.values().nth(index) {
                    let _ = reader.send(Message::Event(entry));
                }
            }
            _ => send(state, &entry),
        }
    }

    /// The block of an event.
    fn written(&self, event: &Event<'_>, event_type: Option<&str>, id: &str) -> Vec<u8> {
        let end = if self.is(Flaw::CrLf) { "\r\n" } else { "\n" };
        let space = if self.is(Flaw::NoSpace) { "" } else { " " };
        let mut data = event.data.to_owned();
        match self.flaw {
            Flaw::TrimsData => data = data.trim_end().to_owned(),
            Flaw::StripsBom => data = data.trim_start_matches('\u{feff}').to_owned(),
            Flaw::StopsAtNul => data.truncate(data.find('\0').unwrap_or(data.len())),
            Flaw::CutsAt16K => data.truncate(16 * 1024),
            Flaw::SplitsAtUnicode => data = data.replace(['\u{2028}', '\u{2029}', '\u{85}'], "\n"),
            _ => {}
        }
        let lines: Vec<String> = match self.flaw {
            Flaw::RawData => vec![data],
            Flaw::SplitsAtLfOnly => data.split('\n').map(str::to_owned).collect(),
            Flaw::DoublesCrLf => data.split(['\n', '\r']).map(str::to_owned).collect(),
            _ => data
                .replace("\r\n", "\n")
                .replace('\r', "\n")
                .split('\n')
                .map(str::to_owned)
                .collect(),
        };
        let mut text = String::new();
        if self.is(Flaw::BomBeforeEachEvent) {
            text.push('\u{feff}');
        }
        if let Some(event_type) = event_type {
            text.push_str(&format!("event: {event_type}{end}"));
        }
        if !self.is(Flaw::Minimal) {
            text.push_str(&format!("id: {id}{end}"));
        }
        for line in lines {
            match line.strip_prefix(':') {
                Some(_) if self.is(Flaw::ColonIsComment) => text.push_str(&format!("{line}{end}")),
                _ => text.push_str(&format!("data:{space}{line}{end}")),
            }
        }
        text.push_str(end);
        if self.is(Flaw::AsciiOnly) {
            return text.chars().map(|char| char as u32 as u8).collect();
        }
        text.into_bytes()
    }

    /// Serves the requests of one connection.
    fn serve(&self, stream: TcpStream) {
        let mut lines = BufReader::new(stream.try_clone().expect("a socket"));
        while let Some(request) = Request::read(&mut lines) {
            if self.dead.load(Ordering::SeqCst) || !self.answer(&request, &stream) {
                break;
            }
        }
        let _ = stream.shutdown(std::net::Shutdown::Both);
    }

    /// Answers a request; returns whether the connection goes on.
    fn answer(&self, request: &Request, mut stream: &TcpStream) -> bool {
        let in_query = request
            .path
            .split_once("lastEventId=")
            .map(|(_, rest)| rest);
        let in_query = in_query.map(|rest| rest.split('&').next().unwrap_or_default().as_bytes());
        let id = request.field("last-event-id").or(in_query);
        let malformed = id.is_some_and(|id| std::str::from_utf8(id).is_err());
        let long = id.is_some_and(|id| id.len() > 8192);
        let origin = request
            .field("origin")
            .map(|origin| String::from_utf8_lossy(origin).into_owned());
        let cors = origin
            .map(|origin| self.cors(&origin, &request.method))
            .unwrap_or_default();
        let mut plain = |status: &str, fields: &str| {
            let head = format!("HTTP/1.1 {status}\r\n{fields}{cors}content-length: 0\r\n\r\n");
            stream.write_all(head.as_bytes()).is_ok()
        };
        match request.method.as_str() {
            "GET" | "HEAD" => {}
            "OPTIONS" => {
                let listed = "access-control-allow-headers: last-event-id, cache-control\r\n";
                return plain("204 No Content", listed).then_some(()).is_some();
            }
            _ if self.is(Flaw::NoAllow) => return plain("405 Method Not Allowed", ""),
            _ => return plain("405 Method Not Allowed", "allow: GET, HEAD, OPTIONS\r\n"),
        }
        if long {
            self.dead
                .store(self.is(Flaw::DiesOfOversized), Ordering::SeqCst);
            return plain("431 Request Header Fields Too Large", "");
        }
        if malformed && self.is(Flaw::DiesOfMalformed) {
            self.state().readers.clear();
            return self.head(request, stream, &cors) && self.sleep();
        }
        let number = id.and_then(|id| std::str::from_utf8(id).ok()?.parse::<u64>().ok());
        if id.is_some() && number.is_none() && self.is(Flaw::UnknownIs400) {
            return plain("400 Bad Request", "");
        }
        if self.is(Flaw::OneReader) && !self.state().readers.is_empty() {
            return plain("503 Service Unavailable", "");
        }
        if !self.head(request, stream, &cors) || request.method == "HEAD" {
            return !self.is(Flaw::HeadHasContent);
        }
        self.stream(request, id.is_some(), number, stream)
    }

    fn sleep(&self) -> bool {
        thread::sleep(Duration::from_secs(30));
        false
    }

    fn cors(&self, origin: &str, method: &str) -> String {
        if self.is(Flaw::Minimal) {
            return String::new();
        }
        let (_, host) = ORIGIN.split_once("://").expect("an origin");
        let asked = origin.split_once("://").map_or("", |(_, host)| host);
        let allowed = match self.flaw {
            Flaw::TwoOrigins => {
                return format!("access-control-allow-origin: {ORIGIN}, https://other.example\r\n");
            }
            Flaw::StarWithCredentials => {
                return "access-control-allow-origin: *\r\naccess-control-allow-credentials: true\r\n".to_owned();
            }
            Flaw::Reflects => true,
            Flaw::PreflightReflects => method == "OPTIONS" || origin == ORIGIN,
            Flaw::NullWithCredentials => origin == "null" || origin == ORIGIN,
            Flaw::StartsWith => origin.starts_with(ORIGIN),
            Flaw::EndsWith => origin.ends_with(host),
            Flaw::AnyScheme => asked == host,
            Flaw::AnyPort => origin.split(':').take(2).eq(ORIGIN.split(':').take(2)),
            _ => origin == ORIGIN,
        };
        let word = if self.is(Flaw::TrueInCapitals) {
            "TRUE"
        } else {
            "true"
        };
        match allowed {
            true => format!(
                "access-control-allow-origin: {origin}\r\naccess-control-allow-credentials: {word}\r\nvary: origin\r\n"
            ),
            false => "vary: origin\r\n".to_owned(),
        }
    }

    /// Writes the head of a stream.
    fn head(&self, request: &Request, mut stream: &TcpStream, cors: &str) -> bool {
        let mut head = match self.flaw {
            Flaw::Status201 => "HTTP/1.1 201 Created\r\n",
            _ => "HTTP/1.1 200 OK\r\n",
        }
        .to_owned();
        head.push_str(match self.flaw {
            Flaw::TypePlain => "content-type: text/plain\r\n",
            Flaw::TwoTypes => {
                "content-type: text/event-stream\r\ncontent-type: text/event-stream\r\n"
            }
            Flaw::Latin1 => "content-type: text/event-stream; charset=iso-8859-1\r\n",
            Flaw::Minimal => "Content-Type: text/event-stream;charset=UTF-8\r\n",
            _ => "content-type: text/event-stream\r\n",
        });
        if !self.is(Flaw::Minimal) {
            head.push_str("cache-control: no-store, no-transform\r\nx-accel-buffering: no\r\n");
        }
        if self.is(Flaw::Length) || self.is(Flaw::LengthBesideChunks) {
            head.push_str("content-length: 1000000\r\n");
        }
        let gzip = self.gzip(request);
        if gzip {
            head.push_str("content-encoding: gzip\r\nvary: accept-encoding\r\n");
        }
        head.push_str(match self.is_chunked(request) {
            true => "transfer-encoding: chunked\r\n",
            false => "connection: close\r\n",
        });
        head.push_str(cors);
        head.push_str("\r\n");
        if request.method == "HEAD" && self.is(Flaw::HeadHasContent) {
            head.push_str("data: x\n\n");
        }
        stream.write_all(head.as_bytes()).is_ok()
    }

    fn gzip(&self, request: &Request) -> bool {
        let asked = request
            .field("accept-encoding")
            .is_some_and(|value| value == b"gzip");
        let can = [Flaw::HoldsGzip, Flaw::NoGzip].contains(&self.flaw);
        self.is(Flaw::GzipUnasked) || can && asked
    }

    fn is_chunked(&self, request: &Request) -> bool {
        let not = [Flaw::Minimal, Flaw::EndsWithTheConnection, Flaw::Length];
        !not.contains(&self.flaw) && (!request.http10 || self.is(Flaw::ChunksForHttp10))
    }

    /// Writes events until the reader is gone or the stream is ended; returns whether the
    /// connection goes on.
    fn stream(
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
                _ => true,
            };
            if live {
                state.readers.insert(number, sender);
            } else {
                // Kept, so that the stream stays open.
                std::mem::forget(sender);
            }
            (number, replay)
        };
        self.open.fetch_add(1, Ordering::SeqCst);
        let mut body = Body {
            hub: self,
            stream,
            chunked: self.is_chunked(request),
            number,
            events: 0,
            held: None,
            lagged: false,
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
        ended && self.is_chunked(request) && !self.is(Flaw::CutAtEnd)
    }

    /// What was missed, and what the reader is told first.
    fn replay(&self, state: &State, resumes: bool, after: Option<u64>) -> Vec<Entry> {
        let known = after.filter(|after| *after <= state.log.len() as u64);
        let gap = Entry {
            id: 0,
            text: b"event: gap\ndata: some events may be missing\n\n".to_vec(),
            untyped: Vec::new(),
        };
        if self.is(Flaw::Minimal) {
            return Vec::new();
        }
        if self.is(Flaw::Prologue) && !resumes {
            let text = b"retry: 2000\nid: 0\n\nevent: welcome\ndata: hello\n\n".to_vec();
            return vec![Entry { text, ..gap }];
        }
        let Some(after) = known else {
            return if resumes { vec![gap] } else { Vec::new() };
        };
        let from = match self.flaw {
            Flaw::SkipsOne => after + 1,
            Flaw::RepeatsOne => after.saturating_sub(1),
            Flaw::RepeatsAll => 0,
            _ => after,
        };
        let mut entries: Vec<_> = state.log.iter().skip(from as usize).cloned().collect();
        entries.retain(|entry| entry.id > 0);
        if self.is(Flaw::Backwards) {
            entries.reverse();
        }
        if self.is(Flaw::AgainWithoutType) {
            for entry in &mut entries {
                entry.text = std::mem::take(&mut entry.untyped);
            }
        }
        entries
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
}

impl Body<'_> {
    /// Returns whether the stream was ended, and not left.
    fn write_all(
        &mut self,
        request: &Request,
        replay: Vec<Entry>,
        receiver: &mpsc::Receiver<Message>,
    ) -> bool {
        let mut silent = 0;
        let first: &[u8] = match self.hub.flaw {
            Flaw::Minimal => b"",
            Flaw::NotUtf8 => b": \xff\n",
            _ => b":\n",
        };
        if !self.write(first) {
            return false;
        }
        if self.hub.is(Flaw::EchoesQuery) {
            let query = request
                .path
                .replace("%0A", "\n")
                .replace("%3A", ":")
                .replace("%20", " ");
            if !self.write(
                format!("id: {}\n\n", query.rsplit('=').next().unwrap_or_default()).as_bytes(),
            ) {
                return false;
            }
        }
        for entry in replay {
            if !self.event(&entry) {
                return false;
            }
        }
        loop {
            match receiver.recv_timeout(Duration::from_millis(50)) {
                Ok(Message::Event(entry)) => {
                    if !self.event(&entry) {
                        return false;
                    }
                }
                Ok(Message::End) => return self.end(),
                Err(RecvTimeoutError::Disconnected) => return false,
                Err(RecvTimeoutError::Timeout) => {
                    if let Some(held) = self.held.take()
                        && !self.write(&held.text)
                    {
                        return false;
                    }
                    if self.is_left() {
                        return false;
                    }
                    silent += 1;
                    if silent % 10 == 0 && !self.heartbeat(silent / 10) {
                        return self.hub.is(Flaw::CutsItself);
                    }
                }
            }
        }
    }

    fn heartbeat(&mut self, number: u32) -> bool {
        match self.hub.flaw {
            Flaw::Minimal => true,
            Flaw::CutsItself => false,
            Flaw::HalfByItself => {
                self.write(b"data: half\n");
                self.write_end();
                false
            }
            Flaw::HeartbeatMovesPlace => {
                self.write(format!("event: ping\nid: ping-{number}\ndata: ping\n\n").as_bytes())
            }
            _ => self.write(b":\n"),
        }
    }

    /// Whether the reader has closed its end.
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
            Flaw::SwapsForEverySecond if self.number % 2 == 1 => match self.held.take() {
                None => {
                    self.held = Some(entry.clone());
                    true
                }
                Some(held) => self.write(&entry.text) && self.write(&held.text),
            },
            Flaw::HoldsTheBlankLine => {
                let (text, blank) = entry.text.split_at(entry.text.len() - 1);
                (self.events == 1 || self.write(b"\n")) && self.write(text) && !blank.is_empty()
            }
            Flaw::HeartbeatInLine if entry.text.len() > 1000 => {
                let (start, rest) = entry.text.split_at(500);
                self.write(start) && self.write(b":\n") && self.write(rest)
            }
            Flaw::TearsForTheSlow | Flaw::SilentAfterLag => self.write_some(&entry.text),
            Flaw::WaitsForTheSlow => {
                // The lock over all readers is held while one is written to.
                let _all = self.hub.state();
                self.write(&entry.text)
            }
            _ => self.write(&entry.text),
        }
    }

    /// Writes what the socket takes, and drops the rest.
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
                    // The frame is kept whole, and its text is not.
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
        match self.hub.flaw {
            Flaw::CutAtEnd => true,
            Flaw::HalfAtEnd => self.write(b"data: half\n") && self.write_end(),
            Flaw::MoreAfterEnd => {
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
        let framed = self.framed(text);
        { self.stream }.write_all(&framed).is_ok()
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

struct Request {
    method: String,
    path: String,
    http10: bool,
    fields: Vec<(String, Vec<u8>)>,
}

impl Request {
    fn read(lines: &mut impl BufRead) -> Option<Self> {
        let mut next = || {
            let mut line = Vec::new();
            lines
                .read_until(b'\n', &mut line)
                .ok()
                .filter(|length| *length > 0)?;
            Some(line.trim_ascii_end().to_vec())
        };
        let first = String::from_utf8(next()?).ok()?;
        let mut words = first.split(' ').map(str::to_owned);
        let mut request = Self {
            method: words.next()?,
            path: words.next()?,
            http10: words.next()?.ends_with("1.0"),
            fields: Vec::new(),
        };
        loop {
            let line = next()?;
            if line.is_empty() {
                return Some(request);
            }
            let colon = line.iter().position(|byte| *byte == b':')?;
            let name = String::from_utf8_lossy(&line[..colon]).to_ascii_lowercase();
            request
                .fields
                .push((name, line[colon + 1..].trim_ascii().to_vec()));
        }
    }

    fn field(&self, name: &str) -> Option<&[u8]> {
        let field = self.fields.iter().find(|(present, _)| present == name);
        field.map(|(_, value)| value.as_slice())
    }
}
