//! The cases.

use crate::rule::Level;
use crate::rule::Level::{Must, Should};
use crate::suite::log::judged::Judged;
use crate::suite::log::judges::stall::Seen;
use crate::suite::log::judges::{append, entry, lost, names, page, stall, tail, trim};
use crate::suite::log::subject::Subject;

/// One case.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) id: &'static str,
    pub(crate) level: Level,
    pub(crate) rule: &'static str,
    pub(crate) steps: &'static [&'static str],
    pub(crate) judge: Judge,
}

/// The function that plays a case, or judges what was played.
#[derive(Clone, Copy)]
pub(crate) enum Judge {
    /// It uses logs that no other case uses.
    Own(fn(&Subject) -> Judged),
    /// It has the harness do something to the whole store, so no other case runs at the same time.
    Alone(fn(&Subject) -> Judged),
    /// It looks at the one stall that all these cases share, and which is also played alone.
    Stall(fn(&Seen) -> Judged),
}

impl Row {
    /// Returns the part of the contract that the case is about, by the section of its ID.
    pub(crate) fn part(&self) -> &'static str {
        match self.section() {
            "append" => "positions",
            "entry" => "entries",
            "page" | "empty" => "pages",
            "tail" => "tails",
            "names" => "names",
            "trim" => "removed-entries",
            "stall" => "outages",
            _ => "losses",
        }
    }

    /// Returns the action that a harness must have.
    pub(crate) fn capability(&self) -> Option<&'static str> {
        match self.section() {
            "trim" => Some("the action `trim`"),
            "deleted" => Some("the action `delete`"),
            "restored" => Some("the actions `save` and `restore`"),
            "restart" => Some("the action `restart`"),
            "stall" => Some("the actions `stall` and `resume`"),
            _ => None,
        }
    }

    pub(crate) fn plays_alone(&self) -> bool {
        !matches!(self.judge, Judge::Own(_))
    }

    fn section(&self) -> &'static str {
        self.id.split('/').nth(1).unwrap_or_default()
    }
}

/// Returns every case. Those that play alone come last.
pub(crate) fn all() -> impl Iterator<Item = &'static Row> {
    [
        APPEND, ENTRY, PAGE, EMPTY, TAIL, NAMES, TRIM, DELETED, RESTORED, STALL, RESTART,
    ]
    .into_iter()
    .flatten()
}

#[rustfmt::skip]
const APPEND: &[Row] = &[
    must("log/append/first", "The first entry of a log has position 1.", &["Append an entry."], append::begins_at_one),
    must("log/append/dense", "Positions have no hole.", &["Append 20 entries one after the other."], append::is_dense),
    must("log/append/batch", "The entries of a batch are appended in their order.", &["Append 10 entries at once, then 7.", READ_ALL], append::batch_is_in_order),
    must("log/append/results", "There is one result for each entry of a batch, in the same order.", &["Append batches of 1, 2, 5 and 33 entries.", "Read the entry at the position of each result."], append::one_result_each),
    must("log/append/thousand", "A batch may have a thousand entries.", &["Append 1,000 entries at once.", READ_ALL], append::thousand),
    must("log/append/empty-batch", "A batch without entries appends nothing.", &["Append an entry, then a batch without entries.", READ_ALL], append::empty_batch),
    must("log/append/equal-entries", "Equal entries are entries of their own, even if their check bits are equal.", &["Append an entry twice in one batch, and once more.", READ_ALL], append::equal_entries),
    must("log/append/concurrent", "Entries that are appended at the same time have positions without a hole, and each has its own.", &["Let 8 writers append an entry at the same time, 12 times.", READ_ALL], append::together),
    must("log/append/concurrent-batches", "The entries of each batch stay in order when several batches are appended at the same time.", &["Let 8 writers append 5 entries at the same time, 12 times.", READ_ALL], append::batches_together),
    must("log/append/results-agree", "Epoch, position and check bits of each result are those that are read.", &["Append 10 entries.", READ_ALL], append::results_agree),
    must("log/append/one-epoch", "The epoch stays the same as long as nothing is lost.", &["Append batches of 1, 3 and 10 entries, and read after each."], append::epoch_stays),
];

