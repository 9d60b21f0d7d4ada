//! Streams that are resumed.

use std::time::Duration;

use super::super::Capability::{Publish, Resume};
use super::super::observe::Observer;
use super::super::resume::replays;
use super::super::seen::{Lacking, Observation, Published, Resumption, Seen, events, lacking};
use super::{OddId, ids_of, opened, opened_with};
use crate::driver::message::Request;
use crate::driver::reader::{Reader, Recording};
use crate::suite::wire;

pub(super) async fn resumed(observer: &Observer<'_>) -> Seen {
    if !observer.can_publish() {
        return observed(observer).await;
    }
    let mut seen = Observation::default();
    let mut reader = opened(observer).await?;
    for index in 0..5 {
        let mut event = Published::new(observer.token());
        event.event_type = (index % 2 == 1).then(|| "tick".to_owned());
        observer.publish_and_await(&mut event, &mut reader).await?;
        if event.refused {
            // A server without event types.
            event.event_type = None;
            observer.publish_and_await(&mut event, &mut reader).await?;
        }
        seen.published.push(event);
    }
    let ids = ids_of(&reader.recording, &seen.published)?;
    seen.recordings.push(Ok(reader.recording));
    for (index, id) in ids.iter().enumerate() {
        resume_after(observer, &mut seen, id, index + 1).await?;
    }
    // A second time from the same place, and the latest: a log may be short.
    if let Some(last) = ids.last() {
        resume_after(observer, &mut seen, last, ids.len()).await?;
    }
    observer.resumes.set(Some(replays(&seen).is_ok()));
    Ok(seen)
}

/// A server that publishes by itself is resumed beside a reader that stays.
async fn observed(observer: &Observer<'_>) -> Seen {
    let mut seen = Observation::default();
    let why = "there is no control hook, and the stream sent no three events with ids by itself";
    let none = || lacking(Publish, why);
    let mut stays = observer
        .listen(&observer.request())
        .await
        .map_err(|_| none())?;
    let distinct = |recording: &Recording| {
        let mut ids: Vec<_> = events(recording).into_iter().map(|read| read.id).collect();
        ids.retain(|id| !id.is_empty());
        ids.dedup();
        ids
    };
    let enough = |recording: &Recording| distinct(recording).len() >= 3;
    if !stays.until_item(observer.target.idle, enough).await {
        return Err(none());
    }
    let ids = distinct(&stays.recording);
    seen.published = ids
        .iter()
        .map(|id| Published {
            id: Some(id.clone()),
            ..Published::default()
        })
        .collect();
    seen.recordings.push(Ok(stays.recording));
    let request = observer.request().with("last-event-id", &ids[0]);
    let mut reader = opened_with(observer, &request).await?;
    // One that counts for each reader takes as long for them as it took the first time.
    let as_many = |recording: &Recording| {
        let again = distinct(recording);
        again.len() >= ids.len() || again.contains(&ids[ids.len() - 1])
    };
    reader.until_item(observer.target.idle, as_many).await;
    // What should not come again may come after that.
    reader.read_for(Duration::from_secs(1)).await;
    seen.resumptions.push(Resumption {
        recording: reader.recording,
        after: 1,
        upto: ids.len(),
    });
    observer.resumes.set(Some(replays(&seen).is_ok()));
    Ok(seen)
}

pub(super) async fn cut(observer: &Observer<'_>) -> Seen {
    let (mut seen, mut reader, id) = first_event(observer).await?;
    let token = observer.token();
    let mut large = Published {
        data: format!("{token}{}", " and so on".repeat(50_000)),
        ..Published::new(token.clone())
    };
    observer.publish(&mut large).await?;
    if large.refused {
        return Err(lacking(Publish, "an event of 500 KB is refused"));
    }
    seen.published.push(large);
    reader.begins(&token, observer.patience()).await;
    seen.recordings.push(Ok(reader.recording.clone()));
    drop(reader);
    resume_after(observer, &mut seen, &id, 1).await?;
    Ok(seen)
}

pub(super) async fn away(observer: &Observer<'_>) -> Seen {
    let (mut seen, reader, id) = first_event(observer).await?;
    seen.recordings.push(Ok(reader.recording.clone()));
    observer.leave(reader).await;
    publish_unread(observer, &mut seen, 3).await?;
    resume_after(observer, &mut seen, &id, 1).await?;
    Ok(seen)
}

