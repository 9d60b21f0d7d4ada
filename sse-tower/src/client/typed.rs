//! Events as values of the caller's type.

use std::{
    fmt,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use serde_core::de::DeserializeOwned;
use sse_proto::Event;

use super::{Error, ErrorKind, EventSource, EventStream};

/// The events of a stream as values of `T`, such as an enum with a variant for each event type.
///
/// The type of an event names the variant, and its data is the JSON of the variant's content. Types
/// that `T` does not have are skipped. [`with_unknown`](Self::with_unknown) delivers them instead. A
/// struct, or an enum with `#[serde(tag = "type")]`, is read from the data alone. See
/// [`Event::json_by_type`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), sse_tower::client::Error> {
/// use serde::Deserialize;
/// use sse_tower::client::EventStream;
/// use tokio_stream::StreamExt;
///
/// #[derive(Debug, Deserialize, PartialEq)]
/// #[serde(rename_all = "snake_case")]
/// enum Answer {
///     Token { text: String },
///     Usage { tokens: u32 },
/// }
///
/// # let body = concat!(
/// #     "event: token\ndata: {\"text\":\"Hi\"}\n\nevent: ping\ndata: {}\n\n",
/// #     "event: usage\ndata: {\"tokens\":1}\n\ndata: [DONE]\n\n",
/// # ).to_owned();
/// // An `EventSource` has the same method.
/// let mut events = EventStream::of_body(body).typed::<Answer>().final_event("[DONE]");
/// let mut answer = Vec::new();
/// while let Some(event) = events.next().await {
///     answer.push(event?);
/// }
/// let token = Answer::Token { text: "Hi".to_owned() };
/// assert_eq!(answer, [token, Answer::Usage { tokens: 1 }]);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// - [`Data`](ErrorKind::Data): the data of an event is not the JSON of a `T`. The stream goes on, so a
///   program can skip the event.
/// - [`Reported`](ErrorKind::Reported): the server has sent an event that [`errors_when`](Self::errors_when)
///   recognizes as an error. It is the last item.
/// - [`Incomplete`](ErrorKind::Incomplete): the stream ended without the declared
///   [final event](Self::final_event). It is the last item.
/// - All errors of the inner stream.
///
/// Waiting for the next event is cancel safe: nothing is lost.
pub struct TypedEvents<S, T>(TypedOrUnknown<S, T>);

/// The events of a stream as values of `T`, including events whose type `T` does not have.
///
/// [`TypedEvents::with_unknown`] makes it.
pub struct TypedOrUnknown<S, T> {
    /// `None` after the stream has ended.
    events: Option<S>,
    final_event: Option<String>,
    final_type: Option<String>,
    is_error: Option<IsError>,
    of: PhantomData<fn() -> T>,
}

type IsError = Box<dyn FnMut(&Event) -> bool + Send>;

/// A value, or an event of another type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed<T> {
    /// An event as a value.
    Known(T),
    /// An event whose type `T` does not have.
    Unknown(Event),
}

impl EventSource {
    /// Returns the events as values of `T`, such as an enum with a variant for each event type.
    ///
    /// ```
    /// # use http::{Request, Response};
    /// # use sse_tower::client::{EventSource, TypedEvents};
    /// # let client = tower::service_fn(|_: Request<String>| async {
    /// #     Ok::<_, std::convert::Infallible>(Response::new(String::new()))
    /// # });
    /// #[derive(serde::Deserialize)]
    /// #[serde(rename_all = "snake_case")]
    /// enum Order {
    ///     Placed { id: u64 },
    ///     Shipped { id: u64 },
    /// }
    ///
    /// let orders: TypedEvents<EventSource, Order> = EventSource::builder(client)
    ///     .build(|_| Request::get("http://localhost/orders").body(String::new()).unwrap())
    ///     .typed();
    /// # let _ = orders;
    /// ```
    #[must_use]
    pub fn typed<T: DeserializeOwned>(self) -> TypedEvents<Self, T> {
        TypedEvents::new(self)
    }
}

impl EventStream {
    /// Returns the events as values of `T`, such as an enum with a variant for each event type. See
    /// [`TypedEvents`] for an example.
    #[must_use]
    pub fn typed<T: DeserializeOwned>(self) -> TypedEvents<Self, T> {
        TypedEvents::new(self)
    }
}

impl<S, T> TypedEvents<S, T> {
    /// Returns the values of any stream of events, such as an [`EventSource`] that was mapped.
    #[must_use]
    pub fn new(events: S) -> Self {
        Self(TypedOrUnknown {
            events: Some(events),
            final_event: None,
            final_type: None,
            is_error: None,
            of: PhantomData,
        })
    }

