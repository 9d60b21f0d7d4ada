//! Asking a server.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::Unreachable;
use super::judge::list;
use super::seen::{Lacking, Published, lacking};
use super::source::{Source, Via};
use super::target::{Action, Answer, Target};
use crate::driver::address::{Address, check_origin};
use crate::driver::control::Hook;
use crate::driver::link::{Link, Protocol};
use crate::driver::message::{End, LAST_EVENT_ID, Request};
use crate::driver::reader::{Exchange, Reader, Recording};
use crate::driver::{http1, http2};
use crate::suite::encoder::Event;
use crate::suite::{seconds, wire};

/// A server may send the head first and subscribe then, so that what is published in between is
/// rightly not seen.
pub(super) const SETTLE: Duration = Duration::from_millis(300);

/// The most times that an event is published which falls between two streams.
const MAX_TRIES: usize = 3;

/// The time in which a refusal must end.
const REFUSAL: Duration = Duration::from_secs(3);

/// An answer that comes counts as late from this time on.
const PROMPT: Duration = Duration::from_secs(1);

/// The most redirects that are followed: the limit of the [Fetch
/// standard](https://fetch.spec.whatwg.org/#http-redirect-fetch).
const REDIRECTS: usize = 20;

/// Asks one server.
pub(super) struct Observer<'t> {
    pub(super) target: &'t Target,
    pub(super) link: Link,
    hook: Option<Hook>,
    /// How long anything may take before it counts as missing.
    patience: Duration,
    /// The time that the server has kept the suite waiting, and when it was last counted.
    delay: Cell<Duration>,
    counted_at: Cell<Instant>,
    hopeless: Notify,
    /// Set if the head came only once an event was published.
    head_needs_event: Cell<bool>,
    /// Different in each run: a server may still have the events of the last one.
    nonce: u32,
    tokens: Cell<u32>,
    /// The redirects that were followed, and why the last one was not.
    pub(super) redirects: Vec<Recording>,
    pub(super) astray: Option<String>,
    /// The outcome of the very first request.
    pub(super) first: RefCell<Option<Result<Recording, String>>>,
    /// Set if the hook has the action `publish`.
    publishes: Cell<bool>,
    /// Set once a stream has ended by itself.
    pub(super) ends_streams: Cell<bool>,
    /// Set once a reader was turned away that came back sooner than `retry` says.
    pub(super) waits_in_full: Cell<bool>,
    /// Whether what is published comes, once that has been seen.
    pub(super) delivers: Cell<Option<bool>>,
    /// Whether the server resumes, once that has been seen.
    pub(super) resumes: Cell<Option<bool>>,
    /// Whether the idle stream sets ids, once that has been seen.
    pub(super) idle_sets_id: Cell<Option<bool>>,
    /// Set once it is known if the idle stream has heartbeats.
    pub(super) has_heartbeats: Cell<Option<bool>>,
    /// Why there is no HTTP/2, once that is known: a server that does not answer is asked once.
    no_http2: RefCell<Option<String>>,
}

