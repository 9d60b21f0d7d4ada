//! Bytes to events, which takes an allocator.

use core::fmt::{self, Write};

use sse_proto::{Chunk, Decoder, Item};

use crate::text::Text;

/// Writes one line for each item, and the last event ID.
pub(crate) fn describe<'c>(
    chunks: impl Iterator<Item = &'c [u8]>,
    text: &mut Text<'_>,
) -> fmt::Result {
    let mut decoder = Decoder::builder().comments(true).limit(1024).build();
    for bytes in chunks {
        let mut chunk = Chunk::new(bytes);
        while let Some(item) = decoder.decode(&mut chunk).map_err(|_| fmt::Error)? {
            match item {
                Item::Event(event) => {
                    let (kind, id) = (event.event_type(), event.last_event_id());
                    writeln!(text, "{kind} {:?} {id}", event.data())?;
                }
                Item::Retry(time) => writeln!(text, "retry {}", time.as_millis())?,
                Item::Comment(comment) => writeln!(text, "comment {comment}")?,
                _ => return Err(fmt::Error),
            }
        }
    }
    writeln!(text, "last event ID {}", decoder.last_event_id())
}
