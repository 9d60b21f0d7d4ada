//! Closing connections whose peer does not read: by a deadline, and at the end of a drain.

use std::{
    fmt, io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use pin_project_lite::pin_project;

use crate::{
    alarm::LATE,
    drain::{Drain, Watch},
    timer::{Sleep, Timer},
};

#[cfg(feature = "hyper")]
mod hyper_io;
#[cfg(all(feature = "axum", feature = "tokio"))]
mod listener;
#[cfg(feature = "tokio")]
mod tokio_io;

#[cfg(all(feature = "axum", feature = "tokio"))]
pub use listener::GuardedListener;

/// Closes the connections of a server whose peers do not read.
///
/// A body is polled only while the connection can take what it gives. So neither a heartbeat nor a
/// drain nor a maximum lifetime reaches a stream whose peer has stopped to read: it stays until the
/// peer goes, and a graceful shutdown waits for it. What a body cannot see is seen where the bytes
/// go, so the guard stands around the connection:
///
/// - If a write could not go on for the *write deadline*, 30 seconds by default, because the peer
///   takes nothing, reads and writes fail ([`TimedOut`](io::ErrorKind::TimedOut)).
/// - When the window of a [`Drain`] is over, they fail too
///   ([`ConnectionAborted`](io::ErrorKind::ConnectionAborted)), whatever is under way, over HTTP/1.1
///   and HTTP/2. So a graceful shutdown has an end.
///
/// hyper then drops the connection, its bodies, and what they hold.
///
/// The kernel takes some hundred kilobytes for a peer that does not read, at times megabytes; the
/// deadline begins when that is full. A peer that is gone without a word does not even acknowledge,
/// which the kernel notices earlier: see `SocketOptions` (feature `socket`). An HTTP/2 stream
/// without window is not seen before the drain, since other streams of its connection may go on.
///
/// With axum, `listen` puts the guard around each connection that is accepted. For
/// [`ConnectInfo`] add `.tap_io(|_| {})`, which axum can look through.
///
/// ```no_run
/// # #[cfg(all(feature = "axum", feature = "tokio"))] {
/// use std::{net::SocketAddr, time::Duration};
/// use axum::serve::ListenerExt;
/// use sse_tower::{ConnectionGuard, Drain};
///
/// # async fn serve(app: axum::Router) -> std::io::Result<()> {
/// let drain = Drain::new();
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
/// let listener = ConnectionGuard::new().drain(&drain).listen(listener).tap_io(|_| {});
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
    timer: Arc<dyn Timer>,
    write_deadline: Option<Duration>,
    drain: Option<Drain>,
}

/// The write deadline unless another is set.
const WRITE_DEADLINE: Duration = Duration::from_secs(30);

/// The longest write deadline: a day.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

impl ConnectionGuard {
    /// A guard with a write deadline of 30 seconds, by the clock of tokio.
    #[cfg(feature = "tokio")]
    pub fn new() -> Self {
        Self::with_timer(crate::TokioTimer)
    }

    /// As `new`, by the clock of another runtime.
    pub fn with_timer(timer: impl Timer + 'static) -> Self {
        Self {
            timer: Arc::new(timer),
            write_deadline: Some(WRITE_DEADLINE),
            drain: None,
        }
    }

    /// Sets for how long a write may wait for the peer; at most a day. Each byte that the kernel
    /// takes begins it anew.
    pub fn write_deadline(mut self, deadline: Duration) -> Self {
        self.write_deadline = Some(deadline.min(LONGEST));
        self
    }

    /// Sets no deadline for writes: a peer that does not read is left to the kernel and to the drain.
    pub fn without_write_deadline(mut self) -> Self {
        self.write_deadline = None;
        self
    }

    /// Closes the connections at the end of the window of `drain`.
    ///
    /// The clock of the guard and that of the drain have to be the same.
    pub fn drain(mut self, drain: &Drain) -> Self {
        self.drain = Some(drain.clone());
        self
    }