#[rustfmt::skip]
const ENTRY: &[Row] = &[
    must("log/entry/text", "A text is read as it was appended.", KEPT, entry::text),
    must("log/entry/empty-text", "A text may be empty.", KEPT, entry::empty_text),
    must("log/entry/line-breaks", "Line breaks in a text are kept, also at its beginning and at its end.", KEPT, entry::line_breaks),
    must("log/entry/nul", "A text may contain NUL and other control characters.", KEPT, entry::nul),
    must("log/entry/not-ascii", "Characters of every length are kept and not normalized.", KEPT, entry::not_ascii),
    must("log/entry/mebibyte", "A text of 1 MiB is kept: refusing it is only a warning.", &["Append an entry with a text of 1 MiB.", READ_ALL], entry::mebibyte),
    must("log/entry/topics", "Topics may contain any character except control characters, and have up to 255 bytes.", &["Append entries with one topic each, and one with ten.", READ_ALL], entry::topics),
    must("log/entry/many-topics", "An entry may have a hundred topics.", &["Append an entry with 100 topics.", READ_ALL], entry::many_topics),
    should("log/entry/topics-in-order", "The topics of an entry keep their order.", &["Append an entry with three topics that are not sorted.", READ_ALL], entry::topics_in_order),
    must("log/entry/check-bits", "All 32 check bits are kept.", &["Append entries whose check bits are 0, 0xFFFFFFFF and others.", READ_ALL], entry::check_bits),
    must("log/entry/unchanged", "An entry never changes.", &["Append 5 entries, 4 times.", "Read the whole log each time."], entry::is_unchanged),
];

#[rustfmt::skip]
const PAGE: &[Row] = &[
    must("log/page/contiguous", "The entries of a page follow one another.", &["Append 300 entries at once.", "Read from several positions."], page::is_contiguous),
    must("log/page/begins-at", "A page begins at the position that was asked for.", &["Append 12 entries.", "Read from each of their positions."], page::begins_at_from),
    must("log/page/bounds", "Each page states the oldest and the newest position of the log.", &["Append 4 entries one after the other.", "After each, read from 1, tail without a position, and tail after 0."], page::states_bounds),
    must("log/page/from-zero", "A read from position 0 begins at the oldest entry.", &["Append 3 entries.", "Read from 0."], page::from_zero),
    must("log/page/after-head", "A read from a position after the newest entry returns a page without entries.", &["Append 3 entries.", "Read from 4, 5 and 100."], page::after_head),
    must("log/page/far-after-head", "A read from any position succeeds, even if no log can reach it.", &["Append 3 entries.", "Read from 2^31, 2^32, 2^53, 2^63 and 2^64 - 1."], page::far_after_head),
    must("log/page/epoch", "Each page states the epoch that the results of its entries had.", &["Append 3 entries.", "Read and tail."], page::states_epoch),
    must("log/page/many-readers", "Readers at the same time read the same.", &["Append 100 entries.", "Let 16 readers read the whole log at the same time."], page::many_readers),
];

#[rustfmt::skip]
const EMPTY: &[Row] = &[
    must("log/empty/read", "A log without entries can be read: floor 1, head 0.", &["Read from 1 in a log that does not exist."], page::empty_read),
    must("log/empty/tail", "A log without entries has a tail: floor 1, head 0.", &["Tail a log that does not exist, without a position and after 0."], page::empty_tail),
    should("log/empty/epoch", "The epoch of a log without entries is that of its first entry: otherwise, readers who came early are told of a loss.", &["Tail a log that does not exist.", "Append an entry."], page::empty_epoch),
];

