//! The blocks of a stream, which end at blank lines. They are read leniently.

use std::fmt;

use crate::driver::recording::Recording;

/// A line of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// `None` for a comment.
    pub(crate) name: Option<String>,
    pub(crate) value: String,
    /// The number of bytes of the stream up to the end of the line.
    pub(crate) end: usize,
}

impl fmt::Display for Line {
    /// Prints the line as it is in the stream, in quotes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.as_deref().unwrap_or_default();
        let line = match self.value.as_str() {
            "" if self.name.is_some() => name.to_owned(),
            value => format!("{name}: {value}"),
        };
        write!(f, "{line:?}")
    }
}

/// The lines up to a blank line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) lines: Vec<Line>,
    /// Set if the blank line has arrived.
    pub(crate) is_ended: bool,
}

impl Block {
    pub(crate) fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    pub(crate) fn values<'b>(&'b self, name: &str) -> impl Iterator<Item = &'b str> {
        self.lines
            .iter()
            .filter(move |line| line.name.as_deref() == Some(name))
            .map(|line| line.value.as_str())
    }

    /// Returns whether this is a heartbeat: a comment, or an event whose type or data is that of a
    /// heartbeat.
    pub(crate) fn is_heartbeat(&self) -> bool {
        const NAMES: [&str; 5] = ["ping", "heartbeat", "keepalive", "keep-alive", "hb"];
        let is_named = |value: &str| NAMES.contains(&value.to_ascii_lowercase().as_str());
        let event_type = self.values("event").last().filter(|name| !name.is_empty());
        match event_type {
            _ if !self.has("data") => true,
            Some(name) if is_named(name) => true,
            // An event of another type is a real event even if its data is empty.
            Some(_) => !self.values("data").all(str::is_empty) && self.values("data").all(is_named),
            None => self
                .values("data")
                .all(|data| data.is_empty() || is_named(data)),
        }
    }
}

/// Returns the blocks of all responses to an event source.
pub(crate) fn blocks_of(recording: &Recording) -> Vec<Block> {
    let responses = recording.responses();
    responses
        .flat_map(|response| blocks(&response.bytes))
        .collect()
}

/// Returns the blocks of a stream, read leniently.
pub(crate) fn blocks(bytes: &[u8]) -> Vec<Block> {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let offset = bytes.len() - text.len();
    let mut blocks = Vec::new();
    let mut block = Block::default();
    let mut start = 0;
    let mut position = 0;
    while position < text.len() {
        let byte = text[position];
        position += 1;
        if byte != b'\n' && byte != b'\r' {
            continue;
        }
        let line = String::from_utf8_lossy(&text[start..position - 1]).into_owned();
        if byte == b'\r' && text.get(position) == Some(&b'\n') {
            position += 1;
        }
        start = position;
        if line.is_empty() {
            block.is_ended = true;
            blocks.push(std::mem::take(&mut block));
            continue;
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
        block.lines.push(Line {
            name: (!line.starts_with(':')).then(|| name.to_owned()),
            value,
            end: offset + position,
        });
    }
    if start < text.len() {
        block.lines.push(Line {
            name: Some(String::from_utf8_lossy(&text[start..]).into_owned()),
            value: String::new(),
            end: bytes.len(),
        });
    }
    if !block.lines.is_empty() {
        blocks.push(block);
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_parted_by_blank_lines() {
        let blocks = blocks(b"\xEF\xBB\xBF: a\ndata: b\r\n\r\nid\rdata:c");
        let names: Vec<Vec<_>> = blocks
            .iter()
            .map(|block| {
                block
                    .lines
                    .iter()
                    .map(|line| line.name.as_deref())
                    .collect()
            })
            .collect();
        assert_eq!(
            names,
            [vec![None, Some("data")], vec![Some("id"), Some("data:c")]]
        );
        assert_eq!(
            blocks
                .iter()
                .map(|block| block.is_ended)
                .collect::<Vec<_>>(),
            [true, false]
        );
    }

    #[test]
    fn a_heartbeat_says_nothing() {
        for text in [
            ": a\n\n",
            "event: ping\ndata: 12:00\n\n",
            "data:\n\n",
            "data: heartbeat\n\n",
        ] {
            assert!(blocks(text.as_bytes())[0].is_heartbeat(), "{text}");
        }
        for text in ["data: a\n\n", "event: saved\ndata\nid: 7\n\n"] {
            assert!(!blocks(text.as_bytes())[0].is_heartbeat(), "{text}");
        }
    }
}
