//! Judges answers that are not streams.

use crate::driver::capability::Capability::Publish;
use crate::driver::message::End;
use crate::suite::server::judges::head::first;
use crate::suite::server::judges::judged::{Judged, Unmet, wrong};
use crate::suite::server::lacking::lacking;
use crate::suite::server::observation::seen::Observation;

/// The body of an answer that is not a stream is framed as its head says.
pub(crate) fn is_whole(seen: &Observation) -> Judged {
    let recording = first(seen).map_err(|_| Unmet::Lacks(lacking(Publish, "no answer")))?;
    if recording.head.is_event_stream() {
        let why = "the request was answered with a stream, not refused";
        return Err(Unmet::Lacks(lacking(Publish, why)));
    }
    let expected = "a body as long as Content-Length says";
    let is_framed = recording.head.has("content-length") || recording.head.has("transfer-encoding");
    match (&recording.end, &seen.after_end) {
        // The body ends with the connection. The connection is reset if the server closed it before
        // it had read the whole request.
        (Some(End::Broken(_)), _) if !is_framed => Ok(()),
        (Some(End::Broken(why)), _) => {
            Err(wrong("the body is not framed correctly", expected, why))
        }
        // A server may answer a silent connection, for example with 408.
        (_, Some(rest)) if !rest.starts_with("HTTP/1.") => {
            Err(wrong("bytes follow the body", expected, rest))
        }
        (None, _) if recording.head.has("content-length") => Err(wrong(
            "the body is shorter than Content-Length says",
            expected,
            format!("{} bytes, then nothing", recording.bytes.len()),
        )),
        _ => Ok(()),
    }
}
