//! Helpers that several tests use.

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
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, StreamBody, combinators::UnsyncBoxBody};
use sse_tower::{
    Event, EventFrame, RelayLayer, Settings, SseLayer,
    error::{BodyError, BoxError},
    server::{EndReason, Notice, RefusalReason},
};
use tokio::sync::mpsc;
use tower::{Layer, ServiceExt, service_fn};

pub(crate) type Never = Infallible;

/// Returns a stream that yields these events and ends.
pub(crate) fn finished<const N: usize>(
    events: [&'static str; N],
) -> impl Stream<Item = Result<Event, Never>> + Sync + use<N> {
    tokio_stream::iter(events.map(|data| Ok(Event::from_static(data))))
}

/// A stream that is fed through a channel and records when it is dropped.
pub(crate) struct Live<T, E = Never> {
    receiver: mpsc::UnboundedReceiver<Result<T, E>>,
    dropped: Arc<AtomicBool>,
    /// Keeps a silent stream open.
    sender: Option<mpsc::UnboundedSender<Result<T, E>>>,
}

pub(crate) fn live<T, E>() -> (mpsc::UnboundedSender<Result<T, E>>, Live<T, E>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let live = Live {
        receiver,
        dropped: Arc::default(),
        sender: None,
    };
    (sender, live)
}

/// Returns a stream that never yields an event.
pub(crate) fn silent() -> Live<Event> {
    let (sender, mut live) = live();
    live.sender = Some(sender);
    live
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

/// A body that follows a script and records when it is dropped.
pub(crate) struct Script {
    steps: std::vec::IntoIter<Step>,
    dropped: Arc<AtomicBool>,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Data(Bytes),
    Trailers(HeaderMap),
    /// Is pending once.
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

/// Returns the next frame of a body, or `None` at its end.
pub(crate) async fn next_frame<B>(body: &mut Pin<Box<B>>) -> Option<Result<Bytes, B::Error>>
where
    B: Body<Data = Bytes>,
{
    let frame = poll_fn(|cx| body.as_mut().poll_frame(cx)).await?;
    Some(frame.map(|frame| frame.into_data().expect("no trailers are expected")))
}

/// Returns the bytes of a body until its end.
pub(crate) async fn all<B>(response: Response<B>) -> Vec<u8>
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    let mut body = Box::pin(response.into_body());
    let mut bytes = Vec::new();
    while let Some(frame) = next_frame(&mut body).await {
        bytes.extend_from_slice(&frame.expect("the body ends cleanly"));
    }
    bytes
}

/// The end of a stream, or the reason why there was none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Ended(EndReason),
    Refused(RefusalReason),
}

impl Fate {
    pub(crate) fn of(notice: &Notice<'_>) -> Option<Self> {
        match notice {
            Notice::Ended(end) => Some(Self::Ended(end.reason())),
            Notice::Refused(refusal) => Some(Self::Refused(refusal.reason())),
            _ => None,
        }
    }
}

/// The last notice of a hook: fate, events, bytes, error.
pub(crate) type Told = (Fate, u64, u64, Option<String>);

/// Adds a hook that sends its last notice to a channel.
pub(crate) fn told(settings: Settings) -> (Settings, mpsc::UnboundedReceiver<Told>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let settings = settings.on_notice(move |notice| {
        let (events, bytes, error) = match notice {
            Notice::Ended(end) => (end.events(), end.bytes(), end.error()),
            Notice::Refused(refusal) => (0, refusal.bytes(), refusal.error()),
            _ => return,
        };
        let fate = Fate::of(notice).expect("it ends or is refused");
        let error = error.map(ToString::to_string);
        sender
            .send((fate, events, bytes, error))
            .expect("the test listens");
    });
    (settings, receiver)
}

/// The two kinds of sources. Both use the same pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// A stream of events, under `SseLayer`.
    Events,
    /// A body that already is an event stream, under `RelayLayer`.
    Relayed,
}

pub(crate) const WAYS: [Way; 2] = [Way::Events, Way::Relayed];

pub(crate) type AnyBody = UnsyncBoxBody<Bytes, BodyError>;

impl Way {
    /// Returns the error of a body whose source failed with `cause`, as `EventReader::error`
    /// returns it.
    pub(crate) fn failed(self, cause: &str) -> String {
        match self {
            Self::Events => format!("the stream of events failed: {cause}"),
            Self::Relayed => format!("the relayed body failed: {cause}"),
        }
    }

    /// Returns a response with these events.
    pub(crate) async fn open<St, E>(self, settings: Settings, events: St) -> Response<AnyBody>
    where
        St: Stream<Item = Result<Event, E>> + Send + 'static,
        E: Into<BoxError> + 'static,
    {
        let response = Response::new(events);
        self.answer(settings, Request::new(()), response).await
    }

    /// Returns the response to `request` if the service responds with `response`.
    pub(crate) async fn answer<St, E>(
        self,
        settings: Settings,
        request: Request<()>,
        response: Response<St>,
    ) -> Response<AnyBody>
    where
        St: Stream<Item = Result<Event, E>> + Send + 'static,
        E: Into<BoxError> + 'static,
    {
        match self {
            Self::Events => {
                let mut response = Some(response);
                let service = SseLayer::with(settings).layer(service_fn(move |_: Request<()>| {
                    let response = response.take().expect("one request is made");
                    async { Ok::<_, Infallible>(response) }
                }));
                let response = service.oneshot(request).await.unwrap();
                response.map(BodyExt::boxed_unsync)
            }
            Self::Relayed => {
                let mut response = response.map(|events| {
                    StreamBody::new(tokio_stream::StreamExt::map(events, |event| match event {
                        Ok(event) => Ok(Frame::data(EventFrame::from(event).into_bytes())),
                        Err(error) => Err(error.into()),
                    }))
                });
                let event_stream = http::HeaderValue::from_static("text/event-stream");
                response
                    .headers_mut()
                    .entry("content-type")
                    .or_insert(event_stream);
                let mut response = Some(response);
                let service = RelayLayer::with(settings).layer(service_fn(move |_: Request<()>| {
                    let response = response.take().expect("one request is made");
                    async { Ok::<_, Infallible>(response) }
                }));
                let response = service.oneshot(request).await.unwrap();
                response.map(BodyExt::boxed_unsync)
            }
        }
    }
}
