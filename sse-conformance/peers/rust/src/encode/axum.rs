use std::convert::Infallible;
use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use axum::response::{IntoResponse, Sse, sse::Event};
use futures_util::stream;
use http_body::Body;

use crate::workload::Message;

/// The only way to an event's bytes is through the body of one response.
pub(super) fn bytes(message: &Message, times: u64, mut out: impl FnMut(&[u8])) {
    let kept = message.clone();
    let events = stream::iter((0..times).map(move |_| Ok::<_, Infallible>(event(&kept))));
    let mut body = Sse::new(events).into_response().into_body();
    let mut context = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(Ok(frame))) = Pin::new(&mut body).poll_frame(&mut context) {
        if let Ok(bytes) = frame.into_data() {
            out(&bytes);
        }
    }
}

#[inline]
fn event(message: &Message) -> Event {
    let mut event = Event::default();
    if let Some(event_type) = message.event_type {
        event = event.event(event_type);
    }
    event = event.data(black_box(message.data.as_str()));
    if let Some(id) = message.id {
        event = event.id(id);
    }
    match message.retry {
        Some(milliseconds) => event.retry(Duration::from_millis(milliseconds)),
        None => event,
    }
}
