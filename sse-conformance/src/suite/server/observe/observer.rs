//! Asking a server.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use crate::driver::address::{Address, check_origin};
use crate::driver::capability::Capability;
use crate::driver::control::{Action, Answer};
use crate::driver::exchange::Exchange;
use crate::driver::hook::Hook;
use crate::driver::link::{Link, Protocol};
use crate::driver::message::{End, LAST_EVENT_ID, Request};
use crate::driver::reader::Reader;
use crate::driver::recording::Recording;
use crate::driver::target::Target;
use crate::driver::unreachable::Unreachable;
use crate::driver::{http1, http2};
use crate::event::Event;
use crate::suite::server::lacking::{Lacking, lacking};
use crate::suite::server::observation::event::Published;
use crate::suite::server::observe::source::Source;
use crate::suite::server::observe::via::Via;
use crate::text::seconds;
use crate::wire::log;

/// A server may send the head first and subscribe then, so that what is published in between is
/// rightly not seen.
pub(crate) const SETTLE: Duration = Duration::from_millis(300);

/// The time in which a refusal must end.
const REFUSAL: Duration = Duration::from_secs(3);

/// An answer that comes counts as late from this time on.
const PROMPT: Duration = Duration::from_secs(1);

/// The number of lost events after which the suite waits less for each.
const LOSSES: usize = 3;

/// The most redirects that are followed: the limit of the [Fetch
/// standard](https://fetch.spec.whatwg.org/#http-redirect-fetch).
const REDIRECTS: usize = 20;

/// Asks one server.
pub(crate) struct Observer<'t> {
    pub(crate) target: &'t Target,
    pub(crate) link: Link,
    pub(crate) hook: Option<Hook>,
    /// How long anything may take before it counts as missing.
    patience: Duration,
    /// The time that the server has kept the suite waiting, and when it was last counted.
    delay: Cell<Duration>,
    counted_at: Cell<Instant>,
    hopeless: Notify,
    /// The number of events that did not come.
    losses: Cell<usize>,
    /// Set if the head came only once an event was published.
    head_needs_event: Cell<bool>,
    /// Different in each run: a server may still have the events of the last one.
    nonce: u32,
    tokens: Cell<u32>,
    /// The redirects that were followed, and why the last one was not.
    pub(crate) redirects: Vec<Recording>,
    pub(crate) astray: Option<String>,
    /// The outcome of the very first request.
    pub(crate) first: RefCell<Option<Result<Recording, String>>>,
    /// Set if the hook has the action `publish`.
    publishes: Cell<bool>,
    /// Set once a stream has ended by itself.
    pub(crate) ends_streams: Cell<bool>,
    /// Set once a reader was turned away that came back sooner than `retry` says.
    pub(crate) waits_in_full: Cell<bool>,
    /// Whether what is published comes, once that has been seen.
    pub(crate) delivers: Cell<Option<bool>>,
    /// Whether the server resumes, once that has been seen.
    pub(crate) resumes: Cell<Option<bool>>,
    /// Whether the idle stream sets ids, once that has been seen.
    pub(crate) idle_sets_id: Cell<Option<bool>>,
    /// Set once it is known if the idle stream has heartbeats.
    pub(crate) has_heartbeats: Cell<Option<bool>>,
    /// Why there is no HTTP/2, once that is known: a server that does not answer is asked once.
    no_http2: RefCell<Option<String>>,
}

impl<'t> Observer<'t> {
    /// Finds the server, following redirects as a browser does.
    ///
    /// # Errors
    ///
    /// Why there is nothing to judge.
    pub(crate) async fn find(
        target: &'t Target,
        patience: Duration,
        nonce: u32,
    ) -> Result<Self, Unreachable> {
        if let Some(origin) = &target.origin {
            check_origin(origin).map_err(Unreachable::Target)?;
        }
        let address = Address::parse(&target.url).map_err(Unreachable::Target)?;
        let mut found = Self::at(target, address, patience, nonce).await?;
        found.ask_first().await.map_err(Unreachable::Silent)?;
        found.refuse_hidden_tls().await?;
        while let Some(location) = found.location() {
            if let Err(why) = found.follow(&location).await? {
                found.astray = Some(why);
                break;
            }
        }
        if let Some(control) = &target.control {
            let hook = Hook::new(control, target).await?;
            found.hook = Some(hook);
            found.try_hook().await?;
        }
        // A server that has just been left is not the same yet.
        found.until_gone().await;
        Ok(found)
    }

