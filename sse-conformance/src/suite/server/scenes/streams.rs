//! Streams that scenes open.

use crate::driver::capability::Capability::{Publish, Resume};
use crate::driver::message::Request;
use crate::suite::server::lacking::{Lacking, lacking};
use crate::suite::server::observation::seen::Observation;
use crate::suite::server::observe::observer::Observer;
use crate::suite::server::observe::source::Source;

/// A stream that is known to carry what is published.
pub(crate) async fn opened<'o>(observer: &'o Observer<'_>) -> Result<Source<'o>, Lacking> {
    let opened = Source::listen_or_publish(observer, &observer.request()).await;
    opened.map_err(|why| lacking(Publish, why))
}

/// Comes back with an ID of the server's own. Notes any answer other than an event stream.
pub(crate) async fn let_in<'o>(
    observer: &'o Observer<'_>,
    seen: &mut Observation,
    request: &Request,
    id: &str,
) -> Result<Option<Source<'o>>, Lacking> {
    let answer = match Source::listen_or_publish(observer, request).await {
        Ok(reader) if reader.recording().head.is_event_stream() => return Ok(Some(reader)),
        // The stream had come to its end.
        Ok(reader) if reader.recording().head.status == 204 && ends_by_itself(observer).await => {
            let why = "the stream ended, and a reader that comes back is stopped with 204";
            return Err(lacking(Resume, why));
        }
        Ok(reader) => reader.recording().head.shown(),
        Err(why) => why,
    };
    seen.turned_away.push((id.to_owned(), answer));
    Ok(None)
}

/// Returns whether a stream ends without the control hook. Waits for that as long as for heartbeats.
pub(crate) async fn ends_by_itself(observer: &Observer<'_>) -> bool {
    if !observer.learned().ends_streams
        && let Ok(mut reader) = Source::listen_or_publish(observer, &observer.request()).await
    {
        reader.until_end(observer.target.idle).await;
        observer.learn(|learned| learned.ends_streams = reader.has_ended_cleanly());
    }
    observer.learned().ends_streams
}
