//! The events that a server sends by itself.

use crate::driver::recording::Recording;
use crate::suite::server::observation::blocks::{Block, blocks};

/// An event with its own ID line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) data: String,
}

/// Returns the events with their own IDs. Also returns the IDs that heartbeats set, each with the
/// number of entries before it. An event with the same ID as the entry before it does not count.
pub(crate) fn entries(recording: &Recording) -> (Vec<Entry>, Vec<(usize, String)>) {
    let mut entries: Vec<Entry> = Vec::new();
    let mut marks = Vec::new();
    for response in recording.responses() {
        for block in blocks(&response.bytes)
            .iter()
            .filter(|block| block.is_ended)
        {
            let Some(id) = block.values("id").last() else {
                continue;
            };
            let is_known = entries.last().is_some_and(|last| last.id == id);
            if id.is_empty() || id.contains('\0') || is_known {
                continue;
            }
            match block.is_heartbeat() {
                true => marks.push((entries.len(), id.to_owned())),
                false => entries.push(Entry {
                    id: id.to_owned(),
                    data: data(block),
                }),
            }
        }
    }
    (entries, marks)
}

fn data(block: &Block) -> String {
    block.values("data").collect::<Vec<_>>().join("\n")
}
