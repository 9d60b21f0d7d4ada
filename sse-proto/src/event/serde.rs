//! Values and events in the formats of serde.

use alloc::string::String;
use core::fmt;

use serde_core::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, IgnoredAny, MapAccess, SeqAccess, Visitor},
    ser::SerializeStruct,
};

use super::Event;
use crate::value::{EventId, EventType};

/// Implements the traits for a value that is text, and is checked when it is read.
macro_rules! text_value {
    ($value:ident, $expected:literal, $read:path) => {
        impl Serialize for $value {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $value {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;

                impl Visitor<'_> for Text {
                    type Value = $value;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expected)
                    }

                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$value, E> {
                        $read(text).map_err(E::custom)
                    }
                }

                deserializer.deserialize_str(Text)
            }
        }
    };
}

text_value!(EventType, "an event type, which is text", EventType::new);
// Any ID that was decoded from a stream is accepted.
text_value!(EventId, "an event ID, which is text", EventId::decoded);

/// Writes a struct with the fields `event`, `data` and `id`.
///
/// Human-readable formats leave out the type `message` and a missing ID. Other formats contain all fields.
///
/// ```
/// use sse_proto::Event;
///
/// let event = Event::new("1").with_id(42);
/// let text = r#"{"data":"1","id":"42"}"#;
/// assert_eq!(serde_json::to_string(&event)?, text);
/// assert_eq!(serde_json::from_str::<Event>(text)?, event);
/// # Ok::<(), serde_json::Error>(())
/// ```
impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let complete = !serializer.is_human_readable();
        let with_type = complete || self.event_type() != &EventType::MESSAGE;
        let with_id = complete || self.id().is_some();
        let length = 1 + usize::from(with_type) + usize::from(with_id);

        let mut event = serializer.serialize_struct(EVENT, length)?;
        if with_type {
            event.serialize_field("event", self.event_type())?;
        } else {
            event.skip_field("event")?;
        }
        event.serialize_field("data", self.data())?;
        if with_id {
            event.serialize_field("id", &self.id())?;
        } else {
            event.skip_field("id")?;
        }
        event.end()
    }
}

/// Ignores fields with other names, as in a stream. `data` is required.
///
/// ```
/// use sse_proto::{Event, EventType};
///
/// let event: Event = serde_json::from_str(r#"{"event":"tick","data":"1","trace":"a7"}"#)?;
/// assert_eq!(event, Event::new("1").with_type(EventType::from_static("tick")));
/// assert!(serde_json::from_str::<Event>(r#"{"data":"1","id":"a\nb"}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct(EVENT, FIELDS, EventVisitor)
    }
}

const EVENT: &str = "Event";
const FIELDS: &[&str] = &["event", "data", "id"];

struct EventVisitor;

