//! The error of data that is not the expected JSON, and of values that cannot be written as JSON.

use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
};
use core::{error::Error, fmt};

use crate::excerpt::{Excerpt, NAME};

/// The error of a value that cannot be written as JSON, or of event data that cannot be read as JSON.
///
/// Its message is one line of bounded length, even if the event is long.
///
/// ```
/// use sse_proto::EventRef;
///
/// let error = EventRef::new("[1,two]").json::<Vec<u32>>().unwrap_err();
/// assert_eq!(error.position(), Some(5));
/// assert_eq!(
///     error.to_string(),
///     "data of event `message` is not the expected JSON: \
///      expected ident at line 1 column 5, near `[1,two]`"
/// );
/// ```
#[derive(Debug)]
pub struct JsonError {
    cause: serde_json::Error,
    /// The event that could not be read, or `None` if a value could not be written.
    event: Option<Unread>,
}

#[derive(Debug)]
struct Unread {
    event_type: Box<str>,
    /// The number of bytes that were read, and the data around that position.
    position: Option<(usize, Box<str>)>,
}

/// The number of characters that are shown of the cause.
const CAUSE: usize = 160;
/// The number of bytes that are shown of the data on each side of the position.
const NEAR: usize = 24;

impl JsonError {
    /// Returns the number of bytes of the data that were read before the error. Returns `None` if that is
    /// unknown, or if a value could not be written.
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        let (position, _) = self.event.as_ref()?.position.as_ref()?;
        Some(*position)
    }

    pub(crate) fn writing(cause: serde_json::Error) -> Self {
        Self { cause, event: None }
    }

    #[cold]
    pub(crate) fn reading(cause: serde_json::Error, event_type: &str, data: &str) -> Self {
        let position = position(data, cause.line(), cause.column());
        let event = Some(Unread {
            event_type: Excerpt(event_type, NAME).to_string().into(),
            position: position.map(|position| (position, around(data, position).into())),
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
        let Some(Unread {
            event_type,
            position,
        }) = &self.event
        else {
            return write!(f, "a value cannot be written as JSON: {cause}");
        };
        write!(
            f,
            "data of event `{event_type}` is not the expected JSON: {cause}"
        )?;
        match position {
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

/// Returns the position that `line` and `column` name. Both count from 1. Line 0 stands for no position.
fn position(data: &str, line: usize, column: usize) -> Option<usize> {
    let before = data.split_inclusive('\n').take(line.checked_sub(1)?);
    let position = before.map(str::len).sum::<usize>() + column;
    Some(position.min(data.len()))
}

/// Returns the data on both sides of `position`, in whole characters. `…` stands for the rest.
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
