//! The scenes that are played with a server: one observation serves all the cases that look at it.

use std::time::Duration;

use super::Capability::{Compression, Count, Http2, Publish, Resume};
use super::observe::{Lacking, Observation, Observer, Published, Seen, events, lacking};
use super::question::Question;
use super::resume;
use super::target::{Action, Answer};
use super::values;
use crate::driver::message::Request;
use crate::driver::reader::{Exchange, Reader};

/// What is done with a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Scene {
    /// The stream of an `EventSource`, to which nothing is published.
    Idle,
    /// A second stream while the first is open.
    Twice,
    Ask(Question),
    /// GET on the connection of a HEAD.
    AfterHead,
    /// Events one by one, each read before the next is published.
    OneByOne,
    /// Events as fast as they can be published.
    Burst,
    Large,
    /// A reader that stalls beside one that does not.
    Slow,
    /// Several readers, of which one leaves and one comes late.
    Readers,
    Gzip,
    /// Every value that could break a stream.
    Values,
    /// A stream resumed after each of its events.
    Resumed,
    /// A stream cut inside an event.
    Cut,
    /// Events published while nobody reads.
    Away,
    /// The id that an idle stream sets.
    IdleId,
    OddId(OddId),
    /// The readers that the server counts.
    Counted,
    Ended,
    Http2,
}

/// A last event ID that the server did not give out, or not so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum OddId {
    Unknown,
    Future,
    Malformed,
    Long,
    Oversized,
    Empty,
    InQuery,
}

impl Scene {
    /// Whether it publishes: then it is played alone, and after the watch over the idle stream.
    pub(super) fn publishes(self) -> bool {
        !matches!(
            self,
            Self::Idle | Self::Twice | Self::Ask(_) | Self::AfterHead
        )
    }

    pub(super) async fn play(self, observer: &Observer<'_>) -> Seen {
        match self {
            Self::Idle => Ok(idle(observer).await),
            Self::Twice => Ok(twice(observer).await),
            Self::Ask(question) => Ok(ask(observer, question).await),
            Self::AfterHead => Ok(after_head(observer).await),
            Self::OneByOne => one_by_one(observer).await,
            Self::Burst => burst(observer).await,
            Self::Large => large(observer).await,
            Self::Slow => slow(observer).await,
            Self::Readers => readers(observer).await,
            Self::Gzip => gzip(observer).await,
            Self::Values => values::play(observer).await,
            Self::Resumed => resume::resumed(observer).await,
            Self::Cut => resume::cut(observer).await,
            Self::Away => resume::away(observer).await,
            Self::IdleId => resume::idle_id(observer).await,
            Self::OddId(id) => resume::odd_id(observer, id).await,
            Self::Counted => counted(observer).await,
            Self::Ended => ended(observer).await,
            Self::Http2 => http2(observer).await,
        }
    }
}

impl Scene {
    /// The same, for a scene that another one needs.
    pub(super) async fn play_boxed(self, observer: &Observer<'_>) -> Seen {
        Box::pin(self.play(observer)).await
    }
}

async fn idle(observer: &Observer<'_>) -> Observation {
    let sent = observer.send(&observer.request()).await;
    let recording = match sent {
        Err(why) => Err(why),
        Ok(mut reader) => {
            // Three signs of life are enough to know the period.
            let enough = Duration::from_secs(1);
            reader
                .until(observer.target.idle, |seen| {
                    super::stream::signs_of_life(seen) > 3 && seen.read_for > enough
                })
                .await;
            observer
                .idle_sets_id
                .set(Some(!super::stream::idle_ids(&reader.recording).is_empty()));
            Ok(reader.recording)
        }
    };
    Observation {
        recordings: vec![recording],
        ..Observation::default()
    }
}

async fn ask(observer: &Observer<'_>, question: Question) -> Observation {
    let lookalike = matches!(question, Question::Lookalike(_));
    if lookalike && observer.target.origin.is_none() {
        return Observation::default();
    }
    let mut recording = observer.ask(&question.request(observer)).await;
    if question == Question::IdInQuery {
        // What was asked for may come behind the first bytes.
        let sent = observer.listen(&question.request(observer)).await;
        recording = sent.map(|reader| reader.recording);
    }
    Observation {
        recordings: vec![recording],
        ..Observation::default()
    }
}

async fn twice(observer: &Observer<'_>) -> Observation {
    let mut seen = Observation::default();
    seen.recordings.extend(observer.first.borrow().clone());
    let open = observer.send(&observer.request()).await;
    let second = observer.ask(&observer.request()).await;
    seen.recordings.push(open.map(|reader| reader.recording));
    seen.recordings.push(second);
    seen
}