#[rustfmt::skip]
const TAIL: &[Row] = &[
    must("log/tail/without-position", "A tail without a position returns the bounds of the log and no entries.", &["Append 3 entries.", "Tail without a position."], tail::without_position),
    must("log/tail/immediate", "A tail without a position does not wait.", &["Append an entry.", "Measure a tail after it.", "Measure five tails without a position. The shortest counts."], tail::is_immediate),
    must("log/tail/after", "A tail after a position begins with the next entry.", &["Append 8 entries.", "Tail after each of them except the last."], tail::entries_after),
    must("log/tail/from-start", "A tail after position 0 begins with the first entry.", &["Append 8 entries.", "Tail after 0, and go on after the last entry of each page."], tail::from_start),
    must("log/tail/arrives", "A new entry reaches a reader within the time of one call.", &["Append an entry.", "Tail after it, again and again.", "Append another entry meanwhile."], tail::new_entry_arrives),
    should("log/tail/wakes", "A new entry ends the wait of a tail: otherwise, entries arrive late.", &["Append an entry.", "Tail after it.", "Append another entry meanwhile."], tail::new_entry_wakes),
    must("log/tail/quiet", "A tail of a quiet log returns a page without entries within the time of a call.", &["Append 2 entries.", "Tail after the second."], tail::quiet_ends),
    should("log/tail/waits", "A tail of a quiet log waits at least 10 ms: otherwise, its caller calls it without a pause.", &["Append an entry.", "Tail after it."], tail::quiet_waits),
    must("log/tail/check-before", "A tail after an entry returns its check bits.", &["Append 6 entries.", "Tail after each of them except the last."], tail::check_before),
    must("log/tail/check-before-quiet", "A page without entries also has the check bits of the entry before it.", &["Append 3 entries.", "Tail after the last."], tail::check_before_quiet),
    must("log/tail/no-check", "A tail after a position without an entry returns no check bits.", &["Append 3 entries.", "Tail after 0 and 5, and without a position."], tail::no_check_of_nothing),
    must("log/tail/after-head", "A tail after a position that the log has not reached returns no entries before that position.", &["Append 3 entries.", "Tail after 10.", "Append an entry meanwhile.", "Tail after 2^53 and 2^64 - 1."], tail::after_head),
    must("log/tail/each-once", "A reader who follows a log gets each entry once and in order.", &["Let a reader tail, and go on after the last entry of each page.", "Append 20 batches of 5 entries meanwhile."], tail::each_once),
    must("log/tail/many-readers", "Each of many readers who follow a log gets each entry once and in order.", &["Let 16 readers tail, and go on after the last entry of each page.", "Append 20 batches of 5 entries meanwhile."], tail::many_readers),
];

#[rustfmt::skip]
const NAMES: &[Row] = &[
    must("log/names/apart", "Each log has its own entries and positions.", &["Append entries to two logs in turn.", "Read both."], names::are_apart),
    must("log/names/alike", "Names are compared byte by byte.", &["Append an entry each to logs whose names are similar, such as `a`, `A` and `a:`.", "Read them."], names::are_alike),
    must("log/names/tail", "An entry of another log reaches no reader.", &["Tail after the last entry of a log.", "Append an entry to another log meanwhile."], names::tails_are_apart),
];

#[rustfmt::skip]
const TRIM: &[Row] = &[
    must("log/trim/read", "A read from before the floor begins at the floor.", &[TRIMMED, "Read from 1, 2, 4 and 5."], trim::read_begins_at_floor),
    must("log/trim/floor", "Each page states the new floor and the old head.", &[TRIMMED, "Read and tail from several positions."], trim::floor_is_stated),
    must("log/trim/others-stay", "Only the oldest entries are removed.", &[TRIMMED, READ_ALL], trim::others_stay),
    must("log/trim/tail", "A tail after a removed entry begins at the floor.", &[TRIMMED, "Append an entry.", "Tail after 0, 1 and 3."], trim::tail_begins_at_floor),
    must("log/trim/no-check", "A tail after a removed entry returns no check bits.", &[TRIMMED, "Tail after each removed entry."], trim::no_check_of_trimmed),
    must("log/trim/check", "A tail after an entry that is left returns its check bits.", &[TRIMMED, "Tail after each entry that is left."], trim::check_of_floor),
    must("log/trim/positions-go-on", "Positions and epoch go on after entries were removed.", &[TRIMMED, "Append 3 entries."], trim::positions_go_on),
    must("log/trim/all", "A log whose entries were all removed keeps its head, its epoch and its next position.", &["Append 12 entries.", "Remove all of them.", "Append 3 entries."], trim::all_are_trimmed),
];

#[rustfmt::skip]
const DELETED: &[Row] = &[
    must("log/deleted/epoch-read", "A deleted log has another epoch when it is read next.", &["Append 3 entries.", "Delete the log.", "Tail and read."], lost::deleted_epoch_is_read),
    must("log/deleted/epoch-append", "A deleted log has another epoch when an entry is appended next.", &["Append 3 entries.", "Delete the log.", "Append 5 entries, then read."], lost::deleted_epoch_is_appended),
    must("log/deleted/epoch-each-time", "No epoch comes again.", &["Append an entry and delete the log, 5 times."], lost::deleted_epoch_each_time),
    must("log/deleted/empty", "A deleted log begins at position 1 without its old entries.", &["Append 3 entries.", "Delete the log.", "Append 2 entries.", READ_ALL], lost::deleted_is_empty),
    must("log/deleted/waiting-tail", "A reader who waits learns of the deletion.", &["Append 3 entries.", "Tail after the last.", "Delete the log meanwhile.", "Tail again until the epoch is another one."], lost::deleted_ends_tail),
    must("log/deleted/others-stay", "Other logs stay when a log is deleted.", &["Append entries to two logs.", "Delete one and read the other."], lost::deleted_alone),
];

