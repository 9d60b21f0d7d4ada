//! A stream of events as the body of a response.

use std::{
    error::Error,
    fmt, mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::{EventFrame, heartbeat::Pulse, response::Settings};

/// Any error, as Tower has it.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// How many bytes are joined to one frame before it is handed on.
const FRAME_SIZE: usize = 16 * 1024;

pin_project! {
    /// The body of a response whose events come from `St`.
    ///
    /// Events that are ready together are joined to one frame of about 16 KiB, and no more is taken
    /// from the stream in one poll. A heartbeat is thought of only when the stream is pending.
    /// When the stream ends it is dropped there and then, with all that it holds. An error of the
    /// stream ends the body with that error, after what was ready before it has been sent.
    ///
    /// A peer that reads slowly is not polled for: nothing is taken from the stream until the last
    /// frame is on its way, so memory does not grow.
    ///
    /// [`Default`] is a body that has ended.
    pub struct SseBody<St> {
        #[pin]
        stream: Option<St>,
        start: Option<Bytes>,
        pulse: Option<Pulse>,
        error: Option<BoxError>,
    }
}

impl<St> SseBody<St> {
    pub(crate) fn new(stream: St, settings: Settings) -> Self {
        Self {
            stream: Some(stream),
            start: settings
                .retry
                .map(|time| EventFrame::retry(time).into_bytes()),
            pulse: settings.heartbeat.map(Pulse::new),
            error: None,
        }
    }
}

impl<St> Default for SseBody<St> {
    fn default() -> Self {
        Self {
            stream: None,
            start: None,
            pulse: None,
            error: None,
        }
    }
}

impl<St, T, E> Body for SseBody<St>
where
    St: Stream<Item = Result<T, E>>,
    T: Into<EventFrame>,
    E: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut this = self.project();
        let mut joined = Joined::default();
        if let Some(start) = this.start.take() {
            joined.push(start);
        }
        while joined.len() < FRAME_SIZE
            && let Some(stream) = this.stream.as_mut().as_pin_mut()
        {
            match stream.poll_next(cx) {
                Poll::Pending => break,
                Poll::Ready(Some(Ok(event))) => joined.push(event.into().into_bytes()),
                Poll::Ready(None) => this.stream.set(None),
                Poll::Ready(Some(Err(error))) => {
                    this.stream.set(None);
                    *this.error = Some(error.into());
                }
            }
        }
        if joined.len() > 0 {
            if let Some(pulse) = this.pulse {
                pulse.postpone();
            }
            return Poll::Ready(Some(Ok(Frame::data(joined.into_bytes()))));
        }
        if this.stream.is_none() {
            return Poll::Ready(this.error.take().map(Err));
        }
        match this.pulse {
            None => Poll::Pending,
            Some(pulse) => {
                ready!(pulse.poll_due(cx));
                Poll::Ready(Some(Ok(Frame::data(Pulse::BYTES))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.stream.is_none() && self.error.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match self.is_end_stream() {
            true => SizeHint::with_exact(0),
            false => SizeHint::default(),
        }
    }
}

impl<St> fmt::Debug for SseBody<St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SseBody")
            .field("ended", &self.stream.is_none())
            .field("pulse", &self.pulse)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

/// Frames put one after another. A single one is not copied.
#[derive(Default)]
struct Joined {
    first: Bytes,
    rest: BytesMut,
}

impl Joined {
    fn len(&self) -> usize {
        self.first.len() + self.rest.len()
    }

    fn push(&mut self, bytes: Bytes) {
        if self.len() == 0 {
            self.first = bytes;
            return;
        }
        let first = mem::take(&mut self.first);
        self.rest.extend_from_slice(&first);
        self.rest.extend_from_slice(&bytes);
    }

    fn into_bytes(self) -> Bytes {
        if self.rest.is_empty() {
            return self.first;
        }
        self.rest.freeze()
    }
}
