//! Judges the head of the response: status, fields, methods, and what the request accepts.

use crate::driver::capability::Capability::{Http2, Publish};
use crate::driver::media_type::members;
use crate::driver::message::{End, Head, Version};
use crate::driver::recording::Recording;
use crate::suite::server::judges::judged::{Judged, Unmet, ensure, wrong};
use crate::suite::server::judges::stream::{answered, shown};
use crate::suite::server::lacking::{lacking, not_judged};
use crate::suite::server::observation::seen::Observation;

/// Returns the first recording, whatever the answer was.
pub(crate) fn first(seen: &Observation) -> Result<&Recording, Unmet> {
    match seen.recordings.first() {
        Some(Ok(recording)) => Ok(recording),
        Some(Err(why)) => Err(wrong("no answer", "a response", why)),
        None => Err(Unmet::Lacks(lacking(Publish, "nothing was asked"))),
    }
}

fn is_event_stream(recording: &Recording) -> Judged {
    ensure(
        recording.head.is_event_stream(),
        "the answer is not an event stream",
        "200 and text/event-stream",
        || recording.head.shown(),
    )
}

// Judges the status.

pub(crate) fn ok(seen: &Observation) -> Judged {
    let recording = first(seen)?;
    ensure(
        recording.head.status == 200,
        "an event source gives up",
        "200",
        || recording.head.shown(),
    )
}

/// The last recording is an error if a browser would have given up there.
pub(crate) fn redirects_lead_somewhere(seen: &Observation) -> Judged {
    match seen.recordings.last() {
        None => Err(Unmet::Lacks(lacking(
            Publish,
            "the server does not redirect",
        ))),
        Some(Ok(_)) => Ok(()),
        Some(Err(why)) => Err(wrong(
            "an event source gives up",
            "at most 20 redirects, each to a URL of http or https",
            why,
        )),
    }
}

/// Judges the answer to the request that found the server.
pub(crate) fn first_is_ok(seen: &Observation) -> Judged {
    match seen.recordings.first() {
        Some(Ok(recording)) => ensure(
            recording.head.is_event_stream(),
            "an event source gives up at once",
            "200 and text/event-stream",
            || recording.head.shown(),
        ),
        // A client tries again after a broken connection.
        _ => Err(Unmet::Lacks(lacking(Publish, "there is no first answer"))),
    }
}

pub(crate) fn second_is_ok(seen: &Observation) -> Judged {
    answered(seen)?;
    for recording in &seen.recordings[1..] {
        match recording {
            Ok(recording) => is_event_stream(recording)?,
            Err(why) => return Err(wrong("no answer", "200 and text/event-stream", why)),
        }
    }
    Ok(())
}

/// Judges a request that differs from an event source's in one respect.
pub(crate) fn also_event_stream(seen: &Observation) -> Judged {
    is_event_stream(first(seen)?)
}

pub(crate) fn no_server_error(seen: &Observation) -> Judged {
    let recording = first(seen)?;
    ensure(
        recording.head.status < 500 || recording.head.status == 501,
        "the server failed",
        "a stream, or a client error",
        || recording.head.shown(),
    )
}

// Judges header fields.

pub(crate) fn content_type(seen: &Observation) -> Judged {
    let head = &first(seen)?.head;
    let is_right = head.essence().as_deref() == Some("text/event-stream");
    // The status of an answer that is not a stream says so.
    if head.status != 200 {
        answered(seen)?;
    }
    ensure(
        is_right,
        "an event source gives up",
        "text/event-stream",
        || head.shown(),
    )
}

pub(crate) fn content_type_exact(seen: &Observation) -> Judged {
    let head = &answered(seen)?.head;
    let text = head.text("content-type").unwrap_or_default();
    ensure(
        text == "text/event-stream",
        "some clients compare the whole value",
        "text/event-stream",
        || text.clone(),
    )
}

pub(crate) fn charset(seen: &Observation) -> Judged {
    let head = &answered(seen)?.head;
    let charset = head.media_type().and_then(|found| found.charset);
    let is_right = charset.is_none_or(|charset| charset.eq_ignore_ascii_case("utf-8"));
    ensure(
        is_right,
        "an event stream is UTF-8",
        "no charset, or utf-8",
        || head.text("content-type").unwrap_or_default(),
    )
}

