//! Reads an event into an enum whose variants are event types.

use serde_core::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, EnumAccess, IntoDeserializer, VariantAccess, Visitor},
};

use crate::{
    error::JsonError,
    event::{Event, EventRef},
};

impl Event {
    /// Reads the event as a variant of an enum: its type names the variant, and its data is the JSON of
    /// the variant's content. Returns `None` if the enum has no variant of that name.
    ///
    /// A unit variant ignores the data. A type that is not an externally tagged enum, such as a struct or
    /// an enum with `#[serde(tag = "type")]`, is read from the data alone, as by [`json`](Self::json).
    ///
    /// ```
    /// use serde::Deserialize;
    /// use sse_proto::{Event, EventType};
    ///
    /// #[derive(Debug, Deserialize, PartialEq)]
    /// #[serde(rename_all = "snake_case")]
    /// enum Answer {
    ///     Token { text: String },
    ///     Usage(u32),
    ///     Ping,
    /// }
    ///
    /// let event = |event_type, data| Event::new(data).with_type(EventType::from_static(event_type));
    /// let token = event("token", r#"{"text":"Hi"}"#).json_by_type::<Answer>()?;
    /// assert_eq!(token, Some(Answer::Token { text: "Hi".to_owned() }));
    /// assert_eq!(event("usage", "12").json_by_type()?, Some(Answer::Usage(12)));
    /// assert_eq!(event("ping", "").json_by_type()?, Some(Answer::Ping));
    /// assert_eq!(event("progress", "1").json_by_type::<Answer>()?, None);
    /// assert!(event("usage", "many").json_by_type::<Answer>().is_err());
    /// # Ok::<(), sse_proto::JsonError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the data is not the JSON of that variant.
    pub fn json_by_type<'e, T: Deserialize<'e>>(&'e self) -> Result<Option<T>, JsonError> {
        EventRef::from(self).json_by_type()
    }
}

impl<'a> EventRef<'a> {
    /// Reads the event as a variant of an enum; see [`Event::json_by_type`].
    ///
    /// ```
    /// use serde::Deserialize;
    /// use sse_proto::{EventRef, EventType};
    ///
    /// #[derive(Debug, Deserialize, PartialEq)]
    /// enum Answer<'a> {
    ///     #[serde(rename = "token")]
    ///     Token(&'a str),
    /// }
    ///
    /// let token = EventType::from_static("token");
    /// let event = EventRef::new("\"Hi\"").with_type(&token);
    /// assert_eq!(event.json_by_type()?, Some(Answer::Token("Hi")));
    /// # Ok::<(), sse_proto::JsonError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the data is not the JSON of that variant.
    pub fn json_by_type<T: Deserialize<'a>>(&self) -> Result<Option<T>, JsonError> {
        match T::deserialize(ByType(*self)) {
            Ok(value) => Ok(Some(value)),
            Err(Failure::UnknownType) => Ok(None),
            Err(Failure::Json(cause)) => {
                Err(JsonError::reading(cause, self.event_type(), self.data()))
            }
        }
    }
}

/// Why an event was not read.
#[derive(Debug)]
enum Failure {
    /// The enum has no variant with the name of the event's type.
    UnknownType,
    Json(serde_json::Error),
}

impl de::Error for Failure {
    fn custom<T: core::fmt::Display>(message: T) -> Self {
        Self::Json(de::Error::custom(message))
    }

    /// Only the name of the event's type is read with this error, never its data.
    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::UnknownType
    }
}

impl de::StdError for Failure {}

impl core::fmt::Display for Failure {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::UnknownType => f.write_str("unknown event type"),
            Self::Json(cause) => cause.fmt(f),
        }
    }
}

/// Reads an enum by the type of an event, and everything else from its data.
struct ByType<'a>(EventRef<'a>);

impl<'a> ByType<'a> {
    /// Reads the data as one JSON value.
    fn data<T>(
        &self,
        read: impl FnOnce(
            &mut serde_json::Deserializer<serde_json::de::StrRead<'a>>,
        ) -> serde_json::Result<T>,
    ) -> Result<T, Failure> {
        let mut json = serde_json::Deserializer::from_str(self.0.data());
        let value = read(&mut json).map_err(Failure::Json)?;
        json.end().map_err(Failure::Json)?;
        Ok(value)
    }
}

macro_rules! from_data {
    ($($method:ident($($argument:ident: $type:ty),*))*) => {$(
        fn $method<V: Visitor<'a>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, Failure> {
            self.data(|json| json.$method($($argument,)* visitor))
        }
    )*};
}

