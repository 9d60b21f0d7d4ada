//! HTTP/2: streams that nobody reads for a while, and open streams at a GOAWAY and at the end.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;

use crate::driver::capability::Capability::{Http2, Publish};
use crate::driver::control::Action;
use crate::driver::exchange::Exchange;
use crate::driver::http2::Connection;
use crate::driver::message::End;
use crate::driver::reader::Reader;
use crate::driver::recording::Recording;
use crate::suite::server::lacking::{Lacking, lacking};
use crate::suite::server::observation::event::Published;
use crate::suite::server::observation::seen::{Observation, Seen};
use crate::suite::server::observe::observer::{Observer, SETTLE};
use crate::suite::server::scenes::deliver::long_data;

/// As many streams as one page may open.
const STREAMS: usize = 10;

/// The number of events that are published while nine of the streams are not read. Together they
/// are eight times as long as the window of a stream.
pub(crate) const EVENTS: usize = 8;

const LENGTH: usize = 64 * 1024;

/// Nine streams that nobody reads, and one that is read, on one connection.
pub(crate) async fn stalled(observer: &Observer<'_>) -> Seen {
    let mut seen = Observation::default();
    let connection = connected(observer).await?;
    let mut slow = streams(observer, &connection, STREAMS).await?;
    let Some(mut fast) = slow.pop() else {
        return Ok(seen);
    };
    for _ in 0..EVENTS {
        let token = observer.token();
        let mut event = Published {
            data: long_data(&token, LENGTH),
            ..Published::new(token)
        };
        if let Err(why) = observer.publish(&mut event).await {
            if seen.published.is_empty() {
                return Err(why);
            }
            // A server that waits for a client blocks the hook.
            seen.published.push(event);
            break;
        }
        if event.refused {
            return Err(lacking(Publish, "events of 64 KiB are refused"));
        }
        let has_come = fast.event(&event.token, observer.patience()).await;
        event.arrived = has_come.then_some(Duration::ZERO);
        seen.published.push(event);
        if !has_come {
            break;
        }
    }
    if let Some(End::Complete) = fast.recording.end {
        return Err(lacking(Publish, "the stream ended by itself"));
    }
    observer.pause().await;
    if let Some(last) = seen.published.last() {
        let token = &last.token;
        let patience = observer.patience();
        join_all(slow.iter_mut().map(|reader| reader.event(token, patience))).await;
    }
    // Another event shows whether the streams go on.
    let mut event = Published::new(observer.token());
    if observer.publish(&mut event).await.is_ok() {
        let token = &event.token;
        let patience = observer.patience();
        join_all(slow.iter_mut().map(|reader| reader.event(token, patience))).await;
        seen.published.push(event);
    }
    slow.push(fast);
    seen.recordings = recordings(slow);
    Ok(seen)
}

/// An open stream of a client that sends GOAWAY.
pub(crate) async fn client_goes_away(observer: &Observer<'_>) -> Seen {
    let mut seen = Observation::default();
    let mut connection = connected(observer).await?;
    let mut readers = streams(observer, &connection, 1).await?;
    for number in 0..3 {
        let event = publish_and_read(observer, &mut readers).await?;
        let is_lost = event.arrived.is_none();
        seen.published.push(event);
        if is_lost {
            break;
        }
        if number == 0 {
            // If the server closes the connection, the stream shows it.
            let _ = timeout(observer.patience(), connection.go_away()).await;
        }
    }
    seen.recordings = recordings(readers);
    Ok(seen)
}

/// Streams that the server ends.
pub(crate) async fn ended(observer: &Observer<'_>) -> Seen {
    let mut seen = Observation::default();
    let connection = connected(observer).await?;
    let mut readers = streams(observer, &connection, 3).await?;
    let event = publish_and_read(observer, &mut readers).await?;
    seen.published.push(event);
    observer.act(&Action::End).await?;
    let patience = observer.patience();
    let read = |reader| Reader::read_for(reader, patience);
    join_all(readers.iter_mut().map(read)).await;
    seen.recordings = recordings(readers);
    Ok(seen)
}

async fn connected(observer: &Observer<'_>) -> Result<Connection, Lacking> {
    if !observer.can_publish() {
        return Err(lacking(Publish, "there is no control hook"));
    }
    observer.http2().await.map_err(|why| lacking(Http2, why))
}

/// Opens streams on the connection, and waits until the server has probably subscribed them.
async fn streams(
    observer: &Observer<'_>,
    connection: &Connection,
    count: usize,
) -> Result<Vec<Reader>, Lacking> {
    let patience = observer.patience();
    let request = observer.request();
    let address = &observer.link.address;
    let shown = format!("{} --http2-prior-knowledge", request.curl(address));
    let mut readers = Vec::new();
    for _ in 0..count {
        let opened = async {
            let exchange = connection.send(&request, address).await?;
            Reader::open(Exchange::Http2(exchange), shown.clone(), patience).await
        };
        let opened = timeout(2 * patience, opened).await;
        let opened = opened.unwrap_or_else(|_| Err("the stream could not be opened".to_owned()));
        readers.push(opened.map_err(|why| lacking(Http2, why))?);
    }
    join_all(readers.iter_mut().map(settle)).await;
    Ok(readers)
}

pub(crate) async fn settle(reader: &mut Reader) {
    if reader.until(SETTLE, |seen| !seen.bytes.is_empty()).await {
        reader.read_for(SETTLE / 6).await;
    }
}

/// Publishes an event and reads it from every stream.
pub(crate) async fn publish_and_read(
    observer: &Observer<'_>,
    readers: &mut [Reader],
) -> Result<Published, Lacking> {
    let mut event = Published::new(observer.token());
    observer.publish(&mut event).await?;
    let token = &event.token;
    let patience = observer.patience();
    let came = join_all(
        readers
            .iter_mut()
            .map(|reader| reader.event(token, patience)),
    )
    .await;
    event.arrived = came.iter().all(|came| *came).then_some(Duration::ZERO);
    Ok(event)
}

fn recordings(readers: Vec<Reader>) -> Vec<Result<Recording, String>> {
    readers
        .into_iter()
        .map(|reader| Ok(reader.recording))
        .collect()
}
