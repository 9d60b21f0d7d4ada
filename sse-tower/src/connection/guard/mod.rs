//! Closes connections whose peer does not read: after a timeout, and at the end of a drain.

use std::{
    fmt, io, mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use pin_project_lite::pin_project;

use crate::{
    drain::Drain,
    rt::{moment::Moment, timer::Timer},
};

mod ending;
#[cfg(feature = "hyper")]
mod hyper_io;
#[cfg(all(feature = "axum", feature = "tokio"))]
mod listener;
#[cfg(feature = "tokio")]
mod tokio_io;
mod wait;

#[cfg(all(feature = "axum", feature = "tokio"))]
pub use listener::GuardedListener;

use ending::{Ending, check, wait_for_end};
use wait::Wait;

/// Closes connections whose peer has stopped reading or has sent nothing.
///
/// A server polls a response body only while the connection can accept data. So once a peer has
/// stopped reading, neither a heartbeat nor a drain nor a maximum lifetime can end its stream. The
/// stream stays open until the peer goes away, and a graceful shutdown waits for it. The guard
/// wraps the connection itself, so it can act where a body cannot:
///
/// - A write fails ([`TimedOut`](io::ErrorKind::TimedOut)) if it makes no progress for the *write
///   timeout*, 30 seconds by default, because the peer does not read.
/// - A read fails in the same way if the peer sends no byte within the *first-byte timeout*, 30
///   seconds by default. There is also an [*idle timeout*](Self::idle_timeout), which is off by
///   default.
/// - When the window of a [`Drain`] is over, all reads and writes fail
///   ([`ConnectionAborted`](io::ErrorKind::ConnectionAborted)), over HTTP/1.1 and HTTP/2, even in
///   the middle of a response. So a graceful shutdown always finishes.
///
/// hyper then drops the connection with its bodies and all that belongs to them.
///
/// # Limits
///
/// The write timeout starts when the buffers of hyper and of the kernel are full. The kernel's
/// buffers take megabytes unless `SocketOptions` (feature `socket`) limits them.
///
/// The guard does not notice a peer that vanished because it lost power or network. Heartbeats of a
/// few bytes never fill the buffers, so no write has to wait. `SocketOptions` makes the kernel
/// notice such a peer.
///
/// The guard does not notice an HTTP/2 stream whose client gives it no flow-control window, because
/// other streams of the connection may make progress. Such a stream ends with the drain. Until
/// then, [`Limits`](crate::server::Limits) can give its place to another stream. See the chapter
/// [silence](crate::guide::silence) of the guide.
///
/// # Use
///
/// With axum, `listen` guards each accepted connection. Call `tap_io` on the guarded listener to
/// set the socket options; it also lets axum provide [`ConnectInfo`].
///
/// ```no_run
/// # #[cfg(all(feature = "axum", feature = "socket", feature = "tokio"))] {
/// use std::{net::SocketAddr, time::Duration};
/// use axum::serve::ListenerExt;
/// use sse_tower::{Drain, connection::{ConnectionGuard, SocketOptions}};
///
/// # async fn serve(app: axum::Router) -> std::io::Result<()> {
/// let drain = Drain::new();
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
/// let options = SocketOptions::new();
/// let listener = ConnectionGuard::new().drain(&drain).listen(listener)
///     .tap_io(move |io| drop(options.apply(io)));
/// let app = app.into_make_service_with_connect_info::<SocketAddr>();
/// let server = axum::serve(listener, app).with_graceful_shutdown(drain.started());
/// // To stop the server: drain.start(Duration::from_secs(10))
/// server.await
/// # }
/// # }
/// ```
///
/// With hyper, [`guard`](Self::guard) wraps the socket: `TokioIo::new(guard.guard(socket))`. If the
/// server uses TLS, put the guard between the socket and TLS. tonic's own server accepts no guarded
/// connection. But its `Routes` become an axum router (`into_axum_router`), which serves gRPC and
/// event streams on one port.
///
/// [`ConnectInfo`]: https://docs.rs/axum/0.8/axum/extract/struct.ConnectInfo.html
#[derive(Clone, Debug)]
#[must_use]
pub struct ConnectionGuard {
    rules: Arc<Rules>,
}

/// The settings of a guard. All connections share one copy, so that each of them takes less memory.
#[derive(Clone, Debug)]
struct Rules {
    timer: Arc<dyn Timer>,
    write_timeout: Option<Duration>,
    first_byte_timeout: Option<Duration>,
    idle_timeout: Option<Duration>,
    drain: Option<Drain>,
}

/// The default write timeout.
const DEFAULT_WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// The default first-byte timeout. hyper's default for the head of a request is the same.
const DEFAULT_FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest timeout: a day.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

impl ConnectionGuard {
    /// Creates a guard with a write timeout and a first-byte timeout of 30 seconds each, on tokio's
    /// clock.
    #[cfg(feature = "tokio")]
    pub fn new() -> Self {
        Self::with_timer(crate::rt::timer::TokioTimer)
    }

    /// Creates the same guard as `new`, on the clock of another runtime.
    pub fn with_timer(timer: impl Timer + 'static) -> Self {
        let rules = Rules {
            timer: Arc::new(timer),
            write_timeout: Some(DEFAULT_WRITE_TIMEOUT),
            first_byte_timeout: Some(DEFAULT_FIRST_BYTE_TIMEOUT),
            idle_timeout: None,
            drain: None,
        };
        Self {
            rules: Arc::new(rules),
        }
    }

    fn change(&mut self) -> &mut Rules {
        Arc::make_mut(&mut self.rules)
    }

    /// Sets how long a write may wait for the peer, at most a day. The time starts again with each
    /// byte that the kernel accepts.
    pub fn write_timeout(mut self, timeout: Duration) -> Self {
        self.change().write_timeout = Some(timeout.min(MAX_TIMEOUT));
        self
    }

    /// Turns the write timeout off. A peer that does not read then keeps its connection until the
    /// kernel or a drain closes it.
    pub fn without_write_timeout(mut self) -> Self {
        self.change().write_timeout = None;
        self
    }

    /// Sets how long a connection may take to send its first byte; at most a day.
    ///
    /// A connection that never sends a request costs the server a socket and a task. In
    /// `hyper_util::server::conn::auto`, hyper's `header_read_timeout` does not cover this case,
    /// because that server first waits for the bytes that show the HTTP version.
    pub fn first_byte_timeout(mut self, timeout: Duration) -> Self {
        self.change().first_byte_timeout = Some(timeout.min(MAX_TIMEOUT));
        self
    }

    /// Turns the first-byte timeout off, for clients that open connections in advance.
    pub fn without_first_byte_timeout(mut self) -> Self {
        self.change().first_byte_timeout = None;
        self
    }

    /// Closes a connection on which no byte was read or written for this long, at most a day. By
    /// default, this timeout is off.
    ///
    /// `axum::serve` has no other timeout for a peer that sends half a request, or that keeps its
    /// connection open after its last response. But this timeout also ends a request whose handler
    /// takes longer than that to respond, so choose a time that is longer than the slowest handler
    /// needs. An event stream is not idle if it has a [`Heartbeat`](crate::Heartbeat) with a
    /// shorter interval.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.change().idle_timeout = Some(timeout.min(MAX_TIMEOUT));
        self
    }

    /// Closes all connections at the end of the window of `drain`.
    ///
    /// The guard and the drain must use the same clock.
    pub fn drain(mut self, drain: &Drain) -> Self {
        self.change().drain = Some(drain.clone());
        self
    }

    /// Wraps a connection. Takes constant time, and allocates once, when it first waits for a
    /// timeout.
    ///
    /// ```
    /// # #[cfg(feature = "tokio")] {
    /// use sse_tower::connection::ConnectionGuard;
    ///
    /// let guard = ConnectionGuard::new();
    /// // In the loop that accepts connections:
    /// let (socket, _peer) = tokio::io::duplex(1024);
    /// let io = guard.guard(socket);
    /// # let _ = io;
    /// # }
    /// ```
    pub fn guard<IO>(&self, io: IO) -> GuardedIo<IO> {
        let watch = || self.rules.drain.as_ref().map(Ending::new);
        GuardedIo {
            io,
            rules: self.rules.clone(),
            stall: Wait::default(),
            has_read: false,
            silence: Wait::default(),
            reading: watch(),
            writing: watch(),
        }
    }
}

