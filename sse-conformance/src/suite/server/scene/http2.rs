//! Streams that share an HTTP/2 connection.

use super::super::Capability::Http2;
use super::super::observe::Observer;
use super::super::seen::{Observation, Seen, lacking};
use super::deliver::{publish_to, settle_all};
use crate::driver::reader::{Exchange, Reader};

pub(super) async fn http2(observer: &Observer<'_>) -> Seen {
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
        settle_all(observer, &mut readers).await;
        publish_to(observer, &mut seen, &mut readers).await?;
        // Dropping a reader resets its stream.
        drop(readers.pop());
        publish_to(observer, &mut seen, &mut readers).await?;
    }
    let read = readers.into_iter().map(|reader| Ok(reader.recording));
    seen.recordings.splice(0..0, read);
    Ok(seen)
}