impl<'a> Deserializer<'a> for ByType<'a> {
    type Error = Failure;

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_enum(self)
    }

    /// A wrapper of an enum is read as the enum.
    fn deserialize_newtype_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    from_data! {
        deserialize_any() deserialize_bool() deserialize_i8() deserialize_i16() deserialize_i32()
        deserialize_i64() deserialize_i128() deserialize_u8() deserialize_u16() deserialize_u32()
        deserialize_u64() deserialize_u128() deserialize_f32() deserialize_f64() deserialize_char()
        deserialize_str() deserialize_string() deserialize_bytes() deserialize_byte_buf()
        deserialize_option() deserialize_unit() deserialize_seq() deserialize_map()
        deserialize_identifier() deserialize_ignored_any()
        deserialize_unit_struct(name: &'static str)
        deserialize_tuple(length: usize)
        deserialize_tuple_struct(name: &'static str, length: usize)
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
    }
}

impl<'a> EnumAccess<'a> for ByType<'a> {
    type Error = Failure;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'a>>(self, seed: V) -> Result<(V::Value, Self), Failure> {
        let variant = seed.deserialize(self.0.event_type().into_deserializer())?;
        Ok((variant, self))
    }
}

impl<'a> VariantAccess<'a> for ByType<'a> {
    type Error = Failure;

    fn unit_variant(self) -> Result<(), Failure> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'a>>(self, seed: T) -> Result<T::Value, Failure> {
        self.data(|json| seed.deserialize(json))
    }

    fn tuple_variant<V: Visitor<'a>>(self, length: usize, visitor: V) -> Result<V::Value, Failure> {
        self.data(|json| json.deserialize_tuple(length, visitor))
    }

    fn struct_variant<V: Visitor<'a>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.data(|json| json.deserialize_struct("", fields, visitor))
    }
}

#[cfg(test)]
mod tests {
    use alloc::{borrow::ToOwned, string::String, vec, vec::Vec};

    use super::*;
    use crate::value::EventType;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Value {
        Unit,
        #[serde(alias = "wrapper")]
        Newtype(Option<u32>),
        Pair(u32, String),
        Fields {
            #[serde(default)]
            list: Vec<u32>,
        },
        Inner(Kind),
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Some,
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Wrapper(Value);

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Struct {
        list: Vec<u32>,
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(tag = "type", rename_all = "snake_case")]
    enum Tagged {
        Fields { list: Vec<u32> },
    }

    fn event(event_type: &str, data: &str) -> Event {
        Event::new(data).with_type(EventType::new(event_type).unwrap())
    }

    #[test]
    fn the_type_names_the_variant() {
        for (event_type, data, expected) in [
            ("unit", "no JSON", Some(Value::Unit)),
            ("newtype", "7", Some(Value::Newtype(Some(7)))),
            ("newtype", "null", Some(Value::Newtype(None))),
            ("wrapper", " 7 ", Some(Value::Newtype(Some(7)))),
            (
                "pair",
                "[1,\"two\"]",
                Some(Value::Pair(1, "two".to_owned())),
            ),
            (
                "fields",
                "{\"list\":[1],\"other\":2}",
                Some(Value::Fields { list: vec![1] }),
            ),
            ("fields", "{}", Some(Value::Fields { list: vec![] })),
            ("inner", "\"some\"", Some(Value::Inner(Kind::Some))),
            ("message", "7", None),
            ("Unit", "", None),
        ] {
            let event = event(event_type, data);
            assert_eq!(event.json_by_type::<Value>().unwrap(), expected, "{event}");
            let wrapped = event.json_by_type().unwrap();
            assert_eq!(wrapped, expected.map(Wrapper), "{event}");
        }
    }

    #[test]
    fn data_that_is_not_the_content_is_an_error_and_no_unknown_type() {
        for (event_type, data) in [
            ("newtype", ""),
            ("newtype", "7 8"),
            ("newtype", "\"7\""),
            ("pair", "[1]"),
            ("fields", "[\"1\"]"),
            ("inner", "\"other\""),
        ] {
            let error = event(event_type, data).json_by_type::<Value>().unwrap_err();
            assert!(error.position().is_some(), "{error}");
        }
    }

    #[test]
    fn other_types_are_read_from_the_data_alone() {
        let any = event("any", "{\"type\":\"fields\",\"list\":[1]}");
        let list = vec![1];
        assert_eq!(any.json_by_type().unwrap(), Some(Tagged::Fields { list }));
        let list = vec![1];
        assert_eq!(any.json_by_type().unwrap(), Some(Struct { list }));
        let any = event("any", "[1,[null,\"a\"]]");
        let expected = Some((1, (None::<u8>, "a")));
        assert_eq!(any.json_by_type().unwrap(), expected);
    }
}
