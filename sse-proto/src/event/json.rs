//! Data that is JSON, in both directions.

mod by_type;

use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
};
use core::{error::Error, fmt};

use serde_core::{Deserialize, Serialize};

use super::{
    Event, EventRef,
    log::{Excerpt, NAME},
};

impl Event {
    /// An event of type `message` without an ID, whose data is `value` written as JSON: one line.
    ///
    /// Text that is JSON already is data as it is: [`Event::new`].
    ///
    /// ```
    /// use sse_proto::Event;
    ///
    /// #[derive(Debug, PartialEq, serde::Deserialize, serde::Serialize)]
    /// struct Tick {
    ///     price: u32,
    /// }
    ///
    /// let event = Event::from_json(&Tick { price: 12 })?.with_id(7);
    /// assert_eq!(event.data(), r#"{"price":12}"#);
    /// assert_eq!(event.json::<Tick>()?, Tick { price: 12 });
    /// # Ok::<(), sse_proto::JsonError>(())
    /// ```
    ///
    /// # Errors
    /// If JSON cannot express the value, such as a map whose keys are no text, or if its
    /// implementation of `Serialize` fails.
    pub fn from_json(value: &(impl Serialize + ?Sized)) -> Result<Self, JsonError> {
        serde_json::to_string(value)
            .map(Self::with_string)
            .map_err(JsonError::writing)
    }

    /// The data, read as JSON.
    ///
    /// What `T` can borrow is borrowed from the event.
    ///
    /// ```
    /// use sse_proto::Event;
    ///
    /// let event = Event::new(r#"["one","two"]"#);
    /// assert_eq!(event.json::<Vec<&str>>()?, ["one", "two"]);
    /// assert!(event.json::<Vec<u32>>().is_err());
    /// # Ok::<(), sse_proto::JsonError>(())
    /// ```
    ///
    /// # Errors
    /// If the data is not JSON, or not that of a `T`. The error says where.
    pub fn json<'e, T: Deserialize<'e>>(&'e self) -> Result<T, JsonError> {
        EventRef::from(self).json()
    }
}

impl<'a> EventRef<'a> {
    /// The data, read as JSON.
    ///
    /// What `T` can borrow is borrowed from where the data lies, such as the chunk: text without
    /// escapes.
    ///
    /// ```
    /// use sse_proto::{Chunk, Decoder, Item};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Token<'a> {
    ///     text: &'a str,
    /// }
    ///
    /// let mut chunk = Chunk::new(b"data: {\"text\":\"Hi\"}\n\ndata: [DONE]\n\n");
    /// let mut decoder = Decoder::new();
    /// let Some(Item::Event(event)) = decoder.decode(&mut chunk)? else { panic!() };
    /// assert_eq!(event.json::<Token<'_>>()?.text, "Hi");
    ///
    /// let Some(Item::Event(event)) = decoder.decode(&mut chunk)? else { panic!() };
    /// let error = event.json::<Token<'_>>().err().unwrap();
    /// assert_eq!(error.position(), Some(2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the data is not JSON, or not that of a `T`. The error says where.
    pub fn json<T: Deserialize<'a>>(&self) -> Result<T, JsonError> {
        serde_json::from_str(self.data()).map_err(|cause| JsonError::reading(cause, *self))
    }
}

/// A value could not be written as JSON, or the data of an event not be read as it.
///
/// What it shows fits on a line and has a bounded length, whatever the event holds.
///
/// ```
/// use sse_proto::EventRef;
///
/// let error = EventRef::new("[1,two]").json::<Vec<u32>>().unwrap_err();
/// assert_eq!(error.position(), Some(5));
/// assert_eq!(
///     error.to_string(),
///     "data of event `message` is not the JSON asked for: \
///      expected ident at line 1 column 5, near `[1,two]`"
/// );
/// ```
#[derive(Debug)]
pub struct JsonError {
    cause: serde_json::Error,
    /// The event that could not be read; `None` if a value could not be written.
    event: Option<Unread>,
}

#[derive(Debug)]
struct Unread {
    event_type: Box<str>,
    /// How far it was read, and the data around that place.
    place: Option<(usize, Box<str>)>,
}

/// How many characters of the cause are shown, …
const CAUSE: usize = 160;
/// … and how many bytes of the data on each side of the place.
const NEAR: usize = 24;

impl JsonError {
    /// How many bytes of the data had been read when the error was found; `None` if that is not
    /// known, or if the value could not be written.
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        let (position, _) = self.event.as_ref()?.place.as_ref()?;
        Some(*position)
    }

    fn writing(cause: serde_json::Error) -> Self {
        Self { cause, event: None }
    }

    #[cold]
    fn reading(cause: serde_json::Error, event: EventRef<'_>) -> Self {
        let data = event.data();
        let position = position(data, cause.line(), cause.column());
        let event = Some(Unread {
            event_type: Excerpt(event.event_type(), NAME).to_string().into(),
            place: position.map(|position| (position, around(data, position).into())),
        });
        Self { cause, event }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = format!(
            " at line {} column {}",
            self.cause.line(),
            self.cause.column()
        );
        let cause = self.cause.to_string();
        let cause = Excerpt(cause.strip_suffix(&at).unwrap_or(&cause), CAUSE);
        let Some(Unread { event_type, place }) = &self.event else {
            return write!(f, "a value cannot be written as JSON: {cause}");
        };
        write!(
            f,
            "data of event `{event_type}` is not the JSON asked for: {cause}"
        )?;
        match place {
            Some((_, near)) if near.is_empty() => write!(f, "{at}"),
            Some((_, near)) => write!(f, "{at}, near `{}`", Excerpt(near, 2 * NEAR + 2)),
            None => Ok(()),
        }
    }
}

