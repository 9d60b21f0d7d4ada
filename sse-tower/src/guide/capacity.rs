//! Capacity: how many clients and events a server, Redis and the kernel can take.
//!
//! # What to do
//!
//! 1. Estimate with the table and the example below. Then measure with your events, your TLS and your machine.
//! 2. Set the [limits of the kernel](#the-kernel), of which the number of open files is the first to be reached.
//! 3. Use hyper's `http1::Builder` instead of `axum::serve` if memory is what limits you.
//! 4. Leave half of the CPU time free. The other half is for the clients that come back at the same time.
//! 5. [Split the hub](#when-to-split-a-hub) if a node spends more time on reading the log than on its clients.
//!
//! # What one client costs
//!
//! The source is a command of this repository, which also says on which machine it ran: see `docs/benchmarks.md`.
//!
//! | | `axum::serve` | `http1::Builder` | source |
//! |---|---:|---:|---|
//! | memory of the process for an idle stream | 18.3 KiB | 11.3 KiB | `cargo xtask bench hub --filter idle` |
//! | of this, the stream and its subscription, at most | 0.6 KiB | 0.6 KiB | the tests `allocations` and `hub_memory` |
//! | memory of the kernel for an idle connection | 4 KiB | 4 KiB | `/proc/slabinfo` with 8,000 connections, Linux 6.18 |
//! | CPU time for an event, 5,000 clients | 11.7 µs | 10.7 µs | `cargo xtask bench hub --filter clients` |
//! | CPU time for an event, 19,000 clients | 13.7 µs | 12.9 µs | the same |
//! | CPU time for a heartbeat | 12.9 µs | 12.1 µs | `cargo xtask bench hub --filter heartbeats` |
//! | CPU time for an event of a backlog | 0.2 µs | 0.15 µs | `cargo xtask bench hub --filter backlog` |
//!
//! Most of the process's memory is two buffers of hyper. Under `axum::serve` they have 16 KiB and 8 KiB, and with
//! `http1::Builder` 8 KiB each. The kernel's memory is the socket with its file, without unsent events: the chapter
//! [silence](super::silence) has those. A proxy on the same machine has two more sockets for each stream.
//!
//! Most of the CPU time is the kernel's, for one write. So a heartbeat costs as much as an event. Events that are ready
//! at the same time share a write, as those of a backlog do. TLS and compression are not included.
//!
//! # A million connections
//!
//! ```
//! /// What a node has, and what its clients get.
//! struct Load {
//!     clients: f64,
//!     /// Events that each client gets per second.
//!     events: f64,
//!     /// Seconds between heartbeats.
//!     heartbeat: f64,
//! }
//!
//! /// Returns GiB of memory and CPU cores for all clients together.
//! fn needed(load: &Load) -> (f64, f64) {
//!     const KIB_PER_CLIENT: f64 = 18.3 + 4.0;
//!     const SECONDS_PER_WRITE: f64 = 13.7e-6;
//!     // A heartbeat is sent only after a silence.
//!     let writes = load.events.max(1.0 / load.heartbeat);
//!     let memory = load.clients * KIB_PER_CLIENT / 1024.0 / 1024.0;
//!     (memory, load.clients * writes * SECONDS_PER_WRITE)
//! }
//!
//! let idle = needed(&Load { clients: 1e6, events: 0.0, heartbeat: 15.0 });
//! assert_eq!((idle.0.round(), idle.1.round()), (21.0, 1.0));
//!
//! let busy = needed(&Load { clients: 1e6, events: 1.0, heartbeat: 15.0 });
//! assert_eq!((busy.0.round(), busy.1.round()), (21.0, 14.0));
//! ```
//!
//! So a million quiet streams need 21 GiB and one core. With an event per second for each client, they need 14 cores.
//! Double the cores to leave half of the time free. Eight nodes with 4 cores and 4 GiB each are then enough: each has
//! 125,000 clients, and the other seven can take the clients of one that fails.
//!
//! This is an estimate. The largest measurement had 19,000 clients on one node, since it ran on a machine that allows
//! 20,000 open files.
//!
//! # What Redis sees
//!
//! Redis sees nodes, not clients. Each node has one connection that waits for new events and a few for its commands.
//! The figures are of `cargo xtask bench nodes`, with a single Redis 7.0:
//!
//! | | |
//! |---|---:|
//! | events per second, 64 publishers, one event per call | 17,900 |
//! | CPU time of Redis for each | 55 µs |
//! | events per second, 64 publishers, 100 events per call | 50,400 |
//! | CPU time of Redis for each | 20 µs |
//! | CPU time of a node for each event of the log | 14 µs |
//! | from publishing to receipt at another node, 1,000 clients, median and p99 | 9.4 ms, 20 ms |
//! | 5,000 clients come back to a node, each has missed 1,000 events | 2.1 s, 7 calls of a script |
//!
//! - **Commands.** A node that reads has two commands for each batch of new events: one that waits and one that reads
//!   up to 256 entries or 1 MiB. Without events, it has one every two seconds.
//! - **Clients that come back** read from the memory of their node as far as it reaches back
//!   ([`HubBuilder::max_bytes`]). Beyond that, the node reads each page once for all of them.
//! - **Network.** Each node reads all events. Redis sends the events' bytes once to each node.
//! - **Memory.** By default, a log has at most 64 MiB and 100,000 events (`RedisOptions`), and each
//!   [publish ID](crate::hub::Publish::publish_id) about 200 bytes for two minutes.
//!
//! # When to split a hub
//!
//! Every node reads every event of its hub's log, even if none of its clients is subscribed to the topic. This takes
//! 14 µs per event. At 10,000 events per second it is 14 % of a core in each node. Split when one of these holds:
//!
//! - The hub has more than about 10,000 events per second. Redis is then near its limit, unless they come in batches.
//! - Redis uses more than half of its core. It runs scripts on one core only.
//! - Some topics are so busy that quiet ones lose their history to them, and clients of these get gap events.
//! - Some users must not learn from the IDs how many events there are (see [hub](super::hub#access-control)).
//!
//! Give each part a [`LogName`](crate::hub::log::LogName) of its own, on the same Redis or on another, and decide by the
//! topic to which hub it belongs: by the tenant, for instance. A client of two hubs needs two streams, so put topics
//! that clients want together into the same hub. A subscription may have 128 topics.
//!
//! # The kernel
//!
//! The defaults are of the machine of the benchmarks, with Linux 6.18 and 24 GiB. The last column is for a node of the
//! example above.
//!
//! | setting | default | at the limit | set it to |
//! |---|---|---|---|
//! | open files of a process (`ulimit -n`, or `LimitNOFILE=` of systemd) | 20,000, elsewhere often 1,024 | `accept` fails. axum then waits for a second and tries again | 150,000 |
//! | `fs.nr_open`, the maximum of the setting above | 1,048,576 | | |
//! | the argument of `listen` | 128 in `TcpListener::bind` of std and tokio | the kernel drops new connections; the clients retry after a second and later | 4,096, as below |
//! | `net.core.somaxconn`, the maximum of the setting above | 4,096 | | |
//! | `net.ipv4.ip_local_port_range` of a proxy | 28,232 ports | the proxy cannot open more connections to one address and port | more addresses or ports of the node |
//! | `net.ipv4.tcp_mem` | 2.2 GiB for the buffers of all sockets | the kernel shrinks buffers and drops connections | the default |
//! | `net.ipv4.tcp_wmem` | at most 4 MiB for each socket | | the default, and `SocketOptions` |
//! | `net.netfilter.nf_conntrack_max`, if a firewall tracks connections | 262,144 | the kernel drops new connections | above the open files |
//!
//! ```
//! # fn listen() -> std::io::Result<tokio::net::TcpListener> {
//! let socket = tokio::net::TcpSocket::new_v6()?;
//! socket.set_reuseaddr(true)?;
//! socket.bind("[::]:8080".parse().expect("an address"))?;
//! socket.listen(4096)
//! # }
//! ```
//!
//! A proxy has limits of its own. nginx needs two of `worker_connections` for each stream, and `worker_rlimit_nofile`
//! above that.
//!
//! [`HubBuilder::max_bytes`]: crate::hub::HubBuilder::max_bytes
