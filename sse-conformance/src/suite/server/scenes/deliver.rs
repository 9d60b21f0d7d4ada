//! Scenes that read what is published: events one by one, in a burst, and by several clients.

use std::time::Duration;

use futures_util::future::join_all;

use crate::driver::capability::Capability::{Compression, Publish};
use crate::driver::recording::Recording;
use crate::suite::server::lacking::{Lacking, lacking};
use crate::suite::server::observation::event::Published;
use crate::suite::server::observation::seen::{Observation, Seen};
use crate::suite::server::observe::observer::Observer;
use crate::suite::server::observe::send::Via;
use crate::suite::server::observe::source::Source;
use crate::suite::server::scenes::quiet::ask_on;
use crate::suite::server::scenes::streams::opened;

pub(crate) async fn one_by_one(observer: &Observer<'_>) -> Seen {
    observer.publishing_is_supported()?;
    let mut seen = Observation::default();
    let mut reader = match Source::listen_or_publish(observer, &observer.request()).await {
        Ok(reader) => reader,
        Err(why) => return Err(lacking(Publish, why)),
    };
    for _ in 0..5 {
        let event = reader.publish_and_read().await?;
        let lost = event.arrived.is_none();
        seen.published.push(event);
        if seen.published.len() == 1 {
            observer.learn(|learned| learned.delivers = Some(!lost));
            reader.linger().await;
        }
        if lost || observer.delays.are_too_long() {
            break;
        }
    }
    reader.settle().await;
    // This only notices whether the last stream ends with its event. A case judges it.
    reader.ready().await;
    seen.kept = ask_again(observer, &mut reader).await;
    seen.recordings.push(Ok(reader.into_recording()));
    Ok(seen)
}

/// Sends a request on the connection of the first response that ended, if there is one.
async fn ask_again(
    observer: &Observer<'_>,
    reader: &mut Source<'_>,
) -> Option<Result<Recording, String>> {
    let (kept, request) = reader.take_kept()?;
    ask_on(observer, kept, &request).await
}

pub(crate) async fn burst(observer: &Observer<'_>) -> Seen {
    observer.publishing_is_supported()?;
    let mut seen = Observation::default();
    let mut reader = opened(observer).await?;
    reader.ready().await;
    for _ in 0..50 {
        let mut event = Published::new(observer.token());
        observer.publish(&mut event).await?;
        seen.published.push(event);
    }
    for event in &seen.published {
        if !reader.event(&event.token, observer.patience()).await {
            break;
        }
    }
    reader.settle().await;
    seen.recordings.push(Ok(reader.into_recording()));
    Ok(seen)
}

/// Returns data that never repeats, so that lost or moved parts are noticed.
pub(crate) fn long_data(token: &str, length: usize) -> String {
    let mut data = token.to_owned();
    let mut number = 0_u32;
    while data.len() < length {
        number += 1;
        data.push_str(&format!(" {number}"));
    }
    data
}

pub(crate) async fn large(observer: &Observer<'_>) -> Seen {
    observer.publishing_is_supported()?;
    let mut seen = Observation::default();
    let mut reader = opened(observer).await?;
    let line = long_data(&observer.token(), 64 * 1024);
    let lines = long_data(&observer.token(), 64 * 1024).replace("0 ", "0\n");
    for data in [line, lines] {
        let token = data
            .split([' ', '\n'])
            .next()
            .unwrap_or_default()
            .to_owned();
        let mut event = Published {
            data,
            ..Published::new(token)
        };
        reader.publish_and_await(&mut event).await?;
        seen.published.push(event);
    }
    seen.published.push(reader.publish_and_read().await?);
    seen.recordings.push(Ok(reader.into_recording()));
    Ok(seen)
}

/// The number of long events for a server that ends each stream with its event.
const FEW: usize = 8;

