//! Scenes about the end: clients that leave, and streams that the server ends.

use crate::driver::capability::Capability::Count;
use crate::driver::control::{Action, Answer};
use crate::suite::server::lacking::{Lacking, lacking};
use crate::suite::server::observation::event::Published;
use crate::suite::server::observation::seen::{Observation, Seen};
use crate::suite::server::observe::observer::Observer;
use crate::suite::server::scenes::streams::opened;

pub(crate) async fn counted(observer: &Observer<'_>) -> Seen {
    let mut seen = Observation::default();
    let mut readers = Vec::new();
    // Clients of earlier scenes may not all be gone.
    count(observer).await?;
    observer.until_gone().await;
    seen.counts.push(count(observer).await?);
    for _ in 0..3 {
        readers.push(opened(observer).await?);
    }
    seen.counts.push(count(observer).await?);
    drop(readers);
    seen.counts
        .push(count_until(observer, seen.counts[0]).await?);
    if !observer.can_publish() {
        return Ok(seen);
    }
    // A server may notice that a client is gone only when it writes.
    for _ in 0..3 {
        observer
            .publish(&mut Published::new(observer.token()))
            .await?;
        observer.pause().await;
    }
    seen.counts
        .push(count_until(observer, seen.counts[0]).await?);
    Ok(seen)
}

async fn count(observer: &Observer<'_>) -> Result<u64, Lacking> {
    match observer.act(&Action::Count).await? {
        Answer::Count(count) => Ok(count),
        _ => Err(lacking(Count, "the control hook gives no count")),
    }
}

/// Returns the count once it is at most `goal`, or the last count when time is up.
async fn count_until(observer: &Observer<'_>, goal: u64) -> Result<u64, Lacking> {
    let deadline = tokio::time::Instant::now() + observer.patience();
    loop {
        let open = count(observer).await?;
        if open <= goal || tokio::time::Instant::now() > deadline {
            return Ok(open);
        }
        observer.pause().await;
    }
}

pub(crate) async fn ended(observer: &Observer<'_>) -> Seen {
    let mut seen = Observation::default();
    let mut reader = opened(observer).await?;
    if observer.can_publish() {
        let event = reader.publish_and_read().await?;
        seen.published.push(event);
        // If the stream ended with this event, it is opened again, so that the hook can end it.
        reader.ready().await;
    }
    observer.act(&Action::End).await?;
    reader.until_end(observer.patience()).await;
    let recording = reader.into_recording();
    seen.after_end.clone_from(&recording.after_end);
    seen.recordings.push(Ok(recording));
    // A client that comes back is served.
    seen.recordings
        .push(observer.ask_or_publish(&observer.request()).await);
    Ok(seen)
}
