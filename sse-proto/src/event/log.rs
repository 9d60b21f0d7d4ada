//! Events as one line of a log, whatever they contain.

use core::fmt;

#[cfg(feature = "alloc")]
use super::Event;
use super::EventRef;
use crate::excerpt::{Excerpt, NAME};

/// The number of characters that are shown of the data.
const DATA: usize = 64;

/// Shows the event as one line for a log: the type, the ID if the event has one, and the data. The format is
/// for people, and may change.
///
/// Each part is cut to a bounded length. If the data is cut, its whole length follows. Characters that would
/// break or reorder the line are escaped.
///
/// ```
/// use sse_proto::EventRef;
///
/// let event = EventRef::new("one\ntwo").try_with_type("tick")?;
/// assert_eq!(event.to_string(), r"tick: one\ntwo");
/// # Ok::<(), sse_proto::InvalidEventType>(())
/// ```
impl fmt::Display for EventRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Excerpt(self.event_type(), NAME))?;
        if let Some(id) = self.id() {
            write!(f, " #{}", Excerpt(id, NAME))?;
        }
        let data = Excerpt(self.data(), DATA);
        write!(f, ": {data}")?;
        if data.is_cut() || data.0.is_empty() {
            let space = if data.is_cut() { " " } else { "" };
            write!(f, "{space}({} bytes)", data.0.len())?;
        }
        Ok(())
    }
}

/// Shows the event as one line for a log: the type, the ID if the event has one, and the data. The format is
/// for people, and may change.
///
/// Each part is cut to a bounded length. If the data is cut, its whole length follows. Characters that would
/// break or reorder the line are escaped.
///
/// ```
/// use sse_proto::{Event, EventType};
///
/// let event = Event::new("x".repeat(12345));
/// let event = event.with_type(EventType::from_static("tick")).with_id(42);
/// assert_eq!(event.to_string(), format!("tick #42: {}… (12345 bytes)", "x".repeat(64)));
/// ```
#[cfg(feature = "alloc")]
impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        EventRef::from(self).fmt(f)
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use alloc::string::{String, ToString};

    use super::*;
    use crate::{
        excerpt::breaks_or_reorders,
        value::{EventId, EventType},
    };

    #[test]
    fn one_line() {
        for (data, line) in [
            (r#"{"a":1}"#, r#"message: {"a":1}"#),
            ("", "message: (0 bytes)"),
            ("é\n\r\t\0", r"message: é\n\r\t\u{0}"),
            (
                "\u{1b}[31m\u{202e}\u{2028}\u{85}",
                r"message: \u{1b}[31m\u{202e}\u{2028}\u{85}",
            ),
            (r"C:\new 'x'", r"message: C:\new 'x'"),
        ] {
            assert_eq!(EventRef::new(data).to_string(), line);
            assert_eq!(Event::new(data).to_string(), line);
        }
    }

    #[test]
    fn an_id_is_shown_even_if_it_is_empty() {
        let event = Event::new("x");
        assert_eq!(event.clone().with_id(7).to_string(), "message #7: x");
        let reset = event.with_id(EventId::default());
        assert_eq!(reset.to_string(), "message #: x");
    }

    #[test]
    fn data_is_cut_between_characters_with_its_length_in_bytes() {
        for (length, shown) in [(64, "é".repeat(64)), (65, "é".repeat(64) + "… (130 bytes)")] {
            let event = Event::new("é".repeat(length));
            assert_eq!(event.to_string(), String::from("message: ") + &shown);
        }
    }

    #[test]
    fn the_length_is_bounded_whatever_is_in_the_event() {
        let long = "\u{2029}".repeat(100_000);
        let event = Event::new(&*long)
            .with_type(EventType::new(&*long).unwrap())
            .with_id(EventId::decoded(&*long).unwrap());
        let line = event.to_string();
        assert!(line.len() < 1200, "{} bytes", line.len());
        assert!(!line.contains(breaks_or_reorders));
    }
}
