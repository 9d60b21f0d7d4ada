//! The observer: what all scenes share about the server.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use tokio::time::sleep;

use crate::driver::address::Address;
use crate::driver::capability::Capability;
use crate::driver::hook::Hook;
use crate::driver::link::Link;
use crate::driver::message::Request;
use crate::driver::recording::Recording;
use crate::driver::target::Target;
use crate::driver::unreachable::Unreachable;
use crate::suite::server::lacking::{Lacking, lacking};
use crate::suite::server::observe::delays::{Delays, PROMPT};
use crate::suite::server::observe::learned::Learned;

/// A server may send the head before it subscribes the client. Events that are published in between
/// are rightly not sent.
pub(crate) const SETTLE: Duration = Duration::from_millis(300);

/// The number of lost events after which the suite waits less for each.
const MAX_LOST_EVENTS: usize = 3;

/// Asks one server.
pub(crate) struct Observer<'t> {
    pub(crate) target: &'t Target,
    pub(crate) link: Link,
    pub(crate) hook: Option<Hook>,
    /// The time after which anything counts as missing.
    patience: Duration,
    pub(crate) delays: Delays,
    learned: RefCell<Learned>,
    /// A number that differs in each run, because a server may still have the events of the last
    /// run.
    pub(crate) nonce: u32,
    tokens: Cell<u32>,
    /// The redirects that were followed.
    pub(crate) redirects: Vec<Recording>,
    /// The reason why the last redirect was not followed.
    pub(crate) astray: Option<String>,
    /// The outcome of the very first request.
    pub(crate) first: Option<Result<Recording, String>>,
}

impl<'t> Observer<'t> {
    /// Prepares to ask the server at this address, of which nothing is known.
    ///
    /// # Errors
    ///
    /// Fails if the target does not allow this address, or its host is unknown.
    pub(crate) async fn at(
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
            delays: Delays::new(patience),
            learned: RefCell::default(),
            nonce,
            tokens: Cell::new(0),
            redirects: Vec::new(),
            astray: None,
            first: None,
        })
    }

    /// Returns a copy of the facts that were learned so far.
    pub(crate) fn learned(&self) -> Learned {
        self.learned.borrow().clone()
    }

    /// Notes facts for later requests and scenes.
    pub(crate) fn learn(&self, note: impl FnOnce(&mut Learned)) {
        note(&mut self.learned.borrow_mut());
    }

    /// Returns the time that anything may take.
    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    /// Returns the time that an event may take. It is shorter for a server that loses events.
    pub(crate) fn patience_for_event(&self) -> Duration {
        match self.learned().lost_events < MAX_LOST_EVENTS {
            true => self.patience,
            false => self.patience.min(PROMPT.max(self.patience / 10)),
        }
    }

    /// Counts an event that did not come.
    pub(crate) fn count_loss(&self) {
        self.learn(|learned| learned.lost_events += 1);
    }

    /// Returns whether there is a control hook with the action `publish`.
    pub(crate) fn can_publish(&self) -> bool {
        self.learned().can_publish
    }

    /// # Errors
    ///
    /// Fails if nothing can be published, with the reason.
    pub(crate) fn publishing_is_supported(&self) -> Result<(), Lacking> {
        let why = match &self.hook {
            _ if self.can_publish() => return Ok(()),
            None => "there is no control hook",
            Some(_) => "the control hook has no action `publish`",
        };
        Err(lacking(Capability::Publish, why))
    }

    /// Returns the request of an `EventSource`, with the header fields of the target.
    pub(crate) fn request(&self) -> Request {
        self.with_fields(Request::event_source())
    }

    /// Returns a request that has only the header fields of the target.
    pub(crate) fn bare(&self, method: &'static str) -> Request {
        self.with_fields(Request::new(method))
    }

    fn with_fields(&self, request: Request) -> Request {
        let fields = self.target.fields.iter();
        fields.fold(request, |request, (name, value)| {
            request.with_hidden(&name.to_ascii_lowercase(), value)
        })
    }

    /// Returns a new token: a text that occurs nowhere else and is not part of another token.
    pub(crate) fn token(&self) -> String {
        let number = self.tokens.get();
        self.tokens.set(number + 1);
        format!("t{number}x{:08x}z", self.nonce)
    }

    pub(crate) async fn pause(&self) {
        sleep(SETTLE / 3).await;
    }
}
