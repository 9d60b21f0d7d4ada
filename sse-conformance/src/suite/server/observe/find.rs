//! Finds the server, and tries its control hook.

use std::time::Duration;

use tokio::time::timeout;

use crate::driver::address::{Address, check_origin};
use crate::driver::control::{Action, Answer};
use crate::driver::hook::Hook;
use crate::driver::link::Link;
use crate::driver::target::Target;
use crate::driver::unreachable::Unreachable;
use crate::event::Event;
use crate::suite::server::observe::delays::PROMPT;
use crate::suite::server::observe::observer::Observer;
use crate::text::seconds;

/// The maximum number of redirects: the limit of the [Fetch
/// standard](https://fetch.spec.whatwg.org/#http-redirect-fetch).
const MAX_REDIRECTS: usize = 20;

impl<'t> Observer<'t> {
    /// Finds the server. Follows redirects as a browser does.
    ///
    /// # Errors
    ///
    /// Fails if there is nothing to judge.
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
            found.publish_probe().await?;
        }
        // A server may still be closing the streams of these first requests.
        found.until_gone().await;
        Ok(found)
    }

    /// Publishes an event to try the hook. If the hook did not work, every feature would seem to be
    /// missing.
    async fn publish_probe(&self) -> Result<(), Unreachable> {
        let Some(hook) = &self.hook else {
            return Ok(());
        };
        let token = self.token();
        let event = Event {
            data: &token,
            ..Event::default()
        };
        let answer = match hook.call(&Action::Publish(event), self.patience()).await {
            Ok(answer) => answer,
            Err(why) => {
                let Some(link) = hook.link() else {
                    return Err(Unreachable::Silent(why));
                };
                refuse_hidden_tls(link, self.patience()).await?;
                return Err(Unreachable::Silent(why));
            }
        };
        match answer {
            Answer::Refused => {
                let why = "the control hook refuses a plain event".to_owned();
                Err(Unreachable::Silent(why))
            }
            // If the URL serves nothing at all, it is wrong.
            Answer::Unsupported
                if hook
                    .is_nowhere(&Action::Publish(event), self.patience())
                    .await =>
            {
                let url = hook
                    .link()
                    .map_or_else(String::new, |link| link.address.url());
                Err(Unreachable::Target(format!(
                    "{url} answers 404 to every action: is it the URL of the control hook? A \
                     hook answers 501 if it lacks an action"
                )))
            }
            // A hook without `publish` can still end and count streams.
            answer => {
                self.learn(|learned| learned.can_publish = answer != Answer::Unsupported);
                Ok(())
            }
        }
    }

    /// Makes the first request. A server that accepts the connection but does not answer is
    /// reachable, and the cases report it.
    ///
    /// # Errors
    ///
    /// Fails if there is no connection to the server.
    async fn ask_first(&mut self) -> Result<(), String> {
        let within = seconds(self.patience());
        let connected = timeout(self.patience(), self.link.connect(self.protocol())).await;
        drop(connected.map_err(|_| match self.link.address.secure {
            true => format!(
                "no connection, or no TLS handshake, within {within}: if the server does not speak TLS, \
                 try {}",
                self.link.address.with_other_scheme()
            ),
            false => format!("no connection within {within}"),
        })??);
        let sent = self.send_or_publish(&self.request()).await;
        let sent = sent.map(|reader| reader.recording);
        self.first = Some(sent);
        Ok(())
    }

    /// A server that speaks TLS answers plain HTTP with an alert, an error, or not at all.
    async fn refuse_hidden_tls(&self) -> Result<(), Unreachable> {
        let is_plain = match &self.first {
            Some(Ok(recording)) => recording.head.status != 400,
            _ => false,
        };
        match is_plain {
            true => Ok(()),
            false => refuse_hidden_tls(&self.link, self.patience()).await,
        }
    }

    /// Returns the target of the redirect, if the answer is one.
    fn location(&self) -> Option<String> {
        let head = &self.first.as_ref()?.as_ref().ok()?.head;
        match head.status {
            301 | 302 | 303 | 307 | 308 => head.text("location"),
            _ => None,
        }
    }

    /// Continues with the server that `location` leads to. The inner error says why a browser would
    /// not get there.
    ///
    /// # Errors
    ///
    /// Fails if the target does not allow this server.
    async fn follow(&mut self, location: &str) -> Result<Result<(), String>, Unreachable> {
        let Some(Ok(recording)) = self.first.clone() else {
            return Ok(Ok(()));
        };
        self.redirects.push(recording);
        if self.redirects.len() > MAX_REDIRECTS {
            return Ok(Err(format!(
                "there are more than {MAX_REDIRECTS} redirects"
            )));
        }
        let address = match self.link.address.redirected(location) {
            Ok(address) => address,
            Err(why) => return Ok(Err(why)),
        };
        let next = Self::at(self.target, address, self.patience(), self.nonce).await;
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
}

/// # Errors
///
/// Fails if the server speaks TLS although the URL says http.
async fn refuse_hidden_tls(link: &Link, patience: Duration) -> Result<(), Unreachable> {
    if !link.speaks_tls(patience.min(2 * PROMPT)).await {
        return Ok(());
    }
    Err(Unreachable::Target(format!(
        "{} is an http URL, but the server speaks TLS on that port: try {}",
        link.address.url(),
        link.address.with_other_scheme()
    )))
}
