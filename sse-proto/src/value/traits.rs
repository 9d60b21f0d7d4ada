//! The traits that both values have.

use core::fmt;

use super::{EventId, EventType};
#[cfg(feature = "alloc")]
use crate::error::{InvalidEventId, InvalidEventType};

macro_rules! text_value {
    ($value:ident, $error:ident) => {
        impl fmt::Debug for $value {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($value), self.as_str())
            }
        }

        impl fmt::Display for $value {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl AsRef<str> for $value {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        #[cfg(feature = "alloc")]
        impl core::str::FromStr for $value {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        #[cfg(feature = "alloc")]
        impl TryFrom<&str> for $value {
            type Error = $error;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        #[cfg(feature = "alloc")]
        impl TryFrom<alloc::string::String> for $value {
            type Error = $error;

            fn try_from(text: alloc::string::String) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        impl PartialEq<str> for $value {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for $value {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }
    };
}

text_value!(EventType, InvalidEventType);
text_value!(EventId, InvalidEventId);

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn an_event_type_holds_no_line_end() {
        for (text, character, position) in [
            ("\n", '\n', 0),
            ("tick\r", '\r', 4),
            ("é\r\n", '\r', 2),
            ("a\nb\r", '\n', 1),
        ] {
            let error = EventType::new(text).unwrap_err();
            assert_eq!(error.character(), Some(character));
            assert_eq!(error.position(), position);
        }
        for text in ["tick", " ", "a:b", "\0", "\u{feff}", "\u{2028}", "\u{85}"] {
            assert_eq!(EventType::new(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn values_compare_with_text_and_are_made_of_it() {
        let tick = EventType::try_from("tick").unwrap();
        assert_eq!(tick, "tick");
        assert_eq!(tick, *"tick");
        assert_ne!(tick, "tock");
        let seven = EventId::try_from("7".to_string()).unwrap();
        assert_eq!(seven, "7");
        assert!(EventType::try_from("a\nb").is_err());
        assert!(EventType::try_from("".to_string()).is_err());
        assert!(EventId::try_from(" 7").is_err());
    }

    #[test]
    fn an_event_type_is_not_empty() {
        let error = EventType::new("").unwrap_err();
        assert_eq!((error.character(), error.position()), (None, 0));
        assert!(error.to_string().contains("empty"));
    }

    #[test]
    fn errors_name_the_character_and_its_position() {
        assert_eq!(
            EventType::new("ab\ncd").unwrap_err().to_string(),
            "U+000A (line feed) at byte 2 cannot be part of an event type; remove or escape it"
        );
    }

    #[test]
    fn equal_however_made() {
        assert_eq!(EventType::new("message").unwrap(), EventType::MESSAGE);
        assert_eq!("7".parse(), Ok(EventId::from(7)));
    }
}
