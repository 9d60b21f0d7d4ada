//! Reading a response, and writing down what came when.

use std::cell::{Ref, RefCell};
use std::io::Write;
use std::time::Duration;

use flate2::write::MultiGzDecoder;
use tokio::time::{Instant, timeout_at};

use super::message::{End, Head, Piece};
use super::{http1, http2};
use crate::model::{Decoded, Growing};
use crate::suite::{seconds, wire};

/// The longest body that is kept. A longer one is read no further, and is not judged.
const LIMIT: usize = 64 * 1024 * 1024;

/// The most layers of gzip that are undone: one of the content and one of its transfer.
const MAX_LAYERS: usize = 2;

/// A request that was sent, over either HTTP.
pub(crate) enum Exchange {
    Http1(http1::Exchange),
    Http2(http2::Exchange),
}

impl Exchange {
    async fn head(&mut self) -> Result<Head, String> {
        match self {
            Self::Http1(exchange) => exchange.head().await,
            Self::Http2(exchange) => exchange.head().await,
        }
    }

    /// The number of the request in the wire log.
    fn number(&self) -> Option<u32> {
        match self {
            Self::Http1(exchange) => Some(exchange.number),
            Self::Http2(exchange) => Some(exchange.number),
        }
    }

    async fn piece(&mut self) -> Piece {
        match self {
            Self::Http1(exchange) => exchange.piece().await,
            Self::Http2(exchange) => exchange.piece().await,
        }
    }
}

/// What came of a request.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    /// The request as a command line.
    pub(crate) request: String,
    pub(crate) head: Head,
    /// Since the request was sent, as all times here.
    pub(crate) head_at: Duration,
    /// The body, decoded where it is gzip.
    pub(crate) bytes: Vec<u8>,
    /// How much of the body was there at which time.
    pub(crate) arrivals: Vec<(usize, Duration)>,
    /// `None` while the body goes on.
    pub(crate) end: Option<End>,
    pub(crate) ended_at: Option<Duration>,
    /// How long it was read.
    pub(crate) read_for: Duration,
    /// The last event ID of the request, or none.
    pub(crate) resumed_from: String,
    /// The responses that ended before this one, if an event source came back after each of them.
    pub(crate) earlier: Vec<Recording>,
    /// The bytes that followed the body on its connection.
    pub(crate) after_end: Option<String>,
    /// Why an event that did not come may have been lost without a fault of the server.
    pub(crate) excuse: Option<String>,
    /// The answer to an event source that came back and got no stream.
    pub(crate) turned_away: Option<String>,
    /// Set if the body is longer than the suite reads.
    pub(crate) is_full: bool,
    /// The events of the bytes so far. Each line is decoded once.
    decoded: RefCell<Growing>,
}

impl Recording {
    /// Returns the events of the body so far.
    pub(crate) fn decoded(&self) -> Ref<'_, Decoded> {
        self.decoded.borrow_mut().read(&self.bytes);
        Ref::map(self.decoded.borrow(), Growing::decoded)
    }
}

impl Recording {
    /// A response whose head has come, and nothing of its body.
    pub(crate) fn begun(request: String, head: Head, after: Duration) -> Self {
        Self {
            request,
            head,
            head_at: after,
            bytes: Vec::new(),
            arrivals: Vec::new(),
            end: None,
            ended_at: None,
            read_for: after,
            resumed_from: String::new(),
            earlier: Vec::new(),
            after_end: None,
            excuse: None,
            turned_away: None,
            is_full: false,
            decoded: RefCell::default(),
        }
    }

    /// Returns the responses of an event source, the first one first.
    pub(crate) fn responses(&self) -> impl Iterator<Item = &Self> {
        self.earlier.iter().chain([self])
    }

    /// Notes that all the bytes are there. Those that come within a millisecond count as one
    /// arrival: a list of each byte on its own would take more memory than the body.
    fn arrived(&mut self, now: Duration) {
        let length = self.bytes.len();
        match self.arrivals.last_mut() {
            Some((last, _)) if *last == length => {}
            Some((last, at)) if now < *at + Duration::from_millis(1) => *last = length,
            None if length == 0 => {}
            _ => self.arrivals.push((length, now)),
        }
    }
}

