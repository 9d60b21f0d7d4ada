//! Socket options. They make the kernel notice a peer that vanished, and buffer less data.

use std::{io, time::Duration};

#[cfg(unix)]
use std::os::fd::AsFd as AsSocket;
#[cfg(windows)]
use std::os::windows::io::AsSocket;

use socket2::{SockRef, TcpKeepalive};

/// TCP socket options that suit event streams.
///
/// An event stream can be silent for a long time. If the peer vanishes meanwhile (it lost power or
/// network, or a NAT dropped the connection), a server that waits for the next event does not
/// notice. The defaults are:
///
/// - *nodelay*: an event is sent at once, not together with the next one ([RFC 9293, section
///   3.7.4](https://www.rfc-editor.org/rfc/rfc9293#section-3.7.4)).
/// - *keepalive*: after 60 seconds of silence, the kernel probes every 15 seconds whether the peer
///   is still there ([section 3.8.4](https://www.rfc-editor.org/rfc/rfc9293#section-3.8.4)).
/// - *user timeout*: the connection ends if the peer has not acknowledged data for 30 seconds: an
///   event, a heartbeat or a keepalive probe ([RFC 5482](https://www.rfc-editor.org/rfc/rfc5482)).
///   On Linux it also ends if the peer acknowledges data but has had no room for more for 30
///   seconds. Linux and Android only; ignored elsewhere.
///
/// ```no_run
/// # #[cfg(feature = "tokio")]
/// # async fn serve(listener: tokio::net::TcpListener) -> std::io::Result<()> {
/// let (socket, _peer) = listener.accept().await?;
/// sse_tower::connection::SocketOptions::new().apply(&socket)?;
/// # Ok(())
/// # }
/// ```
///
/// Two more options bound the data that the kernel buffers for a peer that does not read. By
/// default, the kernel accepts megabytes per connection before a write has to wait, and the write
/// timeout of a [`ConnectionGuard`](crate::connection::ConnectionGuard) starts only then.
///
/// - [*unsent limit*](Self::unsent_limit), 64 KiB by default: bytes in the kernel that have not
///   been sent. Linux and Android only; ignored elsewhere.
/// - [*send buffer*](Self::send_buffer), chosen by the system by default: bytes in the kernel that
///   have not been acknowledged, sent or not.
///
/// The chapter [silence](crate::guide::silence) has measurements of both.
///
/// With axum, apply them in `listener.tap_io(move |socket| …)`. If that fails, the connection can
/// still be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct SocketOptions {
    nodelay: bool,
    /// The silence before the first probe, and the interval between probes.
    keepalive: Option<(Duration, Duration)>,
    user_timeout: Option<Duration>,
    unsent_limit: Option<u32>,
    send_buffer: Option<usize>,
}

/// The longest keepalive time that Linux accepts, in whole seconds: about nine hours.
const MAX_KEEPALIVE: Duration = Duration::from_secs(i16::MAX as u64);

impl SocketOptions {
    /// Creates the default options: nodelay, keepalive, user timeout and unsent limit as described
    /// above.
    pub const fn new() -> Self {
        Self {
            nodelay: true,
            keepalive: Some((Duration::from_secs(60), Duration::from_secs(15))),
            user_timeout: Some(Duration::from_secs(30)),
            unsent_limit: Some(64 * 1024),
            send_buffer: None,
        }
    }

    /// Sets whether small events are sent at once. If false, the kernel may delay small events and
    /// send several together.
    pub const fn nodelay(mut self, nodelay: bool) -> Self {
        self.nodelay = nodelay;
        self
    }

    /// Sets the silence after which the kernel sends its first probe, and the interval of the
    /// probes after that. Both are whole seconds, clamped to the range from one second to about
    /// nine hours.
    pub fn keepalive(mut self, silence: Duration, interval: Duration) -> Self {
        let within = |time: Duration| time.clamp(Duration::from_secs(1), MAX_KEEPALIVE);
        self.keepalive = Some((within(silence), within(interval)));
        self
    }

    /// Turns keepalive off.
    pub const fn without_keepalive(mut self) -> Self {
        self.keepalive = None;
        self
    }

    /// Sets how long sent data may stay unacknowledged before the connection ends. In milliseconds,
    /// at least one.
    pub fn user_timeout(mut self, timeout: Duration) -> Self {
        self.user_timeout = Some(timeout.max(Duration::from_millis(1)));
        self
    }

    /// Leaves the user timeout to the system: about 15 minutes on Linux.
    pub const fn without_user_timeout(mut self) -> Self {
        self.user_timeout = None;
        self
    }

    /// Sets the number of unsent bytes that the kernel may buffer (`TCP_NOTSENT_LOWAT`), at least
    /// one.
    ///
    /// When the limit is reached, a write waits. Bytes that were sent but not acknowledged do not
    /// count, so the limit does not slow a fast connection down.
    pub const fn unsent_limit(mut self, bytes: u32) -> Self {
        // Linux takes 0 for "no limit" and reads the number as signed.
        let max = i32::MAX.cast_unsigned();
        let bytes = if bytes == 0 { 1 } else { bytes };
        self.unsent_limit = Some(if bytes > max { max } else { bytes });
        self
    }

    /// Sets no limit for unsent bytes. On Linux, the send buffer may then grow to 4 MiB and more.
    pub const fn without_unsent_limit(mut self) -> Self {
        self.unsent_limit = None;
        self
    }

