//! Values that could break a stream, published one after the other.

use crate::suite::server::observation::event::Published;
use crate::suite::server::observation::seen::{Observation, Seen};
use crate::suite::server::observe::observer::Observer;
use crate::suite::server::scenes::streams::opened;
use crate::suite::server::values::{Part, VALUES};

pub(crate) async fn play(observer: &Observer<'_>) -> Seen {
    observer.publishing_is_supported()?;
    let mut seen = Observation::default();
    let mut reader = opened(observer).await?;
    for (_, part, value) in VALUES {
        let mut event = Published::new(observer.token());
        let value = value.replace('@', &event.token);
        match part {
            Part::Data | Part::Untyped => event.data = value,
            Part::Type | Part::Named => event.event_type = Some(value),
            Part::Id => event.id = Some(value),
            Part::Nothing => {
                event.data = String::new();
                event.event_type = Some(value);
            }
        }
        // A hook that fails has refused the value, for example with an exception.
        reader.ready().await;
        if observer.publish(&mut event).await.is_err() {
            event.refused = true;
        }
        // The stream goes on, whatever happened to the event.
        let next = reader.publish_and_read().await;
        event.arrived = next.ok().and_then(|next| next.arrived);
        let broke = event.arrived.is_none();
        seen.published.push(event);
        if broke {
            seen.recordings.push(Ok(reader.into_recording()));
            match opened(observer).await {
                Ok(opened) => reader = opened,
                // The value that broke the server is the last one that is judged.
                Err(_) => return Ok(seen),
            }
        }
    }
    seen.recordings.push(Ok(reader.into_recording()));
    Ok(seen)
}
