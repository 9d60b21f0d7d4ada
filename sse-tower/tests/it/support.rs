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
use http::{HeaderMap, Response};
use http_body::{Body, Frame};
use sse_tower::{BoxError, EndReason, Event, Settings};
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

/// A body that does what a script says, and says when it is dropped.
pub(crate) struct Script {
    steps: std::vec::IntoIter<Step>,
    dropped: Arc<AtomicBool>,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Data(Bytes),
    Trailers(HeaderMap),
    /// Is pending, once.
    Pause,
    /// Is pending from now on.
    Hang,
    Fail(&'static str),
    Panic(&'static str),
}

impl Script {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        let steps: Vec<_> = steps.into_iter().collect();
        Self {
            steps: steps.into_iter(),
            dropped: Arc::default(),
        }
    }

    pub(crate) fn dropped(&self) -> Arc<AtomicBool> {
        self.dropped.clone()
    }
}

pub(crate) fn data(bytes: impl AsRef<[u8]>) -> Step {
    Step::Data(Bytes::copy_from_slice(bytes.as_ref()))
}

impl Body for Script {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = match self.steps.next() {
            None => return Poll::Ready(None),
            Some(Step::Pause) => {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Some(Step::Hang) => {
                self.steps = vec![Step::Hang].into_iter();
                return Poll::Pending;
            }
            Some(Step::Data(bytes)) => Ok(Frame::data(bytes)),
            Some(Step::Trailers(trailers)) => Ok(Frame::trailers(trailers)),
            Some(Step::Fail(text)) => Err(text.into()),
            Some(Step::Panic(text)) => panic!("{text}"),
        };
        Poll::Ready(Some(frame))
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        self.dropped.store(true, Ordering::Relaxed);
    }
}

/// The next frame of a body, `None` at its end.
pub(crate) async fn next_frame<B>(body: &mut Pin<Box<B>>) -> Option<Result<Bytes, B::Error>>
where
    B: Body<Data = Bytes>,
{
    let frame = poll_fn(|cx| body.as_mut().poll_frame(cx)).await?;
    Some(frame.map(|frame| frame.into_data().expect("no trailers are expected")))
}

/// The bytes of a body up to its end.
pub(crate) async fn all<B>(response: Response<B>) -> Vec<u8>
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    let mut body = Box::pin(response.into_body());
    let mut bytes = Vec::new();
    while let Some(frame) = next_frame(&mut body).await {
        bytes.extend_from_slice(&frame.expect("the body ends in order"));
    }
    bytes
}

/// What the hook was told: reason, events, bytes, error.
pub(crate) type Told = (EndReason, u64, u64, Option<String>);

/// Settings whose hook sends what it is told to a channel.
pub(crate) fn told(settings: Settings) -> (Settings, mpsc::UnboundedReceiver<Told>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let settings = settings.on_end(move |end| {
        let error = end.error().map(ToString::to_string);
        sender
            .send((end.reason(), end.events(), end.bytes(), error))
            .expect("the test listens");
    });
    (settings, receiver)
}