    async fn at(
        target: &'t Target,
        address: Address,
        patience: Duration,
        nonce: u32,
    ) -> Result<Self, Unreachable> {
        let link = Link::new(address, target).await?;
        Ok(Self {
            target,
            link,
            hook: None,
            patience,
            delay: Cell::default(),
            counted_at: Cell::new(Instant::now()),
            hopeless: Notify::new(),
            losses: Cell::default(),
            head_needs_event: Cell::new(false),
            nonce,
            tokens: Cell::new(0),
            redirects: Vec::new(),
            astray: None,
            first: RefCell::new(None),
            publishes: Cell::new(false),
            ends_streams: Cell::new(false),
            waits_in_full: Cell::new(false),
            delivers: Cell::new(None),
            resumes: Cell::new(None),
            idle_sets_id: Cell::new(None),
            has_heartbeats: Cell::new(None),
            no_http2: RefCell::new(None),
        })
    }

    /// A hook that does not work would make everything look as if it were not there.
    async fn try_hook(&self) -> Result<(), Unreachable> {
        let Some(hook) = &self.hook else {
            return Ok(());
        };
        let token = self.token();
        let event = Event {
            data: &token,
            ..Event::default()
        };
        let answer = match hook.call(&Action::Publish(event), self.patience).await {
            Ok(answer) => answer,
            Err(why) => {
                let Some(link) = hook.link() else {
                    return Err(Unreachable::Silent(why));
                };
                refuse_hidden_tls(link, self.patience).await?;
                return Err(Unreachable::Silent(why));
            }
        };
        match answer {
            Answer::Refused => {
                let why = "the control hook refuses a plain event".to_owned();
                Err(Unreachable::Silent(why))
            }
            // Where there is nothing at all, the URL is wrong.
            Answer::Unsupported
                if hook
                    .is_nowhere(&Action::Publish(event), self.patience)
                    .await =>
            {
                let url = hook
                    .link()
                    .map_or_else(String::new, |link| link.address.url());
                Err(Unreachable::Target(format!(
                    "{url} answers 404 to every action: is it the URL of the control hook? A hook that \
                     lacks an action answers 501"
                )))
            }
            // A hook may do without it, and still end and count streams.
            answer => {
                self.publishes.set(answer != Answer::Unsupported);
                Ok(())
            }
        }
    }

    /// Makes the first request. A server that answers nothing is reachable: the cases will tell.
    ///
    /// # Errors
    ///
    /// Where the server cannot be connected to.
    async fn ask_first(&self) -> Result<(), String> {
        let within = seconds(self.patience);
        let connected = timeout(self.patience, self.link.connect(self.protocol())).await;
        drop(connected.map_err(|_| match self.link.address.secure {
            true => format!(
                "no connection, or no TLS handshake, within {within}: if the server does not speak TLS, \
                 try {}",
                self.link.address.with_other_scheme()
            ),
            false => format!("no connection within {within}"),
        })??);
        let sent = self.send(&self.request()).await;
        let sent = sent.map(|reader| reader.recording);
        self.first.replace(Some(sent));
        Ok(())
    }

    /// A server that speaks TLS answers http with an alert, an error, or not at all.
    async fn refuse_hidden_tls(&self) -> Result<(), Unreachable> {
        let is_plain = match &*self.first.borrow() {
            Some(Ok(recording)) => recording.head.status != 400,
            _ => false,
        };
        match is_plain {
            true => Ok(()),
            false => refuse_hidden_tls(&self.link, self.patience).await,
        }
    }

    /// Returns where the server sends its clients, if it does.
    fn location(&self) -> Option<String> {
        let first = self.first.borrow();
        let head = &first.as_ref()?.as_ref().ok()?.head;
        match head.status {
            301 | 302 | 303 | 307 | 308 => head.text("location"),
            _ => None,
        }
    }

