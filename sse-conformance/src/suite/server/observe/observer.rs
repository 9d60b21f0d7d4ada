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

/// A server may send the head first and subscribe then, so that what is published in between is
/// rightly not seen.
pub(crate) const SETTLE: Duration = Duration::from_millis(300);

/// The number of lost events after which the suite waits less for each.
const MAX_LOST_EVENTS: usize = 3;

/// Asks one server.
pub(crate) struct Observer<'t> {
    pub(crate) target: &'t Target,
    pub(crate) link: Link,
    pub(crate) hook: Option<Hook>,
    /// How long anything may take before it counts as missing.
    patience: Duration,
    pub(crate) delays: Delays,
    learned: RefCell<Learned>,
    /// Differs in each run: a server may still have the events of the last one.
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

    /// Returns how long anything may take.
    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    /// Returns how long an event may take. A server that loses some is waited for less.
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
    /// Where nothing can be published, and why.
    pub(crate) fn publishing_is_supported(&self) -> Result<(), Lacking> {
        let why = match &self.hook {
            _ if self.can_publish() => return Ok(()),
            None => "there is no control hook",
            Some(_) => "the control hook has no action `publish`",
        };
        Err(lacking(Capability::Publish, why))
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

    pub(crate) async fn pause(&self) {
        sleep(SETTLE / 3).await;
    }
}