pub(crate) fn content_type_once(seen: &Observation) -> Judged {
    let head = &answered(seen)?.head;
    let count = head.values("content-type").flat_map(members).count();
    ensure(
        count == 1,
        "there are several media types",
        "one Content-Type with one media type",
        || head.shown(),
    )
}

pub(crate) fn not_stored(seen: &Observation) -> Judged {
    let head = &answered(seen)?.head;
    let control = head.list("cache-control");
    let is_right = control
        .iter()
        .any(|word| ["no-store", "no-cache"].contains(&word.as_str()));
    ensure(
        is_right,
        "a cache may store the stream",
        "Cache-Control: no-store",
        || head.shown(),
    )
}

pub(crate) fn not_public(seen: &Observation) -> Judged {
    let head = &answered(seen)?.head;
    let control = head.list("cache-control");
    let is_wrong = control
        .iter()
        .any(|word| ["public", "immutable", "s-maxage"].contains(&word.as_str()));
    ensure(
        !is_wrong,
        "a cache is asked to store the stream",
        "no public caching",
        || head.shown(),
    )
}

pub(crate) fn not_transformed(seen: &Observation) -> Judged {
    let head = &answered(seen)?.head;
    let is_right = head
        .list("cache-control")
        .iter()
        .any(|word| word == "no-transform");
    ensure(
        is_right,
        "a proxy may compress the stream and hold events back",
        "Cache-Control: no-transform",
        || head.shown(),
    )
}

pub(crate) fn not_buffered(seen: &Observation) -> Judged {
    let head = &answered(seen)?.head;
    let is_right = head
        .text("x-accel-buffering")
        .is_some_and(|text| text.eq_ignore_ascii_case("no"));
    ensure(
        is_right,
        "nginx holds events back",
        "X-Accel-Buffering: no",
        || head.shown(),
    )
}

pub(crate) fn no_length(seen: &Observation) -> Judged {
    let head = &answered(seen)?.head;
    ensure(
        !head.has("content-length"),
        "there is a length",
        "no Content-Length",
        || head.shown(),
    )
}

/// If a stream with a length goes on, later events are beyond that length.
pub(crate) fn no_length_on_a_live_stream(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let is_over = matches!(recording.end, Some(End::Complete));
    let has = recording.head.has("content-length");
    if has && is_over && recording.bytes.is_empty() {
        let why = "the answer is empty: nothing was new, or its length is wrong";
        return Err(Unmet::Lacks(not_judged(why)));
    }
    ensure(
        !has || is_over,
        "a stream that goes on has a length",
        "no Content-Length",
        || recording.head.shown(),
    )
}

pub(crate) fn length_or_coding(seen: &Observation) -> Judged {
    let head = &answered(seen)?.head;
    let both = head.has("content-length") && head.has("transfer-encoding");
    ensure(
        !both,
        "both fields are present",
        "no Content-Length together with Transfer-Encoding",
        || head.shown(),
    )
}

pub(crate) fn framing(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    match recording.broken() {
        Some(why) => Err(wrong(
            "the framing is broken",
            "a body that is framed correctly",
            why,
        )),
        None => Ok(()),
    }
}

pub(crate) fn head_before_events(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    ensure(
        recording.head_at.as_secs() < 2,
        "the head is late: the page waits for its `open` event",
        "the head at once",
        || format!("after {:.1} s", recording.head_at.as_secs_f64()),
    )
}

pub(crate) fn first_byte(seen: &Observation) -> Judged {
    let recording = answered(seen)?;
    let first = recording
        .arrivals
        .first()
        .map(|(_, at)| at.saturating_sub(recording.head_at));
    ensure(
        first.is_some_and(|at| at.as_secs() < 2),
        "some proxies forward the head only with the first byte",
        "a comment, a reconnection time or an event at once",
        || match first {
            Some(at) => format!("the first byte after {:.1} s", at.as_secs_f64()),
            None => "no byte".to_owned(),
        },
    )
}

