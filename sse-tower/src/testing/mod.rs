//! Reads the events of a response in a test, disconnects, and resumes.
//!
//! Under tokio's paused time, an hour of heartbeats takes no time at all. If a method of
//! [`EventReader`] does not get what it waits for, it panics, and the message shows what came
//! instead.
//!
//! # Waiting too long
//!
//! Each wait has a limit, so that a silent stream fails its test instead of blocking it. A method
//! panics after a minute of real time; use [`patience`](EventReader::patience) to change that.
//! Under paused time, it also panics after a day of the runtime's clock, which takes about a
//! second. The time of a tokio runtime must be enabled. In other runtimes, a thread watches the
//! time.
//!
//! ```
//! use std::convert::Infallible;
//!
//! use http::{Request, Response};
//! use sse_tower::{Event, LastEventId, SseLayer, testing::EventReader};
//! use tower::{Layer, Service, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), Infallible> {
//! // Counts to three, and starts after the last event ID.
//! let mut service = SseLayer::new().layer(service_fn(|request: Request<()>| async move {
//!     let seen = LastEventId::of(&request).parse::<u64>().value().filter(|id| *id <= 3);
//!     let events = (1..=3).skip_while(move |n| Some(*n) <= seen);
//!     let events = events.map(|n| Ok::<_, Infallible>(Event::from_static("x").with_id(n)));
//!     Ok::<_, Infallible>(Response::new(tokio_stream::iter(events)))
//! }));
//!
//! let response = service.call(Request::new(())).await?;
//! let mut reader = EventReader::new(response);
//! assert_eq!(reader.event().await, Event::from_static("x").with_id(1));
//!
//! let request = reader.disconnect().resume(Request::new(()));
//! let mut reader = EventReader::new(service.call(request).await?);
//! assert_eq!(reader.event().await, Event::from_static("x").with_id(2));
//! assert_eq!(reader.rest().await, [Event::from_static("x").with_id(3)]);
//! # Ok(())
//! # }
//! ```

use std::{
    collections::VecDeque, error::Error, fmt, future::poll_fn, pin::Pin, task::Poll, time::Duration,
};

use bytes::{Buf, Bytes};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body::Body;
use sse_proto::{Chunk, Decoder, Event, EventId, Item, media_type};

use crate::error::BoxError;

mod received;
mod wait;

pub use received::Received;

use wait::Wait;

/// Reads the events of one response as a client would.
///
/// Every method except [`rest`](Self::rest) is cancel safe: data that was read but not returned is
/// returned by the next call.
pub struct EventReader<B> {
    headers: HeaderMap,
    body: Pin<Box<B>>,
    decoder: Decoder,
    /// Items that were decoded but not returned, each with the last event ID at that point.
    arrived: VecDeque<(Received, String)>,
    /// The last event ID at the item that was returned last.
    last_event_id: String,
    raw: Vec<u8>,
    patience: Duration,
}

/// The default limit on a wait, in real time.
const DEFAULT_PATIENCE: Duration = Duration::from_secs(60);

