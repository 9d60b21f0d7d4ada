//! The messages that the scripts publish.

use std::sync::Arc;

use crate::runs::seal::Seal;

/// News of a run: entries, a seal or both.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// The position of the newest entry.
    pub(super) head: u64,
    pub(super) seal: Option<Seal>,
    /// The newest entries. Long ones are left out.
    pub(super) entries: Vec<Arc<str>>,
}

impl Message {
    /// Reads a line with the head, the seal or a dash, and the lengths of the entries, and then the entries.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let (line, mut rest) = std::str::from_utf8(bytes).ok()?.split_once('\n')?;
        let mut words = line.split_ascii_whitespace();
        let head = words.next()?.parse().ok()?;
        let seal = match words.next()? {
            "-" => None,
            name => Some(Seal::from_name(name)?),
        };
        let mut entries = Vec::new();
        for length in words {
            let (entry, after) = rest.split_at_checked(length.parse().ok()?)?;
            entries.push(Arc::from(entry));
            rest = after;
        }
        let count = u64::try_from(entries.len()).ok()?;
        (rest.is_empty() && count <= head).then_some(Self {
            head,
            seal,
            entries,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_and_others_are_refused() {
        let message = |head, seal, entries: &[&str]| {
            let entries = entries.iter().map(|&entry| Arc::from(entry)).collect();
            Some(Message {
                head,
                seal,
                entries,
            })
        };
        for (text, expected) in [
            ("0 stopped \n", message(0, Some(Seal::Stopped), &[])),
            ("7 - \n", message(7, None, &[])),
            ("7 - 2 3\nabäc", message(7, None, &["ab", "äc"])),
            ("2 end 0 1\n\n", message(2, Some(Seal::End), &["", "\n"])),
            ("", None),
            ("\n", None),
            ("1\n", None),
            ("1 other \n", None),
            ("x - \n", None),
            ("1 - 2\na", None),
            ("1 - 1\nab", None),
            ("1 - 1\nä", None),
            ("1 - 1 1\nab", None),
            ("1 - 99999999999999999999\nab", None),
        ] {
            assert_eq!(Message::parse(text.as_bytes()), expected, "{text:?}");
        }
        assert_eq!(Message::parse(b"1 - 1\n\xff"), None);
    }
}
