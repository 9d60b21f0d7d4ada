//! Streams that share an HTTP/2 connection.

use crate::driver::capability::Capability::Http2;
use crate::suite::server::lacking::lacking;
use crate::suite::server::observation::seen::{Observation, Seen};
use crate::suite::server::observe::observer::Observer;
use crate::suite::server::observe::send::Via;
use crate::suite::server::observe::source::Source;
use crate::suite::server::scenes::deliver::{publish_to, settle_all};

pub(crate) async fn http2(observer: &Observer<'_>) -> Seen {
    let mut seen = Observation::default();
    let connection = observer.http2().await.map_err(|why| lacking(Http2, why))?;
    let request = observer.request();
    let mut readers = Vec::new();
    for _ in 0..10 {
        match Source::open_or_publish(observer, Via::Stream(&connection), &request).await {
            Ok(reader) => readers.push(reader),
            Err(why) => {
                seen.recordings.push(Err(why));
                break;
            }
        }
    }
    if observer.can_publish() && seen.recordings.is_empty() {
        settle_all(&mut readers).await;
        publish_to(observer, &mut seen, &mut readers).await?;
        // Dropping a client resets its stream.
        drop(readers.pop());
        publish_to(observer, &mut seen, &mut readers).await?;
    }
    let read = readers
        .into_iter()
        .map(|reader| Ok(reader.into_recording()));
    seen.recordings.splice(0..0, read);
    Ok(seen)
}
