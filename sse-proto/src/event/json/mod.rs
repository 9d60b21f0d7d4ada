//! Data as JSON: writing and reading.

mod by_type;

use serde_core::{Deserialize, Serialize};

use super::{Event, EventRef};
use crate::error::JsonError;

impl Event {
    /// Makes an event of type `message` without an ID. Its data is `value`, written as one line of JSON.
    ///
    /// For text that is JSON already, use [`Event::new`].
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
    /// Fails if JSON cannot represent the value, such as a map whose keys are not text, or if its
    /// implementation of `Serialize` fails.
    pub fn from_json(value: &(impl Serialize + ?Sized)) -> Result<Self, JsonError> {
        serde_json::to_string(value)
            .map(Self::with_string)
            .map_err(JsonError::writing)
    }

    /// Reads the data as JSON.
    ///
    /// `T` can borrow text from the event.
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
    /// Fails if the data is not JSON, or not the JSON of a `T`. The error has the position.
    pub fn json<'e, T: Deserialize<'e>>(&'e self) -> Result<T, JsonError> {
        EventRef::from(self).json()
    }
}

impl<'a> EventRef<'a> {
    /// Reads the data as JSON.
    ///
    /// `T` can borrow text without escapes from the location of the data, such as the chunk.
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
    /// Fails if the data is not JSON, or not the JSON of a `T`. The error has the position.
    pub fn json<T: Deserialize<'a>>(&self) -> Result<T, JsonError> {
        serde_json::from_str(self.data())
            .map_err(|cause| JsonError::reading(cause, self.event_type(), self.data()))
    }
}

#[cfg(test)]
mod tests {
    use alloc::{
        collections::BTreeMap,
        string::{String, ToString},
        vec,
        vec::Vec,
    };
    use core::error::Error;

    use super::*;
    use crate::value::EventType;

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
                "data of event `tick` is not the expected JSON: ".to_string() + message
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
