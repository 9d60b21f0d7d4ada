//! A body that already is an event stream, as a source.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use http::HeaderMap;
use http_body::Body;
use pin_project_lite::pin_project;

use super::boundary::Boundary;
use crate::{
    error::{BodyError, BoxError},
    server::{
        http::headers,
        stream::{
            position::Position,
            source::{Next, Source},
        },
    },
};

pin_project! {
    /// A body whose event stream is relayed frame by frame.
    pub(super) struct Relayed<B> {
        #[pin]
        inner: B,
        // `None` if the stream cannot be read.
        boundary: Option<Boundary>,
    }
}

impl<B> Relayed<B> {
    /// Creates a source from `inner`. A stream with a content coding cannot be read.
    pub(super) fn new(inner: B, has_content_coding: bool) -> Self {
        Self {
            inner,
            boundary: (!has_content_coding).then(Boundary::default),
        }
    }
}

impl<B> Source for Relayed<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    const FRAME_SIZE: usize = 1;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>, to_boundary: bool) -> Poll<Next> {
        let this = self.project();
        let frame = match ready!(this.inner.poll_frame(cx)) {
            None => return Poll::Ready(Next::End { trailers: None }),
            Some(Err(error)) => return Poll::Ready(Next::Failed(BodyError::cause_of(error))),
            Some(Ok(frame)) => frame,
        };
        Poll::Ready(match frame.into_data() {
            Ok(data) => {
                let bytes = to_bytes(data);
                let (bytes, events) = match this.boundary {
                    None => (bytes, 0),
                    Some(boundary) => boundary.follow(bytes, to_boundary),
                };
                Next::Item { bytes, events }
            }
            // Trailers are always last.
            Err(frame) => Next::End {
                trailers: frame.into_trailers().ok().map(without_digests),
            },
        })
    }

    #[inline]
    fn position(&self) -> Position {
        let boundary = self.boundary.as_ref();
        boundary.map_or(Position::Unreadable, Boundary::position)
    }

    fn inserted(self: Pin<&mut Self>) {
        if let Some(boundary) = self.project().boundary {
            boundary.inserted();
        }
    }

    fn error(cause: BoxError) -> BodyError {
        BodyError::relayed(cause)
    }
}

/// Removes the fields that describe the exact bytes of the upstream from the trailers.
fn without_digests(mut trailers: HeaderMap) -> Box<HeaderMap> {
    headers::remove_digests(&mut trailers);
    headers::remove_strong_validators(&mut trailers);
    Box::new(trailers)
}

/// Returns the data as one piece. It usually is one, and then it is not copied.
pub(super) fn to_bytes(mut data: impl Buf) -> Bytes {
    data.copy_to_bytes(data.remaining())
}