#[rustfmt::skip]
const RESTORED: &[Row] = &[
    alone(Must, "log/restored/told", "A reader learns that a log came back as an older copy, by another epoch, a lower head or other check bits.", &[RESTORE, "Tail after the newest entry that was lost."], lost::restored_is_told),
    alone(Must, "log/restored/told-later", "A reader learns of the older copy even if new entries have the positions of lost ones, by another epoch or other check bits.", &[RESTORE, "Append 5 entries.", "Tail after the newest entry that was lost."], lost::restored_is_told_later),
    alone(Should, "log/restored/epoch", "An older copy has another epoch: check bits show only a loss at the position of a reader.", &[RESTORE, "Tail without a position."], lost::restored_epoch),
    alone(Must, "log/restored/no-hole", "Positions have no hole after an older copy came back.", &[RESTORE, "Append 4 entries.", READ_ALL], lost::restored_has_no_hole),
];

#[rustfmt::skip]
const STALL: &[Row] = &[
    stalled("log/stall/append", "An append ends in time while the backend does not answer, with one result for each entry.", stall::append_ends),
    stalled("log/stall/read", "A read ends in time while the backend does not answer.", stall::read_ends),
    stalled("log/stall/tail", "A tail fails in time while the backend does not answer: a page without entries would say that the log is quiet.", stall::tail_ends),
    stalled("log/stall/waiting-tail", "A tail that waits when the stall begins ends in time.", stall::waiting_tail_ends),
    stalled("log/stall/unknown", "An append says `not appended` only if the entry never appears in the log.", stall::errors_are_true),
    stalled("log/stall/once", "No entry is doubled by a stall.", stall::nothing_is_doubled),
    stalled("log/stall/kept", "A stall loses no entry, or the log has another epoch.", stall::nothing_is_lost),
    stalled("log/stall/goes-on", "Entries can be appended and read after a stall.", stall::log_goes_on),
];

#[rustfmt::skip]
const RESTART: &[Row] = &[
    alone(Must, "log/restart/goes-on", "Entries can be appended and read after a restart.", &["Append 3 entries.", "Restart the backend.", "Append 3 entries and read them."], lost::restart_goes_on),
    alone(Must, "log/restart/loss-told", "A restart loses no entry, or readers learn of it.", &["Append 5 entries.", "Restart the backend.", "Tail after the last entry.", "If it is lost, append 7 entries and tail again."], lost::restart_loss_is_told),
    alone(Must, "log/restart/positions", "A restart gives out no position again in its epoch.", &["Append 5 entries.", "Restart the backend and append 7 entries, 3 times."], lost::restart_ids_are_new),
];

const READ_ALL: &str = "Read the whole log.";
const KEPT: &[&str] = &["Append entries with such texts.", READ_ALL];
const TRIMMED: &str = "Append 12 entries and remove those before position 5.";
const RESTORE: &str =
    "Append 3 entries, keep a copy of the store, append 3 more, and bring the copy back.";

const STALL_STEPS: &[&str] = &[
    "Append 3 entries, and tail after the last.",
    "Stall the backend.",
    "Append 2 entries, read from 1, and tail after 3, all at the same time.",
    "End the stall.",
    "Append entries one after the other until one is appended.",
    READ_ALL,
];

const fn must(
    id: &'static str,
    rule: &'static str,
    steps: &'static [&'static str],
    judge: fn(&Subject) -> Judged,
) -> Row {
    Row {
        id,
        level: Must,
        rule,
        steps,
        judge: Judge::Own(judge),
    }
}

const fn should(
    id: &'static str,
    rule: &'static str,
    steps: &'static [&'static str],
    judge: fn(&Subject) -> Judged,
) -> Row {
    Row {
        level: Should,
        ..must(id, rule, steps, judge)
    }
}

const fn alone(
    level: Level,
    id: &'static str,
    rule: &'static str,
    steps: &'static [&'static str],
    judge: fn(&Subject) -> Judged,
) -> Row {
    Row {
        level,
        judge: Judge::Alone(judge),
        ..must(id, rule, steps, judge)
    }
}

const fn stalled(id: &'static str, rule: &'static str, judge: fn(&Seen) -> Judged) -> Row {
    Row {
        id,
        level: Must,
        rule,
        steps: STALL_STEPS,
        judge: Judge::Stall(judge),
    }
}
