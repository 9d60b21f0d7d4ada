//! The answer to a request: its head, and whether another origin may read it.

use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use super::request::Request;
use super::{Flaw, Hub, ORIGIN};

impl Hub {
    /// Serves the requests of one connection.
    pub(super) fn serve(&self, stream: TcpStream) {
        let mut lines = BufReader::new(stream.try_clone().expect("a socket"));
        let mut is_kept = false;
        if self.is(Flaw::RefusesUnread) {
            let mut start = vec![0; 16 * 1024];
            thread::sleep(Duration::from_millis(20));
            let length = stream.peek(&mut start).unwrap_or_default();
            if length == start.len() && !start.starts_with(b"POST") {
                let head =
                    "HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n\r\n";
                // Unread bytes make the operating system reset the connection.
                let _ = { &stream }.write_all(head.as_bytes());
                return;
            }
        }
        while let Some(request) = Request::read(&mut lines) {
            if is_kept && self.is(Flaw::GarbageWhenKept) {
                let _ = { &stream }.write_all(b"garbage\r\n\r\n");
                break;
            }
            is_kept = true;
            if self.dead.load(Ordering::SeqCst) || !self.answer(&request, &stream) {
                break;
            }
        }
        let _ = stream.shutdown(std::net::Shutdown::Both);
    }

