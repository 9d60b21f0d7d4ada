//! HTTP/1.1, read from the socket: RFC 9112.

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::driver::address::Address;
use crate::driver::link::Duplex;
use crate::driver::message::{End, Head, Piece, Request, Version};
use crate::wire::log;

/// The longest head that is read. This is the limit of Chromium, the highest among browsers.
const HEAD_LIMIT: usize = 256 * 1024;
/// The beginning of the error about a head that cannot be parsed.
pub(crate) const MALFORMED: &str = "the head is malformed";

/// The longest line that is read for the size of a chunk, or for a trailer.
const LINE_LIMIT: usize = 8 * 1024;

/// The number of bytes that are read from a connection at once.
const READ_AT_ONCE: usize = 16 * 1024;

/// A connection on which one request was sent.
pub(crate) struct Exchange {
    io: Box<dyn Duplex>,
    buffer: BytesMut,
    framing: Framing,
    is_head: bool,
    /// The number of the request in the wire log.
    pub(super) number: u32,
}

/// The part of the body that comes next.
enum Framing {
    /// The head has not been read.
    Unknown,
    /// The line with the size of a chunk.
    ChunkSize,
    /// The rest of a chunk, of this many bytes.
    Chunk(u64),
    /// The line end after a chunk.
    ChunkEnd,
    /// The trailer fields after the last chunk, and the empty line.
    Trailers,
    /// The rest of a body with a length, of this many bytes.
    Length(u64),
    UntilClose,
    Ended(End),
}

impl Exchange {
    /// Takes a connection on which GET was sent.
    #[cfg(test)]
    pub(super) fn over(io: Box<dyn Duplex>) -> Self {
        Self {
            io,
            buffer: BytesMut::new(),
            framing: Framing::Unknown,
            is_head: false,
            number: 0,
        }
    }

    /// Sends the request.
    ///
    /// # Errors
    ///
    /// Returns why it could not be sent.
    pub(crate) async fn send(
        mut io: Box<dyn Duplex>,
        request: &Request,
        address: &Address,
    ) -> Result<Self, String> {
        let bytes = written(request, address);
        let number = log::request(&request.shown(address), request.curl(address));
        io.write_all(&bytes)
            .await
            .map_err(|error| format!("the request could not be sent: {error}"))?;
        io.flush()
            .await
            .map_err(|error| format!("the request could not be sent: {error}"))?;
        Ok(Self {
            io,
            buffer: BytesMut::new(),
            framing: Framing::Unknown,
            is_head: request.method == "HEAD",
            number,
        })
    }

    /// Sends another request on the same connection after the last body has ended.
    pub(crate) async fn send_next(
        &mut self,
        request: &Request,
        address: &Address,
    ) -> Result<(), String> {
        self.framing = Framing::Unknown;
        self.is_head = request.method == "HEAD";
        self.number = log::request(&request.shown(address), request.curl(address));
        self.io
            .write_all(&written(request, address))
            .await
            .map_err(|error| format!("the request could not be sent: {error}"))
    }

    /// Reads the head. Cancel safe: bytes that were read are kept.
    ///
    /// # Errors
    ///
    /// Returns what is wrong with the head.
    pub(crate) async fn head(&mut self) -> Result<Head, String> {
        loop {
            if let Some((head, length)) = parsed(&self.buffer)? {
                self.buffer.advance(length);
                if (100..200).contains(&head.status) {
                    continue;
                }
                self.framing = match framing(&head, self.is_head) {
                    Ok(framing) => framing,
                    Err(why) => Framing::Ended(End::Broken(why)),
                };
                return Ok(head);
            }
            if self.buffer.len() > HEAD_LIMIT {
                return Err(format!("the head is longer than {HEAD_LIMIT} bytes"));
            }
            match self.read().await {
                Ok(0) if self.buffer.is_empty() => {
                    return Err("the connection was closed without a response".to_owned());
                }
                Ok(0) => return Err("the connection was closed inside the head".to_owned()),
                Ok(_) => {}
                Err(error) => return Err(format!("the connection broke: {error}")),
            }
        }
    }

    /// Reads the next part of the body: all chunks that have arrived, as one piece. Cancel safe:
    /// bytes that were read are kept.
    pub(crate) async fn piece(&mut self) -> Piece {
        loop {
            let mut bytes = BytesMut::new();
            let end = loop {
                match self.next() {
                    Some(Piece::Bytes(more)) => bytes.extend_from_slice(&more),
                    other => break other,
                }
            };
            if !bytes.is_empty() {
                // Once the body has ended, each further call returns its end again.
                return Piece::Bytes(bytes.freeze());
            }
            if let Some(end) = end {
                return end;
            }
            match self.read().await {
                Ok(0) => self.framing = Framing::Ended(self.closed()),
                Ok(_) => {}
                Err(error) => {
                    let why = format!("the connection broke: {error}");
                    self.framing = Framing::Ended(End::Broken(why));
                }
            }
        }
    }

    /// Reads from the connection into the buffer, with room for many chunks at once.
    async fn read(&mut self) -> std::io::Result<usize> {
        self.buffer.reserve(READ_AT_ONCE);
        self.io.read_buf(&mut self.buffer).await
    }

