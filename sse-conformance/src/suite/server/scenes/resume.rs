//! Scenes that resume streams.

use crate::driver::capability::Capability::{Publish, Resume};
use crate::driver::message::{LAST_EVENT_ID, Request};
use crate::driver::recording::Recording;
use crate::suite::server::lacking::{Lacking, lacking, not_judged};
use crate::suite::server::observation::event::Published;
use crate::suite::server::observation::places;
use crate::suite::server::observation::places::Place;
use crate::suite::server::observation::resumption::{Resumption, replays};
use crate::suite::server::observation::seen::{Observation, Seen};
use crate::suite::server::observe::observer::{Observer, SETTLE};
use crate::suite::server::observe::source::Source;
use crate::suite::server::scenes::scene::OddId;
use crate::suite::server::scenes::streams::{let_in, opened};
use crate::suite::server::scenes::{feed, quiet};
use crate::wire::log;

/// The maximum number of events that are published until the server sends an ID.
const MAX_EVENTS: usize = 16;

/// The number of events that a server must keep for clients that resume. See `SERVERS.md`.
pub(crate) const KEPT: usize = 6;

pub(crate) async fn resumed(observer: &Observer<'_>) -> Seen {
    if !observer.can_publish() {
        return feed::observed(observer).await;
    }
    let mut seen = Observation::default();
    let mut reader = opened(observer).await?;
    let places = loop {
        let mut event = Published::new(observer.token());
        event.event_type = (seen.published.len() % 2 == 1).then(|| "tick".to_owned());
        reader.publish_and_await(&mut event).await?;
        if event.refused {
            // The server has no event types.
            event.event_type = None;
            reader.publish_and_await(&mut event).await?;
        }
        seen.published.push(event);
        let count = seen.published.len();
        let mut places = places::of_published(reader.recording(), &seen.published);
        places.retain(|place| place.events > 0 && place.events + KEPT > count);
        match (count, places.is_empty()) {
            (5.., false) => break places,
            (MAX_EVENTS.., true) => return Err(lacking(Resume, "the events have no IDs")),
            _ => {}
        }
    };
    seen.recordings.push(Ok(reader.into_recording()));
    // The last place comes twice. It is the latest one, because a log may be short.
    for place in places.iter().chain(places.last()) {
        publish_after_resuming(observer, &mut seen, place).await?;
        if !seen.turned_away.is_empty() {
            // If one hangs, the others would as well.
            break;
        }
    }
    observer.learn(|learned| learned.resumes = Some(replays(&seen.resumptions, &seen.published)));
    Ok(seen)
}

pub(crate) async fn cut(observer: &Observer<'_>) -> Seen {
    let (mut seen, mut reader, place) = publish_first(observer).await?;
    let token = observer.token();
    let mut large = Published {
        data: format!("{token}{}", " and so on".repeat(50_000)),
        ..Published::new(token.clone())
    };
    reader.ready().await;
    observer.publish(&mut large).await?;
    if large.refused {
        return Err(lacking(Publish, "an event of 500 KB is refused"));
    }
    seen.published.push(large);
    reader.begins(&token, observer.patience()).await;
    seen.recordings.push(Ok(reader.into_recording()));
    publish_after_resuming(observer, &mut seen, &place).await?;
    Ok(seen)
}

pub(crate) async fn away(observer: &Observer<'_>) -> Seen {
    let (mut seen, reader, place) = publish_first(observer).await?;
    seen.recordings.push(Ok(reader.recording().clone()));
    reader.leave().await;
    publish_unread(observer, &mut seen, 3).await?;
    publish_after_resuming(observer, &mut seen, &place).await?;
    Ok(seen)
}

pub(crate) async fn newest(observer: &Observer<'_>) -> Seen {
    let (mut seen, reader, place) = publish_first(observer).await?;
    if place.events < seen.published.len() {
        return Err(not_judged("the newest event has no ID"));
    }
    seen.recordings.push(Ok(reader.recording().clone()));
    reader.leave().await;
    let request = observer.request().resuming_from(&place.id);
    if let Some(mut reader) = let_in(observer, &mut seen, &request, &place.id).await? {
        // Old events would arrive now.
        reader.read_for(SETTLE).await;
        publish_and_record(&mut seen, reader, place.events).await?;
    }
    Ok(seen)
}

