//! The ID of a run: a secret that nobody can guess.

use std::{error::Error, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The ID of a run: 128 random bits from the operating system.
///
/// Its text is 32 hexadecimal digits, lower case. With serde it is that text, so it can be a part of a path in axum.
///
/// ```
/// use sse_tower::runs::RunId;
///
/// let id: RunId = "000102030405060708090a0b0c0d0e0f".parse()?;
/// assert_eq!(id.to_string(), "000102030405060708090a0b0c0d0e0f");
/// # Ok::<(), sse_tower::runs::InvalidRunId>(())
/// ```
///
/// Nobody can guess the ID of a run. If a run must not be read by another user who learns its ID, also bind it to
/// its user: see [`Runs::of`](crate::runs::Runs::of).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId([u8; 16]);

/// The text is not the ID of a run.
///
/// An ID is 32 hexadecimal digits, lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidRunId {}

impl RunId {
    /// The length of the text of an ID.
    pub const LENGTH: usize = 32;

    /// Makes an ID from the random numbers of the operating system.
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RunId({self})")
    }
}

impl FromStr for RunId {
    type Err = InvalidRunId;

    fn from_str(text: &str) -> Result<Self, InvalidRunId> {
        let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let is_id = text.len() == Self::LENGTH && text.as_bytes().iter().all(is_digit);
        let number = match is_id {
            true => u128::from_str_radix(text, 16),
            false => return Err(InvalidRunId {}),
        };
        // The digits were checked, so this cannot fail.
        let number = number.map_err(|_| InvalidRunId {})?;
        Ok(Self(number.to_be_bytes()))
    }
}

impl fmt::Display for InvalidRunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this is not the ID of a run, which is 32 hexadecimal digits in lower case")
    }
}

impl Error for InvalidRunId {}

impl Serialize for RunId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RunId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_id_has_one_text() {
        let text = "00ff0102030405060708090a0b0c0d0e";
        let id: RunId = text.parse().unwrap();
        assert_eq!(id.to_string(), text);
        for text in [
            "",
            "00ff0102030405060708090a0b0c0d0",
            "00ff0102030405060708090a0b0c0d0e0",
            "00FF0102030405060708090a0b0c0d0e",
            "+0ff0102030405060708090a0b0c0d0e",
            "00ff0102030405060708090a0b0c0d0g",
            "00ff0102030405060708090a0b0c0dé",
        ] {
            assert_eq!(text.parse::<RunId>(), Err(InvalidRunId {}), "{text}");
        }
    }

    #[test]
    fn two_ids_differ() {
        assert_ne!(RunId::random().unwrap(), RunId::random().unwrap());
    }
}