    /// Goes on to the server that `location` leads to. The inner error says why a browser would not
    /// get there.
    ///
    /// # Errors
    ///
    /// Where the target does not allow to go there.
    async fn follow(&mut self, location: &str) -> Result<Result<(), String>, Unreachable> {
        let Some(Ok(recording)) = self.first.borrow().clone() else {
            return Ok(Ok(()));
        };
        self.redirects.push(recording);
        if self.redirects.len() > REDIRECTS {
            return Ok(Err(format!("there are more than {REDIRECTS} redirects")));
        }
        let address = match self.link.address.redirected(location) {
            Ok(address) => address,
            Err(why) => return Ok(Err(why)),
        };
        let next = Self::at(self.target, address, self.patience, self.nonce).await;
        let mut next = match next {
            Ok(next) => next,
            Err(Unreachable::Silent(why)) => return Ok(Err(why)),
            Err(error) => return Err(error),
        };
        if let Err(why) = next.ask_first().await {
            return Ok(Err(format!("redirected to `{location}`: {why}")));
        }
        next.redirects = std::mem::take(&mut self.redirects);
        *self = next;
        Ok(Ok(()))
    }

    /// Returns how long anything may take.
    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    /// Returns how long an event may take. A server that loses some is waited for less.
    pub(crate) fn patience_for_event(&self) -> Duration {
        match self.losses.get() < LOSSES {
            true => self.patience,
            false => self.patience.min(PROMPT.max(self.patience / 10)),
        }
    }

    /// Counts an event that did not come.
    pub(crate) fn count_loss(&self) {
        self.losses.set(self.losses.get() + 1);
    }

    /// Counts the wait for an answer that came at last.
    pub(crate) fn count_late(&self, start: Instant) {
        self.count_delay(start + PROMPT);
    }

    /// Counts the time since `from` as the server's delay. Waits at the same time count once.
    pub(crate) fn count_delay(&self, from: Instant) {
        let now = Instant::now();
        let from = self.counted_at.get().max(from);
        if now > from {
            self.counted_at.set(now);
            self.delay.set(self.delay.get() + (now - from));
        }
        if self.is_hopeless() {
            self.hopeless.notify_waiters();
        }
    }

    /// Returns whether the server has kept the suite waiting for too long to go on.
    pub(crate) fn is_hopeless(&self) -> bool {
        self.delay.get() >= self.delay_limit()
    }

    /// Waits until the server is hopeless.
    pub(crate) async fn until_hopeless(&self) {
        let mut notified = std::pin::pin!(self.hopeless.notified());
        notified.as_mut().enable();
        if !self.is_hopeless() {
            notified.await;
        }
    }

    /// Says why nothing more is asked.
    pub(crate) fn hopeless(&self) -> String {
        let limit = seconds(self.delay_limit());
        format!(
            "not judged: the server kept the suite waiting for {limit} in all; `--timeout` says how long"
        )
    }

    /// The longest time that a server may keep the suite waiting in all.
    fn delay_limit(&self) -> Duration {
        5 * self.patience / 2
    }

    /// Returns whether there is a control hook with the action `publish`.
    pub(crate) fn can_publish(&self) -> bool {
        self.publishes.get()
    }

    /// # Errors
    ///
    /// Where nothing can be published, and why.
    pub(crate) fn publishing_is_supported(&self) -> Result<(), Lacking> {
        let why = match &self.hook {
            _ if self.can_publish() => return Ok(()),
            None => "there is no control hook",
            Some(_) => "the control hook has no action `publish`",
        };
        Err(lacking(Capability::Publish, why))
    }

    fn protocol(&self) -> Protocol {
        match self.target.http2 {
            true => Protocol::Http2,
            false => Protocol::Http1,
        }
    }

    /// The request of an `EventSource`, with the fields that the target asks for.
    pub(crate) fn request(&self) -> Request {
        self.with_fields(Request::event_source())
    }

    /// A request without fields but those that the target asks for.
    pub(crate) fn bare(&self, method: &'static str) -> Request {
        self.with_fields(Request::new(method))
    }

    fn with_fields(&self, request: Request) -> Request {
        let fields = self.target.fields.iter();
        fields.fold(request, |request, (name, value)| {
            request.with_hidden(&name.to_ascii_lowercase(), value)
        })
    }