async fn after_head(observer: &Observer<'_>) -> Observation {
    let get = observer.request();
    let head = Request {
        method: "HEAD",
        ..get.clone()
    };
    let mut seen = Observation::default();
    let mut reader = match observer.send(&head).await {
        Ok(reader) => reader,
        Err(why) => {
            seen.recordings.push(Err(why));
            return seen;
        }
    };
    reader.read_for(Duration::from_millis(10)).await;
    seen.after_end = reader.is_followed(Duration::from_millis(100)).await;
    seen.recordings.push(Ok(reader.recording.clone()));
    let Exchange::Http1(mut exchange) = reader.into_exchange() else {
        return seen;
    };
    let second = match exchange.send_next(&get, &observer.link.address).await {
        Ok(()) => {
            let shown = get.curl(&observer.link.address);
            Reader::open(Exchange::Http1(exchange), shown, observer.patience())
                .await
                .map(|reader| reader.recording)
        }
        Err(why) => Err(why),
    };
    seen.recordings.push(second);
    seen
}

async fn one_by_one(observer: &Observer<'_>) -> Seen {
    let mut seen = Observation::default();
    let mut reader = match observer.listen(&observer.request()).await {
        Ok(reader) => reader,
        Err(why) => return Err(lacking(Publish, why)),
    };
    for _ in 0..5 {
        let event = observer.publish_and_read(&mut reader).await?;
        let lost = event.arrived.is_none();
        seen.published.push(event);
        if seen.published.len() == 1 {
            observer.delivers.set(Some(!lost));
        }
        if lost {
            break;
        }
    }
    observer.settle(&mut reader).await;
    seen.recordings.push(Ok(reader.recording));
    Ok(seen)
}

async fn burst(observer: &Observer<'_>) -> Seen {
    let mut seen = Observation::default();
    let mut reader = opened(observer).await?;
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
    observer.settle(&mut reader).await;
    seen.recordings.push(Ok(reader.recording));
    Ok(seen)
}

/// Data that differs everywhere, so that nothing can be lost or moved unseen.
fn long_data(token: &str, length: usize) -> String {
    let mut data = token.to_owned();
    let mut number = 0_u32;
    while data.len() < length {
        number += 1;
        data.push_str(&format!(" {number}"));
    }
    data
}

async fn large(observer: &Observer<'_>) -> Seen {
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
        observer.publish(&mut event).await?;
        if reader.event(&event.token, observer.patience()).await {
            event.arrived = Some(Duration::ZERO);
        }
        seen.published.push(event);
    }
    seen.published
        .push(observer.publish_and_read(&mut reader).await?);
    seen.recordings.push(Ok(reader.recording));
    Ok(seen)
}