/// The source is the error of the JSON library.
impl Error for JsonError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.cause)
    }
}

/// The byte that `line` and `column` name, which count from 1; line 0 is nowhere.
fn position(data: &str, line: usize, column: usize) -> Option<usize> {
    let before = data.split_inclusive('\n').take(line.checked_sub(1)?);
    let position = before.map(str::len).sum::<usize>() + column;
    Some(position.min(data.len()))
}

/// The data on both sides of `position`, in whole characters; `…` stands for the rest.
fn around(data: &str, position: usize) -> String {
    let is_boundary = |at: &usize| data.is_char_boundary(*at);
    let start = position.saturating_sub(NEAR);
    let start = (start..position).find(is_boundary).unwrap_or(position);
    let end = data.len().min(position + NEAR);
    let end = (start..=end).rev().find(is_boundary).unwrap_or(start);
    let mark = |is_cut| if is_cut { "…" } else { "" };
    let near = data.get(start..end).unwrap_or_default();
    format!("{}{near}{}", mark(start > 0), mark(end < data.len()))
}

#[cfg(test)]
mod tests {
    use alloc::{collections::BTreeMap, vec, vec::Vec};

    use super::*;
    use crate::EventType;

    #[derive(Debug, PartialEq, serde::Deserialize, serde::Serialize)]
    struct Tick<'a> {
        name: &'a str,
        price: u32,
    }

    #[test]
    fn what_is_written_is_read_again() {
        let tick = Tick {
            name: "a",
            price: 1,
        };
        let event = Event::from_json(&tick).unwrap();
        assert_eq!(event, Event::new(r#"{"name":"a","price":1}"#));
        assert_eq!(event.json::<Tick<'_>>().unwrap(), tick);
        assert_eq!(EventRef::from(&event).json::<Tick<'_>>().unwrap(), tick);

        let lines = ["a\nb\r\n", "\u{2028}"];
        let event = Event::from_json(&lines[..]).unwrap();
        assert!(!event.data().contains(['\n', '\r']));
        assert_eq!(event.json::<Vec<String>>().unwrap(), lines);
    }

    #[test]
    fn text_is_borrowed_from_the_data() {
        let data = r#"{"name":"a","price":1}"#;
        let tick: Tick<'_> = EventRef::new(data).json().unwrap();
        assert!(data.as_bytes().as_ptr_range().contains(&tick.name.as_ptr()));
    }

    #[test]
    fn errors_of_reading_say_what_and_where() {
        for (data, position, message) in [
            ("", 0, "EOF while parsing a value at line 1 column 0"),
            (
                "[DONE]",
                2,
                "expected value at line 1 column 2, near `[DONE]`",
            ),
            (
                r#"{"name":"a"}"#,
                12,
                r#"missing field `price` at line 1 column 12, near `{"name":"a"}`"#,
            ),
            (
                "{\n \"name\":\"a\",\n \"price\":\"é\"}",
                28,
                "invalid type: string \"é\", expected u32 at line 3 column 13, \
                 near `…name\":\"a\",\\n \"price\":\"é\"}`",
            ),
        ] {
            let event = Event::new(data).with_type(EventType::from_static("tick"));
            let error = event.json::<Tick<'_>>().unwrap_err();
            assert_eq!(error.position(), Some(position), "{data}");
            assert_eq!(
                error.to_string(),
                "data of event `tick` is not the JSON asked for: ".to_string() + message
            );
            assert!(error.source().unwrap().is::<serde_json::Error>());
        }
    }

    #[test]
    fn errors_of_writing_say_what() {
        let error = Event::from_json(&BTreeMap::from([(vec![1], 2)])).unwrap_err();
        assert_eq!(error.position(), None);
        assert_eq!(
            error.to_string(),
            "a value cannot be written as JSON: key must be a string"
        );
    }

    #[test]
    fn errors_are_one_short_line_whatever_is_in_the_data() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Nothing {}

        let long = "€\u{2028}".repeat(10_000);
        let event = Event::new(r#"{"LONG":1}"#.replace("LONG", &long));
        let event = event.with_type(EventType::new(long).unwrap());
        let error = event.json::<Nothing>().unwrap_err().to_string();
        assert!(error.contains("unknown field"), "{error}");
        assert!(error.len() < 2000, "{} bytes", error.len());
        assert!(!error.contains('\u{2028}'));
    }
}
