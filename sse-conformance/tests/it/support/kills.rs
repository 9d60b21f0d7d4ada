//! Flaws, each with the case that must find it. Each table has its own test, and another test
//! checks that every case finds a flaw.

use crate::flawed::{front, server};

/// Each flaw of HTTP/2 and the case that must find it.
pub(crate) const HTTP2: &[(front::Flaw, &str)] = &[
    (front::Flaw::TypePlain, "server/http2/event-stream"),
    (
        front::Flaw::ConnectionField,
        "server/http2/no-connection-fields",
    ),
    (front::Flaw::FourStreams, "server/http2/many-streams"),
    (front::Flaw::ThreeBodies, "server/http2/all-get-it"),
    (front::Flaw::ResetClosesAll, "server/http2/one-is-reset"),
    (front::Flaw::WaitsForWindow, "server/http2/stalled-others"),
    (front::Flaw::TearsAtWindow, "server/http2/stalled-whole"),
    (
        front::Flaw::SwapsAfterWindow,
        "server/http2/stalled-in-order",
    ),
    (front::Flaw::TwiceAfterWindow, "server/http2/stalled-once"),
    (
        front::Flaw::SilentAfterWindow,
        "server/http2/stalled-goes-on",
    ),
    (front::Flaw::ClosesAtGoaway, "server/http2/client-goaway"),
    (front::Flaw::ResetsAtEnd, "server/http2/end-of-stream"),
];

/// Each flaw of a server that publishes by itself, and the case that must find it.
#[rustfmt::skip]
pub(crate) const FEED: &[(server::Flaw, &str)] = &[
    (server::Flaw::BomBeforeEachEvent, "server/stream/idle-no-bom-inside"),
    (server::Flaw::HeartbeatInLine, "server/heartbeat/idle-not-inside-line"),
    (server::Flaw::HeartbeatInLineForEverySecond, "server/heartbeat/not-inside-line-of-one"),
    (server::Flaw::HeartbeatMovesPlace, "server/heartbeat/keeps-place-of-feed"),
    (server::Flaw::LosesForEverySecond, "server/readers/feed-all-get-it"),
    (server::Flaw::SwapsInFeed, "server/readers/feed-same-order"),
    (server::Flaw::SkipsOne, "server/resume/no-gap"),
    (server::Flaw::SkipsAtGap, "server/resume/no-gap"),
    (server::Flaw::RepeatsOne, "server/resume/no-duplicate"),
    (server::Flaw::Backwards, "server/resume/in-order"),
    (server::Flaw::MoreAfterEachEnd, "server/end/by-itself-nothing-after"),
    (server::Flaw::GarbageWhenKept, "server/end/by-itself-kept-connection"),
];
