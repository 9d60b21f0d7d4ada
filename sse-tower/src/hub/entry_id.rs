//! The ID of an entry: which log, which position, and what was there.

use std::fmt::Write;

use sse_proto::EventId;

/// One life of a log. A log that lost entries, or that was made anew, has another epoch, so that an ID of
/// the old one is not taken for one of the new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Epoch(pub(crate) u64);

impl Epoch {
    /// The epoch of a log in a store: its number and the log's name, since two logs may have epochs of the
    /// same number. All nodes and all versions compute the same (FNV-1a).
    pub(crate) fn of(log: &str, number: u64) -> Self {
        let bytes = log.bytes().chain(number.to_le_bytes());
        let hash = bytes.fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        Self(hash)
    }
}

/// The ID of an entry, or of the place before the first entry, whose position is 0.
///
/// Its text is opaque to clients: the epoch in hexadecimal, the position in decimal, and the check bits in
/// hexadecimal, as in `5f0c1d2e3b4a5968-42-9e3779b9`. Each ID has one text only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EntryId {
    pub(crate) epoch: Epoch,
    pub(crate) position: u64,
    /// The check bits of the entry. They tell it from another entry that took its position after the log
    /// had lost it. `None` where the entry is not known: at position 0, and in the ID of a gap.
    pub(crate) check: Option<u32>,
}

impl EntryId {
    /// The length of the longest text: 16 digits, 20 digits and 8 digits, with a hyphen between them.
    pub(crate) const MAX_LENGTH: usize = 16 + 1 + 20 + 1 + 8;

    /// Reads an ID from its text. Any other text gives `None`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (epoch, position) = (parts.next()?, parts.next()?);
        let check = match parts.next() {
            Some(check) => Some(u32::from_str_radix(check, 16).ok()?),
            None => None,
        };
        let id = Self {
            epoch: Epoch(u64::from_str_radix(epoch, 16).ok()?),
            position: position.parse().ok()?,
            check,
        };
        // This also refuses signs, capital letters, leading zeros and further parts.
        (id.text() == text).then_some(id)
    }

    /// Returns whether this can be the ID of an entry with these check bits at its position.
    pub(crate) fn may_have(self, check: u32) -> bool {
        self.check.is_none_or(|expected| expected == check)
    }

    pub(crate) fn to_event_id(self) -> EventId {
        // The text consists of digits, letters and hyphens, so it always is an ID.
        EventId::new(self.text()).unwrap_or_default()
    }

    pub(crate) fn text(self) -> String {
        let mut text = String::with_capacity(Self::MAX_LENGTH);
        self.push_to(&mut text);
        text
    }

    /// Adds the text of this ID. Each published event needs it twice, and `{:x}` is slow.
    pub(crate) fn push_to(self, text: &mut String) {
        push_hex(text, self.epoch.0, 16);
        // A String takes any text: the result of writing to it is always Ok.
        let _always_ok = write!(text, "-{}", self.position);
        if let Some(check) = self.check {
            text.push('-');
            push_hex(text, u64::from(check), 8);
        }
    }
}

/// Adds the lowest digits of a number.
fn push_hex(text: &mut String, number: u64, digits: u32) {
    let digit = |at| char::from_digit((number >> (4 * at)) as u32 & 0xF, 16);
    text.extend((0..digits).rev().filter_map(digit));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_id_has_one_text() {
        let id = |epoch, position, check| EntryId {
            epoch: Epoch(epoch),
            position,
            check,
        };
        for (text, id) in [
            ("0000000000000000-0", id(0, 0, None)),
            (
                "5f0c1d2e3b4a5968-42-9e3779b9",
                id(0x5F0C_1D2E_3B4A_5968, 42, Some(0x9E37_79B9)),
            ),
            ("00000000000000ff-7-00000000", id(255, 7, Some(0))),
            (
                "ffffffffffffffff-18446744073709551615-ffffffff",
                id(u64::MAX, u64::MAX, Some(u32::MAX)),
            ),
        ] {
            assert_eq!(id.text(), text);
            assert_eq!(EntryId::parse(text), Some(id));
            assert_eq!(id.to_event_id().as_str(), text);
            assert!(text.len() <= EntryId::MAX_LENGTH);
        }
    }

    #[test]
    fn epochs_of_a_store_stay_the_same_in_all_versions() {
        let of = |name, number| Epoch::of(name, number).0;
        assert_eq!(of("", 0), 0xA8C7_F832_281A_39C5);
        assert_eq!(of("a", 1), 0xDEDF_9F98_2E43_402D);
        assert_ne!(of("b", 1), of("a", 1));
    }

    #[test]
    fn any_other_text_is_no_id() {
        for text in [
            "",
            "-",
            "7",
            "abc",
            "ff-7",
            "00000000000000ff",
            "00000000000000ff-",
            "00000000000000FF-7",
            "+0000000000000ff-7",
            "00000000000000ff-+7",
            "00000000000000ff-07",
            "00000000000000ff--7",
            "00000000000000ff-7-",
            "00000000000000ff-7-ff",
            "00000000000000ff-7-+00000ff",
            "00000000000000ff-7-000000FF",
            "00000000000000ff-7-000000ff-",
            "00000000000000ff-7-000000ff-1",
            "00000000000000ff-18446744073709551616",
            "100000000000000ff-7",
            " 00000000000000ff-7",
            "00000000000000ff-７",
        ] {
            assert_eq!(EntryId::parse(text), None, "{text}");
        }
    }
}
