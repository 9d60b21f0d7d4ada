//! The events of one body.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Buf;
use futures_core::Stream;
use http_body::Body;
use sse_proto::{Decoder, DecoderBuilder, Event, OwnedItem};

use super::{Error, ErrorKind, batch::Batch, body::Chunks};
use crate::error::BoxError;

/// The events of one body, without reconnecting.
///
/// The stream ends with the body. An incomplete event at the end is dropped, as in the standard. If the body
/// fails or an event is too large, an error is the last item.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), sse_tower::client::Error> {
/// use sse_tower::client::EventStream;
/// use tokio_stream::StreamExt;
///
/// # let body = "data: 1\n\ndata: 2\n\n".to_owned();
/// // Hyper's `Incoming`, axum's `Body`, or any other.
/// let mut events = EventStream::of_body(body);
/// let mut data = Vec::new();
/// while let Some(event) = events.next().await {
///     data.push(event?.data().to_owned());
/// }
/// assert_eq!(data, ["1", "2"]);
/// # Ok(())
/// # }
/// ```
///
/// Waiting for the next event is cancel safe: nothing is lost. The stream holds one chunk of the body, the
/// events of at most 8 KiB of it, and one incomplete event up to the limit.
#[derive(Debug)]
pub struct EventStream(ItemStream);

/// The items of one body: events, comments and reconnection times.
///
/// See [`EventStream`], which delivers only the events.
#[derive(Debug)]
pub struct ItemStream {
    /// `None` after the stream has ended.
    body: Option<Chunks>,
    settings: DecoderBuilder,
    decoder: Decoder,
    batch: Batch,
}

impl EventStream {
    /// Returns the events of a body.
    pub fn of_body<B>(body: B) -> Self
    where
        B: Body + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self(ItemStream::new(Chunks::of_body(body), false))
    }

    /// Returns the events of a stream of bytes, such as reqwest's `bytes_stream()`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use std::convert::Infallible;
    /// use bytes::Bytes;
    /// use sse_tower::client::EventStream;
    /// use tokio_stream::StreamExt;
    ///
    /// let bytes = ["data: on", "e\n\n"].map(|part| Ok::<_, Infallible>(Bytes::from(part)));
    /// let mut events = EventStream::of_stream(tokio_stream::iter(bytes));
    /// assert_eq!(events.next().await.unwrap().unwrap().data(), "one");
    /// # }
    /// ```
    pub fn of_stream<S, D, E>(stream: S) -> Self
    where
        S: Stream<Item = Result<D, E>> + Send + 'static,
        D: Buf,
        E: Into<BoxError>,
    {
        Self(ItemStream::new(Chunks::of_stream(stream), false))
    }

    /// Returns the same stream with another limit on the size of one event, in bytes. The default is
    /// 16 MiB. Call it before the first poll.
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Self {
        self.0.settings = self.0.settings.limit(bytes);
        self.0.decoder = self.0.settings.build();
        self
    }

    /// Returns the same stream. If the body ends cleanly, it also delivers a last event without its blank line.
    /// Call it before the first poll.
    ///
    /// See [`DecoderBuilder::completes_at_end`].
    #[must_use]
    pub fn completes_at_end(mut self, completes: bool) -> Self {
        self.0.settings = self.0.settings.completes_at_end(completes);
        self.0.decoder = self.0.settings.build();
        self
    }

    /// Returns the stream of all items, comments and reconnection times included. Call it before the
    /// first poll.
    #[must_use]
    pub fn with_items(mut self) -> ItemStream {
        self.0.settings = self.0.settings.comments(true);
        self.0.decoder = self.0.settings.build();
        self.0
    }
}

impl ItemStream {
    fn new(body: Chunks, comments: bool) -> Self {
        let settings = Decoder::builder().comments(comments);
        Self {
            body: Some(body),
            settings,
            decoder: settings.build(),
            batch: Batch::default(),
        }
    }
}

impl Stream for ItemStream {
    type Item = Result<OwnedItem, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(item) = this.batch.next(&mut this.decoder) {
                if item.is_err() {
                    this.body = None;
                    this.batch.clear();
                }
                return Poll::Ready(Some(item));
            }
            let Some(body) = &mut this.body else {
                return Poll::Ready(None);
            };
            match ready!(body.poll(cx)) {
                Some(Ok(chunk)) => this.batch.push(chunk),
                Some(Err(error)) => {
                    this.body = None;
                    return Poll::Ready(Some(Err(Error::caused(ErrorKind::Body, error))));
                }
                None => {
                    this.body = None;
                    this.batch.end(&mut this.decoder);
                }
            }
        }
    }
}

impl Stream for EventStream {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(Pin::new(&mut self.0).poll_next(cx)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(OwnedItem::Event(event))) => return Poll::Ready(Some(Ok(event))),
                Some(Ok(_)) => {}
            }
        }
    }
}
