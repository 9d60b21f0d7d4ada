//! A server that publishes by itself: two clients at the same time, and clients that resume from
//! several places.

use std::time::Duration;

use futures_util::future::{join, join_all};

use crate::driver::capability::Capability::Publish;
use crate::driver::recording::Recording;
use crate::suite::server::lacking::lacking;
use crate::suite::server::observation::event::Published;
use crate::suite::server::observation::feed::entries;
use crate::suite::server::observation::resumption::{Resumption, replays};
use crate::suite::server::observation::seen::{Observation, Seen};
use crate::suite::server::observe::observer::Observer;
use crate::suite::server::observe::source::Source;
use crate::suite::server::scenes::streams::let_in;

/// The number of events to wait for. They give five places to resume from, each followed by at
/// least one event.
const ENOUGH: usize = 7;

/// The smallest number of events that is enough.
const LEAST: usize = 3;

const PLACES: usize = 5;

/// The time in which events arrive that should not be sent again.
const LINGER: Duration = Duration::from_secs(1);

pub(crate) async fn observed(observer: &Observer<'_>) -> Seen {
    let mut seen = Observation::default();
    let why =
        "there is no control hook, and the stream did not send three events with IDs by itself";
    let none = || lacking(Publish, why);
    let request = observer.request();
    let (stays, beside) = join(
        Source::listen_or_publish(observer, &request),
        Source::listen_or_publish(observer, &request),
    )
    .await;
    let mut stays = stays.map_err(|_| none())?;
    let idle = observer.target.idle;
    // Streams that end without an ID start again from the beginning each time.
    let begins_anew =
        |recording: &Recording| recording.excuse.is_some() && recording.earlier.len() > 2;
    let enough =
        |recording: &Recording| entries(recording).0.len() >= ENOUGH || begins_anew(recording);
    let beside = match beside {
        Ok(mut beside) => {
            join(
                stays.until_item(idle, enough),
                beside.until_item(idle, enough),
            )
            .await;
            Ok(beside.into_recording())
        }
        Err(why) => {
            stays.until_item(idle, enough).await;
            Err(why)
        }
    };
    let (entries, marks) = entries(stays.recording());
    if entries.len() < LEAST {
        return Err(none());
    }
    let ids: Vec<String> = entries.into_iter().map(|entry| entry.id).collect();
    seen.published = ids
        .iter()
        .map(|id| Published {
            id: Some(id.clone()),
            ..Published::default()
        })
        .collect();
    seen.recordings = vec![Ok(stays.into_recording()), beside];
    // The newest place comes first: if a log still has events for an older place, it also had them
    // for a newer one.
    let newest = PLACES.min(ids.len() - 2);
    let mut places: Vec<Place> = (1..=newest)
        .rev()
        .map(|after| Place {
            id: ids[after - 1].clone(),
            after,
            of_heartbeat: false,
        })
        .collect();
    let is_between = |after: &usize| (1..=newest).contains(after);
    if let Some((after, id)) = marks.into_iter().rfind(|(after, _)| is_between(after)) {
        let place = Place {
            id,
            after,
            of_heartbeat: true,
        };
        places.insert(0, place);
    }
    let mut readers = Vec::new();
    for place in places {
        let request = observer.request().resuming_from(&place.id);
        match let_in(observer, &mut seen, &request, &place.id).await? {
            Some(reader) => readers.push((place, reader)),
            // If one hangs, the others would as well.
            None => break,
        }
    }
    let read = join_all(
        readers
            .into_iter()
            .map(|(place, reader)| resumed(place, reader, &ids, idle)),
    );
    seen.resumptions.extend(read.await.into_iter().flatten());
    observer.learn(|learned| learned.resumes = Some(replays(&seen.resumptions, &seen.published)));
    Ok(seen)
}

/// An ID to resume from.
struct Place {
    id: String,
    /// The number of events before it.
    after: usize,
    of_heartbeat: bool,
}

/// Reads what arrives after resuming from a place. `None` if nothing does.
async fn resumed(
    place: Place,
    mut reader: Source<'_>,
    ids: &[String],
    idle: Duration,
) -> Option<Resumption> {
    let most = (ids.len() - place.after).min(2);
    // A server may generate events for each client, and then needs the same time again.
    let has_some = |recording: &Recording| entries(recording).0.len() >= most;
    reader.until_item(idle, has_some).await;
    reader.read_for(LINGER).await;
    let recording = reader.into_recording();
    let (again, _) = entries(&recording);
    let index = |id: &str| ids.iter().position(|known| known == id);
    // Events after the last one that arrived may still be on their way, unless newer ones have
    // arrived.
    let upto = match again
        .iter()
        .map(|entry| index(&entry.id))
        .max_by_key(|found| found.map_or(ids.len(), |index| index))?
    {
        None => ids.len(),
        Some(last) => last + 1,
    };
    Some(Resumption {
        recording,
        after: place.after,
        upto: upto.max(place.after + 1),
        of_heartbeat: place.of_heartbeat,
    })
}
