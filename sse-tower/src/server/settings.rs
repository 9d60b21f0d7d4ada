//! The settings of event streams, shared by all types that create or relay them.

#[cfg(feature = "tokio")]
use std::sync::LazyLock;
use std::{
    error::Error,
    fmt,
    ops::RangeInclusive,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::request::Parts;
use sse_proto::Event;

#[cfg(feature = "metrics")]
use crate::server::observe::StreamMetrics;
use crate::{
    drain::Drain,
    foreign::Guarded,
    frame::{EventFrame, MAX_RECONNECTION_TIME},
    rt::{random::Random, timer::Timer},
    server::{
        admission::limit::Limits,
        compression::Compression,
        heartbeat::Heartbeat,
        observe::Observing,
        stream::{
            insertions::Insertions,
            notice::{Hook, Notice},
        },
    },
};

/// The settings for the event streams of a server.
///
/// Pass them to [`SseLayer::with`](crate::SseLayer::with),
/// [`RelayLayer::with`](crate::RelayLayer::with) and [`Sse::with`](crate::Sse::with). Create them
/// once and clone them:
///
/// ```
/// use std::{ops::ControlFlow, time::Duration};
/// use sse_tower::{Drain, RelayLayer, Settings, SseLayer, server::Limits};
///
/// let drain = Drain::new();
/// let settings = Settings::new()
///     .retry(Duration::from_secs(2))
///     .lifetime(Duration::from_secs(290))
///     .drain(&drain)
///     .limits(&Limits::new(10_000))
///     .on_notice(|notice| println!("{notice:?}"));
/// let (ours, proxied) = (SseLayer::with(settings.clone()), RelayLayer::with(settings));
/// # let _ = (ours, proxied);
/// ```
///
/// A clone shares its values with the original and takes no memory of its own until one of the two
/// is changed.
#[derive(Clone)]
#[must_use]
pub struct Settings {
    values: Arc<StreamSettings>,
}

/// The values of [`Settings`]. All streams that use the settings share them.
#[derive(Clone)]
pub(crate) struct StreamSettings {
    pub(crate) timer: Arc<dyn Timer>,
    seed: Option<Arc<AtomicU64>>,
    retry: Option<Duration>,
    pub(crate) heartbeat: Option<Heartbeat>,
    padding: bool,
    pub(crate) allow_transform: bool,
    pub(crate) lifetime: Option<Duration>,
    pub(crate) drain: Option<Drain>,
    pub(crate) limits: Option<Limits>,
    pub(crate) come_back_after: RangeInclusive<Duration>,
    pub(crate) refuse_with_503: bool,
    pub(crate) refuse_unacceptable: bool,
    pub(crate) compression: Option<Compression>,
    pub(crate) error_event: Option<Arc<ErrorEvent>>,
    pub(crate) final_event: Option<EventFrame>,
    pub(crate) observing: Observing,
}

type ErrorEvent = dyn Fn(&(dyn Error + 'static)) -> Option<Event> + Send + Sync;

/// The default reconnection time of common browsers. It is sent at the start of a stream that may
/// send another one later, because clients keep the last one they got.
const DEFAULT_RETRY: Duration = Duration::from_secs(3);

impl Settings {
    /// Creates the default settings on tokio's timer: a heartbeat every 15 seconds and nothing
    /// else.
    #[cfg(feature = "tokio")]
    pub fn new() -> Self {
        static DEFAULT: LazyLock<Settings> =
            LazyLock::new(|| Settings::with_timer(crate::rt::timer::TokioTimer));
        DEFAULT.clone()
    }

    /// Creates the default settings on the timer of another runtime.
    pub fn with_timer(timer: impl Timer + 'static) -> Self {
        let values = StreamSettings {
            timer: Arc::new(timer),
            seed: None,
            retry: None,
            heartbeat: Some(Heartbeat::default()),
            padding: false,
            allow_transform: false,
            lifetime: None,
            drain: None,
            limits: None,
            come_back_after: Duration::from_secs(2)..=Duration::from_secs(10),
            refuse_with_503: false,
            refuse_unacceptable: false,
            compression: None,
            error_event: None,
            final_event: None,
            observing: Observing::default(),
        };
        Self {
            values: Arc::new(values),
        }
    }

    /// Sets the client's reconnection time at the start of each stream. By default, clients use
    /// their own, a few seconds. The maximum is 2^31 - 1 milliseconds, as in [`EventFrame::retry`].
    ///
    /// A client keeps the last reconnection time that it got. A stream with a drain, limits or a
    /// lifetime may send another one later. So by default such a stream begins with a reconnection
    /// time of 3 seconds.
    pub fn retry(mut self, reconnection_time: Duration) -> Self {
        self.change().retry = Some(reconnection_time);
        self
    }

    /// Sets the heartbeat.
    pub fn heartbeat(mut self, heartbeat: Heartbeat) -> Self {
        self.change().heartbeat = Some(heartbeat);
        self
    }

    /// Turns the heartbeat off. The server then notices only with the next event that a client has
    /// gone away, and proxies may close the connection.
    pub fn without_heartbeat(mut self) -> Self {
        self.change().heartbeat = None;
        self
    }

    /// Begins each stream with a comment of 2 KiB, for old browsers and virus scanners that hold
    /// back the first bytes of a response.
    ///
    /// Even without this setting, the layers do so for a request whose query has a parameter
    /// `padding` or `evs_preamble`. Polyfills of `EventSource` ask for padding in this way.
    pub fn padding(mut self) -> Self {
        self.change().padding = true;
        self
    }

    /// Lets proxies and other layers compress the streams.
    ///
    /// By default, the directive `no-transform` in `Cache-Control` forbids compression ([RFC 9111,
    /// 5.2.2.6](https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.6)), because most compressors
    /// hold events back until they have enough data. The directive is also added to a
    /// `Cache-Control` field of the handler or the upstream. With this setting it is not added, and
    /// a stream without the field gets only `no-store`. Use it if the compressor flushes after each
    /// event.
    ///
    /// ```
    /// use std::convert::Infallible;
    /// use sse_tower::{Event, Settings, Sse};
    ///
    /// let events = tokio_stream::iter([Ok::<_, Infallible>(Event::new("hello"))]);
    /// let response = Sse::with(events, Settings::new().allow_transform()).into_http();
    /// assert_eq!(response.headers()["cache-control"], "no-store");
    /// ```
    pub fn allow_transform(mut self) -> Self {
        self.change().allow_transform = true;
        self
    }

    /// Ends each stream cleanly before it has been open for longer than `at_most`. The end is at a
    /// random moment in the last tenth of that time, so that streams that began together do not end
    /// together.
    ///
    /// Use it on platforms that cut off responses at a fixed age. Clients resume from their last
    /// event ID.
    ///
    /// If the process did not run for a while, for example because the machine was suspended, many
    /// lifetimes are over at the same moment. So a stream whose end is two seconds late ends at
    /// another random moment, within a tenth of `at_most` and within a minute. It then sends a
    /// `retry:` of a [random length](Self::come_back_after). The same applies to a stream whose
    /// client was slow to read.
    pub fn lifetime(mut self, at_most: Duration) -> Self {
        self.change().lifetime = Some(at_most);
        self
    }

    /// Ends the streams when `drain` starts, and refuses new ones from then on.
    pub fn drain(mut self, drain: &Drain) -> Self {
        self.change().drain = Some(drain.clone());
        self
    }

    /// Refuses streams beyond these limits.
    pub fn limits(mut self, limits: &Limits) -> Self {
        self.change().limits = Some(limits.clone());
        self
    }

    /// Sets the range of the random time after which a client reconnects if its stream was ended or
    /// refused by a drain, a limit or an overdue lifetime. The default is 2 to 10 seconds. If the
    /// range ends before it starts, its start is used. The maximum is 2^31 - 1 milliseconds, as in
    /// [`retry`](Self::retry); it also applies to `Retry-After`.
    pub fn come_back_after(mut self, range: RangeInclusive<Duration>) -> Self {
        let [start, end] =
            [range.start(), range.end()].map(|time| *time.min(&MAX_RECONNECTION_TIME));
        self.change().come_back_after = start..=end;
        self
    }

    /// Refuses streams with status 503 and `Retry-After`. By default, a refused stream sets the
    /// reconnection time and ends.
    ///
    /// A native `EventSource` never reconnects after status 503, even if the field is present. Use
    /// this for clients that do, and for load balancers that should try another server.
    pub fn refuse_with_503(mut self) -> Self {
        self.change().refuse_with_503 = true;
        self
    }

    /// Answers requests whose `Accept` excludes `text/event-stream` with status 406 ([RFC 9110,
    /// 15.5.7](https://www.rfc-editor.org/rfc/rfc9110#section-15.5.7)).
    ///
    /// This works only in layers, because an `Sse` without a layer does not know its request. Every
    /// response then has `Vary: Accept`.
    pub fn refuse_unacceptable(mut self) -> Self {
        self.change().refuse_unacceptable = true;
        self
    }

    /// Compresses the streams for clients that accept it.
    ///
    /// Each frame is compressed as a unit, with all events that are ready together, so that the
    /// client can decode it the moment it arrives. This includes heartbeats. Read the
    /// [guide](crate::guide::compressing) first: compression takes much more memory than the stream
    /// itself, and it can reveal secrets.
    ///
    /// This works only in layers, because an `Sse` without a layer does not know its request. There,
    /// put a [`RelayLayer`](crate::RelayLayer) with this setting around the route. Refusals, and
    /// relayed streams that already have a content coding, are not compressed.
    #[cfg(any(
        feature = "compression-br",
        feature = "compression-gzip",
        feature = "compression-zstd"
    ))]
    pub fn compression(mut self, compression: Compression) -> Self {
        self.change().compression = Some(compression);
        self
    }

    /// Sends an event to the client if the stream fails. `event` turns the error into that event,
    /// or returns `None`.
    ///
    /// The response then ends cleanly. Without an event the response is cut off, so that the client
    /// knows only that something went wrong. It is also cut off if `event` panics, or if a relayed
    /// stream fails [within an event](crate::RelayLayer#when-the-upstream-breaks). A panic of the
    /// stream counts as an error. [`Lagged`](crate::server::Lagged),
    /// [`Kicked`](crate::server::Kicked), [`Expired`](crate::server::Expired) and
    /// [`Unavailable`](crate::server::Unavailable) do not, because they end the stream cleanly.
    ///
    /// ```
    /// use sse_tower::{Event, EventType, Settings};
    ///
    /// const ERROR: EventType = EventType::from_static("error-message");
    /// // Errors may contain internal details, so this one sends a fixed text.
    /// let settings = Settings::new()
    ///     .error_event(|_error| Some(Event::from_static("try again").with_type(ERROR)));
    /// # let _ = settings;
    /// ```
    pub fn error_event(
        mut self,
        event: impl Fn(&(dyn Error + 'static)) -> Option<Event> + Send + Sync + 'static,
    ) -> Self {
        let event = Guarded::new(event);
        self.change().error_event = Some(Arc::new(move |error| event.as_ref()?(error)));
        self
    }

    /// Sends `event` when the stream of events is complete, so that clients can distinguish that
    /// from a broken connection. Streams of language models send `[DONE]`. The event is not sent if
    /// a relayed stream ends [within an event](crate::RelayLayer#when-the-upstream-breaks).
    ///
    /// ```
    /// use sse_tower::{Event, Settings};
    ///
    /// let settings = Settings::new().final_event(Event::from_static("[DONE]"));
    /// # let _ = settings;
    /// ```
    pub fn final_event(mut self, event: Event) -> Self {
        self.change().final_event = Some(event.into());
        self
    }

    /// Calls `hook` when a stream opens or ends, when a request is refused, and when a heartbeat is
    /// sent.
    ///
    /// To give the hook data from the request, use [`on_notice_with`](Self::on_notice_with). The
    /// hook runs where the response is made, polled or dropped, so it must not block. If it panics,
    /// the panic hook of the process reports the panic. The stream, its connection and other
    /// streams continue.
    ///
    /// A response to HEAD has no stream, so the hook is not called. An [`Sse`](crate::Sse) does not
    /// know the method of its request. There, a stream begins when its body is first polled, and a
    /// body that is dropped before that calls no hook.
    ///
    /// If a response and a relay around it share this setting, the relay calls the hook.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    /// use sse_tower::{Settings, server::Notice};
    ///
    /// static OPENED: AtomicU64 = AtomicU64::new(0);
    /// static ENDED: AtomicU64 = AtomicU64::new(0);
    ///
    /// let settings = Settings::new().on_notice(|notice| match notice {
    ///     Notice::Opened => drop(OPENED.fetch_add(1, Relaxed)),
    ///     Notice::Ended(_) => drop(ENDED.fetch_add(1, Relaxed)),
    ///     _ => {}
    /// });
    /// # let _ = settings;
    /// ```
    pub fn on_notice(mut self, hook: impl Fn(&Notice<'_>) + Send + Sync + 'static) -> Self {
        self.change().observing.share_hook(Hook::new(hook));
        self
    }

    /// Like [`on_notice`](Self::on_notice), but with a separate hook for each request. `make`
    /// returns the hook and can give it data from the request.
    ///
    /// If `make` panics, the panic reaches the caller of the service, like a panic in a handler.
    ///
    /// The layers call `make` for each request before they call the service, and drop the hook if
    /// the response is not an event stream. A response without a layer does not know its request,
    /// so `make` gets an empty one. In a handler, use `on_notice` instead.
    ///
    /// ```
    /// use sse_tower::{Settings, server::Notice};
    ///
    /// let settings = Settings::new().on_notice_with(|request| {
    ///     let (path, user) = (request.uri.path().to_owned(), request.headers.get("x-user").cloned());
    ///     move |notice| {
    ///         if let Notice::Ended(end) = notice {
    ///             println!("{path} of {user:?}: {:?} after {:?}", end.reason(), end.duration());
    ///         }
    ///     }
    /// });
    /// # let _ = settings;
    /// ```
    pub fn on_notice_with<H>(mut self, make: impl Fn(&Parts) -> H + Send + Sync + 'static) -> Self
    where
        H: Fn(&Notice<'_>) + Send + Sync + 'static,
    {
        let make = Guarded::new(make);
        let make = move |request: &Parts| match make.as_ref() {
            Some(make) => Hook::new(make(request)),
            None => Hook::new(|_| {}),
        };
        self.change().observing.make_hook(make);
        self
    }

    /// Counts the streams in `metrics`.
    ///
    /// If a response and a relay around it share the metrics, the stream is counted once. See the
    /// [guide](crate::guide::observing).
    ///
    /// ```
    /// use sse_tower::{Settings, server::StreamMetrics};
    ///
    /// // After the program has installed its recorder.
    /// let settings = Settings::new().metrics(&StreamMetrics::new());
    /// # let _ = settings;
    /// ```
    #[cfg(feature = "metrics")]
    pub fn metrics(mut self, metrics: &StreamMetrics) -> Self {
        self.change().observing.set_metrics(metrics);
        self
    }

    /// Opens a span of the crate `tracing` for each stream, with the fields `http_version`, `coding`,
    /// `reason`, `events`, `bytes`, `sent_bytes` and `duration_seconds`.
    ///
    /// Its parent is the span that is current when a layer gets the request, or when an
    /// [`Sse`](crate::Sse) becomes a response. Its name is `sse_stream`, its target
    /// `sse_tower::stream`, and its level INFO. The stream of events is not polled within the span.
    /// If a response and a relay around it both have this setting, the relay opens the span. See the
    /// [guide](crate::guide::observing) for the levels of the events within the span.
    ///
    /// ```
    /// use sse_tower::{Settings, SseLayer};
    ///
    /// let layer = SseLayer::with(Settings::new().spans());
    /// # let _ = layer;
    /// ```
    #[cfg(feature = "tracing")]
    pub fn spans(mut self) -> Self {
        self.change().observing.set_spans();
        self
    }

    /// Seeds the random numbers, so that tests get the same ones each time.
    pub fn seed(mut self, seed: u64) -> Self {
        self.change().seed = Some(Arc::new(AtomicU64::new(seed)));
        self
    }

    /// Returns the values, for the streams that share them.
    pub(crate) fn values(&self) -> &Arc<StreamSettings> {
        &self.values
    }

    /// Returns the values for a change. Copies them first if others share them.
    fn change(&mut self) -> &mut StreamSettings {
        Arc::make_mut(&mut self.values)
    }
}

impl StreamSettings {
    /// Returns the random numbers for another stream.
    pub(crate) fn random(&self) -> Random {
        match &self.seed {
            None => Random::new(),
            Some(seed) => Random::seeded(seed.fetch_add(1, Ordering::Relaxed)),
        }
    }

    /// Returns what is inserted into a stream while it runs.
    pub(crate) fn insertions(&self, wants_padding: bool) -> Insertions {
        let may_send_another =
            self.drain.is_some() || self.limits.is_some() || self.lifetime.is_some();
        Insertions {
            padding: self.padding || wants_padding,
            retry: self.retry.is_some() || may_send_another,
            heartbeat: self.heartbeat.is_some(),
        }
    }

    /// Returns the first bytes of a stream.
    pub(crate) fn start(&self, insertions: Insertions) -> Option<Bytes> {
        let retry = self.retry.unwrap_or(DEFAULT_RETRY);
        let retry = insertions.retry.then(|| EventFrame::retry(retry));
        match (insertions.padding, retry) {
            (false, None) => None,
            (false, Some(retry)) => Some(retry.into_bytes()),
            (true, None) => Some(Bytes::from_static(PADDING)),
            (true, Some(retry)) => Some([PADDING, retry.as_bytes()].concat().into()),
        }
    }
}

/// A comment of spaces, 2 KiB long.
const PADDING: &[u8] = &{
    let mut line = [b' '; 2050];
    line[0] = b':';
    line[2049] = b'\n';
    line
};

#[cfg(feature = "tokio")]
impl Default for Settings {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.values.fmt(f)
    }
}

impl fmt::Debug for StreamSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("timer", &self.timer)
            .field("retry", &self.retry)
            .field("heartbeat", &self.heartbeat)
            .field("padding", &self.padding)
            .field("allow_transform", &self.allow_transform)
            .field("lifetime", &self.lifetime)
            .field("drain", &self.drain)
            .field("limits", &self.limits)
            .field("come_back_after", &self.come_back_after)
            .field("refuse_with_503", &self.refuse_with_503)
            .field("refuse_unacceptable", &self.refuse_unacceptable)
            .field("compression", &self.compression)
            .field("error_event", &self.error_event.is_some())
            .field("final_event", &self.final_event)
            .field("observing", &self.observing)
            .finish_non_exhaustive()
    }
}