pub(crate) fn http10_is_not_chunked(seen: &Observation) -> Judged {
    let head = &first(seen)?.head;
    if head.version == Version::Http2 {
        return Err(Unmet::Lacks(lacking(Publish, "this is about HTTP/1.1")));
    }
    ensure(
        !head.has("transfer-encoding"),
        "an HTTP/1.0 client cannot read chunks",
        "a body that ends with the connection",
        || head.shown(),
    )
}

// Judges methods.

pub(crate) fn head_has_no_content(seen: &Observation) -> Judged {
    let Some(Ok(recording)) = seen.recordings.first() else {
        return Err(Unmet::Lacks(lacking(Publish, "HEAD is not answered")));
    };
    // A client would take bytes after the head for the next response.
    match &seen.after_end {
        None if recording.bytes.is_empty() => Ok(()),
        _ => Err(wrong("there is content", "only a head", shown(recording))),
    }
}

pub(crate) fn head_is_as_get(seen: &Observation) -> Judged {
    is_event_stream(first(seen)?)
}

pub(crate) fn connection_goes_on_after_head(seen: &Observation) -> Judged {
    let closes = |head: &Head| head.list("connection").iter().any(|word| word == "close");
    let head = &first(seen)?.head;
    if head.version == Version::Http2 {
        return Err(Unmet::Lacks(lacking(Publish, "this is about HTTP/1.1")));
    }
    match seen.recordings.get(1) {
        _ if closes(head) || head.version == Version::Http10 => Ok(()),
        Some(Ok(recording)) => ensure(
            (200..600).contains(&recording.head.status),
            "the next answer is not a valid response",
            "a response",
            || recording.head.shown(),
        ),
        // A server may close an idle connection without notice.
        Some(Err(why)) if why.contains("closed without") => Ok(()),
        Some(Err(why)) => Err(wrong(
            "the next request on the connection is not answered correctly",
            "a response",
            why,
        )),
        None => Ok(()),
    }
}

pub(crate) fn options_is_no_stream(seen: &Observation) -> Judged {
    let recording = first(seen)?;
    ensure(
        recording.head.essence().as_deref() != Some("text/event-stream"),
        "OPTIONS opens a stream",
        "an answer that ends",
        || recording.head.shown(),
    )
}

pub(crate) fn unknown_method_is_refused(seen: &Observation) -> Judged {
    let recording = first(seen)?;
    ensure(
        matches!(recording.head.status, 400 | 404 | 405 | 501),
        "an unknown method is served",
        "405 or 501",
        || recording.head.shown(),
    )
}

pub(crate) fn refusal_has_allow(seen: &Observation) -> Judged {
    // Another case reports a missing answer.
    let Ok(recording) = first(seen) else {
        return Err(Unmet::Lacks(not_judged("the method is not answered")));
    };
    let head = &recording.head;
    ensure(
        head.status != 405 || head.has("allow"),
        "the answer does not say which methods are allowed",
        "Allow with 405",
        || head.shown(),
    )
}

// Judges HTTP/2.

pub(crate) fn http2_is_event_stream(seen: &Observation) -> Judged {
    is_event_stream(first(seen)?)
}

pub(crate) fn http2_has_no_connection_fields(seen: &Observation) -> Judged {
    match seen.recordings.first() {
        Some(Ok(recording)) => {
            let forbidden = [
                "connection",
                "keep-alive",
                "proxy-connection",
                "transfer-encoding",
                "upgrade",
            ];
            let found = forbidden.iter().find(|name| recording.head.has(name));
            ensure(
                found.is_none(),
                "HTTP/2 forbids it",
                "no fields about the connection",
                || recording.head.shown(),
            )
        }
        // The client library rejects such a head as malformed.
        Some(Err(why)) => Err(wrong(
            "the response is malformed",
            "a response without fields about the connection",
            why,
        )),
        None => Err(Unmet::Lacks(lacking(Http2, "nothing was asked"))),
    }
}

pub(crate) fn http2_many_streams(seen: &Observation) -> Judged {
    let refused = seen
        .recordings
        .iter()
        .find_map(|recording| recording.as_ref().err());
    match refused {
        None => Ok(()),
        Some(why) => Err(wrong(
            "a stream is not answered",
            "10 streams on one connection",
            why,
        )),
    }
}