#[cfg(feature = "tokio")]
impl Default for ConnectionGuard {
    fn default() -> Self {
        Self::new()
    }
}

pin_project! {
    /// A connection that fails when its peer is silent or does not read for too long, or when a
    /// drain is over.
    ///
    /// Created by [`ConnectionGuard::guard`]. Implements tokio's `AsyncRead` and `AsyncWrite` if
    /// `IO` does (feature `tokio`), and hyper's `Read` and `Write` if `IO` does (feature `hyper`).
    /// One task may read while another writes; the end of a drain wakes both.
    pub struct GuardedIo<IO> {
        #[pin]
        io: IO,
        rules: Arc<Rules>,
        stall: Wait,
        has_read: bool,
        silence: Wait,
        // One for each direction, because each may be polled by a task of its own.
        reading: Option<Ending>,
        writing: Option<Ending>,
    }
}

impl<IO> GuardedIo<IO> {
    /// Returns the inner connection, for example to get its addresses or to set its options.
    pub fn inner(&self) -> &IO {
        &self.io
    }

    /// Returns the inner connection, mutable.
    pub fn inner_mut(&mut self) -> &mut IO {
        &mut self.io
    }

    /// Removes the guard and returns the inner connection.
    pub fn into_inner(self) -> IO {
        self.io
    }