    /// Sets the number of bytes that the kernel may buffer, both unsent and not yet acknowledged
    /// (`SO_SNDBUF`).
    ///
    /// By default, the system adapts the size to the connection. A fixed size limits the throughput
    /// to one buffer per round trip. Linux doubles the number for its own bookkeeping, and limits
    /// it to `net.core.wmem_max`.
    pub const fn send_buffer(mut self, bytes: usize) -> Self {
        self.send_buffer = Some(bytes);
        self
    }

    /// Applies the options to `socket`, by a few system calls that do not block.
    ///
    /// # Errors
    /// If the system rejects an option, for example because the socket is not TCP. The error names
    /// the option. The options before it have been set.
    pub fn apply<S: AsSocket>(&self, socket: &S) -> io::Result<()> {
        let socket = SockRef::from(socket);
        named("TCP_NODELAY", socket.set_tcp_nodelay(self.nodelay))?;
        match self.keepalive {
            Some((silence, interval)) => {
                let keepalive = TcpKeepalive::new().with_time(silence);
                #[cfg(any(
                    target_os = "android",
                    target_os = "freebsd",
                    target_os = "ios",
                    target_os = "linux",
                    target_os = "macos",
                    target_os = "windows",
                ))]
                let keepalive = keepalive.with_interval(interval);
                let _ = interval;
                named("SO_KEEPALIVE", socket.set_tcp_keepalive(&keepalive))?;
            }
            None => named("SO_KEEPALIVE", socket.set_keepalive(false))?,
        }
        #[cfg(any(target_os = "android", target_os = "linux"))]
        named(
            "TCP_USER_TIMEOUT",
            socket.set_tcp_user_timeout(self.user_timeout),
        )?;
        #[cfg(any(target_os = "android", target_os = "linux"))]
        if let Some(bytes) = self.unsent_limit {
            named("TCP_NOTSENT_LOWAT", socket.set_tcp_notsent_lowat(bytes))?;
        }
        if let Some(bytes) = self.send_buffer {
            // The system reads a signed number.
            let bytes = bytes.min(i32::MAX as usize);
            named("SO_SNDBUF", socket.set_send_buffer_size(bytes))?;
        }
        Ok(())
    }
}

impl Default for SocketOptions {
    fn default() -> Self {
        Self::new()
    }
}

fn named(option: &str, result: io::Result<()>) -> io::Result<()> {
    result.map_err(|error| io::Error::new(error.kind(), format!("cannot set {option}: {error}")))
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream, UdpSocket};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn socket() -> (TcpStream, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (socket, listener)
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_kernel_reports_the_options_that_were_set() {
        let options = SocketOptions::new();
        for (options, nodelay, keepalive, user_timeout) in [
            (options, true, Some((60, 15)), Some(30 * SECOND)),
            (
                options.nodelay(false),
                false,
                Some((60, 15)),
                Some(30 * SECOND),
            ),
            (options.without_keepalive(), true, None, Some(30 * SECOND)),
            (options.without_user_timeout(), true, Some((60, 15)), None),
            (
                options.keepalive(Duration::ZERO, Duration::MAX),
                true,
                Some((1, 32767)),
                Some(30 * SECOND),
            ),
            (
                options.user_timeout(Duration::ZERO),
                true,
                Some((60, 15)),
                Some(Duration::from_millis(1)),
            ),
        ] {
            let (socket, _listener) = socket();
            options.apply(&socket).unwrap();
            let socket = SockRef::from(&socket);
            let actual = socket.keepalive().unwrap().then(|| {
                let [time, interval] =
                    [socket.tcp_keepalive_time(), socket.tcp_keepalive_interval()];
                (time.unwrap().as_secs(), interval.unwrap().as_secs())
            });
            assert_eq!(socket.tcp_nodelay().unwrap(), nodelay, "{options:?}");
            assert_eq!(actual, keepalive, "{options:?}");
            let timeout = socket.tcp_user_timeout().unwrap();
            assert_eq!(timeout, user_timeout, "{options:?}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_kernel_reports_the_sizes_that_were_set() {
        let options = SocketOptions::new();
        let (untouched, _listener) = socket();
        let system = SockRef::from(&untouched).tcp_notsent_lowat().unwrap();
        for (options, unsent, buffer) in [
            (options, 64 * 1024, None),
            (options.without_unsent_limit(), system, None),
            (options.unsent_limit(0), 1, None),
            (options.unsent_limit(u32::MAX), i32::MAX as u32, None),
            // Linux doubles the number.
            (options.send_buffer(20_000), 64 * 1024, Some(40_000)),
        ] {
            let (socket, _listener) = socket();
            options.apply(&socket).unwrap();
            let socket = SockRef::from(&socket);
            assert_eq!(socket.tcp_notsent_lowat().unwrap(), unsent, "{options:?}");
            if let Some(buffer) = buffer {
                assert_eq!(socket.send_buffer_size().unwrap(), buffer, "{options:?}");
            }
        }
        // The system lowers a number that is too large.
        let (socket, _listener) = socket();
        options.send_buffer(usize::MAX).apply(&socket).unwrap();
    }

    #[test]
    fn an_error_names_the_option() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let error = SocketOptions::new().apply(&socket).unwrap_err();
        assert!(
            error.to_string().starts_with("cannot set TCP_NODELAY: "),
            "{error}"
        );
    }
}
