//! Judges what is read of an entry: its text, its topics and its check bits.

use crate::suite::log::judged::{Judged, Unmet, Wrong, ensure};
use crate::suite::log::judges::common::{are, shown_topics};
use crate::suite::log::subject::{Subject, shown_error};

/// Appends texts and reads them.
fn texts_are_kept(subject: &Subject, texts: &[&str]) -> Judged {
    let entry = |text: &&str| subject.entry_of(vec!["topic".to_owned()], (*text).to_owned());
    let entries: Vec<_> = texts.iter().map(entry).collect();
    let journal = subject.empty();
    journal.append_all(&entries)?;
    are(&journal.read_all()?, &entries, 1)
}

pub(crate) fn text(subject: &Subject) -> Judged {
    texts_are_kept(
        subject,
        &[
            "data: hello",
            " leading and trailing space ",
            "{\"a\":1}",
            "%s \\n",
        ],
    )
}

pub(crate) fn empty_text(subject: &Subject) -> Judged {
    texts_are_kept(subject, &["", "data: not empty", ""])
}

pub(crate) fn line_breaks(subject: &Subject) -> Judged {
    texts_are_kept(
        subject,
        &[
            "event: tick\ndata: a\ndata: b\n",
            "data: a\ndata\ndata: b",
            "\n",
            "\n\ndata: a\n\n",
            "a\r\nb\rc",
        ],
    )
}

pub(crate) fn nul(subject: &Subject) -> Judged {
    texts_are_kept(subject, &["data: a\0b", "\0", "data: a\u{1}\u{7F}\u{1B}"])
}

pub(crate) fn not_ascii(subject: &Subject) -> Judged {
    texts_are_kept(
        subject,
        &[
            "data: é€🦀\u{10FFFF}",
            "data: e\u{301}",
            "\u{FEFF}data: a",
            "\u{2028}\u{85}",
        ],
    )
}

/// A log may have a limit, and then it refuses the entry.
pub(crate) fn mebibyte(subject: &Subject) -> Judged {
    let journal = subject.empty();
    let text = "0123456789abcde\n".repeat(1 << 16);
    let entry = subject.entry_of(vec!["topic".to_owned()], text);
    let entries = [entry];
    let results = journal.append(&entries)?;
    match results.as_slice() {
        [Err(error)] => Err(Unmet::Declined(Wrong {
            what: "the entry is refused".to_owned(),
            expected: "an entry with a text of 1 MiB is appended".to_owned(),
            seen: shown_error(error),
        })),
        _ => are(&journal.read_all()?, &entries, 1),
    }
}

/// Topics of all kinds.
const TOPICS: &[&str] = &[
    "a",
    "A",
    "orders/7",
    "a b",
    "a,b",
    "{a}",
    "*",
    "é€🦀",
    "\"'\\",
    "0",
];

pub(crate) fn topics(subject: &Subject) -> Judged {
    let mut entries: Vec<_> = TOPICS
        .iter()
        .map(|topic| vec![(*topic).to_owned()])
        .chain([vec!["x".repeat(255)]])
        .map(|topics| subject.entry_of(topics, "data: a".to_owned()))
        .collect();
    let all = TOPICS.iter().map(|topic| (*topic).to_owned()).collect();
    entries.push(subject.entry_of(all, "data: all".to_owned()));
    let journal = subject.empty();
    journal.append_all(&entries)?;
    are(&journal.read_all()?, &entries, 1)
}

pub(crate) fn many_topics(subject: &Subject) -> Judged {
    let topics = (0..100).map(|number| format!("topic {number}")).collect();
    let entries = [subject.entry_of(topics, "data: a".to_owned())];
    let journal = subject.empty();
    journal.append_all(&entries)?;
    are(&journal.read_all()?, &entries, 1)
}

pub(crate) fn topics_in_order(subject: &Subject) -> Judged {
    let topics = ["b", "c", "a"].map(str::to_owned).to_vec();
    let entry = subject.entry_of(topics.clone(), "data: a".to_owned());
    let journal = subject.empty();
    journal.append_all(&[entry])?;
    for stored in journal.read_all()? {
        ensure(
            stored.topics == topics,
            "the order of the topics differs",
            shown_topics(&topics),
            || shown_topics(&stored.topics),
        )?;
    }
    Ok(())
}

pub(crate) fn check_bits(subject: &Subject) -> Judged {
    let mut entries = subject.entries(6);
    let all = [0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x0123_4567];
    for (entry, check) in entries.iter_mut().zip(all) {
        entry.check = check;
    }
    let journal = subject.empty();
    journal.append_all(&entries)?;
    are(&journal.read_all()?, &entries, 1)
}

pub(crate) fn is_unchanged(subject: &Subject) -> Judged {
    let (journal, mut entries, _) = subject.filled(5)?;
    are(&journal.read_all()?, &entries, 1)?;
    for _ in 0..3 {
        let more = subject.entries(5);
        journal.append_all(&more)?;
        entries.extend(more);
        are(&journal.read_all()?, &entries, 1)?;
    }
    Ok(())
}