/// Reads one response.
pub(crate) struct Reader {
    exchange: Exchange,
    start: Instant,
    pub(crate) recording: Recording,
    /// Where the next search begins, so that each byte is searched once.
    searched: usize,
    /// One for each layer of gzip, the outermost first. Each member is read, however many there are.
    inflate: Vec<MultiGzDecoder<Vec<u8>>>,
}

impl Reader {
    /// Waits for the head.
    ///
    /// # Errors
    ///
    /// What came instead of it, or that nothing came.
    pub(crate) async fn open(
        mut exchange: Exchange,
        request: String,
        within: Duration,
    ) -> Result<Self, String> {
        let start = Instant::now();
        let head = timeout_at(start + within, exchange.head())
            .await
            .map_err(|_| format!("no response head within {}", seconds(within)))
            .and_then(|head| head)
            .inspect_err(|why| wire::note(exchange.number(), why))?;
        wire::received_head(exchange.number(), head.shown().as_bytes());
        let is_gzip = |coding: &&String| ["gzip", "x-gzip"].contains(&coding.as_str());
        let codings = [
            head.list("transfer-encoding"),
            head.list("content-encoding"),
        ]
        .concat();
        let layers = codings.iter().filter(is_gzip).count();
        Ok(Self {
            exchange,
            start,
            recording: Recording::begun(request, head, start.elapsed()),
            searched: 0,
            inflate: (0..layers.min(MAX_LAYERS))
                .map(|_| MultiGzDecoder::new(Vec::new()))
                .collect(),
        })
    }

    /// Reads until `done`, or the body ends, or time is up; returns whether it is done.
    pub(crate) async fn until(
        &mut self,
        within: Duration,
        mut done: impl FnMut(&Recording) -> bool,
    ) -> bool {
        let deadline = Instant::now() + within;
        loop {
            if done(&self.recording) {
                return true;
            }
            if self.recording.end.is_some() || self.recording.is_full {
                return false;
            }
            let Ok(piece) = timeout_at(deadline, self.exchange.piece()).await else {
                self.recording.read_for = self.start.elapsed();
                return false;
            };
            self.put(piece);
            // A timeout alone would never end a stream that always has more to read.
            if Instant::now() >= deadline {
                return done(&self.recording);
            }
        }
    }

    /// Reads on for as long as said.
    pub(crate) async fn read_for(&mut self, time: Duration) {
        self.until(time, |_| false).await;
    }

    /// Reads until `done`, which is asked only when another item has come.
    pub(crate) async fn until_item(
        &mut self,
        within: Duration,
        mut done: impl FnMut(&Recording) -> bool,
    ) -> bool {
        let mut items = None;
        self.until(within, |recording| {
            let before = items.replace(recording.decoded().items.len());
            before != items && done(recording)
        })
        .await
    }

    /// Reads until an event that contains `token` has been ended by its blank line.
    pub(crate) async fn event(&mut self, token: &str, within: Duration) -> bool {
        let mut search = Search::from(self.searched, token);
        let found = self
            .until(within, |recording| search.is_found(&recording.bytes))
            .await;
        if found {
            self.searched = search.at + token.len();
        }
        found
    }

    /// Reads until `token` has come, even if its event has not ended.
    pub(crate) async fn begins(&mut self, token: &str, within: Duration) -> bool {
        let mut search = Search::from(self.searched, token);
        self.until(within, |recording| search.has_begun(&recording.bytes))
            .await
    }

    /// Lets the next search begin at the start of the body.
    pub(crate) fn search_anew(&mut self) {
        self.searched = 0;
    }

    /// Notes what follows the body on its connection, if its framing says that it has ended.
    pub(crate) async fn note_what_follows(&mut self, within: Duration) {
        if self.recording.end == Some(End::Complete) {
            self.recording.after_end = self.is_followed(within).await;
        }
    }

