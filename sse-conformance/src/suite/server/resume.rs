//! Resuming: what is sent to a reader that says the last event ID it has seen.

use std::time::Duration;

use super::Capability::{Publish, Resume};
use super::judge::{Judged, Unmet, show, wrong};
use super::observe::{Observation, Observer, Published, Read, Resumption, Seen, events, lacking};
use super::scene::{OddId, ids_of, opened, opened_with};
use super::stream;
use crate::driver::message::Request;
use crate::driver::reader::Recording;

pub(super) async fn resumed(observer: &Observer<'_>) -> Seen {
    if !observer.can_publish() {
        return observed(observer).await;
    }
    let mut seen = Observation::default();
    let mut reader = opened(observer).await?;
    for _ in 0..5 {
        let event = observer.publish_and_read(&mut reader).await?;
        seen.published.push(event);
    }
    let ids = ids_of(&reader.recording, &seen.published)?;
    seen.recordings.push(Ok(reader.recording));
    for (index, id) in ids.iter().enumerate() {
        resume_after(observer, &mut seen, id, index + 1).await?;
    }
    // A second time from the same place.
    resume_after(observer, &mut seen, &ids[0], 1).await?;
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
    if !stays.until(observer.target.idle, enough).await {
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
    supported(observer).await?;
    let mut seen = Observation::default();
    let mut reader = opened(observer).await?;
    let first = observer.publish_and_read(&mut reader).await?;
    seen.published.push(first);
    let ids = ids_of(&reader.recording, &seen.published)?;
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
    let begun = |recording: &Recording| {
        crate::driver::reader::position(&recording.bytes, token.as_bytes()).is_some()
    };
    reader.until(observer.patience(), begun).await;
    seen.recordings.push(Ok(reader.recording.clone()));
    drop(reader);
    resume_after(observer, &mut seen, &ids[0], 1).await?;
    Ok(seen)
}

pub(super) async fn away(observer: &Observer<'_>) -> Seen {
    supported(observer).await?;
    let mut seen = Observation::default();
    let mut reader = opened(observer).await?;
    let first = observer.publish_and_read(&mut reader).await?;
    seen.published.push(first);
    let ids = ids_of(&reader.recording, &seen.published)?;
    seen.recordings.push(Ok(reader.recording.clone()));
    drop(reader);
    observer.until_gone().await;
    publish_unread(observer, &mut seen, 3).await?;
    resume_after(observer, &mut seen, &ids[0], 1).await?;
    Ok(seen)
}

pub(super) async fn idle_id(observer: &Observer<'_>) -> Seen {
    if observer.idle_sets_id.get().is_none() {
        super::scene::Scene::Idle.play_boxed(observer).await?;
    }
    let mut seen = Observation::default();
    if observer.idle_sets_id.get() != Some(true) {
        return Ok(seen);
    }
    supported(observer).await?;
    let mut reader = opened(observer).await?;
    let first = observer.publish_and_read(&mut reader).await?;
    seen.published.push(first);
    let before = ids_of(&reader.recording, &seen.published)?;
    let id = |recording: &Recording| recording.decoded().last_event_id.clone();
    let moved = |recording: &Recording| id(recording) != before[0];
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
    if odd == OddId::Oversized {
        seen.recordings
            .push(observer.ask(&observer.request()).await);
    }
    Ok(seen)
}

/// # Errors
///
/// Where the server replays nothing.
pub(super) async fn supported(observer: &Observer<'_>) -> Result<(), super::observe::Lacking> {
    if observer.resumes.get().is_none() {
        Box::pin(resumed(observer)).await?;
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
) -> Result<(), super::observe::Lacking> {
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
) -> Result<(), super::observe::Lacking> {
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

impl Resumption {
    /// Which of the published events it has, in the order in which they came.
    fn indices(&self, published: &[Published]) -> Vec<usize> {
        let find = |read: &Read| published.iter().position(|event| event.is(read));
        events(&self.recording).iter().filter_map(find).collect()
    }

    fn expected(&self) -> Vec<usize> {
        (self.after..self.upto).collect()
    }
}

/// Whether anything that was missed has been sent again.
///
/// # Errors
///
/// Where it has not: the server does not resume.
fn replays(seen: &Observation) -> Judged {
    let resumes = seen.resumptions.iter().any(|resumption| {
        let had = resumption.indices(&seen.published);
        missed(resumption).any(|missed| had.contains(&missed))
    });
    match resumes {
        true => Ok(()),
        false => Err(Unmet::Lacks(lacking(
            Resume,
            "nothing is sent again to who asks for it",
        ))),
    }
}

/// The events that were published while the reader was away: the last one came afterwards.
fn missed(resumption: &Resumption) -> std::ops::Range<usize> {
    resumption.after..resumption.upto - 1
}

fn each(
    seen: &Observation,
    what: &str,
    is_wrong: impl Fn(&Resumption, &[usize]) -> bool,
) -> Judged {
    for resumption in &seen.resumptions {
        let had = resumption.indices(&seen.published);
        if is_wrong(resumption, &had) {
            let place = format!("after event {}: ", resumption.after);
            return Err(wrong(
                what,
                place.clone() + &numbers(&resumption.expected()),
                place + &numbers(&had),
            ));
        }
    }
    Ok(())
}

fn numbers(indices: &[usize]) -> String {
    match indices {
        [] => "no event".to_owned(),
        _ => {
            let numbers: Vec<_> = indices
                .iter()
                .map(|index| (index + 1).to_string())
                .collect();
            format!("events {}", numbers.join(", "))
        }
    }
}

/// For the scene in which it is found out whether the server resumes at all.
pub(super) fn if_it_resumes(seen: &Observation, judge: fn(&Observation) -> Judged) -> Judged {
    replays(seen)?;
    judge(seen)
}

pub(super) fn no_gap(seen: &Observation) -> Judged {
    each(seen, "an event is missing", |resumption, had| {
        missed(resumption).any(|index| !had.contains(&index))
    })
}

pub(super) fn no_duplicate(seen: &Observation) -> Judged {
    // A server that sends events before the place again is wrong, whether or not it sends the others.
    for resumption in &seen.resumptions {
        let mut had = resumption.indices(&seen.published);
        let all = had.clone();
        had.sort_unstable();
        let before = had.iter().any(|index| *index < resumption.after);
        if before || had.windows(2).any(|pair| pair[0] == pair[1]) {
            let place = format!("after event {}: ", resumption.after);
            return Err(wrong(
                "an event came twice",
                place.clone() + &numbers(&resumption.expected()),
                place + &numbers(&all),
            ));
        }
    }
    Ok(())
}

/// The same; a server that resumes is not wrong for lack of duplicates only.
pub(super) fn no_duplicate_if_it_resumes(seen: &Observation) -> Judged {
    no_duplicate(seen)?;
    replays(seen)
}

pub(super) fn in_order(seen: &Observation) -> Judged {
    each(seen, "the order is another", |_, had| !had.is_sorted())
}

pub(super) fn then_live(seen: &Observation) -> Judged {
    each(
        seen,
        "what is published afterwards does not come",
        |resumption, had| !had.contains(&(resumption.upto - 1)),
    )
}

/// What is sent again is what was sent the first time.
pub(super) fn same_again(seen: &Observation) -> Judged {
    let first = seen
        .recordings
        .first()
        .and_then(|first| first.as_ref().ok());
    let first = first.map(events).unwrap_or_default();
    for resumption in &seen.resumptions {
        for again in events(&resumption.recording) {
            let event = seen.published.iter().find(|event| event.is(&again));
            let live = event.and_then(|event| first.iter().find(|live| event.is(live)));
            if let Some(live) = live.filter(|live| **live != again) {
                return Err(wrong(
                    "an event that is sent again differs",
                    format!("{live:?}"),
                    format!("{again:?}"),
                ));
            }
        }
    }
    Ok(())
}

/// The whole of an event that was cut.
pub(super) fn whole_again(seen: &Observation) -> Judged {
    let (Some(large), Some(resumption)) = (seen.published.get(1), seen.resumptions.first()) else {
        return Ok(());
    };
    let again = events(&resumption.recording);
    let again = again.iter().find(|read| large.is(read));
    match again {
        Some(again) if again.data == large.data => Ok(()),
        Some(again) => Err(wrong(
            "the event is not whole",
            show(&large.data),
            show(&again.data),
        )),
        None => Err(wrong(
            "the event is missing",
            show(&large.data),
            "no such event",
        )),
    }
}

pub(super) fn ids_are_there(seen: &Observation) -> Judged {
    let first = stream::answered(seen)?;
    let without = events(first).into_iter().find(|read| read.id.is_empty());
    match without {
        None => Ok(()),
        Some(read) => Err(wrong("an event has no id", "an id", format!("{read:?}"))),
    }
}

/// Ids promise that the reader can come back with them.
pub(super) fn ids_are_honoured(seen: &Observation) -> Judged {
    match replays(seen) {
        Ok(()) => Ok(()),
        Err(_) => Err(wrong(
            "the last event ID changes nothing",
            "what was published since is sent again",
            "only what is published from then on",
        )),
    }
}

pub(super) fn odd_is_answered(seen: &Observation) -> Judged {
    let expected = "200 with an event stream, or 204";
    match seen.recordings.first() {
        Some(Ok(recording)) if recording.head.is_event_stream() => Ok(()),
        Some(Ok(recording)) if recording.head.status == 204 => Ok(()),
        Some(Ok(recording)) => Err(wrong(
            "an event source would give up",
            expected,
            recording.head.shown(),
        )),
        Some(Err(why)) => Err(wrong("no answer", expected, why)),
        None => Ok(()),
    }
}

pub(super) fn odd_then_live(seen: &Observation) -> Judged {
    let recording = stream::answered(seen)?;
    let Some(event) = seen.published.last() else {
        return Err(Unmet::Lacks(lacking(Publish, "there is no control hook")));
    };
    match events(recording).iter().any(|read| event.is(read)) {
        true => Ok(()),
        false => Err(wrong(
            "what is published afterwards does not come",
            "the event that was published",
            stream::shown(recording),
        )),
    }
}

pub(super) fn oversized_is_answered(seen: &Observation) -> Judged {
    match seen.recordings.first() {
        Some(Ok(recording)) if matches!(recording.head.status, 200 | 204 | 400..500) => Ok(()),
        Some(Ok(recording)) => Err(wrong(
            "the answer is no refusal",
            "200, or a client error such as 431",
            recording.head.shown(),
        )),
        Some(Err(why)) => Err(wrong(
            "no answer",
            "200, or a client error such as 431",
            why,
        )),
        None => Ok(()),
    }
}

pub(super) fn oversized_is_survived(seen: &Observation) -> Judged {
    match seen.recordings.get(1) {
        Some(Ok(recording)) if recording.head.is_event_stream() => Ok(()),
        Some(Ok(recording)) => Err(wrong(
            "the next request is answered otherwise",
            "an event stream",
            recording.head.shown(),
        )),
        Some(Err(why)) => Err(wrong(
            "the next request is not answered",
            "an event stream",
            why,
        )),
        None => Ok(()),
    }
}

/// Something must tell the reader that it may have missed events: an event that nobody published,
/// or all that the server still has.
pub(super) fn gap_is_said(seen: &Observation) -> Judged {
    let recording = stream::answered(seen)?;
    let read = events(recording);
    let last = seen.published.last();
    let said = read
        .iter()
        .any(|read| last.is_none_or(|last| !last.is(read)));
    match said {
        true => Ok(()),
        false => Err(wrong(
            "the gap is silent",
            "an event that says that events may be missing, or the events that are left",
            stream::shown(recording),
        )),
    }
}

pub(super) fn query_resumes(seen: &Observation) -> Judged {
    let recording = stream::answered(seen)?;
    let missed = seen.published.get(1);
    let had = |event: &Published| events(recording).iter().any(|read| event.is(read));
    match missed.is_some_and(had) {
        true => Ok(()),
        false => Err(wrong(
            "the query is not read",
            "the event that was missed",
            stream::shown(recording),
        )),
    }
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