impl<'de> Visitor<'de> for EventVisitor {
    type Value = Event;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event of `event`, `data` and `id`")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Event, M::Error> {
        let (mut event_type, mut data, mut id) = (None, None, None);
        while let Some(name) = map.next_key()? {
            match name {
                Name::Event => set(&mut event_type, "event", &mut map)?,
                Name::Data => set(&mut data, "data", &mut map)?,
                Name::Id => set(&mut id, "id", &mut map)?,
                Name::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let data = data.ok_or_else(|| de::Error::missing_field("data"))?;
        Ok(event(event_type.unwrap_or_default(), data, id.flatten()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut fields: A) -> Result<Event, A::Error> {
        let missing = |count| de::Error::invalid_length(count, &self);
        let event_type = fields.next_element()?.ok_or_else(|| missing(0))?;
        let data = fields.next_element()?.ok_or_else(|| missing(1))?;
        let id = fields.next_element()?.ok_or_else(|| missing(2))?;
        Ok(event(event_type, data, id))
    }
}

fn event(event_type: EventType, data: String, id: Option<EventId>) -> Event {
    let event = Event::with_string(data).with_type(event_type);
    match id {
        Some(id) => event.with_id(id),
        None => event,
    }
}

fn set<'de, T: Deserialize<'de>, M: MapAccess<'de>>(
    field: &mut Option<T>,
    name: &'static str,
    map: &mut M,
) -> Result<(), M::Error> {
    match field.replace(map.next_value()?) {
        None => Ok(()),
        Some(_) => Err(de::Error::duplicate_field(name)),
    }
}

enum Name {
    Event,
    Data,
    Id,
    Other,
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(NameVisitor)
    }
}

struct NameVisitor;

impl Visitor<'_> for NameVisitor {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Name, E> {
        Ok(match name {
            "event" => Name::Event,
            "data" => Name::Data,
            "id" => Name::Id,
            _ => Name::Other,
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::{string::ToString, vec::Vec};

    use serde_test::{Configure, Token, assert_de_tokens_error, assert_tokens};

    use super::*;

    fn tick() -> Event {
        Event::new("1\n2").with_type(EventType::from_static("tick"))
    }

    #[test]
    fn fields_are_absent_when_they_say_nothing() {
        for (event, json) in [
            (Event::new(""), r#"{"data":""}"#),
            (tick(), r#"{"event":"tick","data":"1\n2"}"#),
            (Event::new("x").with_id(7), r#"{"data":"x","id":"7"}"#),
            (
                tick().with_id(EventId::default()),
                r#"{"event":"tick","data":"1\n2","id":""}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&event).unwrap(), json);
            assert_eq!(serde_json::from_str::<Event>(json).unwrap(), event);
        }
    }

    #[test]
    fn formats_without_names_have_every_field() {
        for (event, name, id) in [
            (Event::new("x"), "message", None),
            (Event::new("x").with_id(7), "message", Some("7")),
        ] {
            let mut tokens = Vec::from([
                Token::Struct {
                    name: EVENT,
                    len: 3,
                },
                Token::Str("event"),
                Token::Str(name),
                Token::Str("data"),
                Token::Str("x"),
                Token::Str("id"),
            ]);
            match id {
                Some(id) => tokens.extend([Token::Some, Token::Str(id)]),
                None => tokens.push(Token::None),
            }
            tokens.push(Token::StructEnd);
            assert_tokens(&event.clone().compact(), &tokens);

            let fields = serde_json::json!([name, "x", id]);
            assert_eq!(Event::deserialize(fields).unwrap(), event);
        }
    }

    #[test]
    fn other_fields_are_ignored_and_a_null_id_is_none() {
        let json = r#"{"retry":[1],"id":null,"data":"x","":{}}"#;
        assert_eq!(
            serde_json::from_str::<Event>(json).unwrap(),
            Event::new("x")
        );
    }

    #[test]
    fn what_no_event_can_hold_is_refused() {
        for (json, message) in [
            (
                r#"{"event":"a\nb","data":""}"#,
                "U+000A (line feed) at byte 1 cannot be part of an event type",
            ),
            (r#"{"event":"","data":""}"#, "an event type cannot be empty"),
            (
                r#"{"data":"","id":"1\u0000"}"#,
                "U+0000 (null) at byte 1 cannot be part of an event ID",
            ),
            (
                r#"{"data":"","id":1}"#,
                "invalid type: integer `1`, expected an event ID",
            ),
            (r#"{"event":"a"}"#, "missing field `data`"),
            (r#"{"data":"a","data":"b"}"#, "duplicate field `data`"),
            (r#"["a","b"]"#, "invalid length 2, expected an event of"),
            ("1", "invalid type: integer `1`, expected an event of"),
        ] {
            let error = serde_json::from_str::<Event>(json).unwrap_err();
            assert!(error.to_string().starts_with(message), "{json}: {error}");
        }
        assert_de_tokens_error::<EventId>(
            &[Token::Str("\r")],
            "U+000D (carriage return) at byte 0 cannot be part of an event ID; remove or escape it",
        );
    }

    #[test]
    fn values_are_text() {
        assert_tokens(&EventType::from_static("tick"), &[Token::Str("tick")]);
        assert_tokens(&EventId::from(7), &[Token::Str("7")]);
        // An ID that was decoded is accepted.
        for text in [" 7", "a\u{1}b", "7\t"] {
            let id = EventId::decoded(text).unwrap();
            assert_tokens(&id, &[Token::Str(text)]);
        }
    }
}
