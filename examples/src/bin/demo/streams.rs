//! The settings of all streams, the count of open streams, and the record of ended streams.
//!
//! Each stream tells a hook when it opens and when it ends. When the client goes, hyper drops the response's
//! body, and the body tells the hook. Nothing polls for clients that have left.

use std::{
    collections::{BTreeMap, VecDeque},
    net::{IpAddr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use axum::{Json, Router, extract::State, routing::get};
use clap::Args;
use futures_util::Stream;
use serde::Serialize;
use sse_tower::{
    Drain, Heartbeat, Settings, Sse,
    event::EventItem,
    server::{EndReason, Limits, Notice, Refusal, RefusalReason, StreamEnd, StreamMetrics},
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
                .drain(drain)
                .metrics(&StreamMetrics::new()),
            overview: watch::Sender::default(),
        }
    }

    /// Answers `peer` with the events of `stream`, which counts as open until it is dropped.
    pub(crate) fn answer<S: Stream>(
        &self,
        demonstration: &'static str,
        peer: SocketAddr,
        stream: S,
    ) -> Sse<S>
    where
        S::Item: EventItem,
    {
        let overview = self.overview.clone();
        let settings = self.settings.clone().on_notice(move |notice| {
            overview.send_if_modified(|overview| overview.update(demonstration, notice));
        });
        Sse::with(stream, settings).limit_key(address(peer))
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
    /// Returns whether the notice has changed the overview.
    fn update(&mut self, demonstration: &'static str, notice: &Notice<'_>) -> bool {
        match notice {
            Notice::Opened => *self.open.entry(demonstration).or_default() += 1,
            Notice::Ended(end) => {
                *self.open.entry(demonstration).or_default() -= 1;
                self.remember(Ended::new(demonstration, end));
            }
            Notice::Refused(refusal) => self.remember(Ended::refused(demonstration, refusal)),
            _ => return false,
        }
        true
    }

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
                EndReason::Stalled => "reader stalled",
                EndReason::Kick => "cut by the server",
                _ => "other",
            },
            seconds: end.duration().as_secs_f64(),
            events: end.events(),
            bytes: end.bytes(),
        }
    }

    fn refused(demonstration: &'static str, refusal: &Refusal) -> Self {
        Self {
            demonstration,
            reason: match refusal.reason() {
                RefusalReason::Limit => "refused: limit",
                RefusalReason::Drain => "refused: server stops",
                _ => "refused",
            },
            seconds: 0.0,
            events: 0,
            bytes: refusal.bytes(),
        }
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
