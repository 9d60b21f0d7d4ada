//! The flaws of logs, and habits that are unusual but correct.

use std::time::Duration;

/// The flaw of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    // Positions.
    BeginsAtZero,
    SkipsEverySeventh,
    ReversesBatches,
    ReversesResults,
    OneResultForABatch,
    LimitsBatches,
    EmptyBatchTakesAPosition,
    DropsEqualEntries,
    DropsEqualCheckBits,
    RacesForPositions,
    MixesBatches,
    ResultsOfAnotherEpoch,
    ResultsWithoutCheckBits,
    NewEpochForEachBatch,
    // Entries.
    TrimsText,
    DropsEmptyText,
    JoinsLines,
    CutsAtNul,
    WritesLatin1,
    CutsLongText,
    RefusesLongText,
    JoinsTopicsWithCommas,
    KeepsTenTopics,
    SortsTopics,
    SignedCheckBits,
    ChangesOldEntries,
    // Pages.
    HolesInPages,
    BeginsPagesAtGroups,
    OldHeadInPages,
    FailsAtZero,
    FailsAfterHead,
    OverflowsFarAfterHead,
    EpochOfPagesDiffers,
    SharesOneCursor,
    FailsWithoutEntries,
    HeadOfNothingIsOne,
    NewEpochWithTheFirstEntry,
    // Tails.
    EntriesWithoutPosition,
    WaitsWithoutPosition,
    RepeatsTheEntryBefore,
    IgnoresPositionZero,
    HoldsBackTheNewest,
    Polls,
    HangsWhenQuiet,
    FailsWhenQuiet,
    Spins,
    CheckOfTheNextEntry,
    NoCheckWhenQuiet,
    CheckOfTheNewest,
    WrapsFarPositions,
    OnlyNewsInTails,
    OneReaderForEachEntry,
    // Names.
    OneCounterForAllLogs,
    IgnoresCaseOfNames,
    WakesReadersOfOtherLogs,
    // Removed entries.
    FailsBelowFloor,
    FloorOnlyInTails,
    RemovesOthers,
    TailSkipsAtFloor,
    ChecksOfRemovedEntries,
    ForgetsChecksWhenTrimmed,
    RestartsPositionsWhenTrimmed,
    NewEpochWhenTrimmed,
    ForgetsTheHeadWhenEmpty,
    // Losses.
    EpochIsConstant,
    NewEpochOnlyWhenAppending,
    NewEpochOnlyAfterAppending,
    TwoEpochsInTurn,
    KeepsEntriesOfDeleted,
    TailKeepsTheOldEpoch,
    DeletesAllLogs,
    RestoresTheOldHead,
    RestoresWithoutChecks,
    // Outages.
    HangsInAStall,
    HangsReadingInAStall,
    QuietInAStall,
    WaitingTailHangsInAStall,
    CallsEverythingNotAppended,
    CallsEverythingAppended,
    RetriesAfterAStall,
    LosesEntriesInAStall,
    DiesInAStall,
    // Restarts.
    DiesAtRestart,
    LosesTheNewestAtRestart,
    Panics,
}

/// Unusual habits that the contract allows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Habits {
    /// The number of entries that a page has at most.
    pub(crate) page: usize,
    /// The time before each answer.
    pub(crate) delay: Duration,
    /// The time after which a quiet tail ends.
    pub(crate) quiet: Duration,
    /// Entries are removed in groups of this many.
    pub(crate) group: u64,
    /// Losses are shown by check bits, except of deleted logs.
    pub(crate) keeps_epoch: bool,
    /// A restart loses everything.
    pub(crate) forgets: bool,
    /// The stated time of a call.
    pub(crate) max_call_time: Duration,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            page: 10_000,
            delay: Duration::ZERO,
            quiet: Duration::from_millis(60),
            group: 1,
            keeps_epoch: false,
            forgets: false,
            max_call_time: Duration::from_secs(10),
        }
    }
}

impl Habits {
    /// Returns the habits of a flawed log, so that the suite finds the flaw soon.
    pub(super) fn of(flaw: Flaw) -> Self {
        let mut habits = Self::default();
        match flaw {
            Flaw::WaitsWithoutPosition => habits.quiet = Duration::from_millis(400),
            Flaw::Polls => {
                habits.quiet = Duration::from_millis(600);
                habits.max_call_time = Duration::from_secs(2);
            }
            // The suite waits for the whole time of a call.
            Flaw::IgnoresPositionZero
            | Flaw::HoldsBackTheNewest
            | Flaw::HangsWhenQuiet
            | Flaw::OnlyNewsInTails
            | Flaw::OneReaderForEachEntry
            | Flaw::TailKeepsTheOldEpoch
            | Flaw::HangsInAStall
            | Flaw::HangsReadingInAStall
            | Flaw::WaitingTailHangsInAStall
            | Flaw::DiesInAStall
            | Flaw::DiesAtRestart => habits.max_call_time = Duration::from_secs(1),
            _ => {}
        }
        habits
    }
}
