//! Reading the answers of a server.

use ::redis::Value;

use crate::redis::error::{RedisError, RedisErrorKind};

/// An answer, or a part of one.
pub(crate) trait Answer: Sized {
    fn array(self) -> Result<Vec<Value>, RedisError>;
    fn number(&self) -> Result<u64, RedisError>;
    fn text(self) -> Result<String, RedisError>;
}

impl Answer for Value {
    fn array(self) -> Result<Vec<Value>, RedisError> {
        match self {
            Self::Array(values) => Ok(values),
            _ => Err(unexpected()),
        }
    }

    fn number(&self) -> Result<u64, RedisError> {
        let number = match self {
            Self::Int(number) => u64::try_from(*number).ok(),
            Self::BulkString(bytes) => std::str::from_utf8(bytes)
                .ok()
                .and_then(|text| text.parse().ok()),
            _ => None,
        };
        number.ok_or_else(unexpected)
    }

    fn text(self) -> Result<String, RedisError> {
        match self {
            Self::BulkString(bytes) => String::from_utf8(bytes).map_err(|_| unexpected()),
            Self::SimpleString(text) => Ok(text),
            _ => Err(unexpected()),
        }
    }
}

pub(crate) fn unexpected() -> RedisError {
    RedisError::new(
        RedisErrorKind::UnexpectedAnswer,
        "the server's keys may be used by another program",
    )
}

/// Takes the parts of an answer.
pub(crate) fn parts<const N: usize>(answer: Value) -> Result<[Value; N], RedisError> {
    answer.array()?.try_into().map_err(|_| unexpected())
}