    /// Ends the stream at the event with this data, such as `[DONE]`, which is not delivered. A stream
    /// that ends without it fails with [`Incomplete`](ErrorKind::Incomplete).
    ///
    /// Do not use this if the source has a [final event](super::EventSourceBuilder::final_event). The source ends
    /// at that event and does not deliver it.
    #[must_use]
    pub fn final_event(mut self, data: impl Into<String>) -> Self {
        self.0.final_event = Some(data.into());
        self
    }

    /// Ends the stream after the event of this type, such as `message_stop`, which is delivered. A
    /// stream that ends without it fails with [`Incomplete`](ErrorKind::Incomplete).
    #[must_use]
    pub fn final_type(mut self, event_type: impl Into<String>) -> Self {
        self.0.final_type = Some(event_type.into());
        self
    }

    /// Ends the stream with an error, of kind [`Reported`](ErrorKind::Reported), at an event for which
    /// this function returns true. [`Error::event`] returns the event.
    ///
    /// Services send such events when an error occurs after the status was sent. Without this method, they are
    /// ordinary events, for which `T` may have a variant.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use sse_tower::client::{ErrorKind, EventStream};
    /// use tokio_stream::StreamExt;
    ///
    /// # let body = "data: 1\n\nevent: error\ndata: overloaded\n\ndata: 2\n\n".to_owned();
    /// let mut numbers = EventStream::of_body(body)
    ///     .typed::<u32>()
    ///     .errors_when(|event| event.event_type() == "error");
    /// assert_eq!(numbers.next().await.unwrap().unwrap(), 1);
    /// let error = numbers.next().await.unwrap().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Reported);
    /// assert_eq!(error.event().unwrap().data(), "overloaded");
    /// assert!(numbers.next().await.is_none());
    /// # }
    /// ```
    #[must_use]
    pub fn errors_when(mut self, is_error: impl FnMut(&Event) -> bool + Send + 'static) -> Self {
        self.0.is_error = Some(Box::new(is_error));
        self
    }

    /// Returns the same stream, which also delivers the events whose type `T` does not have.
    #[must_use]
    pub fn with_unknown(self) -> TypedOrUnknown<S, T> {
        self.0
    }

    /// Returns the inner stream, for example for [`EventSource::last_event_id`]. Returns `None` after this stream
    /// has ended.
    #[must_use]
    pub fn inner(&self) -> Option<&S> {
        self.0.inner()
    }
}

impl<S, T> TypedOrUnknown<S, T> {
    /// Returns the inner stream, for example for [`EventSource::last_event_id`]. Returns `None` after this stream
    /// has ended.
    #[must_use]
    pub fn inner(&self) -> Option<&S> {
        self.events.as_ref()
    }
}

impl<S, T: DeserializeOwned> TypedOrUnknown<S, T> {
    /// Returns the item for an event, or `None` for the final event.
    fn read(&mut self, event: Event) -> Option<Result<Typed<T>, Error>> {
        if self.final_event.as_deref() == Some(event.data()) {
            self.events = None;
            return None;
        }
        if self
            .is_error
            .as_mut()
            .is_some_and(|is_error| is_error(&event))
        {
            self.events = None;
            return Some(Err(Error::new(ErrorKind::Reported).with_event(event)));
        }
        if self.final_type.as_deref() == Some(event.event_type().as_str()) {
            self.events = None;
        }
        Some(match event.json_by_type() {
            Ok(Some(value)) => Ok(Typed::Known(value)),
            Ok(None) => Ok(Typed::Unknown(event)),
            Err(cause) => Err(Error::caused(ErrorKind::Data, cause).with_event(event)),
        })
    }
}

impl<S, T> Stream for TypedOrUnknown<S, T>
where
    S: Stream<Item = Result<Event, Error>> + Unpin,
    T: DeserializeOwned,
{
    type Item = Result<Typed<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(events) = &mut self.events else {
            return Poll::Ready(None);
        };
        match ready!(Pin::new(events).poll_next(cx)) {
            Some(Ok(event)) => Poll::Ready(self.read(event)),
            Some(Err(error)) => {
                self.events = None;
                Poll::Ready(Some(Err(error)))
            }
            None => {
                self.events = None;
                let is_complete = self.final_event.is_none() && self.final_type.is_none();
                let incomplete = || Err(Error::new(ErrorKind::Incomplete));
                Poll::Ready((!is_complete).then(incomplete))
            }
        }
    }
}

impl<S, T> Stream for TypedEvents<S, T>
where
    S: Stream<Item = Result<Event, Error>> + Unpin,
    T: DeserializeOwned,
{
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(Pin::new(&mut self.0).poll_next(cx)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(Typed::Known(value))) => return Poll::Ready(Some(Ok(value))),
                Some(Ok(Typed::Unknown(_))) => {}
            }
        }
    }
}

impl<S: fmt::Debug, T> fmt::Debug for TypedEvents<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TypedEvents").field(&self.0.events).finish()
    }
}

impl<S: fmt::Debug, T> fmt::Debug for TypedOrUnknown<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TypedOrUnknown").field(&self.events).finish()
    }
}