pub(crate) async fn slow(observer: &Observer<'_>) -> Seen {
    observer.publishing_is_supported()?;
    let mut seen = Observation::default();
    let request = observer.request();
    let mut slow = Source::open_or_publish(observer, Via::Narrow, &request)
        .await
        .map_err(|why| lacking(Publish, why))?;
    slow.settle().await;
    let mut fast = opened(observer).await?;
    for _ in 0..64 {
        let token = observer.token();
        let mut event = Published {
            data: long_data(&token, 64 * 1024),
            ..Published::new(token)
        };
        fast.ready().await;
        if let Err(why) = observer.publish(&mut event).await {
            let is_first = seen.published.is_empty();
            let mut small = Published::new(observer.token());
            if is_first && observer.publish(&mut small).await.is_ok() {
                // The server refuses events of this size.
                return Err(why);
            }
            // A server that waits for the slow client blocks the hook.
            seen.published.push(event);
            break;
        }
        if event.refused {
            return Err(lacking(Publish, "events of 64 KiB are refused"));
        }
        if fast.event(&event.token, observer.patience()).await {
            event.arrived = Some(Duration::ZERO);
        }
        let lost = event.arrived.is_none();
        seen.published.push(event);
        // If each stream ends with its event, a client has only that event to stall on.
        let each_ends = seen.published.len() == FEW && fast.responses() >= FEW;
        if lost || each_ends {
            break;
        }
    }
    observer.pause().await;
    if let Some(last) = seen.published.last() {
        slow.event_after_many(&last.token, observer.patience())
            .await;
    }
    // Another event shows whether the stream goes on.
    if slow.may_continue() {
        match slow.publish_and_read().await {
            Ok(event) => seen.published.push(event),
            // The hook is still blocked, which the observation already shows.
            Err(_)
                if seen
                    .published
                    .last()
                    .is_some_and(|last| last.arrived.is_none()) => {}
            Err(why) => return Err(why),
        }
    }
    seen.recordings = vec![Ok(slow.into_recording()), Ok(fast.into_recording())];
    Ok(seen)
}

pub(crate) async fn readers(observer: &Observer<'_>) -> Seen {
    observer.publishing_is_supported()?;
    let mut seen = Observation::default();
    let mut readers = Vec::new();
    for _ in 0..5 {
        let sent = Source::open_or_publish(observer, Via::Own, &observer.request()).await;
        readers.push(sent.map_err(|why| lacking(Publish, why))?);
    }
    settle_all(&mut readers).await;
    publish_to(observer, &mut seen, &mut readers).await?;
    // One client leaves without notice, and one comes late.
    readers.remove(0).leave().await;
    let late = opened(observer).await?;
    publish_to(observer, &mut seen, &mut readers).await?;
    readers.push(late);
    publish_to(observer, &mut seen, &mut readers).await?;
    seen.recordings = readers
        .into_iter()
        .map(|reader| Ok(reader.into_recording()))
        .collect();
    Ok(seen)
}

/// All clients settle at the same time. Otherwise a server that sends nothing at first would cost
/// one wait for each.
pub(crate) async fn settle_all(readers: &mut [Source<'_>]) {
    join_all(readers.iter_mut().map(Source::settle)).await;
}

/// Publishes three events, and reads them with every client.
pub(crate) async fn publish_to(
    observer: &Observer<'_>,
    seen: &mut Observation,
    readers: &mut [Source<'_>],
) -> Result<(), Lacking> {
    let from = seen.published.len();
    join_all(readers.iter_mut().map(Source::ready)).await;
    for _ in 0..3 {
        let mut event = Published::new(observer.token());
        observer.publish(&mut event).await?;
        seen.published.push(event);
    }
    for event in &mut seen.published[from..] {
        let mut all = true;
        for reader in &mut *readers {
            all = all
                && reader
                    .holds(&event.token, observer.patience_for_event())
                    .await;
        }
        event.arrived = all.then_some(Duration::ZERO);
        if !all {
            observer.count_loss();
            break;
        }
    }
    Ok(())
}

pub(crate) async fn gzip(observer: &Observer<'_>) -> Seen {
    let mut seen = Observation::default();
    let request = observer.request().with("accept-encoding", "gzip");
    let mut reader = Source::listen_or_publish(observer, &request)
        .await
        .map_err(|why| lacking(Compression, why))?;
    if !reader.recording().head.has("content-encoding") {
        return Err(lacking(
            Compression,
            "the stream is not compressed on request",
        ));
    }
    for _ in 0..3 {
        let event = reader.publish_and_read().await?;
        seen.published.push(event);
    }
    if observer.learned().has_heartbeats != Some(false) {
        // Many servers write heartbeats and events in different places.
        let length = |recording: &Recording| (recording.earlier.len(), recording.bytes.len());
        let before = length(reader.recording());
        let has_come = |recording: &Recording| length(recording) > before;
        if reader.until(observer.target.idle, has_come).await || !reader.may_continue() {
            reader.settle().await;
            let event = reader.publish_and_read().await?;
            seen.published.push(event);
        }
    }
    seen.recordings.push(Ok(reader.into_recording()));
    Ok(seen)
}
