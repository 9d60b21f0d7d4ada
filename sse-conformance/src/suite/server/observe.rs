//! Asking a server.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::Unreachable;
use super::seen::{Lacking, Published, lacking};
use super::target::{Action, Answer, Target};
use crate::driver::address::Address;
use crate::driver::control::Hook;
use crate::driver::link::{Link, Protocol};
use crate::driver::message::{End, Request};
use crate::driver::reader::{Exchange, Reader, Recording};
use crate::driver::{http1, http2};
use crate::suite::encoder::Event;

/// A server may send the head first and subscribe then, so that what is published in between is
/// rightly not seen.
pub(super) const SETTLE: Duration = Duration::from_millis(300);

/// The time in which a refusal must end.
const REFUSAL: Duration = Duration::from_secs(3);

/// Asks one server.
pub(super) struct Observer<'t> {
    pub(super) target: &'t Target,
    pub(super) link: Link,
    hook: Option<Hook>,
    /// How long anything may take before it counts as missing.
    patience: Duration,
    /// How often no head came in that time.
    silences: Cell<u32>,
    /// Different in each run: a server may still have the events of the last one.
    nonce: u32,
    tokens: Cell<u32>,
    /// What came of the very first request.
    pub(super) first: RefCell<Option<Result<Recording, String>>>,
    /// Set if the hook has the action `publish`.
    publishes: Cell<bool>,
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
        let mut address = Address::parse(&target.url).map_err(Unreachable::Target)?;
        for _ in 0..5 {
            let certificates = target.certificates.as_deref();
            let link = Link::new(address, target.remote, certificates).await?;
            let mut found = Self {
                target,
                link,
                hook: None,
                patience,
                silences: Cell::new(0),
                nonce,
                tokens: Cell::new(0),
                first: RefCell::new(None),
                publishes: Cell::new(false),
                delivers: Cell::new(None),
                resumes: Cell::new(None),
                idle_sets_id: Cell::new(None),
                has_heartbeats: Cell::new(None),
                no_http2: RefCell::new(None),
            };
            let Some(next) = found.redirect().await.map_err(Unreachable::Silent)? else {
                if let Some(control) = &target.control {
                    found.hook = Some(Hook::new(control, target.remote, certificates).await?);
                    found.try_hook().await.map_err(Unreachable::Silent)?;
                }
                // A server that has just been left is not the same yet.
                found.until_gone().await;
                return Ok(found);
            };
            address = next;
        }
        let why = format!("{} redirects more than 5 times", target.url);
        Err(Unreachable::Silent(why))
    }

    /// A hook that does not work would make everything look as if it were not there.
    async fn try_hook(&self) -> Result<(), String> {
        let Some(hook) = &self.hook else {
            return Ok(());
        };
        let token = self.token();
        let event = Event {
            data: &token,
            ..Event::default()
        };
        match hook.call(&Action::Publish(event), self.patience).await? {
            Answer::Refused => return Err("the control hook refuses a plain event".to_owned()),
            // A hook may do without it, and still end and count streams.
            answer => self.publishes.set(answer != Answer::Unsupported),
        }
        Ok(())
    }

    /// Where the server sends who asks for the stream, if it does. A server that answers nothing
    /// is reachable: the cases will tell.
    async fn redirect(&self) -> Result<Option<Address>, String> {
        let connected = timeout(self.patience, self.link.connect(self.protocol()))
            .await
            .map_err(|_| format!("cannot connect within {:?}", self.patience))??;
        drop(connected);
        let sent = self.send(&self.request()).await;
        let sent = sent.map(|reader| reader.recording);
        self.first.replace(Some(sent.clone()));
        let Ok(reader) = sent else {
            return Ok(None);
        };
        let head = &reader.head;
        let location = head.text("location");
        match (head.status, location) {
            (301 | 302 | 303 | 307 | 308, Some(location)) => {
                self.link.address.redirected(&location).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// How long anything may take. A server that often keeps silent is waited for less, so that a
    /// run against one that never answers ends within minutes.
    pub(super) fn patience(&self) -> Duration {
        self.patience / if self.silences.get() < 3 { 1 } else { 10 }
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
            request.with(&name.to_ascii_lowercase(), value)
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
        self.send_over(self.protocol(), false, request).await
    }

    /// The same, with a small receive buffer.
    pub(super) async fn send_narrow(&self, request: &Request) -> Result<Reader, String> {
        self.send_over(self.protocol(), true, request).await
    }

    async fn send_over(
        &self,
        protocol: Protocol,
        narrow: bool,
        request: &Request,
    ) -> Result<Reader, String> {
        let patience = self.patience();
        let address = &self.link.address;
        let exchange = async {
            let io = self.link.connect_with(protocol, narrow).await?;
            match protocol {
                Protocol::Http1 => http1::Exchange::send(io, request, address)
                    .await
                    .map(Exchange::Http1),
                Protocol::Http2 => self.on(http2::Connection::open(io).await?, request).await,
            }
        };
        let exchange = timeout(patience, exchange)
            .await
            .map_err(|_| format!("the request could not be sent within {patience:?}"))??;
        let opened = Reader::open(exchange, request.curl(address), 2 * patience);
        let mut opened = std::pin::pin!(opened);
        if let Ok(opened) = timeout(patience, &mut opened).await {
            return opened;
        }
        // Some servers send the head with the first event.
        let _ = self.publish(&mut Published::new(self.token())).await;
        let opened = opened.await;
        if opened.is_err() {
            self.silences.set(self.silences.get() + 1);
        }
        opened
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
    pub(super) async fn listen(&self, request: &Request) -> Result<Reader, String> {
        let mut reader = self.send(request).await?;
        self.settle(&mut reader).await;
        Ok(reader)
    }

    pub(super) async fn settle(&self, reader: &mut Reader) {
        if reader.until(SETTLE, |seen| !seen.bytes.is_empty()).await {
            reader.read_for(SETTLE / 6).await;
        }
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
        match hook.call(action, self.patience()).await {
            Ok(Answer::Unsupported) => Err(lacking(
                capability,
                format!("the control hook has no action `{}`", action.name()),
            )),
            Ok(answer) => Ok(answer),
            Err(why) => Err(lacking(capability, why)),
        }
    }

    /// Publishes an event of a token of its own and reads it; notes when it came.
    pub(super) async fn publish_and_read(&self, reader: &mut Reader) -> Result<Published, Lacking> {
        let mut event = Published::new(self.token());
        self.publish_and_await(&mut event, reader).await?;
        Ok(event)
    }

    /// The same for an event that is given.
    pub(super) async fn publish_and_await(
        &self,
        event: &mut Published,
        reader: &mut Reader,
    ) -> Result<(), Lacking> {
        let start = Instant::now();
        self.publish(event).await?;
        if event.refused {
            return Ok(());
        }
        if reader.event(&event.token, self.patience()).await {
            event.arrived = Some(start.elapsed());
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
    pub(super) async fn leave(&self, reader: Reader) {
        let before = self.counted().await;
        drop(reader);
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
