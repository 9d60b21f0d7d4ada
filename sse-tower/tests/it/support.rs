//! What several tests need.

use std::{
    convert::Infallible,
    future::poll_fn,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_core::Stream;
use http_body::Body;
use sse_tower::{BoxError, Event, EventFrame, SseBody};
use tokio::sync::mpsc;

pub(crate) type Never = Infallible;

/// A stream of the given events that then ends.
pub(crate) fn finished<const N: usize>(
    events: [&'static str; N],
) -> impl Stream<Item = Result<Event, Never>> + Sync + use<N> {
    tokio_stream::iter(events.map(|data| Ok(Event::from_static(data))))
}

/// A stream fed through a channel, that says when it is dropped.
pub(crate) struct Live<T, E = Never> {
    receiver: mpsc::UnboundedReceiver<Result<T, E>>,
    dropped: Arc<AtomicBool>,
}

pub(crate) fn live<T, E>() -> (mpsc::UnboundedSender<Result<T, E>>, Live<T, E>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let dropped = Arc::default();
    (sender, Live { receiver, dropped })
}

impl<T, E> Live<T, E> {
    pub(crate) fn dropped(&self) -> Arc<AtomicBool> {
        self.dropped.clone()
    }
}

impl<T, E> Stream for Live<T, E> {
    type Item = Result<T, E>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.receiver.poll_recv(cx)
    }
}

impl<T, E> Drop for Live<T, E> {
    fn drop(&mut self) {
        self.dropped.store(true, Ordering::Relaxed);
    }
}

/// The next frame of a body, `None` at its end.
pub(crate) async fn next_frame<St, T, E>(
    body: &mut Pin<Box<SseBody<St>>>,
) -> Option<Result<Bytes, BoxError>>
where
    St: Stream<Item = Result<T, E>>,
    T: Into<EventFrame>,
    E: Into<BoxError>,
{
    let frame = poll_fn(|cx| body.as_mut().poll_frame(cx)).await?;
    Some(frame.map(|frame| frame.into_data().expect("an event stream has no trailers")))
}
