//! Closing connections whose peer does not read: by a timeout, and at the end of a drain.

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

/// Closes the connections of a server whose peers do not read, or never send a request.
///
/// A body is polled only while the connection can take what it gives. So neither a heartbeat nor a
/// drain nor a maximum lifetime reaches a stream whose peer has stopped reading: it stays until the
/// peer goes, and a graceful shutdown waits for it. The guard wraps the connection, where this can be
/// seen:
///
/// - If a write could not go on for the *write timeout*, 30 seconds by default, because the peer
///   takes nothing, the write fails ([`TimedOut`](io::ErrorKind::TimedOut)).
/// - If no byte has come for the *first-byte timeout*, 30 seconds by default, the read fails in the
///   same way. There is also an [*idle timeout*](Self::idle_timeout), which is off by default.
/// - When the window of a [`Drain`] is over, reads and writes fail
///   ([`ConnectionAborted`](io::ErrorKind::ConnectionAborted)), whatever is under way, over HTTP/1.1
///   and HTTP/2. So a graceful shutdown has an end.
///
/// hyper then drops the connection, its bodies, and what they hold.
///
/// The write timeout begins when the buffers of hyper and of the kernel are full. Those of the kernel
/// take megabytes unless `SocketOptions` (feature `socket`) bounds them. A peer that vanished, without
/// power or network, is not noticed by the guard: a heartbeat of a few bytes never fills the
/// buffers. The kernel notices it, by the same `SocketOptions`. An HTTP/2 stream without window is not
/// seen before the drain, since other streams of its connection may go on; [`Limits`](crate::server::Limits)
/// give its place away. See the chapter [silence](crate::guide::silence) of the guide.
///
/// With axum, `listen` puts the guard around each connection that is accepted. `tap_io` around it
/// sets the socket options, and lets axum find the address for [`ConnectInfo`].
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
/// // Elsewhere, when the server is to stop: drain.start(Duration::from_secs(10))
/// server.await
/// # }
/// # }
/// ```
///
/// With hyper, [`guard`](Self::guard) takes the socket: `TokioIo::new(guard.guard(socket))`. Under
/// TLS it stands between the socket and TLS. tonic's own server takes no guarded connection, but its
/// `Routes` become an axum router (`into_axum_router`), which serves gRPC and streams on one port.
///
/// [`ConnectInfo`]: https://docs.rs/axum/0.8/axum/extract/struct.ConnectInfo.html
#[derive(Clone, Debug)]
#[must_use]
pub struct ConnectionGuard {
    rules: Arc<Rules>,
}

/// When a guard closes connections. They share it, so that each of them takes less memory.
#[derive(Clone, Debug)]
struct Rules {
    timer: Arc<dyn Timer>,
    write_timeout: Option<Duration>,
    first_byte_timeout: Option<Duration>,
    idle_timeout: Option<Duration>,
    drain: Option<Drain>,
}

/// The write timeout unless another is set.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// The first-byte timeout unless another is set: that of hyper for the head of a request.
const FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest timeout: a day.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

impl ConnectionGuard {
    /// A guard with a write timeout and a first-byte timeout of 30 seconds, by the clock of tokio.
    #[cfg(feature = "tokio")]
    pub fn new() -> Self {
        Self::with_timer(crate::rt::timer::TokioTimer)
    }