    /// Whether bytes came on the connection after the body had ended.
    pub(crate) async fn is_followed(&mut self, within: Duration) -> Option<String> {
        let Exchange::Http1(exchange) = &mut self.exchange else {
            return None;
        };
        if exchange.left_over().is_empty() {
            let _ = tokio::time::timeout(within, exchange.read_after_end()).await;
        }
        let rest = exchange.left_over();
        (!rest.is_empty()).then(|| rest[..rest.len().min(120)].escape_ascii().to_string())
    }

    /// The connection, to send another request on it.
    pub(crate) fn into_exchange(self) -> Exchange {
        self.exchange
    }

    /// The recording, and the connection.
    pub(crate) fn into_parts(self) -> (Recording, Exchange) {
        (self.recording, self.exchange)
    }

    fn put(&mut self, piece: Piece) {
        let now = self.start.elapsed();
        let recording = &mut self.recording;
        recording.read_for = now;
        let number = self.exchange.number();
        let end = match piece {
            Piece::End(end) => {
                wire::note(number, &end.shown());
                Some(end)
            }
            Piece::Bytes(bytes) => {
                let before = recording.bytes.len();
                let end = inflated(&mut self.inflate, &bytes, &mut recording.bytes).err();
                wire::received(number, &recording.bytes[before..]);
                end
            }
        };
        recording.arrived(now);
        if recording.bytes.len() > LIMIT {
            let why = format!("only the first {LIMIT} bytes of the stream were read");
            recording.excuse = Some(why);
            recording.is_full = true;
        }
        if end.is_some() {
            recording.end = end;
            recording.ended_at = Some(now);
        }
    }
}

/// Appends what the bytes mean once each layer of gzip is undone.
fn inflated(
    layers: &mut [MultiGzDecoder<Vec<u8>>],
    bytes: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), End> {
    let Some((first, rest)) = layers.split_first_mut() else {
        out.extend_from_slice(bytes);
        return Ok(());
    };
    first
        .write_all(bytes)
        .and_then(|()| first.flush())
        .map_err(|error| End::Broken(format!("what is said to be gzip is not: {error}")))?;
    let inner = std::mem::take(first.get_mut());
    inflated(rest, &inner, out)
}

/// Where `needle` begins.
pub(crate) fn position(hay: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(hay, needle)
}

/// A search for an event in a body that grows. Each byte is looked at once.
struct Search<'t> {
    token: &'t str,
    /// Where the token begins, or where to look for it next.
    at: usize,
    has_begun: bool,
    /// Where to look next for the blank line.
    next: usize,
    blank_line: BlankLine,
}

impl<'t> Search<'t> {
    fn from(at: usize, token: &'t str) -> Self {
        Self {
            token,
            at,
            has_begun: false,
            next: at,
            blank_line: BlankLine::default(),
        }
    }

    /// Returns whether the token is there.
    fn has_begun(&mut self, bytes: &[u8]) -> bool {
        if !self.has_begun {
            match position(&bytes[self.at..], self.token.as_bytes()) {
                Some(offset) => {
                    self.at += offset;
                    self.next = self.at;
                    self.has_begun = true;
                }
                None => self.at = bytes.len().saturating_sub(self.token.len()).max(self.at),
            }
        }
        self.has_begun
    }

    /// Returns whether the token is there, and a blank line behind it.
    fn is_found(&mut self, bytes: &[u8]) -> bool {
        if !self.has_begun(bytes) {
            return false;
        }
        let rest = &bytes[self.next..];
        self.next = bytes.len();
        rest.iter().any(|byte| self.blank_line.ends_with(*byte))
    }
}

/// Finds the end of a line that is followed by an empty line.
#[derive(Default)]
struct BlankLine {
    ends: u8,
    previous: u8,
}