pub(crate) async fn letter_case(observer: &Observer<'_>) -> Seen {
    if observer.target.http2 {
        return Err(not_judged("over HTTP/2, all field names are in lower case"));
    }
    let (mut seen, reader, place) = publish_first_of_any(observer).await?;
    seen.recordings.push(Ok(reader.recording().clone()));
    reader.leave().await;
    publish_unread(observer, &mut seen, 1).await?;
    for name in [LAST_EVENT_ID, "last-event-id"] {
        let request = observer.request().with(name, &place.id);
        if let Some(reader) = let_in(observer, &mut seen, &request, &place.id).await? {
            publish_and_record(&mut seen, reader, place.events).await?;
        }
    }
    Ok(seen)
}

pub(crate) async fn idle_id(observer: &Observer<'_>) -> Seen {
    if observer.learned().idle_sets_id.is_none() {
        log::scoped(quiet::idle(observer)).await;
    }
    if observer.learned().idle_sets_id != Some(true) {
        return Ok(Observation::default());
    }
    let (mut seen, mut reader, before) = publish_first(observer).await?;
    let now = |recording: &Recording| places::read(recording).1.pop();
    let moved = |recording: &Recording| now(recording).is_some_and(|place| place.id != before.id);
    reader.until(observer.target.idle, moved).await;
    let recording = reader.into_recording();
    // A client does not send an ID that the idle stream has reset.
    let id = now(&recording).map_or(before.id, |place| place.id);
    seen.recordings.push(Ok(recording));
    publish_unread(observer, &mut seen, 2).await?;
    let place = Place { id, ..before };
    publish_after_resuming(observer, &mut seen, &place).await?;
    Ok(seen)
}

pub(crate) async fn odd_id(observer: &Observer<'_>, odd: OddId) -> Seen {
    let mut seen = Observation::default();
    let request = observer.request();
    let request = match odd {
        OddId::Unknown => request.with(LAST_EVENT_ID, "no-such-event"),
        OddId::Malformed => request.with(LAST_EVENT_ID, b"\xff\xfe; \"\xc3("),
        OddId::Long => request.with(LAST_EVENT_ID, "x".repeat(1024)),
        OddId::Oversized => request.with(LAST_EVENT_ID, "x".repeat(64 * 1024)),
        OddId::Empty => request.with(LAST_EVENT_ID, ""),
        OddId::Future | OddId::InQuery => {
            let (first, _, place) = publish_first(observer).await?;
            seen.published
                .extend(first.published.into_iter().next_back());
            if odd == OddId::InQuery {
                let query = format!("lastEventId={}", place.id);
                publish_unread(observer, &mut seen, 1).await?;
                Request { query, ..request }
            } else {
                let later = later(&place.id);
                let later =
                    later.ok_or_else(|| lacking(Resume, "the IDs do not end in a number"))?;
                request.with(LAST_EVENT_ID, later)
            }
        }
    };
    let opened = Source::listen_or_publish(observer, &request).await;
    match opened.map(Source::with_foreign_id) {
        Err(why) => seen.recordings.push(Err(why)),
        Ok(mut reader) => {
            if reader.recording().head.is_event_stream() && observer.can_publish() {
                let event = reader.publish_and_read().await?;
                seen.published.push(event);
            }
            seen.recordings.push(Ok(reader.into_recording()));
        }
    }
    // After an oversized ID, the server must still serve. The greeting is on every stream.
    if matches!(odd, OddId::Oversized | OddId::Unknown) {
        seen.recordings
            .push(observer.ask_or_publish(&observer.request()).await);
    }
    Ok(seen)
}