impl<'t> Observer<'t> {
    /// Finds the server, following redirects as a browser does.
    ///
    /// # Errors
    ///
    /// Why there is nothing to judge.
    pub(super) async fn find(
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
    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    /// Counts the wait for an answer that came at last.
    fn count_late(&self, start: Instant) {
        self.count_delay(start + PROMPT);
    }

    /// Counts the time since `from` as the server's delay. Waits at the same time count once.
    fn count_delay(&self, from: Instant) {
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
    pub(super) fn is_hopeless(&self) -> bool {
        self.delay.get() >= self.delay_limit()
    }

    /// Waits until the server is hopeless.
    pub(super) async fn until_hopeless(&self) {
        let mut notified = std::pin::pin!(self.hopeless.notified());
        notified.as_mut().enable();
        if !self.is_hopeless() {
            notified.await;
        }
    }

    /// Says why nothing more is asked.
    pub(super) fn hopeless(&self) -> String {
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
    pub(super) fn can_publish(&self) -> bool {
        self.publishes.get()
    }

    /// # Errors
    ///
    /// Where nothing can be published, and why.
    pub(super) fn publishing_is_supported(&self) -> Result<(), Lacking> {
        let why = match &self.hook {
            _ if self.can_publish() => return Ok(()),
            None => "there is no control hook",
            Some(_) => "the control hook has no action `publish`",
        };
        Err(lacking(super::Capability::Publish, why))
    }

    fn protocol(&self) -> Protocol {
        match self.target.http2 {
            true => Protocol::Http2,
            false => Protocol::Http1,
        }
    }

    /// The request of an `EventSource`, with the fields that the target asks for.
    pub(super) fn request(&self) -> Request {
        self.with_fields(Request::event_source())
    }

    /// A request without fields but those that the target asks for.
    pub(super) fn bare(&self, method: &'static str) -> Request {
        self.with_fields(Request::new(method))
    }

    fn with_fields(&self, request: Request) -> Request {
        let fields = self.target.fields.iter();
        fields.fold(request, |request, (name, value)| {
            request.with_hidden(&name.to_ascii_lowercase(), value)
        })
    }

    /// Text that stands nowhere else. None is a part of another.
    pub(super) fn token(&self) -> String {
        let number = self.tokens.get();
        self.tokens.set(number + 1);
        format!("t{number}x{:08x}z", self.nonce)
    }

    /// Sends a request on a connection of its own and waits for the head.
    pub(super) async fn send(&self, request: &Request) -> Result<Reader, String> {
        self.send_via(Via::Own, true, request).await
    }

    /// The same, for a scene that looks at how long the head takes by itself.
    pub(super) async fn send_unaided(&self, request: &Request) -> Result<Reader, String> {
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
        let exchange = timeout(patience, self.exchange(via, request))
            .await
            .map_err(|_| {
                self.count_delay(start);
                let within = seconds(patience);
                format!("the request could not be sent within {within}")
            })??;
        // There is a limit on the whole as well, which must not end it first.
        let mut opened = std::pin::pin!(self.head(via, exchange, request, 3 * patience));
        let unaided = match self.head_needs_event.get() && is_aided {
            true => SETTLE,
            false => patience,
        };
        if let Ok(opened) = timeout(unaided, &mut opened).await {
            self.count_late(start);
            if start.elapsed() > PROMPT {
                // Long polling has nothing to say until then.
                self.head_needs_event.set(self.can_publish());
            }
            return opened;
        }
        let mut why = format!("no response head within {}", seconds(patience));
        // Some servers send the head with the first event.
        if self.can_publish() {
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
        self.count_delay(start);
        wire::note(None, &why);
        Err(why)
    }

    /// Sends a request and waits for the head, and publishes nothing.
    pub(super) async fn open(&self, via: Via<'_>, request: &Request) -> Result<Reader, String> {
        let patience = self.patience();
        let exchange = timeout(patience, self.exchange(via, request));
        let within = seconds(patience);
        let exchange = exchange
            .await
            .map_err(|_| format!("the request could not be sent within {within}"))??;
        self.head(via, exchange, request, 2 * patience).await
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
    pub(super) async fn http2(&self) -> Result<http2::Connection, String> {
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
    pub(super) async fn listen<'o>(&'o self, request: &Request) -> Result<Source<'o>, String> {
        let mut source = self.source(Via::Own, request).await?;
        source.settle().await;
        Ok(source)
    }

    /// Opens a stream as an event source does, which comes back when the stream has ended.
    pub(super) async fn source<'o>(
        &'o self,
        via: Via<'o>,
        request: &Request,
    ) -> Result<Source<'o>, String> {
        let reader = self.send_via(via, true, request).await?;
        Ok(Source::new(self, via, request, reader))
    }

    /// Publishes an event; notes whether it was refused.
    ///
    /// # Errors
    ///
    /// Why the hook did not do it.
    pub(super) async fn publish(&self, event: &mut Published) -> Result<(), Lacking> {
        let answer = self.act(&Action::Publish(event.to_publish())).await?;
        event.refused = answer == Answer::Refused;
        Ok(())
    }

    /// # Errors
    ///
    /// Where there is no hook, it lacks the action, or does not answer.
    pub(super) async fn act(&self, action: &Action<'_>) -> Result<Answer, Lacking> {
        let capability = action.capability();
        let Some(hook) = &self.hook else {
            return Err(lacking(capability, "there is no control hook"));
        };
        let start = Instant::now();
        let called = wire::scoped(hook.call(action, self.patience())).await.0;
        match &called {
            // A restart takes its time.
            _ if *action == Action::Restart => {}
            Ok(_) => self.count_late(start),
            Err(_) => self.count_delay(start),
        }
        wire::note(None, &noted(action, &called));
        match called {
            Ok(Answer::Unsupported) => Err(lacking(
                capability,
                format!("the control hook has no action `{}`", action.name()),
            )),
            Ok(answer) => Ok(answer),
            Err(why) => Err(lacking(capability, why)),
        }
    }

    /// Publishes an event of a token of its own and reads it; notes when it came.
    pub(super) async fn publish_and_read(
        &self,
        source: &mut Source<'_>,
    ) -> Result<Published, Lacking> {
        let mut event = Published::new(self.token());
        self.publish_and_await(&mut event, source).await?;
        Ok(event)
    }

    /// The same for an event that is given. An event that falls between two streams of a server
    /// without IDs is published again, with another token.
    pub(super) async fn publish_and_await(
        &self,
        event: &mut Published,
        source: &mut Source<'_>,
    ) -> Result<(), Lacking> {
        for _ in 0..MAX_TRIES {
            source.ready().await;
            let (responses, lapses) = (source.responses(), source.lapses());
            let start = Instant::now();
            self.publish(event).await?;
            if event.refused {
                break;
            }
            if source.event(&event.token, self.patience()).await {
                event.arrived = Some(start.elapsed());
                event.came_late = source.responses() > responses;
                if !event.came_late {
                    self.count_late(start);
                }
                break;
            }
            if source.lapses() == lapses {
                break;
            }
            let token = self.token();
            event.data = event.data.replace(&event.token, &token);
            event.token = token;
        }
        Ok(())
    }

    /// Sends a request and reads what comes at once: the head is what counts.
    pub(super) async fn ask(&self, request: &Request) -> Result<Recording, String> {
        let mut reader = self.send(request).await?;
        reader.until(SETTLE, |seen| !seen.bytes.is_empty()).await;
        Ok(reader.recording)
    }

    /// The same, but reads an answer that is not a stream to its end, and returns the bytes that follow
    /// it on its connection.
    pub(super) async fn ask_to_the_end(
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

    /// Takes a reader away, and waits until the server may be taken to know.
    pub(super) async fn leave(&self, source: Source<'_>) {
        let before = self.counted().await;
        drop(source);
        self.until_counted(before.map(|open| open.saturating_sub(1)))
            .await;
    }

    /// Waits until the readers that were taken away may be taken to be gone.
    pub(super) async fn until_gone(&self) {
        let none = self.counted().await.map(|_| 0);
        self.until_counted(none).await;
    }

    /// Waits until the hook counts no more than `goal` streams; where it does not count, or they do
    /// not become fewer, for a while.
    async fn until_counted(&self, goal: Option<u64>) {
        let enough = Instant::now() + 3 * SETTLE;
        let Some(goal) = goal else {
            return sleep_until(enough).await;
        };
        while Instant::now() < enough {
            match self.counted().await {
                Some(open) if open <= goal => return,
                _ => sleep(SETTLE / 10).await,
            }
        }
    }

    /// How many streams are open, if the hook can say.
    async fn counted(&self) -> Option<u64> {
        match self.act(&Action::Count).await {
            Ok(Answer::Count(open)) => Some(open),
            _ => None,
        }
    }

    pub(super) async fn pause(&self) {
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

/// A call of the control hook, for the wire log.
fn noted(action: &Action<'_>, called: &Result<Answer, String>) -> String {
    let asked = match action {
        Action::Publish(event) => format!("publish {event}"),
        Action::Batch(events) => format!("batch {}", list(*events)),
        other => other.name().to_owned(),
    };
    let answer = match called {
        Ok(Answer::Done) => "done".to_owned(),
        Ok(Answer::Count(count)) => format!("{count} open"),
        Ok(Answer::Refused) => "refused".to_owned(),
        Ok(Answer::Unsupported) => "there is no such action".to_owned(),
        Err(why) => why.clone(),
    };
    format!("control hook, {asked}: {answer}")
}
