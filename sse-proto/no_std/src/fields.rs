//! Bytes to lines to fields.

use core::fmt::{self, Write};

use sse_proto::{Chunk, Field, Lines, SliceWriter};

/// At least the length of the longest line of the streams in `main.c`.
const LONGEST_LINE: usize = 64;

/// Writes one line for each field.
pub(crate) fn describe<'c>(
    chunks: impl Iterator<Item = &'c [u8]>,
    text: &mut SliceWriter<'_>,
) -> fmt::Result {
    let mut lines = Lines::new();
    let mut line = [0; LONGEST_LINE];
    let mut length = 0;
    for bytes in chunks {
        let mut chunk = Chunk::new(bytes);
        while let Some(part) = lines.next_part(&mut chunk) {
            let end = length + part.bytes().len();
            line.get_mut(length..end)
                .ok_or(fmt::Error)?
                .copy_from_slice(part.bytes());
            length = end;
            if part.is_end() {
                describe_field(Field::parse(&line[..length]), text)?;
                length = 0;
            }
        }
    }
    Ok(())
}

fn describe_field(field: Option<Field<'_>>, text: &mut SliceWriter<'_>) -> fmt::Result {
    match field {
        None => writeln!(text, "dispatch"),
        Some(Field::EventType(value)) => writeln!(text, "event {}", value.escape_ascii()),
        Some(Field::Data(value)) => writeln!(text, "data {}", value.escape_ascii()),
        Some(Field::Id(value)) => writeln!(text, "id {}", value.escape_ascii()),
        Some(Field::Retry(time)) => writeln!(text, "retry {}", time.as_millis()),
        Some(Field::Comment(value)) => writeln!(text, "comment {}", value.escape_ascii()),
        Some(_) => writeln!(text, "ignored"),
    }
}
