//! The settings of all streams, the count of open streams, and the record of ended streams.
//!
//! A guard inside each stream counts it. When the client goes away, hyper drops the body of the response,
//! the body drops the stream, and the stream drops the guard. So no code has to look for clients that
//! have gone away.

use std::{
    collections::{BTreeMap, VecDeque},
    net::{IpAddr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use async_stream::stream;
use axum::{Json, Router, extract::State, routing::get};
use clap::Args;
use futures_util::Stream;
use serde::Serialize;
use sse_tower::{
    Drain, Heartbeat, Settings, Sse,
    event::EventItem,
    server::{EndReason, Limits, StreamEnd},
};
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;

/// The time that a browser waits before it reconnects, unless a demonstration sets another.
pub(crate) const RECONNECTION_TIME: Duration = Duration::from_secs(2);

const HEARTBEAT: Duration = Duration::from_secs(10);

/// The number of ended streams that are remembered.
const REMEMBERED: usize = 12;

/// The limits of the streams of this server.
#[derive(Args)]
pub(crate) struct Bounds {
    /// The number of streams that may be open at once
    #[arg(long, env = "STREAMS", default_value_t = 1000)]
    streams: usize,
    /// The number of streams that one peer address may have open
    #[arg(long, env = "STREAMS_PER_PEER", default_value_t = 32)]
    streams_per_peer: usize,
    /// The seconds after which a stream ends at the latest
    #[arg(long, env = "LIFETIME", default_value_t = 300)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    lifetime: u64,
}

/// All streams of this server. Clones are handles to the same streams.
#[derive(Clone)]
pub(crate) struct Streams {
    settings: Settings,
    overview: watch::Sender<Overview>,
}

/// The overview that visitors see.
#[derive(Clone, Default, Serialize)]
pub(crate) struct Overview {
    /// The number of open streams of each demonstration. A stream that was never opened is not listed.
    open: BTreeMap<&'static str, usize>,
    /// Newest first.
    ended: VecDeque<Ended>,
}

/// A stream that has ended or was refused.
#[derive(Clone, Serialize)]
struct Ended {
    demonstration: &'static str,
    reason: &'static str,
    seconds: f64,
    events: u64,
    bytes: u64,
}

impl Streams {
    pub(crate) fn new(bounds: &Bounds, drain: &Drain) -> Self {
        // Each response gives its key, because no layer computes it.
        let limits = Limits::each(bounds.streams_per_peer).total(bounds.streams);
        Self {
            settings: Settings::new()
                .retry(RECONNECTION_TIME)
                .heartbeat(Heartbeat::every(HEARTBEAT))
                .lifetime(Duration::from_secs(bounds.lifetime))
                .limits(&limits)
                .drain(drain),
            overview: watch::Sender::default(),
        }
    }

    /// Answers `peer` with the events of `stream`, which counts as open until it is dropped.
    pub(crate) fn answer<S: Stream>(
        &self,
        demonstration: &'static str,
        peer: SocketAddr,
        stream: S,
    ) -> Sse<impl Stream<Item = S::Item> + use<S>>
    where
        S::Item: EventItem,
    {
        let overview = self.overview.clone();
        // A stream that is refused is never polled, and so never counted.
        let counted = stream! {
            let _open = Open::new(overview, demonstration);
            for await item in stream {
                yield item;
            }
        };
        let overview = self.overview.clone();
        let settings = self.settings.clone().on_end(move |end| {
            let ended = Ended::new(demonstration, end);
            overview.send_modify(|overview| overview.remember(ended));
        });
        Sse::with(counted, settings).limit_key(address(peer))
    }

    /// Returns the overview now, and again whenever a stream opens or ends.
    pub(crate) fn overviews(&self) -> impl Stream<Item = Overview> + use<> {
        WatchStream::new(self.overview.subscribe())
    }
}

/// `GET /streams`: the overview, for curl and for the tests.
pub(crate) fn router(streams: &Streams) -> Router {
    Router::new()
        .route("/streams", get(overview))
        .with_state(streams.clone())
}

async fn overview(State(streams): State<Streams>) -> Json<Overview> {
    Json(streams.overview.borrow().clone())
}

impl Overview {
    fn remember(&mut self, ended: Ended) {
        self.ended.push_front(ended);
        self.ended.truncate(REMEMBERED);
    }
}

impl Ended {
    fn new(demonstration: &'static str, end: &StreamEnd<'_>) -> Self {
        Self {
            demonstration,
            reason: match end.reason() {
                EndReason::ClientGone => "client gone",
                EndReason::Completed => "at its end",
                EndReason::Error => "error",
                EndReason::Drain => "server stops",
                EndReason::Lifetime => "lifetime over",
                EndReason::Lag => "reader too slow",
                EndReason::Limit => "refused: limit",
                _ => "other",
            },
            seconds: end.duration().as_secs_f64(),
            events: end.events(),
            bytes: end.bytes(),
        }
    }
}

/// The guard of one open stream, which is dropped with the stream.
struct Open {
    overview: watch::Sender<Overview>,
    demonstration: &'static str,
}

impl Open {
    fn new(overview: watch::Sender<Overview>, demonstration: &'static str) -> Self {
        overview.send_modify(|overview| *overview.open.entry(demonstration).or_default() += 1);
        Self {
            overview,
            demonstration,
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.overview
            .send_modify(|overview| *overview.open.entry(self.demonstration).or_default() -= 1);
    }
}

/// Returns the key of a peer, under which its streams are counted. For an IPv6 address, only the first 64 bits
/// count, because the peer can choose the rest.
fn address(peer: SocketAddr) -> IpAddr {
    match peer.ip().to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
        ip => ip,
    }
}