    /// Returns the bytes after the body. There should be none, since nothing else was requested.
    pub(crate) fn left_over(&self) -> &[u8] {
        &self.buffer
    }

    /// Reads on after the body has ended, to find bytes that should not be there.
    pub(crate) async fn read_after_end(&mut self) {
        let _ = self.io.read_buf(&mut self.buffer).await;
    }

    fn closed(&self) -> End {
        match &self.framing {
            Framing::UntilClose => End::Closed,
            Framing::Length(rest) => End::Broken(format!(
                "the connection was closed {rest} bytes before the end that Content-Length gives"
            )),
            Framing::Ended(end) => end.clone(),
            _ => End::Broken("the connection was closed without the last chunk".to_owned()),
        }
    }

    /// Returns the part of the body that is in the buffer. `None` asks for more bytes.
    fn next(&mut self) -> Option<Piece> {
        loop {
            match &mut self.framing {
                Framing::Unknown => {
                    let why = "the body was read before the head".to_owned();
                    return Some(Piece::End(End::Broken(why)));
                }
                Framing::Ended(end) => return Some(Piece::End(end.clone())),
                Framing::UntilClose if self.buffer.is_empty() => return None,
                Framing::UntilClose => return Some(Piece::Bytes(self.buffer.split().freeze())),
                Framing::Length(0) => self.framing = Framing::Ended(End::Complete),
                Framing::Chunk(0) => self.framing = Framing::ChunkEnd,
                Framing::Length(rest) | Framing::Chunk(rest) => {
                    if self.buffer.is_empty() {
                        return None;
                    }
                    let length = self
                        .buffer
                        .len()
                        .min(usize::try_from(*rest).unwrap_or(usize::MAX));
                    *rest -= length as u64;
                    return Some(Piece::Bytes(self.buffer.split_to(length).freeze()));
                }
                Framing::ChunkSize | Framing::ChunkEnd | Framing::Trailers => {
                    let line = match line(&mut self.buffer) {
                        Ok(line) => line?,
                        Err(why) => {
                            self.framing = Framing::Ended(End::Broken(why));
                            continue;
                        }
                    };
                    self.framing = match &self.framing {
                        Framing::ChunkSize => chunk(&line),
                        Framing::ChunkEnd if line.is_empty() => Framing::ChunkSize,
                        Framing::ChunkEnd => Framing::Ended(End::Broken(format!(
                            "a chunk is longer than its size: `{}` follows it",
                            line.escape_ascii()
                        ))),
                        _ if line.is_empty() => Framing::Ended(End::Complete),
                        _ => Framing::Trailers,
                    };
                }
            }
        }
    }
}

fn written(request: &Request, address: &Address) -> Vec<u8> {
    let version = if request.http10 { "1.0" } else { "1.1" };
    let method = request.method;
    let mut bytes = format!("{method} {} HTTP/{version}\r\n", request.path(address)).into_bytes();
    let mut put = |name: &str, value: &[u8]| {
        bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    };
    put("host", address.authority().as_bytes());
    for (name, value) in &request.fields {
        put(name, value);
    }
    if !request.content.is_empty() {
        put(
            "content-length",
            request.content.len().to_string().as_bytes(),
        );
    }
    bytes.extend(b"\r\n");
    bytes.extend(&request.content);
    bytes
}

/// Returns the head at the start of `bytes` and its length, if it is complete.
fn parsed(bytes: &[u8]) -> Result<Option<(Head, usize)>, String> {
    parsed_with(bytes, 128)
}

/// Does the same, with room for `count` fields at first.
fn parsed_with(bytes: &[u8], count: usize) -> Result<Option<(Head, usize)>, String> {
    let mut fields = vec![httparse::EMPTY_HEADER; count];
    let mut response = httparse::Response::new(&mut fields);
    let mut config = httparse::ParserConfig::default();
    // A server must not fold a field, but a user agent must read it (RFC 9112, section 5.2).
    config.allow_obsolete_multiline_headers_in_responses(true);
    let length = match config.parse_response(&mut response, bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        // The limit of the head in bytes also limits the number of its fields.
        Err(httparse::Error::TooManyHeaders) if count < HEAD_LIMIT => {
            return parsed_with(bytes, 4 * count);
        }
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => {
            let start = &bytes[..bytes.len().min(120)];
            return Err(format!("{MALFORMED} ({error}): `{}`", start.escape_ascii()));
        }
    };
    let head = Head {
        version: match response.version {
            Some(0) => Version::Http10,
            _ => Version::Http11,
        },
        status: response.code.unwrap_or_default(),
        fields: response
            .headers
            .iter()
            .map(|field| (field.name.to_ascii_lowercase(), field.value.to_vec()))
            .collect(),
    };
    Ok(Some((head, length)))
}