    /// Text that stands nowhere else. None is a part of another.
    pub(crate) fn token(&self) -> String {
        let number = self.tokens.get();
        self.tokens.set(number + 1);
        format!("t{number}x{:08x}z", self.nonce)
    }

    /// Sends a request on a connection of its own and waits for the head.
    pub(crate) async fn send(&self, request: &Request) -> Result<Reader, String> {
        self.send_via(Via::Own, true, request).await
    }

    /// The same, for a scene that looks at how long the head takes by itself.
    pub(crate) async fn send_unaided(&self, request: &Request) -> Result<Reader, String> {
        self.send_via(Via::Own, false, request).await
    }

    /// Sends a request. If the head does not come and it `is_aided`, publishes an event soon, with
    /// which some servers send the head.
    async fn send_via(
        &self,
        via: Via<'_>,
        is_aided: bool,
        request: &Request,
    ) -> Result<Reader, String> {
        let patience = self.patience();
        let start = Instant::now();
        // An event source sends GET alone. A server that keeps other methods waiting is not given up.
        let is_get = request.method == "GET";
        let exchange = timeout(patience, self.exchange(via, request))
            .await
            .map_err(|_| {
                self.count_delay(start);
                let within = seconds(patience);
                format!("the request could not be sent within {within}")
            })??;
        // There is a limit on the whole as well, which must not end it first.
        let mut opened = std::pin::pin!(self.head(via, exchange, request, 3 * patience));
        let unaided = match self.head_needs_event.get() && is_aided && is_get {
            true => SETTLE,
            false => patience,
        };
        if let Ok(opened) = timeout(unaided, &mut opened).await {
            if is_get {
                self.count_late(start);
            }
            if is_get && start.elapsed() > PROMPT {
                // Long polling has nothing to say until then.
                self.head_needs_event.set(self.can_publish());
            }
            return opened;
        }
        let mut why = format!("no response head within {}", seconds(patience));
        // Some servers send the head with the first event.
        if is_get && self.can_publish() {
            let _ = self.publish(&mut Published::new(self.token())).await;
            if let Ok(opened) = timeout(SETTLE, &mut opened).await {
                self.head_needs_event.set(opened.is_ok());
                return opened;
            }
            if let Ok(opened) = timeout(patience, &mut opened).await {
                self.count_late(start);
                return opened;
            }
            why.push_str(", nor in that time after an event was published");
        }
        if is_get {
            self.count_delay(start);
        }
        log::note(None, &why);
        Err(why)
    }

    /// Sends a request and waits for the head, and publishes nothing.
    pub(crate) async fn open(&self, via: Via<'_>, request: &Request) -> Result<Reader, String> {
        let patience = self.patience();
        let exchange = timeout(patience, self.exchange(via, request));
        let within = seconds(patience);
        let exchange = exchange
            .await
            .map_err(|_| format!("the request could not be sent within {within}"))??;
        self.head(via, exchange, request, 2 * patience).await
    }

    /// Waits for the answer to a request on a connection that has served another one. Long polling
    /// gets an event to answer with.
    pub(crate) async fn open_on(
        &self,
        exchange: Exchange,
        shown: String,
    ) -> Result<Reader, String> {
        let patience = self.patience();
        let mut opened = std::pin::pin!(Reader::open(exchange, shown, patience + SETTLE));
        if self.head_needs_event.get() {
            if let Ok(opened) = timeout(SETTLE, &mut opened).await {
                return opened;
            }
            let _ = self.publish(&mut Published::new(self.token())).await;
        }
        opened.await
    }

    async fn head(
        &self,
        via: Via<'_>,
        exchange: Exchange,
        request: &Request,
        within: Duration,
    ) -> Result<Reader, String> {
        let mut shown = request.curl(&self.link.address);
        if let Via::Stream(_) = via {
            shown.push_str(" --http2-prior-knowledge");
        }
        let mut reader = Reader::open(exchange, shown, within).await?;
        let id = request.value(LAST_EVENT_ID).unwrap_or_default();
        reader.recording.resumed_from = String::from_utf8_lossy(id).into_owned();
        Ok(reader)
    }