    // Shared by the implementations of tokio's and of hyper's traits.

    #[cfg(any(feature = "tokio", feature = "hyper"))]
    fn poll_read_with(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        read: impl FnOnce(Pin<&mut IO>, &mut Context<'_>) -> Poll<io::Result<()>>,
    ) -> Poll<io::Result<()>> {
        let this = self.project();
        let Rules { timer, .. } = &**this.rules;
        check(this.reading, timer, cx)?;
        if let Poll::Ready(result) = read(this.io, cx) {
            if !mem::replace(this.has_read, true) {
                this.silence.free();
            }
            this.silence.stop();
            return Poll::Ready(result);
        }
        wait_for_end(this.reading, timer, cx)?;
        let first_byte = this.rules.first_byte_timeout.filter(|_| !*this.has_read);
        let (timeout, name) = match (first_byte, this.rules.idle_timeout) {
            (None, None) => return Poll::Pending,
            (Some(first_byte), Some(idle)) if idle < first_byte => (idle, "idle"),
            (Some(first_byte), _) => (first_byte, "first-byte"),
            (None, Some(idle)) => (idle, "idle"),
        };
        // After the first error, HTTP/2 still writes and reads again. Fail at once instead of
        // waiting again.
        if !this.silence.has_timed_out() {
            ready!(this.silence.poll_timeout(timeout, timer, cx));
        }
        Poll::Ready(Err(timed_out("sent nothing", timeout, name)))
    }

    #[cfg(any(feature = "tokio", feature = "hyper"))]
    fn poll_write_with(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut IO>, &mut Context<'_>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let this = self.project();
        let Rules { timer, .. } = &**this.rules;
        check(this.writing, timer, cx)?;
        if let Poll::Ready(result) = write(this.io, cx) {
            this.stall.stop();
            let waits_for_first_byte = !*this.has_read && this.rules.first_byte_timeout.is_some();
            if let (false, Some(idle)) = (waits_for_first_byte, this.rules.idle_timeout) {
                // The read side may not be polled again before its current wait ends, so extend
                // that wait here.
                this.silence
                    .begin(Moment::now(&**timer).saturating_add(idle));
            }
            return Poll::Ready(result);
        }
        wait_for_end(this.writing, timer, cx)?;
        let Some(timeout) = this.rules.write_timeout else {
            return Poll::Pending;
        };
        ready!(this.stall.poll_timeout(timeout, timer, cx));
        Poll::Ready(Err(timed_out("took nothing", timeout, "write")))
    }

    // A flush cannot show a stall, because flushing a socket is always ready.
    #[cfg(any(feature = "tokio", feature = "hyper"))]
    fn poll_flush_with(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        flush: impl FnOnce(Pin<&mut IO>, &mut Context<'_>) -> Poll<io::Result<()>>,
    ) -> Poll<io::Result<()>> {
        let this = self.project();
        let Rules { timer, .. } = &**this.rules;
        check(this.writing, timer, cx)?;
        let flushed = flush(this.io, cx);
        if flushed.is_pending() {
            wait_for_end(this.writing, timer, cx)?;
        }
        flushed
    }
}

#[cfg(unix)]
impl<IO: std::os::fd::AsFd> std::os::fd::AsFd for GuardedIo<IO> {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.io.as_fd()
    }
}

#[cfg(windows)]
impl<IO: std::os::windows::io::AsSocket> std::os::windows::io::AsSocket for GuardedIo<IO> {
    fn as_socket(&self) -> std::os::windows::io::BorrowedSocket<'_> {
        self.io.as_socket()
    }
}

impl<IO: fmt::Debug> fmt::Debug for GuardedIo<IO> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedIo")
            .field("io", &self.io)
            .field("rules", &self.rules)
            .field("stalled", &self.stall.is_under_way())
            .finish_non_exhaustive()
    }
}

#[cfg(any(feature = "hyper", feature = "tokio"))]
#[cold]
fn timed_out(what: &str, timeout: Duration, name: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::TimedOut,
        format!("the peer {what} for {timeout:?}, the {name} timeout"),
    )
}

#[cfg(all(test, feature = "tokio"))]
mod tests;
