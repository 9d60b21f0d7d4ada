//! Clients that come back to a server which has lost events, or has been restarted.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::driver::capability::Capability::{Publish, Restart, Resume};
use crate::driver::control::{Action, Answer};
use crate::driver::message::{End, LAST_EVENT_ID, Request};
use crate::driver::reader::Reader;
use crate::driver::recording::Recording;
use crate::suite::server::lacking::{Lacking, lacking};
use crate::suite::server::observation::places::own_id;
use crate::suite::server::observation::seen::{Observation, Seen};
use crate::suite::server::observe::observer::{Observer, SETTLE};
use crate::suite::server::scenes::resume::{publish_unread, resuming_is_supported as supported};
use crate::suite::server::scenes::stalled::{publish_and_read, settle};
use crate::suite::server::scenes::streams::ends_by_itself;

/// The maximum number of events to publish if the log cannot be dropped, and the maximum time for
/// that.
const MAX_EVENTS: usize = 128;
const MAX_TIME: Duration = Duration::from_secs(2);

/// Publishes events while nobody reads, and makes the log lose them.
pub(crate) async fn old_id(observer: &Observer<'_>) -> Seen {
    supported(observer).await?;
    let mut seen = Observation::default();
    let mut reader = [opened(observer, &observer.request()).await?];
    let first = publish_and_read(observer, &mut reader).await?;
    let [reader] = reader;
    let id = own_id(&reader.recording, &first)
        .ok_or_else(|| lacking(Resume, "the events have no IDs"))?;
    seen.published.push(first);
    drop(reader);
    publish_unread(observer, &mut seen, 3).await?;
    if observer.act(&Action::DropLog).await.is_err() {
        let start = Instant::now();
        while seen.published.len() < MAX_EVENTS && start.elapsed() < MAX_TIME {
            publish_unread(observer, &mut seen, 1).await?;
        }
    }
    come_back_and_publish(observer, &mut seen, &id).await?;
    // Every stream begins with a greeting.
    seen.recordings
        .push(observer.ask_or_publish(&observer.request()).await);
    Ok(seen)
}

/// The number of events that are published before and after the second restart. The client has the
/// first two.
pub(crate) const BEFORE: usize = 3;
pub(crate) const AFTER: usize = 4;

/// Restarts the server, and comes back with an ID from before.
///
/// The server is restarted twice. Otherwise a server that counts from 1 again would not have
/// reached the number of the ID yet.
pub(crate) async fn restarted(observer: &Observer<'_>) -> Seen {
    let resumes = supported(observer).await.is_ok();
    let mut seen = Observation::default();
    restart(observer).await?;
    let before = publish_and_read_events(observer, &mut seen, BEFORE).await?;
    let id = match (&before, seen.published.get(1)) {
        (Ok(before), Some(second)) if seen.published.len() == BEFORE => own_id(before, second),
        _ => {
            seen.recordings.push(before);
            return Ok(seen);
        }
    };
    restart(observer).await?;
    let after = publish_and_read_events(observer, &mut seen, AFTER).await?;
    seen.recordings.push(after);
    if let Some(id) = id.filter(|_| resumes && seen.published.len() == BEFORE + AFTER) {
        come_back_and_publish(observer, &mut seen, &id).await?;
        seen.recordings.push(before);
    }
    Ok(seen)
}

async fn restart(observer: &Observer<'_>) -> Result<(), Lacking> {
    match observer.act(&Action::Restart).await? {
        Answer::Refused => Err(lacking(
            Restart,
            "the control hook refuses to restart the server",
        )),
        _ => Ok(()),
    }
}

/// Opens a stream, and publishes and reads events one by one. Returns the inner error if no stream
/// could be opened.
async fn publish_and_read_events(
    observer: &Observer<'_>,
    seen: &mut Observation,
    count: usize,
) -> Result<Result<Recording, String>, Lacking> {
    let deadline = Instant::now() + observer.patience();
    let mut reader = loop {
        match opened(observer, &observer.request()).await {
            Ok(reader) => break [reader],
            Err(why) if Instant::now() > deadline => return Ok(Err(why.why)),
            // The server may not serve again yet.
            Err(_) => sleep(SETTLE / 3).await,
        }
    };
    for _ in 0..count {
        let event = publish_and_read(observer, &mut reader).await?;
        let is_lost = event.arrived.is_none();
        seen.published.push(event);
        if is_lost {
            break;
        }
    }
    let [reader] = reader;
    Ok(Ok(reader.recording))
}

/// Comes back with an ID, and reads until an event arrives that is published then.
async fn come_back_and_publish(
    observer: &Observer<'_>,
    seen: &mut Observation,
    id: &str,
) -> Result<(), Lacking> {
    let request = observer.request().with(LAST_EVENT_ID, id);
    let mut reader = match observer.send_or_publish(&request).await {
        Ok(reader) => [reader],
        Err(why) => {
            seen.recordings.push(Err(why));
            return Ok(());
        }
    };
    if reader[0].recording.head.is_event_stream() {
        settle(&mut reader[0]).await;
        let live = publish_and_read(observer, &mut reader).await?;
        seen.published.push(live);
    }
    let [reader] = reader;
    if reader.recording.head.status == 204 && !ends_by_itself(observer).await {
        // The event source is stopped although its stream goes on.
        let answer = reader.recording.head.shown();
        seen.turned_away.push((id.to_owned(), answer));
    }
    if let Some(End::Complete | End::Closed) = reader.recording.end
        && reader.recording.head.is_event_stream()
    {
        return Err(lacking(Publish, "the stream ended by itself"));
    }
    seen.recordings.push(Ok(reader.recording));
    Ok(())
}

async fn opened(observer: &Observer<'_>, request: &Request) -> Result<Reader, Lacking> {
    let sent = observer.send_or_publish(request).await;
    let mut reader = sent.map_err(|why| lacking(Publish, why))?;
    settle(&mut reader).await;
    Ok(reader)
}
