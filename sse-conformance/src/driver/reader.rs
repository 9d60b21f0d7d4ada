//! Reads a response and notes when its parts arrive.

use std::io::Write;
use std::time::Duration;

use flate2::write::MultiGzDecoder;
use tokio::time::{Instant, timeout_at};

use crate::driver::exchange::Exchange;
use crate::driver::message::{End, Piece};
use crate::driver::recording::Recording;
use crate::driver::search::Search;
use crate::text::seconds;
use crate::wire::log;

/// The longest body that is kept. The rest of a longer one is neither read nor judged.
const LIMIT: usize = 64 * 1024 * 1024;

/// The maximum number of gzip layers that are decoded: one of the content and one of the transfer
/// coding.
const MAX_LAYERS: usize = 2;

/// Reads one response.
pub(crate) struct Reader {
    exchange: Exchange,
    start: Instant,
    pub(crate) recording: Recording,
    /// The start of the next search, so that each byte is searched once.
    searched: usize,
    /// One decoder for each layer of gzip, the outermost first. A layer may have any number of
    /// members.
    inflate: Vec<MultiGzDecoder<Vec<u8>>>,
}

impl Reader {
    /// Waits for the head.
    ///
    /// # Errors
    ///
    /// Returns what came instead of the head, or that nothing came.
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
            .inspect_err(|why| log::note(exchange.number(), why))?;
        log::received_head(exchange.number(), head.shown().as_bytes());
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

    /// Reads until `done` returns true, the body ends, or time is up. Returns whether `done`
    /// returned true.
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
            // A timeout alone would never end a stream that always has another byte ready.
            if Instant::now() >= deadline {
                return done(&self.recording);
            }
        }
    }

    /// Reads for the given time.
    pub(crate) async fn read_for(&mut self, time: Duration) {
        self.until(time, |_| false).await;
    }

    /// Reads until an event that contains `token` has ended with its blank line.
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

    /// Reads until `token` has arrived, even if its event has not ended.
    pub(crate) async fn begins(&mut self, token: &str, within: Duration) -> bool {
        let mut search = Search::from(self.searched, token);
        self.until(within, |recording| search.has_begun(&recording.bytes))
            .await
    }

    /// Makes the next search begin at the start of the body.
    pub(crate) fn search_anew(&mut self) {
        self.searched = 0;
    }

    /// Notes the bytes that follow the body on its connection, if the body is complete by its
    /// framing.
    pub(crate) async fn note_what_follows(&mut self, within: Duration) {
        if self.recording.end == Some(End::Complete) {
            self.recording.after_end = self.is_followed(within).await;
        }
    }

    /// Returns the bytes that follow the body on its connection, if there are any.
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

    /// Returns the connection, so that another request can be sent on it.
    pub(crate) fn into_exchange(self) -> Exchange {
        self.exchange
    }

    /// Returns the recording and the connection.
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
                log::note(number, &end.shown());
                Some(end)
            }
            Piece::Bytes(bytes) => {
                let before = recording.bytes.len();
                let end = inflated(&mut self.inflate, &bytes, &mut recording.bytes).err();
                log::received(number, &recording.bytes[before..]);
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

/// Decodes each layer of gzip and appends the result.
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
        .map_err(|error| End::Broken(format!("the bytes are not gzip: {error}")))?;
    let inner = std::mem::take(first.get_mut());
    inflated(rest, &inner, out)
}

/// Calls `done` only when another item has arrived, since it may be costly.
pub(crate) fn at_new_items(
    mut done: impl FnMut(&Recording) -> bool,
) -> impl FnMut(&Recording) -> bool {
    let mut items = None;
    move |recording| {
        let before = items.replace(recording.decoded().items.len());
        before != items && done(recording)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};

    use super::*;
    use crate::driver::http1;

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
                // The end, in case the reader does not stop.
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

    /// This would take hours if every piece caused all bytes to be searched again.
    #[test]
    fn a_long_event_is_read_by_the_byte() {
        const LENGTH: usize = 256 * 1024;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        runtime.expect("a runtime").block_on(async {
            // There is room for only one chunk, so that each byte arrives as a separate piece.
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
                assert!(reader.until(within, at_new_items(last)).await);
                assert_eq!(asked, 2);
                assert!(reader.event("t1", within).await);
                assert_eq!(reader.recording.bytes.len(), LENGTH);
            };
            futures_util::future::join(write, read).await;
        });
    }
}
