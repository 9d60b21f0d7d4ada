//! Scenes that publish several events at once, and scenes with long texts.

use std::time::Duration;

use futures_util::future::{join, join_all};

use crate::driver::capability::Capability::{Batch, Publish};
use crate::driver::control::{Action, Answer};
use crate::event::Event;
use crate::suite::server::lacking::lacking;
use crate::suite::server::long_text::{latin_1, lines_not_ascii, not_ascii};
use crate::suite::server::observation::event::Published;
use crate::suite::server::observation::seen::{Observation, Seen};
use crate::suite::server::observe::observer::Observer;
use crate::suite::server::observe::source::Source;
use crate::suite::server::scenes::streams::opened;

const COUNT: usize = 10;

/// Ten calls of the hook at the same time, and two clients.
pub(crate) async fn together(observer: &Observer<'_>) -> Seen {
    observer.publishing_is_supported()?;
    let (first, second) = join(opened(observer), opened(observer)).await;
    let mut readers = [first?, second?];
    join_all(readers.iter_mut().map(Source::ready)).await;
    let mut events = new_events(observer);
    let published = join_all(events.iter_mut().map(|event| observer.publish(event))).await;
    published.into_iter().collect::<Result<(), _>>()?;
    Ok(read(observer, &mut readers, events).await)
}

/// One call of the hook that publishes ten events.
pub(crate) async fn batch(observer: &Observer<'_>) -> Seen {
    let mut readers = [opened(observer).await?];
    readers[0].ready().await;
    let events = new_events(observer);
    let batch: Vec<Event<'_>> = events.iter().map(Published::to_publish).collect();
    if observer.act(&Action::Batch(&batch)).await? == Answer::Refused {
        return Err(lacking(Batch, "the control hook refuses a batch of events"));
    }
    let seen = read(observer, &mut readers, events).await;
    if seen.published.iter().all(|event| event.arrived.is_none()) {
        let why = "the control hook accepts a batch of events but publishes none of them";
        return Err(lacking(Batch, why));
    }
    Ok(seen)
}

fn new_events(observer: &Observer<'_>) -> Vec<Published> {
    let new = || Published::new(observer.token());
    std::iter::repeat_with(new).take(COUNT).collect()
}

/// Reads until each client has every event, or has waited for one in vain.
async fn read(
    observer: &Observer<'_>,
    readers: &mut [Source<'_>],
    mut events: Vec<Published>,
) -> Observation {
    for reader in &mut *readers {
        let mut is_lost = false;
        for event in &mut events {
            // The other events may have arrived.
            let patience = if is_lost {
                Duration::ZERO
            } else {
                observer.patience()
            };
            let has_come = reader.holds(&event.token, patience).await;
            is_lost |= !has_come;
            event.arrived = has_come.then_some(Duration::ZERO);
        }
        reader.settle().await;
    }
    Observation {
        recordings: readers
            .iter()
            .map(|reader| Ok(reader.recording().clone()))
            .collect(),
        published: events,
        ..Observation::default()
    }
}

pub(crate) async fn long_text(observer: &Observer<'_>) -> Seen {
    observer.publishing_is_supported()?;
    let mut seen = Observation::default();
    let mut reader = opened(observer).await?;
    seen.published.push(reader.publish_and_read().await?);
    for make in [not_ascii, lines_not_ascii, latin_1] {
        let token = observer.token();
        let mut event = Published {
            data: make(&token),
            ..Published::new(token)
        };
        reader.publish_and_await(&mut event).await?;
        let is_lost = event.arrived.is_none() && !event.refused;
        seen.published.push(event);
        if is_lost {
            break;
        }
    }
    if !reader.may_continue() {
        return Err(lacking(Publish, "the stream ended too early"));
    }
    seen.recordings.push(Ok(reader.into_recording()));
    Ok(seen)
}
