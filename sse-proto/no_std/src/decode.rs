//! Bytes to events, in memory of a fixed size, or on the heap with feature `alloc`.

use core::fmt::{self, Write};

use sse_proto::{Chunk, DecoderBuilder, Item, SliceWriter};

/// Exactly the memory that the events of `main.c` need.
const MEMORY: usize = 32;

/// Writes one line for each item, and the last event ID.
pub(crate) fn describe<'c>(
    chunks: impl Iterator<Item = &'c [u8]>,
    text: &mut SliceWriter<'_>,
) -> fmt::Result {
    let settings = DecoderBuilder::new().comments(true);
    #[cfg(feature = "alloc")]
    let mut decoder = settings.limit(MEMORY).build();
    #[cfg(not(feature = "alloc"))]
    let mut decoder = settings.build_in([0; MEMORY]);
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