    /// As `new`, by the clock of another runtime.
    pub fn with_timer(timer: impl Timer + 'static) -> Self {
        let rules = Rules {
            timer: Arc::new(timer),
            write_timeout: Some(WRITE_TIMEOUT),
            first_byte_timeout: Some(FIRST_BYTE_TIMEOUT),
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

    /// Sets for how long a write may wait for the peer; at most a day. Each byte that the kernel
    /// takes begins it anew.
    pub fn write_timeout(mut self, timeout: Duration) -> Self {
        self.change().write_timeout = Some(timeout.min(MAX_TIMEOUT));
        self
    }

    /// Sets no timeout for writes: a peer that does not read is left to the kernel and to the drain.
    pub fn without_write_timeout(mut self) -> Self {
        self.change().write_timeout = None;
        self
    }

    /// Sets how long a connection may take to send its first byte; at most a day.
    ///
    /// A connection that never sends a request costs the server a socket and a task. hyper's
    /// `header_read_timeout` does not cover it in `hyper_util::server::conn::auto`, which first waits
    /// for the bytes that tell the version.
    pub fn first_byte_timeout(mut self, timeout: Duration) -> Self {
        self.change().first_byte_timeout = Some(timeout.min(MAX_TIMEOUT));
        self
    }

    /// Sets no timeout for the first byte, for clients that open connections in advance.
    pub fn without_first_byte_timeout(mut self) -> Self {
        self.change().first_byte_timeout = None;
        self
    }

    /// Closes a connection on which no byte was read or written for this long; at most a day. By
    /// default there is no such timeout.
    ///
    /// This ends what has no other end in `axum::serve`: a peer that sends half a request, and one
    /// that keeps its connection open after its last request. It also ends a request whose handler
    /// takes longer to answer, so choose more than the slowest handler needs. An event stream is not
    /// idle while it has a [`Heartbeat`](crate::Heartbeat) of a shorter interval.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.change().idle_timeout = Some(timeout.min(MAX_TIMEOUT));
        self
    }

    /// Closes the connections at the end of the window of `drain`.
    ///
    /// The clock of the guard and that of the drain have to be the same.
    pub fn drain(mut self, drain: &Drain) -> Self {
        self.change().drain = Some(drain.clone());
        self
    }

    /// Guards a connection. O(1), and one allocation when it first has to wait for a timeout.
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
    /// A connection that fails when its peer takes nothing for too long, and when a drain is over.
    ///
    /// Made by [`ConnectionGuard::guard`]. It is `AsyncRead` and `AsyncWrite` of tokio where `IO` is
    /// (feature `tokio`), and `Read` and `Write` of hyper where `IO` is (feature `hyper`). Two tasks
    /// may read and write; both learn of the drain.
    pub struct GuardedIo<IO> {
        #[pin]
        io: IO,
        rules: Arc<Rules>,
        stall: Wait,
        has_read: bool,
        silence: Wait,
        // One for each direction, since each may be polled by a task of its own.
        reading: Option<Ending>,
        writing: Option<Ending>,
    }
}

impl<IO> GuardedIo<IO> {
    /// The connection within, to ask for its addresses or set its options.
    pub fn inner(&self) -> &IO {
        &self.io
    }

    /// The connection within.
    pub fn inner_mut(&mut self) -> &mut IO {
        &mut self.io
    }

    /// The connection without its guard.
    pub fn into_inner(self) -> IO {
        self.io
    }

    // What the implementations of the runtimes' traits share.

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
            this.silence.over();
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
        // HTTP/2 still writes after the first error, and would read for ever.
        if !this.silence.was_too_long() {
            ready!(this.silence.poll_too_long(timeout, timer, cx));
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
            this.stall.over();
            let waits_for_first_byte = !*this.has_read && this.rules.first_byte_timeout.is_some();
            if let (false, Some(idle)) = (waits_for_first_byte, this.rules.idle_timeout) {
                // Perhaps nobody reads again before the end of the wait that is under way.
                this.silence
                    .begin(Moment::now(&**timer).saturating_add(idle));
            }
            return Poll::Ready(result);
        }
        wait_for_end(this.writing, timer, cx)?;
        let Some(timeout) = this.rules.write_timeout else {
            return Poll::Pending;
        };
        ready!(this.stall.poll_too_long(timeout, timer, cx));
        Poll::Ready(Err(timed_out("took nothing", timeout, "write")))
    }

    // A flush says nothing of a stall: that of a socket is always ready.
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
