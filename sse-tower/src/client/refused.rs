//! Reads the beginning of the body of a refused response, for the error.

use std::{
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::BytesMut;

use super::{Error, ErrorKind, body::Chunks, deadline::Deadline};

/// The largest part of the body that is kept, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// The longest time for reading the body.
const MAX_TIME: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Refused {
    error: Option<Error>,
    body: Chunks,
    read: BytesMut,
    until: Instant,
}

impl Refused {
    pub(super) fn new(error: Error, body: Chunks, now: Instant) -> Self {
        Self {
            error: Some(error),
            body,
            read: BytesMut::new(),
            until: now + MAX_TIME,
        }
    }

    /// Ready with the error after the beginning of the body was read. If the body breaks or takes too long, the
    /// error has the part that has arrived.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, deadline: &mut Deadline) -> Poll<Error> {
        while self.read.len() < MAX_BODY {
            match self.body.poll(cx) {
                Poll::Ready(Some(Ok(chunk))) => {
                    let room = MAX_BODY - self.read.len();
                    self.read.extend_from_slice(&chunk[..chunk.len().min(room)]);
                }
                Poll::Ready(Some(Err(_)) | None) => break,
                Poll::Pending => match deadline.poll(cx, self.until) {
                    Poll::Ready(()) => break,
                    Poll::Pending => return Poll::Pending,
                },
            }
        }
        let body = self.read.split().freeze();
        let error = self
            .error
            .take()
            .unwrap_or_else(|| Error::new(ErrorKind::Status));
        Poll::Ready(error.with_body(body))
    }
}
