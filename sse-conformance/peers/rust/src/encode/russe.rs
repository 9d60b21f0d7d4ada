use std::hint::black_box;
use std::time::Duration;

use bytes::BytesMut;
use russe::{Encoder, Event};
use tokio_util::codec::Encoder as _;

use crate::workload::Message;

pub(super) fn reused(message: &Message, times: u64, mut out: impl FnMut(&[u8])) {
    let kept = kept(message);
    let mut encoder = Encoder::default();
    let mut buffer = BytesMut::new();
    for _ in 0..times {
        let event = event(&kept, black_box(&message.data));
        // If it refuses an event, the comparison finds that it is missing.
        let _ = encoder.encode(event, &mut buffer);
        out(&buffer);
        buffer.clear();
    }
}

pub(super) fn bytes(message: &Message, times: u64, mut out: impl FnMut(&[u8])) {
    let kept = kept(message);
    for _ in 0..times {
        if let Ok(text) = event(&kept, black_box(&message.data)).into_bytestring() {
            out(text.as_bytes());
        }
    }
}

fn kept(message: &Message) -> russe::Message {
    russe::Message {
        data: Default::default(),
        event: message.event_type.map(Into::into),
        retry: message.retry.map(Duration::from_millis),
        id: message.id.map(Into::into),
    }
}

#[inline]
fn event(kept: &russe::Message, data: &str) -> Event {
    Event::Message(russe::Message {
        data: data.into(),
        ..kept.clone()
    })
}