pub(super) async fn idle_id(observer: &Observer<'_>) -> Seen {
    if observer.idle_sets_id.get().is_none() {
        super::Scene::Idle.play_boxed(observer).await?;
    }
    if observer.idle_sets_id.get() != Some(true) {
        return Ok(Observation::default());
    }
    let (mut seen, mut reader, before) = first_event(observer).await?;
    let id = |recording: &Recording| recording.decoded().last_event_id.clone();
    let moved = |recording: &Recording| id(recording) != before;
    reader.until(observer.target.idle, moved).await;
    let id = id(&reader.recording);
    seen.recordings.push(Ok(reader.recording.clone()));
    drop(reader);
    publish_unread(observer, &mut seen, 2).await?;
    // An id that the idle stream has reset is not sent back.
    resume_after(observer, &mut seen, &id, 1).await?;
    Ok(seen)
}

pub(super) async fn odd_id(observer: &Observer<'_>, odd: OddId) -> Seen {
    let mut seen = Observation::default();
    let request = observer.request();
    let request = match odd {
        OddId::Unknown => request.with("last-event-id", "no-such-event"),
        OddId::Malformed => request.with("last-event-id", b"\xff\xfe; \"\xc3("),
        OddId::Long => request.with("last-event-id", "x".repeat(1024)),
        OddId::Oversized => request.with("last-event-id", "x".repeat(64 * 1024)),
        OddId::Empty => request.with("last-event-id", ""),
        OddId::Future | OddId::InQuery => {
            supported(observer).await?;
            let mut reader = opened(observer).await?;
            let event = observer.publish_and_read(&mut reader).await?;
            seen.published.push(event);
            let ids = ids_of(&reader.recording, &seen.published)?;
            if odd == OddId::InQuery {
                let query = format!("lastEventId={}", ids[0]);
                publish_unread(observer, &mut seen, 1).await?;
                Request { query, ..request }
            } else {
                let later = later(&ids[0]);
                let later = later.ok_or_else(|| lacking(Resume, "ids do not end in a number"))?;
                request.with("last-event-id", later)
            }
        }
    };
    match observer.listen(&request).await {
        Err(why) => seen.recordings.push(Err(why)),
        Ok(mut reader) => {
            if reader.recording.head.is_event_stream() && observer.can_publish() {
                let event = observer.publish_and_read(&mut reader).await?;
                seen.published.push(event);
            }
            seen.recordings.push(Ok(reader.recording));
        }
    }
    // After an oversized ID the server must still serve; a greeting is for everybody.
    if matches!(odd, OddId::Oversized | OddId::Unknown) {
        seen.recordings
            .push(observer.ask(&observer.request()).await);
    }
    Ok(seen)
}

/// A server that resumes: its stream, of which one event has been read, and the id of that event.
async fn first_event(observer: &Observer<'_>) -> Result<(Observation, Reader, String), Lacking> {
    supported(observer).await?;
    let mut seen = Observation::default();
    let mut reader = opened(observer).await?;
    let first = observer.publish_and_read(&mut reader).await?;
    seen.published.push(first);
    let ids = ids_of(&reader.recording, &seen.published)?;
    // It is the only one.
    Ok((seen, reader, ids.concat()))
}

pub(super) async fn supported(observer: &Observer<'_>) -> Result<(), Lacking> {
    if observer.resumes.get().is_none() {
        // Once is enough: a scene that could not be played would wait as long each time.
        observer.resumes.set(Some(false));
        if observer.delivers.get() != Some(false) {
            wire::scoped(resumed(observer)).await.0?;
        }
    }
    match observer.resumes.get() {
        Some(true) => Ok(()),
        _ => Err(lacking(Resume, "nothing is sent again to who asks for it")),
    }
}

async fn publish_unread(
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

/// Comes back with a last event ID, and reads until an event that is published then.
async fn resume_after(
    observer: &Observer<'_>,
    seen: &mut Observation,
    id: &str,
    after: usize,
) -> Result<(), Lacking> {
    let mut request = observer.request();
    if !id.is_empty() {
        request = request.with("last-event-id", id);
    }
    let mut reader = opened_with(observer, &request).await?;
    let event = observer.publish_and_read(&mut reader).await?;
    seen.published.push(event);
    observer.settle(&mut reader).await;
    seen.resumptions.push(Resumption {
        recording: reader.recording,
        after,
        upto: seen.published.len(),
    });
    Ok(())
}

/// An id that a server which counts up has not given out yet.
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
