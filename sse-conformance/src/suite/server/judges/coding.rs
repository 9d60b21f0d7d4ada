//! Judges content codings and transfer codings.

use crate::driver::capability::Capability::{Compression, Heartbeat};
use crate::driver::message::End;
use crate::suite::server::judges::head::first;
use crate::suite::server::judges::judged::{Judged, Unmet, ensure, wrong};
use crate::suite::server::judges::stream::{answered, shown};
use crate::suite::server::lacking::lacking;
use crate::suite::server::observation::seen::Observation;

pub(crate) fn not_encoded(seen: &Observation) -> Judged {
    let recording = first(seen)?;
    // Real servers also write `none`, or an empty value, for content that is not encoded.
    let codings = recording.head.list("content-encoding");
    let is_plain = |coding: &String| ["identity", "none"].contains(&coding.as_str());
    ensure(
        codings.iter().all(is_plain),
        "the client cannot read the encoding",
        "no Content-Encoding, since none was requested",
        || recording.head.shown(),
    )
}

/// There must be no transfer coding except chunked, because the request has no TE.
pub(crate) fn only_chunked(seen: &Observation) -> Judged {
    let head = &answered(seen)?.head;
    let codings = head.list("transfer-encoding");
    let is_plain = |coding: &String| ["chunked", "identity"].contains(&coding.as_str());
    ensure(
        codings.iter().all(is_plain),
        "browsers decode no transfer coding except chunked",
        "Transfer-Encoding: chunked, or none",
        || head.shown(),
    )
}

pub(crate) fn vary_encoding(seen: &Observation) -> Judged {
    let head = &answered(seen)?.head;
    if !head.has("content-encoding") {
        return Err(Unmet::Lacks(lacking(
            Compression,
            "the stream is not compressed",
        )));
    }
    let vary = head.list("vary");
    let is_right = vary
        .iter()
        .any(|name| name == "accept-encoding" || name == "*");
    ensure(
        is_right,
        "caches mix up the encodings",
        "Vary: Accept-Encoding",
        || head.shown(),
    )
}

/// The fourth event was published after a heartbeat.
pub(crate) fn goes_on_after_heartbeats(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let Some(event) = seen.published.get(3) else {
        let why = "no heartbeat arrived on the compressed stream";
        return Err(Unmet::Lacks(lacking(Heartbeat, why)));
    };
    match (&recording.end, event.arrived) {
        (Some(End::Broken(why)), _) => Err(wrong(
            "the stream cannot be decoded after a heartbeat",
            "heartbeats that are compressed like everything else",
            why,
        )),
        (_, None) => Err(wrong(
            "no event arrives after a heartbeat",
            "the event that was published after the heartbeat",
            shown(recording),
        )),
        _ => Ok(()),
    }
}
