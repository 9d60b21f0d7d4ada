//! The bytes of a response, for any type of body.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use futures_core::Stream;
use http_body::Body;

use crate::error::BoxError;

/// A body of any type, as chunks of bytes without trailers.
pub(super) struct Chunks(Pin<Box<dyn PollChunk + Send>>);

trait PollChunk {
    fn poll_chunk(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BoxError>>>;
}

impl Chunks {
    pub(super) fn of_body<B>(body: B) -> Self
    where
        B: Body + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self(Box::pin(OfBody { body }))
    }

    pub(super) fn of_stream<S, D, E>(stream: S) -> Self
    where
        S: Stream<Item = Result<D, E>> + Send + 'static,
        D: Buf,
        E: Into<BoxError>,
    {
        Self(Box::pin(OfStream { stream }))
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BoxError>>> {
        self.0.as_mut().poll_chunk(cx)
    }
}

impl fmt::Debug for Chunks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chunks")
    }
}

pin_project_lite::pin_project! {
    struct OfBody<B> {
        #[pin]
        body: B,
    }
}

impl<B> PollChunk for OfBody<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    fn poll_chunk(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BoxError>>> {
        let mut body = self.project().body;
        loop {
            let frame = match ready!(body.as_mut().poll_frame(cx)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                Some(Ok(frame)) => frame,
            };
            if let Ok(mut data) = frame.into_data() {
                // `Bytes` are not copied here.
                return Poll::Ready(Some(Ok(data.copy_to_bytes(data.remaining()))));
            }
        }
    }
}

pin_project_lite::pin_project! {
    struct OfStream<S> {
        #[pin]
        stream: S,
    }
}

impl<S, D, E> PollChunk for OfStream<S>
where
    S: Stream<Item = Result<D, E>>,
    D: Buf,
    E: Into<BoxError>,
{
    fn poll_chunk(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BoxError>>> {
        let chunk = ready!(self.project().stream.poll_next(cx));
        Poll::Ready(chunk.map(|chunk| {
            let mut data = chunk.map_err(Into::into)?;
            Ok(data.copy_to_bytes(data.remaining()))
        }))
    }
}