impl<B> EventReader<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    /// Creates a reader for `response`.
    ///
    /// # Panics
    /// If a client would reject the response: the status is not 200, or the content is not an event
    /// stream.
    #[track_caller]
    pub fn new(response: Response<B>) -> Self {
        let (head, body) = response.into_parts();
        assert_eq!(head.status, StatusCode::OK, "the status of the response");
        let content_type = head
            .headers
            .get(header::CONTENT_TYPE)
            .map(HeaderValue::as_bytes)
            .unwrap_or_default();
        assert!(
            media_type::is_event_stream(content_type),
            "the content type of the response is {:?}",
            content_type.escape_ascii().to_string()
        );
        Self {
            headers: head.headers,
            body: Box::pin(body),
            decoder: Decoder::builder().comments(true).build(),
            arrived: VecDeque::new(),
            last_event_id: String::new(),
            raw: Vec::new(),
            patience: DEFAULT_PATIENCE,
        }
    }

    /// Sets how long each method waits before it panics, in real time. The default is a minute.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Returns the header fields of the response.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns all bytes that were read so far.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Returns the next item, or `None` at the end of the stream.
    ///
    /// # Panics
    /// If the body fails, or nothing arrives [for too long](self#waiting-too-long).
    pub async fn next(&mut self) -> Option<Received> {
        let mut wait = Wait::new("an item or the end of the stream", self.patience);
        self.next_within(&mut wait).await
    }

    /// Returns the next event. Skips comments and reconnection times.
    ///
    /// # Panics
    /// If the body fails, if the stream ends without another event, or if no event arrives [for too
    /// long](self#waiting-too-long), even if heartbeats do.
    pub async fn event(&mut self) -> Event {
        let mut wait = Wait::new("an event", self.patience);
        loop {
            match self.next_within(&mut wait).await {
                Some(Received::Event(event)) => return event,
                Some(other) => wait.skip(&other),
                None => panic!("the stream ended where an event was expected"),
            }
        }
    }

    /// Returns all events until the end of the stream.
    ///
    /// # Panics
    /// If the body fails, or if it does not end [for too long](self#waiting-too-long).
    pub async fn rest(&mut self) -> Vec<Event> {
        let mut wait = Wait::new("the end of the stream", self.patience);
        let mut events = Vec::new();
        while let Some(received) = self.next_within(&mut wait).await {
            wait.skip(&received);
            if let Received::Event(event) = received {
                events.push(event);
            }
        }
        events
    }

    /// Waits for the body to fail, as it does if the stream of events fails. Returns the error and
    /// its sources as text: `the stream of events failed: no database`.
    ///
    /// # Panics
    /// If anything else arrives, if the stream ends cleanly, or if the body does not fail [for too
    /// long](self#waiting-too-long).
    pub async fn error(&mut self) -> String {
        if let Some((received, _)) = self.arrived.pop_front() {
            panic!("{received:?} came where the body was expected to fail");
        }
        let mut wait = Wait::new("the body to fail", self.patience);
        match self.next_frame(&mut wait).await {
            Some(Err(error)) => chain(error),
            Some(Ok(bytes)) => panic!("{bytes:?} came where the body was expected to fail"),
            None => panic!("the stream ended where the body was expected to fail"),
        }
    }

    /// Waits for the end of the stream.
    ///
    /// # Panics
    /// If the body fails, if anything arrives before the end, or if the stream does not end [for
    /// too long](self#waiting-too-long).
    pub async fn end(&mut self) {
        let mut wait = Wait::new("the end of the stream", self.patience);
        if let Some(received) = self.next_within(&mut wait).await {
            panic!("{received:?} came where the end of the stream was expected");
        }
    }

    /// Drops the response, as if the client disconnected.
    #[must_use]
    pub fn disconnect(self) -> Disconnected {
        // A block that sets only the ID produces no item, so the decoder's ID is newer if no item
        // is left.
        let last_event_id = match self.arrived.is_empty() {
            true => self.decoder.last_event_id(),
            false => &self.last_event_id,
        };
        Disconnected {
            last_event_id: EventId::decoded(last_event_id).unwrap_or_default(),
            reconnection_time: self.decoder.reconnection_time(),
        }
    }

    async fn next_within(&mut self, wait: &mut Wait) -> Option<Received> {
        loop {
            if let Some((received, last_event_id)) = self.arrived.pop_front() {
                self.last_event_id = last_event_id;
                return Some(received);
            }
            match self.next_frame(wait).await? {
                Ok(bytes) => self.decode(&bytes),
                Err(error) => panic!("the body failed: {}", chain(error)),
            }
        }
    }

    async fn next_frame(&mut self, wait: &mut Wait) -> Option<Result<Bytes, B::Error>> {
        loop {
            wait.check();
            let frame = poll_fn(|cx| match self.body.as_mut().poll_frame(cx) {
                Poll::Ready(frame) => Poll::Ready(frame),
                Poll::Pending => {
                    wait.register(cx);
                    Poll::Pending
                }
            });
            match frame.await? {
                Err(error) => return Some(Err(error)),
                Ok(frame) => {
                    if let Ok(mut data) = frame.into_data() {
                        return Some(Ok(data.copy_to_bytes(data.remaining())));
                    }
                }
            }
        }
    }

    fn decode(&mut self, bytes: &[u8]) {
        self.raw.extend_from_slice(bytes);
        let mut chunk = Chunk::new(bytes);
        loop {
            let received = match self.decoder.decode(&mut chunk) {
                Ok(None) => return,
                Ok(Some(Item::Event(event))) => Received::Event(event.into()),
                Ok(Some(Item::Retry(time))) => Received::Retry(time),
                Ok(Some(Item::Comment(text))) => Received::Comment(text.into()),
                Ok(Some(_)) => continue,
                Err(error) => panic!("{error}"),
            };
            let last_event_id = self.decoder.last_event_id().to_owned();
            self.arrived.push_back((received, last_event_id));
        }
    }
}

/// Returns the error and its sources as text.
fn chain(error: impl Into<BoxError>) -> String {
    let error = error.into();
    let mut text = error.to_string();
    let mut source: Option<&dyn Error> = error.source();
    while let Some(error) = source {
        text += &format!(": {error}");
        source = error.source();
    }
    text
}

impl<B> fmt::Debug for EventReader<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventReader")
            .field("decoder", &self.decoder)
            .finish_non_exhaustive()
    }
}

/// The state that a client keeps after it was disconnected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disconnected {
    last_event_id: EventId,
    reconnection_time: Option<Duration>,
}

impl Disconnected {
    /// Returns the last event ID. It is empty if there was none.
    #[must_use]
    pub fn last_event_id(&self) -> &EventId {
        &self.last_event_id
    }

    /// Returns the reconnection time, if the server has set one.
    #[must_use]
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.reconnection_time
    }

    /// Turns `request` into one that resumes the stream: sets the `Last-Event-ID` field, unless the
    /// ID is empty.
    ///
    /// # Panics
    /// If the ID contains a control character, which a header field cannot carry.
    #[must_use]
    #[track_caller]
    pub fn resume<B>(&self, mut request: Request<B>) -> Request<B> {
        let id = self.last_event_id.as_str();
        if !id.is_empty() {
            let Ok(value) = HeaderValue::from_bytes(id.as_bytes()) else {
                panic!("a header field cannot carry the last event ID {id:?}");
            };
            request.headers_mut().insert("last-event-id", value);
        }
        request
    }
}