    async fn exchange(&self, via: Via<'_>, request: &Request) -> Result<Exchange, String> {
        let address = &self.link.address;
        if let Via::Stream(connection) = via {
            let exchange = connection.send(request, address).await?;
            return Ok(Exchange::Http2(exchange));
        }
        let protocol = self.protocol();
        let is_narrow = matches!(via, Via::Narrow);
        let io = self.link.connect_with(protocol, is_narrow).await?;
        match protocol {
            Protocol::Http1 => http1::Exchange::send(io, request, address)
                .await
                .map(Exchange::Http1),
            Protocol::Http2 => self.on(http2::Connection::open(io).await?, request).await,
        }
    }

    /// Sends a request as a stream of its own on an HTTP/2 connection, which lives as long.
    async fn on(
        &self,
        connection: http2::Connection,
        request: &Request,
    ) -> Result<Exchange, String> {
        let mut exchange = connection.send(request, &self.link.address).await?;
        exchange.keep(connection);
        Ok(Exchange::Http2(exchange))
    }

    /// Opens an HTTP/2 connection, whatever the target asks for.
    pub(crate) async fn http2(&self) -> Result<http2::Connection, String> {
        if let Some(why) = self.no_http2.borrow().clone() {
            return Err(why);
        }
        let open = async {
            let io = self.link.connect(Protocol::Http2).await?;
            let mut connection = http2::Connection::open(io).await?;
            // A server of HTTP/1.1 alone answers the preface with an error, or not at all.
            connection.is_alive().await?;
            Ok(connection)
        };
        let opened = timeout(self.patience(), open)
            .await
            .unwrap_or_else(|_| Err("no answer to the HTTP/2 preface".to_owned()));
        self.no_http2.replace(opened.as_ref().err().cloned());
        opened
    }

    /// Opens a stream and waits until the server may be taken to have subscribed.
    pub(crate) async fn listen<'o>(&'o self, request: &Request) -> Result<Source<'o>, String> {
        let mut source = self.source(Via::Own, request).await?;
        source.settle().await;
        Ok(source)
    }

    /// Opens a stream as an event source does, which comes back when the stream has ended.
    pub(crate) async fn source<'o>(
        &'o self,
        via: Via<'o>,
        request: &Request,
    ) -> Result<Source<'o>, String> {
        let reader = self.send_via(via, true, request).await?;
        Ok(Source::new(self, via, request, reader))
    }

    /// Sends a request and reads what comes at once: the head is what counts.
    pub(crate) async fn ask(&self, request: &Request) -> Result<Recording, String> {
        let mut reader = self.send(request).await?;
        reader.until(SETTLE, |seen| !seen.bytes.is_empty()).await;
        Ok(reader.recording)
    }

    /// The same, but reads an answer that is not a stream to its end, and returns the bytes that follow
    /// it on its connection.
    pub(crate) async fn ask_to_the_end(
        &self,
        request: &Request,
    ) -> (Result<Recording, String>, Option<String>) {
        let mut reader = match self.send(request).await {
            Ok(reader) => reader,
            Err(why) => return (Err(why), None),
        };
        if reader.recording.head.is_event_stream() {
            reader.until(SETTLE, |seen| !seen.bytes.is_empty()).await;
            return (Ok(reader.recording), None);
        }
        reader.read_for(self.patience().min(REFUSAL)).await;
        let rest = match reader.recording.end {
            Some(End::Complete) => reader.is_followed(SETTLE / 6).await,
            _ => None,
        };
        (Ok(reader.recording), rest)
    }

    pub(crate) async fn pause(&self) {
        sleep(SETTLE / 3).await;
    }
}

/// # Errors
///
/// Where the server speaks TLS, and the URL says http.
async fn refuse_hidden_tls(link: &Link, patience: Duration) -> Result<(), Unreachable> {
    if !link.speaks_tls(patience.min(2 * PROMPT)).await {
        return Ok(());
    }
    Err(Unreachable::Target(format!(
        "{} is an http URL, and the server speaks TLS on that port: try {}",
        link.address.url(),
        link.address.with_other_scheme()
    )))
}
