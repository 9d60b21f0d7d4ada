//! Streams that scenes open.

use crate::driver::capability::Capability::{Publish, Resume};
use crate::driver::message::Request;
use crate::suite::server::lacking::{Lacking, lacking};
use crate::suite::server::observation::seen::Observation;
use crate::suite::server::observe::observer::Observer;
use crate::suite::server::observe::source::Source;

/// Opens a stream and waits until it is subscribed.
pub(crate) async fn opened<'o>(observer: &'o Observer<'_>) -> Result<Source<'o>, Lacking> {
    let opened = Source::listen_or_publish(observer, &observer.request()).await;
    opened.map_err(|why| lacking(Publish, why))
}

/// Comes back with an ID that the server gave out. Notes any answer other than an event stream.
pub(crate) async fn let_in<'o>(
    observer: &'o Observer<'_>,
    seen: &mut Observation,
    request: &Request,
    id: &str,
) -> Result<Option<Source<'o>>, Lacking> {
    let answer = match Source::listen_or_publish(observer, request).await {
        Ok(reader) if reader.recording().head.is_event_stream() => return Ok(Some(reader)),
        // The stream had ended for good.
        Ok(reader) if reader.recording().head.status == 204 && ends_by_itself(observer).await => {
            let why = "the stream ended, and a client that comes back is stopped with 204";
            return Err(lacking(Resume, why));
        }
        Ok(reader) => reader.recording().head.shown(),
        Err(why) => why,
    };
    seen.turned_away.push((id.to_owned(), answer));
    Ok(None)
}

/// Returns whether a stream ends without the control hook. Waits as long as for heartbeats.
pub(crate) async fn ends_by_itself(observer: &Observer<'_>) -> bool {
    if !observer.learned().ends_streams
        && let Ok(mut reader) = Source::listen_or_publish(observer, &observer.request()).await
    {
        reader.until_end(observer.target.idle).await;
        observer.learn(|learned| learned.ends_streams = reader.has_ended_cleanly());
    }
    observer.learned().ends_streams
}