impl BlankLine {
    /// Takes the next byte, and returns whether it is the end of a blank line.
    fn ends_with(&mut self, byte: u8) -> bool {
        match (self.previous, byte) {
            (b'\r', b'\n') => {}
            (_, b'\r' | b'\n') => self.ends += 1,
            _ => self.ends = 0,
        }
        self.previous = byte;
        self.ends == 2
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};

    use super::*;

    #[test]
    fn a_blank_line_is_two_line_ends() {
        let has_blank_line = |bytes: &[u8]| {
            let mut blank_line = BlankLine::default();
            bytes.iter().any(|byte| blank_line.ends_with(*byte))
        };
        for text in [
            "a\n\n",
            "a\r\r",
            "a\r\n\r\n",
            "a\n\r",
            "a\r\n\r",
            "a\n\r\n",
            "\n\n",
        ] {
            assert!(has_blank_line(text.as_bytes()), "{text:?}");
        }
        for text in [
            "",
            "a",
            "a\n",
            "a\r\n",
            "a\r",
            "a\nb\n",
            "a\r\nb\r\n",
            "\nb",
        ] {
            assert!(!has_blank_line(text.as_bytes()), "{text:?}");
        }
    }

    #[test]
    fn a_needle_may_be_anywhere() {
        assert_eq!(position(b"abc", b"bc"), Some(1));
        assert_eq!(position(b"abc", b"d"), None);
        assert_eq!(position(b"", b"d"), None);
    }

    /// A connection that always has another byte to read.
    struct Endless {
        reads: usize,
    }

    impl AsyncRead for Endless {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<std::io::Result<()>> {
            match self.reads {
                0 => buffer.put_slice(b"HTTP/1.1 200 OK\r\n\r\n"),
                // The end, if the reader should not stop.
                1_000_000 => {}
                _ => buffer.put_slice(b"x"),
            }
            self.reads += 1;
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for Endless {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<std::io::Result<usize>> {
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn a_stream_that_never_pauses_is_read_for_the_given_time() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        runtime.expect("a runtime").block_on(async {
            let exchange = Exchange::Http1(http1::Exchange::over(Box::new(Endless { reads: 0 })));
            let opened = Reader::open(exchange, String::new(), Duration::from_secs(60)).await;
            let mut reader = opened.expect("a head");
            reader.read_for(Duration::from_millis(20)).await;
            let recording = &reader.recording;
            assert!(!recording.bytes.is_empty());
            assert_eq!(recording.end, None, "after {:?}", recording.read_for);
        });
    }

    /// Would take hours if each byte were looked at again with each piece.
    #[test]
    fn a_long_event_is_read_by_the_byte() {
        const LENGTH: usize = 256 * 1024;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        runtime.expect("a runtime").block_on(async {
            // Room for one chunk, so that each byte is a piece of its own.
            let (ours, mut theirs) = tokio::io::duplex(6);
            let write = async {
                let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
                theirs.write_all(head).await.expect("a reader");
                for index in 0..LENGTH {
                    let byte = match index {
                        0..8 => b"data: t1"[index],
                        _ if index + 2 >= LENGTH => b'\n',
                        _ => b'x',
                    };
                    let chunk = [b'1', b'\r', b'\n', byte, b'\r', b'\n'];
                    theirs.write_all(&chunk).await.expect("a reader");
                }
                theirs
            };
            let read = async {
                let exchange = Exchange::Http1(http1::Exchange::over(Box::new(ours)));
                let within = Duration::from_secs(600);
                let opened = Reader::open(exchange, String::new(), within).await;
                let mut reader = opened.expect("a head");
                assert!(reader.begins("t1", within).await);
                let mut asked = 0;
                let last = |recording: &Recording| {
                    asked += 1;
                    recording.decoded().items.len() == 1
                };
                assert!(reader.until_item(within, last).await);
                assert_eq!(asked, 2);
                assert!(reader.event("t1", within).await);
                assert_eq!(reader.recording.bytes.len(), LENGTH);
            };
            futures_util::future::join(write, read).await;
        });
    }
}