async fn slow(observer: &Observer<'_>) -> Seen {
    let mut seen = Observation::default();
    let request = observer.request();
    let mut slow = observer
        .send_narrow(&request)
        .await
        .map_err(|why| lacking(Publish, why))?;
    observer.settle(&mut slow).await;
    let mut fast = opened(observer).await?;
    for _ in 0..64 {
        let token = observer.token();
        let mut event = Published {
            data: long_data(&token, 64 * 1024),
            ..Published::new(token)
        };
        if let Err(why) = observer.publish(&mut event).await {
            if seen.published.is_empty() {
                return Err(why);
            }
            // The hook has worked until now: a server that waits for the slow reader keeps it.
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
        if lost {
            break;
        }
    }
    observer.pause().await;
    if let Some(last) = seen.published.last() {
        slow.event(&last.token, observer.patience()).await;
    }
    // An event more shows whether the stream goes on.
    if slow.recording.end.is_none() {
        seen.published
            .push(observer.publish_and_read(&mut slow).await?);
    }
    seen.recordings = vec![Ok(slow.recording), Ok(fast.recording)];
    Ok(seen)
}

async fn readers(observer: &Observer<'_>) -> Seen {
    let mut seen = Observation::default();
    let mut readers = Vec::new();
    for _ in 0..5 {
        readers.push(opened(observer).await?);
    }
    publish_to(observer, &mut seen, &mut readers).await?;
    // One leaves without a word, and one comes late.
    drop(readers.remove(0));
    observer.until_gone().await;
    let late = opened(observer).await?;
    publish_to(observer, &mut seen, &mut readers).await?;
    readers.push(late);
    publish_to(observer, &mut seen, &mut readers).await?;
    seen.recordings = readers
        .into_iter()
        .map(|reader| Ok(reader.recording))
        .collect();
    Ok(seen)
}

/// Three events for every reader.
async fn publish_to(
    observer: &Observer<'_>,
    seen: &mut Observation,
    readers: &mut [Reader],
) -> Result<(), Lacking> {
    let from = seen.published.len();
    for _ in 0..3 {
        let mut event = Published::new(observer.token());
        observer.publish(&mut event).await?;
        seen.published.push(event);
    }
    for event in &mut seen.published[from..] {
        let mut all = true;
        for reader in &mut *readers {
            all = all && reader.holds(&event.token, observer.patience()).await;
        }
        event.arrived = all.then_some(Duration::ZERO);
        if !all {
            break;
        }
    }
    Ok(())
}

async fn gzip(observer: &Observer<'_>) -> Seen {
    let mut seen = Observation::default();
    let request = observer.request().with("accept-encoding", "gzip");
    let mut reader = observer
        .listen(&request)
        .await
        .map_err(|why| lacking(Compression, why))?;
    if !reader.recording.head.has("content-encoding") {
        return Err(lacking(
            Compression,
            "the stream is not compressed when asked for",
        ));
    }
    for _ in 0..3 {
        let event = observer.publish_and_read(&mut reader).await?;
        seen.published.push(event);
    }
    seen.recordings.push(Ok(reader.recording));
    Ok(seen)
}

async fn counted(observer: &Observer<'_>) -> Seen {
    let mut seen = Observation::default();
    let mut readers = Vec::new();
    // Those of the scenes before may not all be gone.
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
    // A server may learn that a reader is gone only when it writes.
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

/// The count once it is no more than `goal`, or what it is when patience is over.
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

async fn ended(observer: &Observer<'_>) -> Seen {
    let mut seen = Observation::default();
    let mut reader = opened(observer).await?;
    let event = observer.publish_and_read(&mut reader).await?;
    seen.published.push(event);
    observer.act(&Action::End).await?;
    reader.until(observer.patience(), |_| false).await;
    if reader.recording.end.is_some() {
        seen.after_end = reader.is_followed(Duration::from_millis(100)).await;
    }
    seen.recordings.push(Ok(reader.recording));
    // Who comes back is served.
    seen.recordings
        .push(observer.ask(&observer.request()).await);
    Ok(seen)
}

async fn http2(observer: &Observer<'_>) -> Seen {
    let mut seen = Observation::default();
    let connection = observer.http2().await.map_err(|why| lacking(Http2, why))?;
    let patience = observer.patience();
    let request = observer.request();
    let mut readers = Vec::new();
    for _ in 0..10 {
        let sent = connection.send(&request, &observer.link.address).await;
        let shown = format!(
            "{} --http2-prior-knowledge",
            request.curl(&observer.link.address)
        );
        let opened = match sent {
            Ok(exchange) => Reader::open(Exchange::Http2(exchange), shown, patience).await,
            Err(why) => Err(why),
        };
        match opened {
            Ok(reader) => readers.push(reader),
            Err(why) => {
                seen.recordings.push(Err(why));
                break;
            }
        }
    }
    if observer.can_publish() && seen.recordings.is_empty() {
        for reader in &mut readers {
            observer.settle(reader).await;
        }
        publish_to(observer, &mut seen, &mut readers).await?;
        // Dropping a reader resets its stream.
        drop(readers.pop());
        publish_to(observer, &mut seen, &mut readers).await?;
    }
    let read = readers.into_iter().map(|reader| Ok(reader.recording));
    seen.recordings.splice(0..0, read);
    Ok(seen)
}

/// A stream that is known to carry what is published.
pub(super) async fn opened(observer: &Observer<'_>) -> Result<Reader, Lacking> {
    opened_with(observer, &observer.request()).await
}

pub(super) async fn opened_with(
    observer: &Observer<'_>,
    request: &Request,
) -> Result<Reader, Lacking> {
    observer
        .listen(request)
        .await
        .map_err(|why| lacking(Publish, why))
}

/// The ids of the published events, as the recording gives them; none where one has no id.
pub(super) fn ids_of(
    recording: &crate::driver::reader::Recording,
    published: &[Published],
) -> Result<Vec<String>, Lacking> {
    let read = events(recording);
    let mut ids = Vec::new();
    for event in published {
        let found = read.iter().find(|read| read.data.contains(&event.token));
        match found {
            Some(found) if !found.id.is_empty() => ids.push(found.id.clone()),
            _ => return Err(lacking(Resume, "the events have no ids")),
        }
    }
    Ok(ids)
}
