//! For any inputs in any order, the source has one connection at a time, delivers nothing after it is closed,
//! keeps the last event ID, and waits at least as long as the server requested.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::{arbitrary, arbitrary::Arbitrary, fuzz_target};
use sse_proto::{
    Chunk, Decoder,
    reconnect::{Action, ResponseHead, Source},
};

#[derive(Arbitrary, Debug)]
enum Input<'a> {
    Head(u16, &'a str, u16),
    Bytes(&'a [u8]),
    End,
    Error,
    Passed(u32),
    Close,
}

fuzz_target!(|inputs: Vec<(Input<'_>, u64)>| {
    let mut source = Source::new(Decoder::builder().limit(256).build());
    let mut now = Duration::ZERO;
    let mut connected = false;
    let mut closed = false;
    let mut last_event_id = String::new();
    let mut not_before = Duration::ZERO;
    for (input, random) in inputs {
        match source.poll(now) {
            Action::Connect { last_event_id: id } => {
                assert!(!connected && !closed, "two connections at once");
                assert!(now >= not_before, "too early");
                assert_eq!(id.unwrap_or_default(), last_event_id);
                connected = true;
            }
            Action::Wait(_) => assert!(!connected && !closed),
            Action::Receive => assert!(connected && !closed),
            Action::Closed(_) => closed = true,
        }
        match input {
            Input::Head(status, content_type, seconds) => {
                let wait = Duration::from_secs(seconds.into());
                let head = ResponseHead::new(status)
                    .with_content_type([content_type.as_bytes()])
                    .with_retry_after(wait);
                source.handle_response(head, now, random);
                connected &= matches!(source.poll(now), Action::Receive);
            }
            Input::Bytes(bytes) => {
                let mut chunk = Chunk::new(bytes);
                loop {
                    match source.decode(&mut chunk) {
                        Ok(None) => break,
                        Ok(Some(item)) => {
                            assert!(connected && !closed, "{item:?} out of place");
                        }
                        Err(_) => {}
                    }
                }
                // A block can set the ID without an event.
                last_event_id = source.last_event_id().to_owned();
            }
            Input::End | Input::Error => {
                let lost = connected;
                match input {
                    Input::End => source.handle_end(now, random),
                    _ => source.handle_error(now, random),
                }
                if lost {
                    connected = false;
                    not_before = now.saturating_add(source.reconnection_time());
                }
            }
            Input::Passed(milliseconds) => now += Duration::from_millis(milliseconds.into()),
            Input::Close => {
                source.close();
                connected = false;
                closed = true;
            }
        }
    }
});