/// Opens a stream on a server that resumes, and publishes and reads an event. Returns the stream
/// and a place to resume from.
async fn publish_first<'o>(
    observer: &'o Observer<'_>,
) -> Result<(Observation, Source<'o>, Place), Lacking> {
    supported(observer).await?;
    publish_first_of_any(observer).await
}

/// Does the same, whether or not the server resumes. The place is after the newest event, if the
/// server soon sends an ID for it.
async fn publish_first_of_any<'o>(
    observer: &'o Observer<'_>,
) -> Result<(Observation, Source<'o>, Place), Lacking> {
    observer.publishing_is_supported()?;
    let mut seen = Observation::default();
    let mut reader = opened(observer).await?;
    let mut newest = None;
    while seen.published.len() < MAX_EVENTS {
        let event = reader.publish_and_read().await?;
        let is_lost = event.arrived.is_none();
        seen.published.push(event);
        // An ID may be in a separate block.
        reader.settle().await;
        newest = places::of_published(reader.recording(), &seen.published).pop();
        let is_here = |place: &Place| place.events == seen.published.len();
        if is_lost || newest.as_ref().is_some_and(is_here) {
            break;
        }
    }
    let newest = newest.ok_or_else(|| lacking(Resume, "the events have no IDs"))?;
    Ok((seen, reader, newest))
}

/// # Errors
///
/// Fails if the server sends nothing again.
pub(crate) async fn resuming_is_supported(observer: &Observer<'_>) -> Result<(), Lacking> {
    log::scoped(supported(observer)).await.0
}

pub(crate) async fn supported(observer: &Observer<'_>) -> Result<(), Lacking> {
    if observer.learned().resumes.is_none() {
        // If the scene is cut off by its time limit, it is not played again.
        observer.learn(|learned| learned.resumes = Some(false));
        if observer.learned().delivers != Some(false) {
            log::scoped(resumed(observer)).await.0?;
        }
    }
    match observer.learned().resumes {
        Some(true) => Ok(()),
        _ => Err(lacking(Resume, "no missed event is sent again")),
    }
}

/// Publishes events that no client of the scene is there to read.
pub(super) async fn publish_unread(
    observer: &Observer<'_>,
    seen: &mut Observation,
    count: usize,
) -> Result<(), Lacking> {
    for _ in 0..count {
        let mut event = Published::new(observer.token());
        observer.publish(&mut event).await?;
        seen.published.push(event);
    }
    Ok(())
}

/// Resumes from a place, and reads until an event arrives that is published then.
async fn publish_after_resuming(
    observer: &Observer<'_>,
    seen: &mut Observation,
    place: &Place,
) -> Result<(), Lacking> {
    let mut request = observer.request();
    if !place.id.is_empty() {
        request = request.resuming_from(&place.id);
    }
    match let_in(observer, seen, &request, &place.id).await? {
        Some(reader) => publish_and_record(seen, reader, place.events).await,
        None => Ok(()),
    }
}

/// Publishes an event, and reads a resumed stream until it arrives.
async fn publish_and_record(
    seen: &mut Observation,
    mut reader: Source<'_>,
    after: usize,
) -> Result<(), Lacking> {
    let event = reader.publish_and_read().await?;
    seen.published.push(event);
    reader.settle().await;
    seen.resumptions.push(Resumption {
        recording: reader.into_recording(),
        after,
        upto: seen.published.len(),
        of_heartbeat: false,
    });
    Ok(())
}

/// Returns an ID that a server with increasing IDs has not given out yet.
fn later(id: &str) -> Option<String> {
    let digits = id.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (start, number) = id.split_at(id.len() - digits);
    let number: u64 = number.parse().ok()?;
    Some(format!("{start}{}", number.checked_add(1_000_000)?))
}

#[cfg(test)]
mod tests {
    use super::later;

    #[test]
    fn a_later_id_has_a_larger_number_at_its_end() {
        assert_eq!(later("7").as_deref(), Some("1000007"));
        assert_eq!(later("a-7").as_deref(), Some("a-1000007"));
        assert_eq!(later("a"), None);
        assert_eq!(later("99999999999999999999"), None);
    }
}
