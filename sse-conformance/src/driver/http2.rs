//! HTTP/2, with prior knowledge or negotiated in the TLS handshake: RFC 9113.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::client::{Builder, ResponseFuture, SendRequest};
use h2::{Ping, PingPong, RecvStream, SendStream};
use tokio::io::{self, AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::JoinHandle;

use crate::driver::address::Address;
use crate::driver::link::Duplex;
use crate::driver::message::{End, Head, Piece, Request, Version};
use crate::wire::log;

/// The window of a stream: how much a server may send while nobody reads. Most clients begin with
/// this size.
pub(crate) const STREAM_WINDOW: u32 = 65_535;

/// The window of a connection. It is so large that streams which nobody reads use up only their own
/// windows.
const CONNECTION_WINDOW: u32 = 16 * 1024 * 1024;

/// GOAWAY with the error code NO_ERROR: the client will open no more streams.
const GOAWAY: [u8; 17] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// A connection that can carry many streams. Dropping it closes the connection.
pub(crate) struct Connection {
    sender: SendRequest<Bytes>,
    ping: Option<PingPong>,
    task: JoinHandle<()>,
    /// A frame that goes out before the next one.
    extra: Extra,
}

type Extra = Arc<Mutex<Vec<u8>>>;

impl Connection {
    /// Performs the handshake.
    ///
    /// # Errors
    ///
    /// Returns why the server does not speak HTTP/2.
    pub(crate) async fn open(io: Box<dyn Duplex>) -> Result<Self, String> {
        let extra = Extra::default();
        let io = Tap {
            io,
            extra: extra.clone(),
            is_inside: false,
        };
        let (sender, mut connection) = Builder::new()
            .initial_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .handshake(io)
            .await
            .map_err(|error| format!("no HTTP/2: {error}"))?;
        let ping = connection.ping_pong();
        let task = tokio::spawn(async {
            // Each stream reports the error itself.
            let _ = connection.await;
        });
        Ok(Self {
            sender,
            ping,
            task,
            extra,
        })
    }

    /// Sends a request on a new stream.
    ///
    /// # Errors
    ///
    /// Returns why it could not be sent.
    pub(crate) async fn send(
        &self,
        request: &Request,
        address: &Address,
    ) -> Result<Exchange, String> {
        let uri = format!("{}{}", address.origin(), request.path(address));
        let mut head = http::Request::builder().method(request.method).uri(uri);
        for (name, value) in &request.fields {
            head = head.header(name, value.as_slice());
        }
        let head = head
            .body(())
            .map_err(|error| format!("the request cannot be written: {error}"))?;
        let mut sender = self
            .sender
            .clone()
            .ready()
            .await
            .map_err(|error| format!("no HTTP/2: {error}"))?;
        let number = log::request(&request.shown(address), request.curl(address));
        let (response, sent) = sender
            .send_request(head, true)
            .map_err(|error| format!("the request could not be sent: {error}"))?;
        Ok(Exchange {
            response,
            body: None,
            number,
            _sent: sent,
            _connection: None,
        })
    }

    /// Waits until the server shows that it speaks HTTP/2, by answering a ping.
    ///
    /// # Errors
    ///
    /// Returns what came instead.
    pub(crate) async fn is_alive(&mut self) -> Result<(), String> {
        let Some(ping) = &mut self.ping else {
            return Ok(());
        };
        ping.ping(Ping::opaque())
            .await
            .map(drop)
            .map_err(|error| format!("no HTTP/2: {error}"))
    }
}

impl Connection {
    /// Tells the server that this client opens no more streams, and waits until the server has read
    /// that.
    ///
    /// # Errors
    ///
    /// Fails if the server does not answer the ping that follows.
    pub(crate) async fn go_away(&mut self) -> Result<(), String> {
        locked(&self.extra).extend(GOAWAY);
        self.is_alive().await
    }
}

/// A connection that can also send a frame which h2 would not send.
struct Tap {
    io: Box<dyn Duplex>,
    extra: Extra,
    /// Set while a frame is partly written.
    is_inside: bool,
}

fn locked(extra: &Extra) -> std::sync::MutexGuard<'_, Vec<u8>> {
    extra.lock().unwrap_or_else(PoisonError::into_inner)
}

impl AsyncRead for Tap {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl AsyncWrite for Tap {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        while !this.is_inside {
            let mut extra = locked(&this.extra);
            if extra.is_empty() {
                break;
            }
            let written = ready!(Pin::new(&mut this.io).poll_write(cx, &extra))?;
            extra.drain(..written);
        }
        // Requests have no body, so h2 writes whole frames.
        let written = ready!(Pin::new(&mut this.io).poll_write(cx, bytes))?;
        this.is_inside = written < bytes.len();
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One stream. Dropping it resets the stream.
pub(crate) struct Exchange {
    response: ResponseFuture,
    body: Option<RecvStream>,
    /// The number of the request in the wire log.
    pub(super) number: u32,
    /// A stream is reset only once both of its halves are dropped.
    _sent: SendStream<Bytes>,
    _connection: Option<Connection>,
}

impl Exchange {
    /// Keeps the connection open for as long as this stream.
    pub(crate) fn keep(&mut self, connection: Connection) {
        self._connection = Some(connection);
    }

    /// Reads the head.
    ///
    /// # Errors
    ///
    /// Returns what is wrong with the head. A field that HTTP/2 forbids makes the response
    /// malformed.
    pub(crate) async fn head(&mut self) -> Result<Head, String> {
        let response = (&mut self.response)
            .await
            .map_err(|error| format!("no response head: {error}"))?;
        let (head, body) = response.into_parts();
        self.body = Some(body);
        Ok(Head {
            version: Version::Http2,
            status: head.status.as_u16(),
            fields: head
                .headers
                .iter()
                .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
                .collect(),
        })
    }

    /// Reads the next part of the body. Cancel safe.
    pub(crate) async fn piece(&mut self) -> Piece {
        let Some(body) = &mut self.body else {
            let why = "the body was read before the head".to_owned();
            return Piece::End(End::Broken(why));
        };
        match body.data().await {
            Some(Ok(bytes)) => {
                // An error here means that the stream has ended, which the next read reports.
                let _ = body.flow_control().release_capacity(bytes.len());
                Piece::Bytes(bytes)
            }
            Some(Err(error)) => Piece::End(End::Broken(format!("the stream broke: {error}"))),
            None => Piece::End(End::Complete),
        }
    }
}