    /// Answers a request. Returns whether the connection goes on.
    fn answer(&self, request: &Request, mut stream: &TcpStream) -> bool {
        if request.path == "/control" {
            let (status, content) = self.controlled(&request.content);
            let length = content.len();
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{content}");
            return stream.write_all(head.as_bytes()).is_ok();
        }
        if self.is(Flaw::CarelessHead) && !request.is_of_an_event_source() {
            let head = "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n";
            let origin = request.field("origin").unwrap_or_default();
            let cors = self.cors(&String::from_utf8_lossy(origin), &request.method);
            return stream
                .write_all(format!("{head}{cors}\r\n").as_bytes())
                .is_ok();
        }
        let in_query = request
            .path
            .split_once("lastEventId=")
            .map(|(_, rest)| rest)
            .filter(|_| !self.is(Flaw::SilentGap));
        let in_query = in_query.map(|rest| rest.split('&').next().unwrap_or_default().as_bytes());
        let is_read = match self.flaw {
            Flaw::LowerCaseOnly => request.id_name == "last-event-id",
            Flaw::BrowserCaseOnly => request.id_name == "Last-Event-ID",
            _ => true,
        };
        let id = request.field("last-event-id").filter(|_| is_read);
        let id = id.or(in_query);
        let malformed = id.is_some_and(|id| std::str::from_utf8(id).is_err());
        let long = id.is_some_and(|id| id.len() > 8192);
        let origin = request
            .field("origin")
            .map(|origin| String::from_utf8_lossy(origin).into_owned());
        let cors = origin
            .map(|origin| self.cors(&origin, &request.method))
            .unwrap_or_default();
        let mut plain = |status: &str, fields: &str| {
            let rest = match self.flaw {
                Flaw::ShortRefusal => "content-length: 20\r\n\r\nshort",
                Flaw::LongRefusal => "content-length: 0\r\n\r\nlong",
                Flaw::ExplainsRefusals if !status.starts_with("204") => {
                    "transfer-encoding: chunked\r\n\r\n3\r\nno!\r\n0\r\n\r\n"
                }
                _ => "content-length: 0\r\n\r\n",
            };
            let answer = format!("HTTP/1.1 {status}\r\n{fields}{cors}{rest}");
            stream.write_all(answer.as_bytes()).is_ok()
        };
        let refuses = [
            Flaw::ShortRefusal,
            Flaw::LongRefusal,
            Flaw::ExplainsRefusals,
        ]
        .contains(&self.flaw);
        if refuses && request.field("accept") == Some(b"application/json") {
            return plain("406 Not Acceptable", "");
        }
        match request.method.as_str() {
            "GET" => {}
            _ if self.is(Flaw::AnswersGetOnly) => return self.sleep(),
            _ => {}
        }
        match request.method.as_str() {
            "GET" if self.is(Flaw::RedirectsForever) => {
                return plain("302 Found", "location: /events\r\n");
            }
            "GET" | "HEAD" => {}
            // Every request gets the stream.
            _ if self.is(Flaw::CarelessStream) => {}
            "OPTIONS" if self.is(Flaw::PreflightRefused) => {
                let head = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n";
                return stream.write_all(head).is_ok();
            }
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
        let number = number.map(|number| self.number_of(number));
        let known = {
            let state = self.state();
            state.base..=state.newest()
        };
        let is_unknown = id.is_some() && number.is_none_or(|number| !known.contains(&number));
        if number.is_some_and(|number| number < *known.start()) && self.is(Flaw::OldIdIs410) {
            return plain("410 Gone", "");
        }
        if number.is_some_and(|number| number < *known.start()) && self.is(Flaw::OldIdIs204) {
            return plain("204 No Content", "");
        }
        let is_own = number.is_some_and(|number| number > 0 && known.contains(&number));
        match self.flaw {
            Flaw::OwnIdIs500 | Flaw::NotLetInAgain if is_own => {
                return plain("500 Internal Server Error", "");
            }
            Flaw::TicksThenStops if id.is_some() => return plain("204 No Content", ""),
            Flaw::InsistsOnRetry if is_own => {
                let ended = *self.ended.lock().expect("no thread panics with the lock");
                if ended.is_some_and(|ended| ended.elapsed() < Duration::from_millis(500)) {
                    return plain("429 Too Many Requests", "");
                }
            }
            Flaw::OwnIdIs204 | Flaw::EndsThenStops if is_own => {
                return plain("204 No Content", "");
            }
            Flaw::OwnIdHangs if is_own => return self.sleep(),
            Flaw::FirstIs204 if !self.asked.swap(true, Ordering::SeqCst) => {
                return plain("204 No Content", "");
            }
            Flaw::LongPoll
            | Flaw::LongPollShortLog
            | Flaw::LongPollResets
            | Flaw::LongPollWaits
            | Flaw::ShortPoll
                if request.method == "GET" =>
            {
                return self.poll(number, &cors, stream);
            }
            _ => {}
        }
        let refuses = [Flaw::UnknownIs400, Flaw::ShortRefusal, Flaw::LongRefusal];
        if is_unknown && refuses.contains(&self.flaw) {
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

    pub(super) fn sleep(&self) -> bool {
        thread::sleep(Duration::from_secs(30));
        false
    }

    fn cors(&self, origin: &str, method: &str) -> String {
        let is_preflight = method == "OPTIONS";
        match self.flaw {
            Flaw::Minimal => return String::new(),
            Flaw::OriginMissing if !is_preflight => return String::new(),
            Flaw::PreflightBare if is_preflight => return String::new(),
            Flaw::PreflightWithoutCredentials if is_preflight => {
                return format!("access-control-allow-origin: {origin}\r\nvary: origin\r\n");
            }
            _ => {}
        }
        let (_, host) = ORIGIN.split_once("://").expect("an origin");
        let asked = origin.split_once("://").map_or("", |(_, host)| host);
        let allowed = match self.flaw {
            Flaw::CarelessHead => {
                let named = if origin == "null" { origin } else { ORIGIN };
                return format!("access-control-allow-origin: {named}\r\n");
            }
            Flaw::TwoOrigins => {
                return format!("access-control-allow-origin: {ORIGIN}, https://other.example\r\n");
            }
            Flaw::StarWithCredentials => {
                return "access-control-allow-origin: *\r\naccess-control-allow-credentials: true\r\n".to_owned();
            }
            Flaw::FixedOrigin => {
                return format!(
                    "access-control-allow-origin: {ORIGIN}\r\naccess-control-allow-credentials: true\r\n"
                );
            }
            Flaw::ReflectsWithoutCredentials => {
                return format!("access-control-allow-origin: {origin}\r\nvary: origin\r\n");
            }
            Flaw::OriginInCapitals if origin == ORIGIN => {
                let capitals = origin.to_ascii_uppercase();
                return format!("access-control-allow-origin: {capitals}\r\n");
            }
            Flaw::Reflects => true,
            Flaw::PreflightReflects => method == "OPTIONS" || origin == ORIGIN,
            Flaw::NullWithCredentials => origin == "null" || origin == ORIGIN,
            Flaw::StartsWith => origin.starts_with(ORIGIN),
            Flaw::EndsWith => origin.ends_with(host),
            Flaw::AnyDot => asked.replace('x', ".") == host.replace('x', "."),
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
            Flaw::OddHead => {
                "content-type: text/html\r\ncontent-type: text/html, text/event-stream; \
                 x=\"charset=a, text/plain\", event-stream\r\n"
            }
            Flaw::Latin1 => "content-type: text/event-stream; charset=iso-8859-1\r\n",
            Flaw::Minimal | Flaw::CarelessHead => {
                "Content-Type: text/event-stream;charset=UTF-8\r\n"
            }
            _ => "content-type: text/event-stream\r\n",
        });
        if self.is(Flaw::OddHead) {
            head.insert_str(
                0,
                "HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\n",
            );
            head.push_str("x-folded: one\r\n two\r\n\tthree\r\n");
            head.push_str(&"x-field: value\r\n".repeat(300));
        }
        if self.is(Flaw::CarelessHead) {
            // So late that a page would show a waiting state.
            thread::sleep(Duration::from_millis(2200));
            head.push_str("cache-control: public\r\n");
        } else if !self.is(Flaw::Minimal) {
            head.push_str("cache-control: no-store, no-transform\r\nx-accel-buffering: no\r\n");
        }
        if [Flaw::Length, Flaw::LengthBesideChunks, Flaw::CarelessHead].contains(&self.flaw) {
            head.push_str("content-length: 1000000\r\n");
        }
        let gzip = self.gzip(request);
        if gzip {
            head.push_str("content-encoding: gzip\r\n");
            if !self.is(Flaw::NoGzip) {
                head.push_str("vary: accept-encoding\r\n");
            }
        }
        head.push_str(match self.is_chunked(request) {
            true if self.is(Flaw::GzipTransfer) => "transfer-encoding: gzip, chunked\r\n",
            true => "transfer-encoding: chunked\r\n",
            false => "connection: close\r\n",
        });
        head.push_str(&self.echo_in_head(request));
        head.push_str(cors);
        head.push_str("\r\n");
        if request.method == "HEAD" && self.is(Flaw::HeadHasContent) {
            head.push_str("data: x\n\n");
        }
        stream.write_all(head.as_bytes()).is_ok()
    }

    pub(super) fn is_chunked(&self, request: &Request) -> bool {
        let not = [
            Flaw::Minimal,
            Flaw::EndsWithTheConnection,
            Flaw::EndsByClosing,
            Flaw::Length,
            Flaw::CarelessHead,
        ];
        !not.contains(&self.flaw) && (!request.http10 || self.is(Flaw::ChunksForHttp10))
    }
}
