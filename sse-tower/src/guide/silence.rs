//! Silence: peers that vanish, stop reading or send nothing, and what closes their connections.
//!
//! # What to do
//!
//! Some peers vanish, some stop reading, and some never send a request. A different part of the server notices
//! each of these, if any part does. So set all of them:
//!
//! 1. `SocketOptions` (feature `socket`) on each accepted socket, and keep the
//!    [heartbeat](crate::Heartbeat). They notice a peer that vanished.
//! 2. A `ConnectionGuard` around each connection. It notices a peer that stopped reading, and one that never
//!    sends a byte.
//! 3. [`Limits`](crate::server::Limits), if possible with a key for each user or address.
//! 4. With hyper's own builder: `header_read_timeout` with a timer, and `half_close(true)` if clients such as
//!    `nc -N` matter. `axum::serve` offers neither. There, use the guard's `idle_timeout`.
//!
//! The chapters [serving](super::serving) and [shutdown](super::shutdown) show points 1 and 2, with hyper and
//! with axum.
//!
//! # What closes which connection
//!
//! These times were measured on Linux 6 over TCP, with `axum::serve`, `SocketOptions::new()` and
//! `ConnectionGuard::new()` unless the row says otherwise. "Never" means: not within the time in brackets. An
//! empty cell was not measured.
//!
//! | the peer | without options and guard | what closes it | after |
//! |---|---|---|---|
//! | vanished: no power, no network. Idle stream, heartbeat every 2 s | never (190 s), not even with a write timeout of 5 s: all of 100 stayed open | user timeout | 27 s |
//! | the same, heartbeat every 15 s | | user timeout | 36 s |
//! | the same, no heartbeat | | keepalive, then user timeout | 67 s |
//! | vanished, 10 KB/s of events, no options | | a write timeout of 5 s, once the buffers are full | 8 to 10 s |
//! | the same, with options | | user timeout | 27 s |
//! | stopped reading, endless events | never (100 s), each with 4.0 MB in the kernel | write timeout or user timeout | 30 s, 0.2 MB in the kernel |
//! | stopped reading, 10 KB/s of events | never (100 s) | nothing until the buffer of the peer's kernel is full, megabytes later. Then as above | |
//! | stopped reading, heartbeats only | never (100 s) | nothing: its kernel acknowledges them | |
//! | suspended process (SIGSTOP), endless events | never (100 s) | as "stopped reading" | 30 s |
//! | suspended process, heartbeats only | never (100 s) | nothing, as above | |
//! | suspended machine | | as "vanished". If it wakes up earlier, the stream continues | |
//! | half-closes after its request (`nc -N`) | at once: hyper treats it as gone | `half_close(true)` keeps the stream (89 s). The drain, the lifetime, or the peer ends it | |
//! | sends nothing | never (60 s), not even with `header_read_timeout` under `auto::Builder` | first-byte timeout | 30 s |
//! | sends half a request | never (60 s) | `header_read_timeout` of 10 s, or idle timeout of 20 s | 10 s, 20 s |
//! | keeps its connection open after a response | never (60 s) | `header_read_timeout` of 10 s, or idle timeout of 20 s | 10 s, 20 s |
//! | HTTP/2 preface without a request | never (100 s), not even with `header_read_timeout` | idle timeout of 20 s | 20 s |
//! | HTTP/2, answers no PING | never (100 s): nobody sends one | `http2().keep_alive_interval` and `keep_alive_timeout` of 5 s each | 10 s |
//! | HTTP/2, streams without window | never (100 s) | nothing until the drain, unless an idle timeout is set. Other streams get its places in `Limits` | 30 s |
//! | the same, if the client sends nothing else | never (100 s) | idle timeout of 20 s | 20 s |
//! | HTTP/2, 201 streams | the 201st waits, or is refused | nothing: see below | |
//!
//! # Vanished
//!
//! If the peer does not answer, TCP retransmits for 15 minutes or more. A heartbeat does not shorten that: a few
//! bytes fit into the send buffer for a long time, so no write waits and no write timeout starts. The user
//! timeout of `SocketOptions` does: data that is not acknowledged for 30 seconds ends the connection. The time
//! starts with the first heartbeat that is lost. Without a heartbeat, keepalive sends a probe.
//!
//! A small send buffer does not replace the user timeout. With `SO_SNDBUF` at its minimum and a write timeout of
//! 5 seconds, it took 140 seconds to close the connection. With an unsent limit of one byte it took 35.
//!
//! # Not reading
//!
//! The bytes of a stream pass through the buffers of hyper, of the server's kernel and of the peer's kernel. A
//! write waits only when all of them are full:
//!
//! - hyper buffers up to 16 frames of a body, and up to 400 KiB, before it writes. A frame of this crate has at
//!   most about 16 KiB, so up to 256 KiB of a busy stream are buffered there. `max_buf_size` of
//!   `hyper::server::conn::http1::Builder` lowers that.
//! - The server's kernel buffers up to 4 MB for each connection. The unsent limit of `SocketOptions`, 64 KiB,
//!   lowered that to 0.2 MB. A send buffer of 16 KiB had the same effect, but limits the throughput.
//! - The peer's kernel buffers as much as its owner has configured, up to 6 MB. The server cannot change that.
//!
//! The hook gets [`EndReason::Stalled`](crate::server::EndReason::Stalled) if the connection asked for no frame in
//! the five seconds before it dropped the stream. A slow stream for which hyper still had room ends as
//! [`ClientGone`](crate::server::EndReason::ClientGone): hyper does not tell a body why its connection failed.
//!
//! # Half-closing
//!
//! A client that closes its sending side after the request, like `nc -N`, may still read. By default, hyper takes
//! this for the end of the client and drops the response. `http1().half_close(true)` on hyper's builder changes
//! that. The price: hyper then notices a client that closed its connection only when it writes to it, for
//! instance a heartbeat.
//!
//! # Many streams on one HTTP/2 connection
//!
//! hyper, and so `axum::serve`, allows 200 streams for each connection. A browser shares one connection
//! between all tabs of an origin. Its 201st `EventSource` waits until another one is closed, without an
//! error and without an event. If pages may open that many, share one stream between tabs, or send several
//! topics in one stream. With hyper's builder, `http2().max_concurrent_streams(1000)` allows more. A lower number
//! limits what one connection can hold.
//!
//! A client can open streams and give them no window. Their bodies are never polled, so nothing can be sent, and
//! hyper offers no way to drop them. Fifty such connections could hold 10,000 places. So a new stream that would
//! be refused takes the place of a [stalled](crate::server::Limits::stalled_after) one. In a test with 50 places
//! held in this way, other clients were refused for 30 seconds, and the first request after that was accepted.
//! Limits per key (user, address) keep one client from holding many places in the first place.
//!
//! # The server itself was suspended
//!
//! After a suspended machine, a frozen container or SIGSTOP, everything is late at once. Streams that have
//! exceeded their [lifetime](crate::Settings::lifetime) by more than two seconds do not end together: their ends
//! are spread over a tenth of the lifetime, at most a minute, each with a random `retry:`. In a test, 100
//! streams with a lifetime of 60 seconds were stopped for 70 seconds, and then ended over 6 seconds. Overdue
//! heartbeats are spread over a second, and the next ones over an interval.
//!
//! # Memory
//!
//! An idle stream costs 31 KiB of heap on `axum::serve` over HTTP/1.1, and 20 KiB with
//! `hyper::server::conn::http1::Builder`. Nearly all of it belongs to hyper's buffers and tasks.
//! `max_buf_size` does not change it.
