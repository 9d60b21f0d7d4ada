//! Scenes in which nothing is published.

use std::time::Duration;

use crate::driver::exchange::Exchange;
use crate::driver::message::{End, Request};
use crate::driver::reader::Reader;
use crate::driver::recording::Recording;
use crate::suite::server::observation::idle::{has_come, idle_ids, signs_of_life};
use crate::suite::server::observation::seen::Observation;
use crate::suite::server::observe::observer::Observer;
use crate::suite::server::observe::source::Source;
use crate::suite::server::scenes::question::{Question, lookalike};

/// The time in which bytes arrive that should not follow a response.
const FOLLOWS: Duration = Duration::from_millis(100);

/// Sends a request on the connection of a response that has ended, if that is HTTP/1.1.
pub(crate) async fn ask_on(
    observer: &Observer<'_>,
    kept: Exchange,
    request: &Request,
) -> Option<Result<Recording, String>> {
    let Exchange::Http1(mut exchange) = kept else {
        return None;
    };
    if let Err(why) = exchange.send_next(request, &observer.link.address).await {
        return Some(Err(why));
    }
    let shown = request.curl(&observer.link.address);
    let opened = observer
        .open_or_publish_on(Exchange::Http1(exchange), shown)
        .await;
    Some(opened.map(|reader| reader.recording))
}

pub(crate) async fn idle(observer: &Observer<'_>) -> Observation {
    let mut seen = Observation::default();
    let sent = observer.send_or_publish_late(&observer.request()).await;
    let recording = match sent {
        Err(why) => Err(why),
        Ok(mut reader) => {
            // After three signs of life, the period is known.
            let enough = Duration::from_secs(1);
            reader
                .until(observer.target.idle, |seen| {
                    seen.read_for > enough && signs_of_life(seen) > 3
                })
                .await;
            let has_heartbeats = has_come(&reader.recording);
            observer.learn(|learned| learned.has_heartbeats = Some(has_heartbeats));
            if matches!(reader.recording.end, Some(End::Complete | End::Closed)) {
                observer.learn(|learned| learned.ends_streams = true);
                reader.note_what_follows(FOLLOWS).await;
            }
            observer.learn(|learned| {
                learned.idle_sets_id = Some(!idle_ids(&reader.recording).is_empty())
            });
            let is_over = matches!(reader.recording.end, Some(End::Complete));
            let (recording, exchange) = reader.into_parts();
            seen.after_end.clone_from(&recording.after_end);
            if is_over && recording.after_end.is_none() && recording.head.is_event_stream() {
                seen.kept = ask_on(observer, exchange, &observer.request()).await;
            }
            Ok(recording)
        }
    };
    seen.recordings.push(recording);
    seen
}

pub(crate) async fn ask(observer: &Observer<'_>, question: Question) -> Observation {
    if let Question::Lookalike(kind) = question {
        let origin = observer.target.origin.as_deref();
        // Some origins have no lookalike of every kind. For example, a host may have no dot.
        if origin.is_none_or(|origin| lookalike(origin, kind) == origin) {
            return Observation::default();
        }
    }
    let request = question.request(observer);
    let (recording, after_end) = match question {
        // The query may be echoed after the first bytes.
        Question::Inject(..) => {
            let sent = Source::listen_or_publish(observer, &request).await;
            (sent.map(Source::into_recording), None)
        }
        _ if question.may_be_refused() => observer.ask_to_the_end_or_publish(&request).await,
        _ => (observer.ask_or_publish(&request).await, None),
    };
    let mut other = None;
    let compared = match question {
        // This shows whether the answer is the same for another origin.
        Question::Allowed => Some(Question::Null),
        // This is the request that the preflight is for.
        Question::Preflight => Some(Question::Allowed),
        _ => None,
    };
    if let Some(question) = compared {
        other = Some(observer.ask_or_publish(&question.request(observer)).await);
    }
    Observation {
        recordings: [recording].into_iter().chain(other).collect(),
        after_end,
        ..Observation::default()
    }
}

pub(crate) fn redirected(observer: &Observer<'_>) -> Observation {
    let followed = observer.redirects.iter().cloned().map(Ok);
    let astray = observer.astray.clone().map(Err);
    Observation {
        recordings: followed.chain(astray).collect(),
        ..Observation::default()
    }
}

pub(crate) async fn twice(observer: &Observer<'_>) -> Observation {
    let mut seen = Observation::default();
    seen.recordings.extend(observer.first.clone());
    let open = observer.send_or_publish(&observer.request()).await;
    let second = observer.ask_or_publish(&observer.request()).await;
    seen.recordings.push(open.map(|reader| reader.recording));
    seen.recordings.push(second);
    seen
}

pub(crate) async fn after_head(observer: &Observer<'_>) -> Observation {
    let get = observer.request();
    let head = Request {
        method: "HEAD",
        ..get.clone()
    };
    let mut seen = Observation::default();
    let mut reader = match observer.send_or_publish(&head).await {
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
