//! Sends requests and waits for the heads of their responses.
//!
//! Functions that may publish an event say so in their names. Some servers send the head of a response
//! only with the first event, so that a request alone would wait in vain.

use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::driver::exchange::Exchange;
use crate::driver::link::Protocol;
use crate::driver::message::{End, LAST_EVENT_ID, Request};
use crate::driver::reader::Reader;
use crate::driver::recording::Recording;
use crate::driver::{http1, http2};
use crate::suite::server::observation::event::Published;
use crate::suite::server::observe::delays::PROMPT;
use crate::suite::server::observe::observer::{Observer, SETTLE};
use crate::text::seconds;
use crate::wire::log;

/// The time in which a refusal must end.
const MAX_REFUSAL_TIME: Duration = Duration::from_secs(3);

/// The connection for a request.
#[derive(Clone, Copy)]
pub(crate) enum Via<'o> {
    /// A new connection.
    Own,
    /// A new connection with a small receive buffer.
    Narrow,
    /// A stream on this HTTP/2 connection.
    Stream(&'o http2::Connection),
}

impl Observer<'_> {
    /// Sends a request on its own connection and waits for the head. Publishes an event if the head does
    /// not come.
    pub(crate) async fn send_or_publish(&self, request: &Request) -> Result<Reader, String> {
        self.send_or_publish_via(Via::Own, true, request).await
    }

    /// Does the same, but waits for as long as a head may take before it publishes an event. For a scene
    /// that measures how long the head takes.
    pub(crate) async fn send_or_publish_late(&self, request: &Request) -> Result<Reader, String> {
        self.send_or_publish_via(Via::Own, false, request).await
    }

    /// Sends a request and waits for the head. If the head does not come, publishes an event: soon if
    /// `is_aided` and the server is known to need one, otherwise after the time that a head may take.
    pub(crate) async fn send_or_publish_via(
        &self,
        via: Via<'_>,
        is_aided: bool,
        request: &Request,
    ) -> Result<Reader, String> {
        let patience = self.patience();
        let start = Instant::now();
        // An event source sends only GET. So a server that is slow to answer other methods is not
        // given up.
        let is_get = request.method == "GET";
        let exchange = timeout(patience, self.exchange(via, request))
            .await
            .map_err(|_| {
                self.delays.count(start);
                let within = seconds(patience);
                format!("the request could not be sent within {within}")
            })??;
        // The total has a limit as well, which must be longer.
        let mut opened = pin!(self.head(via, exchange, request, 3 * patience));
        let unaided = match self.learned().head_needs_event && is_aided && is_get {
            true => SETTLE,
            false => patience,
        };
        if let Ok(opened) = timeout(unaided, &mut opened).await {
            if is_get {
                self.delays.count_late(start);
            }
            if is_get && start.elapsed() > PROMPT {
                // Until then, long polling has nothing to send.
                let can_publish = self.can_publish();
                self.learn(|learned| learned.head_needs_event = can_publish);
            }
            return opened;
        }
        let mut why = format!("no response head within {}", seconds(patience));
        // Some servers send the head with the first event.
        if is_get && self.can_publish() {
            let _ = self.publish(&mut Published::new(self.token())).await;
            if let Ok(opened) = timeout(SETTLE, &mut opened).await {
                self.learn(|learned| learned.head_needs_event = opened.is_ok());
                return opened;
            }
            if let Ok(opened) = timeout(patience, &mut opened).await {
                self.delays.count_late(start);
                return opened;
            }
            why.push_str(", even after an event was published");
        }
        if is_get {
            self.delays.count(start);
        }
        log::note(None, &why);
        Err(why)
    }

    /// Sends a request and waits for the head. Publishes nothing.
    pub(crate) async fn send_only(
        &self,
        via: Via<'_>,
        request: &Request,
    ) -> Result<Reader, String> {
        let patience = self.patience();
        let exchange = timeout(patience, self.exchange(via, request));
        let within = seconds(patience);
        let exchange = exchange
            .await
            .map_err(|_| format!("the request could not be sent within {within}"))??;
        self.head(via, exchange, request, 2 * patience).await
    }

    /// Waits for the answer to a request on a connection that was used before. If the server is
    /// known to need one, publishes an event.
    pub(crate) async fn open_or_publish_on(
        &self,
        exchange: Exchange,
        shown: String,
    ) -> Result<Reader, String> {
        let patience = self.patience();
        let mut opened = pin!(Reader::open(exchange, shown, patience + SETTLE));
        if self.learned().head_needs_event {
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

    /// Sends a request on a new stream of an HTTP/2 connection, and keeps the connection open for
    /// as long as the stream.
    async fn on(
        &self,
        connection: http2::Connection,
        request: &Request,
    ) -> Result<Exchange, String> {
        let mut exchange = connection.send(request, &self.link.address).await?;
        exchange.keep(connection);
        Ok(Exchange::Http2(exchange))
    }

    /// Opens an HTTP/2 connection, even if the target uses HTTP/1.1.
    pub(crate) async fn http2(&self) -> Result<http2::Connection, String> {
        if let Some(why) = self.learned().no_http2 {
            return Err(why);
        }
        let open = async {
            let io = self.link.connect(Protocol::Http2).await?;
            let mut connection = http2::Connection::open(io).await?;
            // A server that only speaks HTTP/1.1 answers the preface with an error, or not at all.
            connection.is_alive().await?;
            Ok(connection)
        };
        let opened = timeout(self.patience(), open)
            .await
            .unwrap_or_else(|_| Err("no answer to the HTTP/2 preface".to_owned()));
        self.learn(|learned| learned.no_http2 = opened.as_ref().err().cloned());
        opened
    }

    /// Sends a request and reads the head and the first bytes.
    pub(crate) async fn ask_or_publish(&self, request: &Request) -> Result<Recording, String> {
        let mut reader = self.send_or_publish(request).await?;
        reader.until(SETTLE, |seen| !seen.bytes.is_empty()).await;
        Ok(reader.recording)
    }

    /// Does the same, but reads an answer that is not a stream to its end. Also returns the bytes
    /// that follow it on its connection.
    pub(crate) async fn ask_to_the_end_or_publish(
        &self,
        request: &Request,
    ) -> (Result<Recording, String>, Option<String>) {
        let mut reader = match self.send_or_publish(request).await {
            Ok(reader) => reader,
            Err(why) => return (Err(why), None),
        };
        if reader.recording.head.is_event_stream() {
            reader.until(SETTLE, |seen| !seen.bytes.is_empty()).await;
            return (Ok(reader.recording), None);
        }
        reader.read_for(self.patience().min(MAX_REFUSAL_TIME)).await;
        let rest = match reader.recording.end {
            Some(End::Complete) => reader.is_followed(SETTLE / 6).await,
            _ => None,
        };
        (Ok(reader.recording), rest)
    }

    pub(crate) fn protocol(&self) -> Protocol {
        match self.target.http2 {
            true => Protocol::Http2,
            false => Protocol::Http1,
        }
    }
}
