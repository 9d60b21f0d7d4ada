//! No configured or sent value can break a stream.

use std::{convert::Infallible, io};

use sse_conformance::model::{self, Item};
use sse_tower::{Event, EventFrame, EventId, EventType, Heartbeat, Settings, Sse};

use crate::support::{WAYS, all, live, next_frame, silent};

const TEXTS: [&str; 8] = [
    "",
    "\n",
    "\r",
    "\r\n\r\ndata: forged\r\n\r\n",
    "\n\nid: forged\nevent: forged\ndata: forged\n\n",
    "\rretry: 1\r",
    "\u{feff}\0",
    ": x\n:\n",
];

const PING: EventType = EventType::from_static("ping");

/// Returns the types and data of the events that a reader dispatches. Checks that nothing has set
/// an ID or a reconnection time.
fn dispatched(stream: &[u8]) -> Vec<(String, String)> {
    let decoded = model::decode(stream);
    assert_eq!(decoded.last_event_id, "", "{}", stream.escape_ascii());
    let items = decoded.items.into_iter();
    let events = items.filter_map(|due| match due.item {
        Item::Event {
            event_type, data, ..
        } => Some((event_type, data)),
        Item::Comment(_) => None,
        Item::Retry(time) => panic!("{time:?} in {}", stream.escape_ascii()),
    });
    events.collect()
}

/// Returns `text` as a reader receives it: each line end is LF.
fn read(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

#[tokio::test(start_paused = true)]
async fn no_heartbeat_breaks_a_stream() {
    let every = Heartbeat::default;
    for text in TEXTS {
        for (heartbeat, is_event) in [
            (every().comment(text), false),
            (every().comment_block(text), false),
            (every().event(PING, text), true),
        ] {
            for way in WAYS {
                let settings = Settings::new().heartbeat(heartbeat.clone());
                let mut body = Box::pin(way.open(settings, silent()).await.into_body());
                let mut stream = Vec::new();
                for _ in 0..2 {
                    stream.extend(next_frame(&mut body).await.unwrap().unwrap());
                }
                let ping = ("ping".to_owned(), read(text));
                let expected = if is_event { vec![ping; 2] } else { vec![] };
                assert_eq!(dispatched(&stream), expected, "{text:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_final_event_breaks_a_stream() {
    for text in TEXTS {
        for way in WAYS {
            let settings = Settings::new()
                .final_event(Event::new(text))
                .error_event(|error| Some(Event::new(error.to_string())));
            for error in [None, Some(io::Error::other(text))] {
                let (sender, events) = live::<Event, io::Error>();
                sender.send(Ok(Event::new(text))).unwrap();
                if let Some(error) = error {
                    sender.send(Err(error)).unwrap();
                }
                drop(sender);
                let stream = all(way.open(settings.clone(), events).await).await;
                let event = ("message".to_owned(), read(text));
                assert_eq!(dispatched(&stream), [event.clone(), event], "{text:?}");
            }
        }
    }
}

#[tokio::test]
async fn no_comment_breaks_a_stream_and_invalid_values_are_refused() {
    for text in TEXTS {
        let frames = [EventFrame::comment(text), EventFrame::from(Event::new("x"))];
        let frames = tokio_stream::iter(frames.map(Ok::<_, Infallible>));
        let stream = all(Sse::new(frames).into_http()).await;
        let event = ("message".to_owned(), "x".to_owned());
        assert_eq!(dispatched(&stream), [event], "{text:?}");
    }
    for text in ["a\nb", "a\rb", "\n"] {
        assert!(EventId::new(text).is_err() && EventType::new(text).is_err());
    }
    assert!(EventId::new("a\0").is_err());
}
