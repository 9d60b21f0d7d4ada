//! Judges CORS: Fetch, "CORS protocol".

use crate::driver::capability::Capability::Cors;
use crate::driver::message::Head;
use crate::driver::recording::Recording;
use crate::suite::server::judges::judged::{Judged, Unmet, ensure, wrong};
use crate::suite::server::lacking::lacking;
use crate::suite::server::observation::seen::Observation;
use crate::suite::server::scenes::question::FOREIGN;

/// Does the same for an origin that the user said is allowed: a refusal is wrong.
fn allowing_as_said(seen: &Observation) -> Result<(&Recording, String), Unmet> {
    match seen.recordings.first() {
        Some(Ok(recording))
            if !asks_as(recording, FOREIGN)
                && !recording.head.has("access-control-allow-origin") =>
        {
            Err(wrong(
                "the origin is refused, but `--origin` says that it is allowed",
                "Access-Control-Allow-Origin",
                recording.head.shown(),
            ))
        }
        _ => allowing(seen),
    }
}

/// Returns the recording and its Access-Control-Allow-Origin, if it allows another origin to read.
fn allowing(seen: &Observation) -> Result<(&Recording, String), Unmet> {
    let Some(Ok(recording)) = seen.recordings.first() else {
        return Err(Unmet::Lacks(lacking(Cors, "there is no answer")));
    };
    match recording.head.text("access-control-allow-origin") {
        Some(origin) => Ok((recording, origin)),
        None => Err(Unmet::Lacks(lacking(
            Cors,
            "no other origin may read the stream",
        ))),
    }
}

/// Does the same for an origin that may be refused: a refusal is right.
fn unless_refused(seen: &Observation, judge: impl FnOnce(&Recording, &str) -> Judged) -> Judged {
    match allowing(seen) {
        Ok((recording, origin)) => judge(recording, &origin),
        Err(_) if matches!(seen.recordings.first(), Some(Ok(_))) => Ok(()),
        Err(unmet) => Err(unmet),
    }
}

pub(crate) fn foreign_origin_is_one(seen: &Observation) -> Judged {
    unless_refused(seen, |_, _| origin_is_one(seen))
}

/// Returns whether the request names exactly this origin. A lookalike may contain an allowed one.
fn asks_as(recording: &Recording, origin: &str) -> bool {
    recording.request.contains(&format!("'origin: {origin}'"))
}

/// The origin that the user said is allowed.
pub(crate) fn allowed_is_named(seen: &Observation) -> Judged {
    let (recording, origin) = allowing_as_said(seen)?;
    if asks_as(recording, FOREIGN) {
        let why = "the suite was not given an allowed origin";
        return Err(Unmet::Lacks(lacking(Cors, why)));
    }
    ensure(
        origin == "*" || asks_as(recording, &origin),
        "browsers compare byte for byte, and refuse the origin",
        "the origin exactly as it was sent, or `*`",
        || recording.head.shown(),
    )
}

fn has_credentials(head: &Head) -> bool {
    head.text("access-control-allow-credentials").as_deref() == Some("true")
}

pub(crate) fn origin_is_one(seen: &Observation) -> Judged {
    let (recording, origin) = allowing(seen)?;
    let lines = recording.head.values("access-control-allow-origin").count();
    let is_one = lines == 1 && !origin.contains([',', ' ']);
    let is_origin = ["*", "null"].contains(&origin.as_str())
        || origin.contains("://") && !origin.ends_with('/');
    ensure(
        is_one && is_origin,
        "no browser accepts it",
        "`*`, or one origin",
        || recording.head.shown(),
    )
}

/// The origin of the request, or `*`. Any other value allows nobody.
pub(crate) fn origin_is_the_one_that_asked(seen: &Observation, asked: &str) -> Judged {
    unless_refused(seen, |recording, origin| {
        ensure(
            ["*", asked].contains(&origin),
            "the origin is refused",
            asked,
            || recording.head.shown(),
        )
    })
}

pub(crate) fn credentials_name_the_origin(seen: &Observation) -> Judged {
    let (recording, origin) = allowing(seen)?;
    let is_wrong = has_credentials(&recording.head) && origin == "*";
    ensure(
        !is_wrong,
        "browsers refuse this combination",
        "the origin, not `*`",
        || recording.head.shown(),
    )
}

pub(crate) fn credentials_are_true(seen: &Observation) -> Judged {
    let (recording, _) = allowing(seen)?;
    match recording
        .head
        .text("access-control-allow-credentials")
        .as_deref()
    {
        None | Some("true") => Ok(()),
        Some(_) => Err(wrong(
            "browsers know only one value",
            "`true`, or no such field",
            recording.head.shown(),
        )),
    }
}

