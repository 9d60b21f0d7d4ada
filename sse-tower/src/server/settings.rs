//! What event streams can be told: one set of settings for all that makes them.

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

use crate::{
    drain::Drain,
    foreign::Guarded,
    frame::{EventFrame, MAX_RECONNECTION_TIME},
    rt::{random::Random, timer::Timer},
    server::{
        admission::limit::Limits,
        heartbeat::Heartbeat,
        stream::{
            insertions::Insertions,
            notice::{Hook, Notice},
        },
    },
};

/// How the event streams of a server behave.
///
/// [`SseLayer::with`](crate::SseLayer::with), [`RelayLayer::with`](crate::RelayLayer::with) and
/// [`Sse::with`](crate::Sse::with) take them. Make them once and clone them:
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
/// A clone shares the values with the original, and costs no memory, until one of them is changed.
#[derive(Clone)]
#[must_use]
pub struct Settings {
    values: Arc<StreamSettings>,
}

/// The values of [`Settings`], which all streams share that were made with them.
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
    pub(crate) error_event: Option<Arc<ErrorEvent>>,
    pub(crate) final_event: Option<EventFrame>,
    on_notice: Option<Arc<MakeHook>>,
}

type ErrorEvent = dyn Fn(&(dyn Error + 'static)) -> Option<Event> + Send + Sync;
type MakeHook = dyn Fn(&Parts) -> Hook + Send + Sync;

/// The reconnection time of common browsers, sent where another may be sent later: it sticks.
const DEFAULT_RETRY: Duration = Duration::from_secs(3);

impl Settings {
    /// The defaults, by tokio's timer: a heartbeat every 15 seconds, and nothing else.
    #[cfg(feature = "tokio")]
    pub fn new() -> Self {
        static DEFAULT: LazyLock<Settings> =
            LazyLock::new(|| Settings::with_timer(crate::rt::timer::TokioTimer));
        DEFAULT.clone()
    }

    /// The defaults, by the timer of another runtime.
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
            error_event: None,
            final_event: None,
            on_notice: None,
        };
        Self {
            values: Arc::new(values),
        }
    }

    /// Sets the client's reconnection time, at the start of each stream. Without it, clients use
    /// their own, a few seconds. A time above 2^31 - 1 milliseconds is sent as that, as by
    /// [`EventFrame::retry`].
    ///
    /// A client keeps the last one it was sent. So with a drain, limits or a lifetime, which may send
    /// another, a stream begins with 3 seconds unless this says otherwise.
    pub fn retry(mut self, reconnection_time: Duration) -> Self {
        self.change().retry = Some(reconnection_time);
        self
    }

    /// Sets the heartbeat.
    pub fn heartbeat(mut self, heartbeat: Heartbeat) -> Self {
        self.change().heartbeat = Some(heartbeat);
        self
    }

    /// Sends no heartbeat. A client that is gone is then noticed with the next event only, and
    /// proxies may close the connection.
    pub fn without_heartbeat(mut self) -> Self {
        self.change().heartbeat = None;
        self
    }

    /// Begins each stream with a comment of 2 KiB, for what holds back the first bytes of a response
    /// until it has seen so many: old browsers, some virus scanners.
    ///
    /// The layers do so anyway for a request whose query has a parameter `padding` or `evs_preamble`,
    /// by which polyfills of `EventSource` ask for it.
    pub fn padding(mut self) -> Self {
        self.change().padding = true;
        self
    }

    /// Lets proxies and other layers compress the streams.
    ///
    /// By default, `Cache-Control` tells them not to, by the directive `no-transform`
    /// ([RFC 9111, 5.2.2.6](https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.6)), because most
    /// compressors hold events back until they have enough data. The directive is also added to a
    /// `Cache-Control` of the handler or the upstream. With this setting it is not added, and a stream
    /// without the field gets `no-store` alone. Use it if the compressor flushes after each event.
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

    /// Ends each stream, in order, before it is open for longer than `at_most`: at a random moment in
    /// the last tenth of it, so that streams that began together do not end together.
    ///
    /// For platforms that cut a response off at a fixed age. Clients resume from their last event ID.
    ///
    /// If the process did not run for a while, such as on a suspended machine, many lifetimes are over
    /// at the same moment. A stream whose end is two seconds late ends at another random moment: within a
    /// tenth of `at_most`, and within a minute. It then sends a `retry:` of a
    /// [random length](Self::come_back_after). So does a stream whose client was slow to read.
    pub fn lifetime(mut self, at_most: Duration) -> Self {
        self.change().lifetime = Some(at_most);
        self
    }

    /// Ends the streams when `drain` says so, and refuses those that are asked for from then on.
    pub fn drain(mut self, drain: &Drain) -> Self {
        self.change().drain = Some(drain.clone());
        self
    }

    /// Refuses streams beyond these limits.
    pub fn limits(mut self, limits: &Limits) -> Self {
        self.change().limits = Some(limits.clone());
        self
    }

    /// Sets how long a client that is sent away, by a drain, a limit or a lifetime that is over late,
    /// waits before it comes back: a random time in this range. The default is 2 to 10 seconds. A range
    /// that ends before it starts counts as its start. A time above 2^31 - 1 milliseconds counts as that,
    /// as in [`retry`](Self::retry), also in `Retry-After`.
    pub fn come_back_after(mut self, range: RangeInclusive<Duration>) -> Self {
        let [start, end] =
            [range.start(), range.end()].map(|time| *time.min(&MAX_RECONNECTION_TIME));
        self.change().come_back_after = start..=end;
        self
    }

    /// Refuses with status 503 and `Retry-After`, instead of with a stream that sets the reconnection
    /// time and ends.
    ///
    /// Native `EventSource` does not come back after it, whatever the field says. For clients that
    /// do, and for load balancers that should try another server.
    pub fn refuse_with_503(mut self) -> Self {
        self.change().refuse_with_503 = true;
        self
    }

    /// Answers 406 to a request whose `Accept` excludes `text/event-stream`
    /// ([RFC 9110, 15.5.7](https://www.rfc-editor.org/rfc/rfc9110#section-15.5.7)).
    ///
    /// For the layers; a response alone does not know what was asked for. Every answer then varies
    /// with `Accept`.
    pub fn refuse_unacceptable(mut self) -> Self {
        self.change().refuse_unacceptable = true;
        self
    }

    /// Tells the client of an error of the stream, by the event that is made of it, if one is.
    ///
    /// The response then ends cleanly. Without an event it is cut off, so that the client knows only that
    /// something went wrong. It is also cut off if `event` panics, or if a relayed stream fails
    /// [within an event](crate::RelayLayer#when-the-upstream-breaks). A panic of the stream counts as its
    /// error. [`Lagged`](crate::server::Lagged) does not: its client comes back.
    ///
    /// ```
    /// use sse_tower::{Event, EventType, Settings};
    ///
    /// const ERROR: EventType = EventType::from_static("error-message");
    /// // What an error says may be nobody's business: choose.
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

    /// Sends `event` when the stream of events has come to its end, so that a client can tell that
    /// from a connection that broke: `[DONE]` in streams of language models. It
    /// is not sent if a relayed stream ends [within an event](crate::RelayLayer#when-the-upstream-breaks).
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

    /// Calls `hook` when a stream opens or ends, when a request is refused, and when a heartbeat is sent.
    ///
    /// To give the hook data from the request, use [`on_notice_with`](Self::on_notice_with). The hook runs where
    /// the response is made, polled or dropped, so it must not block. If it panics, the panic hook of the process
    /// reports that, and nothing else happens: the connection and its other streams go on.
    ///
    /// A response to HEAD has no stream, so the hook is not called. An [`Sse`](crate::Sse) does not know
    /// the method of its request: there a stream begins when its body is polled for the first time, and
    /// a body that is dropped before calls no hook.
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
        let hook = Hook::new(hook);
        self.change().on_notice = Some(Arc::new(move |_| hook.clone()));
        self
    }

    /// As [`on_notice`](Self::on_notice), with a hook for each request. `make` returns it, and can give it data
    /// from the request.
    ///
    /// A panic of `make` is a panic of the service, like one of a handler.
    ///
    /// The layers call `make` for each request, before the service is called, and drop the hook if the
    /// response is not an event stream. A response without a layer does not know its request. There `make` is
    /// given an empty one, so use `on_notice` in the handler instead.
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
        self.change().on_notice = Some(Arc::new(move |request| match make.as_ref() {
            Some(make) => Hook::new(make(request)),
            None => Hook::new(|_| {}),
        }));
        self
    }

    /// Makes what is random the same each time, for tests.
    pub fn seed(mut self, seed: u64) -> Self {
        self.change().seed = Some(Arc::new(AtomicU64::new(seed)));
        self
    }

    /// The values, for the streams that share them.
    pub(crate) fn values(&self) -> &Arc<StreamSettings> {
        &self.values
    }

    /// The values, copied first if others share them.
    fn change(&mut self) -> &mut StreamSettings {
        Arc::make_mut(&mut self.values)
    }
}

impl StreamSettings {
    /// The random numbers of one more stream.
    pub(crate) fn random(&self) -> Random {
        match &self.seed {
            None => Random::new(),
            Some(seed) => Random::seeded(seed.fetch_add(1, Ordering::Relaxed)),
        }
    }

    /// Who is to be told of the stream that `request` is answered with.
    pub(crate) fn hook(&self, request: &Parts) -> Option<Hook> {
        self.on_notice.as_ref().map(|make| make(request))
    }

    /// Returns whether both have the same hook.
    pub(crate) fn has_same_hook_as(&self, other: &Self) -> bool {
        match (&self.on_notice, &other.on_notice) {
            (Some(hook), Some(other)) => Arc::ptr_eq(hook, other),
            _ => false,
        }
    }

    /// What is put into a stream while it runs.
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

/// A comment of spaces.
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
            .field("error_event", &self.error_event.is_some())
            .field("final_event", &self.final_event)
            .field("on_notice", &self.on_notice.is_some())
            .finish_non_exhaustive()
    }
}
