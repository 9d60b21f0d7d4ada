//! Reading a response, and writing down what came when.

use std::cell::RefCell;
use std::io::Write;
use std::rc::Rc;
use std::time::Duration;

use flate2::write::GzDecoder;
use tokio::time::{Instant, timeout_at};

use super::message::{End, Head, Piece};
use super::{http1, http2};
use crate::model::{self, Decoded};

/// The longest body that is kept.
const LIMIT: usize = 64 * 1024 * 1024;

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
    /// What so many of the bytes mean: many judgements ask for it.
    decoded: RefCell<(usize, Rc<Decoded>)>,
}

impl Recording {
    /// What the body means, so far.
    pub(crate) fn decoded(&self) -> Rc<Decoded> {
        let mut decoded = self.decoded.borrow_mut();
        if decoded.0 != self.bytes.len() {
            *decoded = (self.bytes.len(), Rc::new(model::decode(&self.bytes)));
        }
        decoded.1.clone()
    }
}

/// Reads one response.
pub(crate) struct Reader {
    exchange: Exchange,
    start: Instant,
    pub(crate) recording: Recording,
    /// Where the next search begins, so that each byte is searched once.
    searched: usize,
    inflate: Option<GzDecoder<Vec<u8>>>,
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
            .map_err(|_| format!("no response head within {within:?}"))??;
        let gzip = head.text("content-encoding").is_some_and(|coding| {
            ["gzip", "x-gzip"].contains(&coding.to_ascii_lowercase().as_str())
        });
        Ok(Self {
            exchange,
            start,
            recording: Recording {
                request,
                head,
                head_at: start.elapsed(),
                bytes: Vec::new(),
                arrivals: Vec::new(),
                end: None,
                ended_at: None,
                read_for: start.elapsed(),
                decoded: RefCell::default(),
            },
            searched: 0,
            inflate: gzip.then(|| GzDecoder::new(Vec::new())),
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
            if self.recording.end.is_some() {
                return false;
            }
            let Ok(piece) = timeout_at(deadline, self.exchange.piece()).await else {
                self.recording.read_for = self.start.elapsed();
                return false;
            };
            self.put(piece);
        }
    }

    /// Reads on for as long as said.
    pub(crate) async fn read_for(&mut self, time: Duration) {
        self.until(time, |_| false).await;
    }

    /// Reads until an event that holds `token` has been ended by its blank line.
    pub(crate) async fn event(&mut self, token: &str, within: Duration) -> bool {
        let mut from = self.searched;
        let found = self
            .until(within, |recording| {
                let Some(at) = position(&recording.bytes[from..], token.as_bytes()) else {
                    from = recording.bytes.len().saturating_sub(token.len()).max(from);
                    return false;
                };
                from += at;
                has_blank_line(&recording.bytes[from..])
            })
            .await;
        if found {
            self.searched = from + token.len();
        }
        found
    }

    /// The same, wherever in the stream the event stands.
    pub(crate) async fn holds(&mut self, token: &str, within: Duration) -> bool {
        self.searched = 0;
        self.event(token, within).await
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

    fn put(&mut self, piece: Piece) {
        let now = self.start.elapsed();
        let recording = &mut self.recording;
        recording.read_for = now;
        let end = match piece {
            Piece::End(end) => Some(end),
            Piece::Bytes(bytes) => match &mut self.inflate {
                None => {
                    recording.bytes.extend_from_slice(&bytes);
                    None
                }
                Some(inflate) => inflated(inflate, &bytes, &mut recording.bytes).err(),
            },
        };
        if recording.arrivals.last().map_or(0, |(length, _)| *length) < recording.bytes.len() {
            recording.arrivals.push((recording.bytes.len(), now));
        }
        if recording.bytes.len() > LIMIT {
            let why = format!("the body was longer than {LIMIT} bytes and was not read further");
            recording.end = Some(End::Broken(why));
        }
        if end.is_some() {
            recording.end = end;
            recording.ended_at = Some(now);
        }
    }
}

fn inflated(inflate: &mut GzDecoder<Vec<u8>>, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), End> {
    inflate
        .write_all(bytes)
        .and_then(|()| inflate.flush())
        .map_err(|error| End::Broken(format!("what is said to be gzip is not: {error}")))?;
    out.append(inflate.get_mut());
    Ok(())
}

/// Where `needle` begins.
pub(crate) fn position(hay: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(hay, needle)
}

/// Whether a line ends and the next one is empty.
fn has_blank_line(bytes: &[u8]) -> bool {
    let mut ends = 0;
    let mut previous = 0;
    for byte in bytes {
        match (previous, byte) {
            (b'\r', b'\n') => {}
            (_, b'\r' | b'\n') => ends += 1,
            _ => ends = 0,
        }
        if ends == 2 {
            return true;
        }
        previous = *byte;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_line_is_two_line_ends() {
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
}