/// Returns how the body is framed: RFC 9112, section 6.3.
fn framing(head: &Head, is_head: bool) -> Result<Framing, String> {
    if is_head || matches!(head.status, 204 | 304) {
        return Ok(Framing::Length(0));
    }
    let codings = head.list("transfer-encoding");
    if codings.last().is_some_and(|last| last == "chunked") {
        return Ok(Framing::ChunkSize);
    }
    if !codings.is_empty() {
        return Ok(Framing::UntilClose);
    }
    let mut lengths = head.values("content-length");
    let Some(first) = lengths.next() else {
        return Ok(Framing::UntilClose);
    };
    if lengths.any(|other| other != first) {
        return Err("there are two Content-Length fields that differ".to_owned());
    }
    std::str::from_utf8(first)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .map(Framing::Length)
        .ok_or_else(|| format!("Content-Length is `{}`", first.escape_ascii()))
}

/// Removes the first line from the buffer and returns it without its CRLF. `None` if it has not
/// ended.
fn line(buffer: &mut BytesMut) -> Result<Option<Bytes>, String> {
    let Some(end) = buffer.iter().position(|byte| *byte == b'\n') else {
        if buffer.len() > LINE_LIMIT {
            return Err(format!(
                "the framing of the chunks is lost: no line end within {LINE_LIMIT} bytes"
            ));
        }
        return Ok(None);
    };
    let line = buffer.split_to(end + 1).freeze();
    match line.strip_suffix(b"\r\n") {
        Some(text) => Ok(Some(line.slice(..text.len()))),
        None => Err(format!(
            "a line of the chunked framing ends without CR: `{}`",
            line.escape_ascii()
        )),
    }
}

/// Returns what follows the line with the size of a chunk.
fn chunk(line: &[u8]) -> Framing {
    let size = line.split(|byte| *byte == b';').next().unwrap_or_default();
    let size = std::str::from_utf8(size.trim_ascii_end())
        .ok()
        .filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .and_then(|text| u64::from_str_radix(text, 16).ok());
    match size {
        Some(0) => Framing::Trailers,
        Some(size) => Framing::Chunk(size),
        None => Framing::Ended(End::Broken(format!(
            "the size of a chunk is `{}`",
            line.escape_ascii()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what is read from a response that arrives byte by byte.
    fn read(response: &[u8]) -> Result<(u16, Vec<u8>, End), String> {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.expect("a runtime").block_on(async {
            let (ours, mut theirs) = tokio::io::duplex(1);
            let exchange = Exchange::over(Box::new(ours));
            let write = async {
                let _ = theirs.write_all(response).await;
                drop(theirs);
            };
            let read = async {
                let mut exchange = exchange;
                let head = exchange.head().await?;
                let mut body = Vec::new();
                loop {
                    match exchange.piece().await {
                        Piece::Bytes(bytes) => body.extend(bytes),
                        Piece::End(end) => return Ok((head.status, body, end)),
                    }
                }
            };
            futures_util::future::join(write, read).await.1
        })
    }

    #[test]
    fn bodies_end_as_their_framing_says() {
        let broken = |why: &str| End::Broken(why.to_owned());
        let table: [(&str, &str, End); 8] = [
            ("\r\nabc", "abc", End::Closed),
            ("content-length: 2\r\n\r\nabc", "ab", End::Complete),
            (
                "transfer-encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n",
                "abc",
                End::Complete,
            ),
            (
                "transfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\na: b\r\n\r\n",
                "a",
                End::Complete,
            ),
            (
                "transfer-encoding: chunked\r\n\r\n1\r\na\r\n",
                "a",
                broken("the connection was closed without the last chunk"),
            ),
            (
                "transfer-encoding: chunked\r\n\r\n1\r\nab\r\n",
                "a",
                broken("a chunk is longer than its size: `b` follows it"),
            ),
            (
                "transfer-encoding: chunked\r\n\r\nx\r\n",
                "",
                broken("the size of a chunk is `x`"),
            ),
            (
                "content-length: 2\r\n\r\na",
                "a",
                broken(
                    "the connection was closed 1 bytes before the end that Content-Length gives",
                ),
            ),
        ];
        for (rest, body, end) in table {
            let response = format!("HTTP/1.1 200 OK\r\n{rest}");
            let seen = read(response.as_bytes());
            assert_eq!(seen, Ok((200, body.as_bytes().to_vec(), end)), "{rest}");
        }
    }

    #[test]
    fn interim_responses_are_passed_over() {
        let seen = read(b"HTTP/1.1 103 Early Hints\r\na: b\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
        assert_eq!(seen, Ok((204, Vec::new(), End::Complete)));
    }

    #[test]
    fn a_head_may_have_many_fields() {
        let fields = "x: y\r\n".repeat(5_000);
        let response = format!("HTTP/1.1 200 OK\r\n{fields}content-length: 1\r\n\r\na");
        let (head, length) = parsed(response.as_bytes())
            .expect("a head")
            .expect("all of it");
        assert_eq!((head.fields.len(), length), (5_001, response.len() - 1));
    }

    #[test]
    fn an_invalid_head_is_an_error() {
        for response in [
            "",
            "HTTP/1.1 200 OK\r\n",
            "hello\r\n\r\n",
            "HTTP/1.1 200 OK\r\na b\r\n\r\n",
        ] {
            assert!(read(response.as_bytes()).is_err(), "{response}");
        }
    }
}