    /// Guards a connection. O(1), and one allocation when it first has to wait for a deadline.
    ///
    /// ```
    /// # #[cfg(feature = "tokio")] {
    /// use sse_tower::ConnectionGuard;
    ///
    /// let guard = ConnectionGuard::new();
    /// // In the loop that accepts connections:
    /// let (socket, _peer) = tokio::io::duplex(1024);
    /// let io = guard.guard(socket);
    /// # let _ = io;
    /// # }
    /// ```
    pub fn guard<IO>(&self, io: IO) -> GuardedIo<IO> {
        let watch = || self.drain.as_ref().map(Ending::new);
        GuardedIo {
            io,
            timer: self.timer.clone(),
            write_deadline: self.write_deadline,
            stall: Stall::default(),
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
        timer: Arc<dyn Timer>,
        write_deadline: Option<Duration>,
        stall: Stall,
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
        check(this.reading, this.timer, cx)?;
        read(this.io, cx)
    }

    #[cfg(any(feature = "tokio", feature = "hyper"))]
    fn poll_write_with(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut IO>, &mut Context<'_>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let this = self.project();
        check(this.writing, this.timer, cx)?;
        if let Poll::Ready(result) = write(this.io, cx) {
            this.stall.over();
            return Poll::Ready(result);
        }
        let Some(deadline) = *this.write_deadline else {
            return Poll::Pending;
        };
        ready!(this.stall.poll_too_long(deadline, this.timer, cx));
        Poll::Ready(Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("the peer took nothing for {deadline:?}, the write deadline"),
        )))
    }

    // A flush says nothing of a stall: that of a socket is always ready.
    #[cfg(any(feature = "tokio", feature = "hyper"))]
    fn poll_flush_with(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        flush: impl FnOnce(Pin<&mut IO>, &mut Context<'_>) -> Poll<io::Result<()>>,
    ) -> Poll<io::Result<()>> {
        let this = self.project();
        check(this.writing, this.timer, cx)?;
        flush(this.io, cx)
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
            .field("write_deadline", &self.write_deadline)
            .field("stalled", &self.stall.due.is_some())
            .finish_non_exhaustive()
    }
}

/// Fails when the drain is over; until then `cx` is woken when it is.
#[inline]
fn check(
    ending: &mut Option<Ending>,
    timer: &Arc<dyn Timer>,
    cx: &mut Context<'_>,
) -> io::Result<()> {
    let ending = ending.as_mut();
    match ending.is_some_and(|ending| ending.poll_over(timer, cx).is_ready()) {
        true => Err(over()),
        false => Ok(()),
    }
}

#[cold]
fn over() -> io::Error {
    io::Error::new(
        io::ErrorKind::ConnectionAborted,
        "the server stops: the window of its drain is over",
    )
}

/// How much time the streams that end at once have to be written.
const LEAST: Duration = Duration::from_millis(250);

/// The end of a drain, as one direction of a connection learns of it.
struct Ending {
    watch: Watch,
    /// When connections are closed. There is no such moment before the drain has started.
    close: Option<Instant>,
    /// Waits for that moment.
    sleep: Option<Pin<Box<dyn Sleep>>>,
    is_over: bool,
}

impl Ending {
    fn new(drain: &Drain) -> Self {
        Self {
            watch: drain.watch(),
            close: None,
            sleep: None,
            is_over: false,
        }
    }

    #[inline]
    fn poll_over(&mut self, timer: &Arc<dyn Timer>, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_over {
            return Poll::Ready(());
        }
        // Before it is asked whether the drain has started: a start in between is not missed.
        self.watch.register(cx);
        if self.sleep.is_none() && !self.watch.has_changed() {
            return Poll::Pending;
        }
        self.poll_window(timer, cx)
    }

    #[cold]
    fn poll_window(&mut self, timer: &Arc<dyn Timer>, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(window) = self.watch.changed() {
            let close = window.end().max(window.start + LEAST);
            self.close = Some(close);
            match &mut self.sleep {
                Some(sleep) => sleep.as_mut().reset(close),
                None => self.sleep = Some(timer.sleep_until(close)),
            }
        }
        let Some(sleep) = &mut self.sleep else {
            return Poll::Pending;
        };
        ready!(sleep.as_mut().poll(cx));
        let now = timer.now();
        if self.close.take().is_some_and(|close| now >= close + LATE) {
            // The process did not run for a while. What ends now needs its time to be written.
            sleep.as_mut().reset(now + LEAST);
            ready!(sleep.as_mut().poll(cx));
        }
        self.is_over = true;
        Poll::Ready(())
    }
}

/// A write that cannot go on.
#[derive(Default)]
struct Stall {
    /// When it is too long, while there is one.
    due: Option<Instant>,
    /// Wakes at some earlier deadline, or at this one: a write costs the timer nothing.
    sleep: Option<Pin<Box<dyn Sleep>>>,
}

impl Stall {
    fn over(&mut self) {
        self.due = None;
    }

    fn poll_too_long(
        &mut self,
        deadline: Duration,
        timer: &Arc<dyn Timer>,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let due = *self.due.get_or_insert_with(|| timer.now() + deadline);
        let sleep = self.sleep.get_or_insert_with(|| timer.sleep_until(due));
        loop {
            ready!(sleep.as_mut().poll(cx));
            // Also when it is ready: another poll needs a wait that is not over.
            let is_due = timer.now() >= due;
            sleep.as_mut().reset(due);
            if is_due {
                return Poll::Ready(());
            }
        }
    }
}

#[cfg(all(test, feature = "tokio"))]
mod tests;