/// Every origin is allowed, with the cookies of the visitor.
pub(crate) fn foreign_has_no_credentials(seen: &Observation) -> Judged {
    unless_refused(seen, |recording, origin| {
        let is_wrong = has_credentials(&recording.head) && origin == FOREIGN;
        ensure(
            !is_wrong,
            "any site can read the stream with the cookies of its visitor",
            "credentials only for origins on a list",
            || recording.head.shown(),
        )
    })
}

pub(crate) fn null_has_no_credentials(seen: &Observation) -> Judged {
    unless_refused(seen, |recording, origin| {
        let is_wrong = has_credentials(&recording.head) && origin == "null";
        ensure(
            !is_wrong,
            "any site can send requests as `null`, from a sandboxed frame",
            "no credentials for `null`",
            || recording.head.shown(),
        )
    })
}

pub(crate) fn null_is_not_named(seen: &Observation) -> Judged {
    unless_refused(seen, |recording, origin| {
        ensure(
            origin != "null",
            "any site can have the origin `null`",
            "`*`, or no such field",
            || recording.head.shown(),
        )
    })
}

pub(crate) fn vary(seen: &Observation) -> Judged {
    let (recording, origin) = allowing(seen)?;
    let vary = recording.head.list("vary");
    // If every origin gets the same answer, it does not vary.
    let is_fixed = match seen.recordings.get(1) {
        Some(Ok(other)) => other.head.text("access-control-allow-origin") == Some(origin.clone()),
        _ => false,
    };
    let is_right =
        origin == "*" || is_fixed || vary.iter().any(|name| name == "origin" || name == "*");
    ensure(
        is_right,
        "caches mix up the origins",
        "Vary: Origin",
        || recording.head.shown(),
    )
}

/// Judges an origin that only looks like the allowed one.
pub(crate) fn lookalike_is_refused(seen: &Observation) -> Judged {
    let Some(Ok(recording)) = seen.recordings.first() else {
        return Err(Unmet::Lacks(lacking(
            Cors,
            "the suite was not given an allowed origin, or it has no such lookalike",
        )));
    };
    match recording.head.text("access-control-allow-origin") {
        None => Ok(()),
        Some(origin) if origin == "*" => Err(Unmet::Lacks(lacking(Cors, "every origin may read"))),
        // Without credentials, the stream is one that anybody can read anyway.
        Some(_) if !has_credentials(&recording.head) => Ok(()),
        Some(origin) => ensure(
            !asks_as(recording, &origin),
            "the comparison is careless",
            "the origin is refused",
            || recording.head.shown(),
        ),
    }
}

/// The preflight must allow the same origin as the answer to GET.
pub(crate) fn preflight_names_the_origin(seen: &Observation) -> Judged {
    let (recording, origin) = allowing_as_said(seen)?;
    let with_credentials = match seen.recordings.get(1) {
        Some(Ok(get)) => has_credentials(&get.head),
        _ => false,
    };
    let is_named = asks_as(recording, &origin) || origin == "*" && !with_credentials;
    ensure(
        is_named && (!with_credentials || has_credentials(&recording.head)),
        "browsers send no request after this preflight",
        "the origin, and credentials if the stream has them",
        || recording.head.shown(),
    )
}

pub(crate) fn preflight_is_ok(seen: &Observation) -> Judged {
    let (recording, _) = match allowing(seen) {
        // A refusal need not have any CORS fields.
        Err(_) => allowing_as_said(seen)?,
        Ok(allowing) => allowing,
    };
    ensure(
        (200..300).contains(&recording.head.status),
        "browsers send no request after this preflight",
        "200 or 204",
        || recording.head.shown(),
    )
}

pub(crate) fn preflight_ends(seen: &Observation) -> Judged {
    let (recording, _) = allowing(seen)?;
    ensure(
        !recording.head.is_event_stream(),
        "the preflight opens a stream",
        "an answer that ends",
        || recording.head.shown(),
    )
}

pub(crate) fn preflight_lists_last_event_id(seen: &Observation) -> Judged {
    preflight_lists(seen, "last-event-id")
}

pub(crate) fn preflight_lists_cache_control(seen: &Observation) -> Judged {
    preflight_lists(seen, "cache-control")
}

fn preflight_lists(seen: &Observation, name: &str) -> Judged {
    let (recording, _) = allowing(seen)?;
    let listed = recording.head.list("access-control-allow-headers");
    // With credentials, an asterisk is an ordinary name.
    let all = !has_credentials(&recording.head) && listed.iter().any(|listed| listed == "*");
    ensure(
        all || listed.iter().any(|listed| listed == name),
        "browsers refuse the request",
        name,
        || recording.head.shown(),
    )
}
