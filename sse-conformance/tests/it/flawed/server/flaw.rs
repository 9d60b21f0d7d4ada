//! What can be wrong with a server.

/// What is wrong with a server, or right in another way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    // Right in other ways.
    Minimal,
    CrLf,
    EndsWithTheConnection,
    Prologue,
    /// Keeps six events.
    ShortLog,
    /// Sends early hints, a list of media types whose last valid one is right, a quoted `charset`, a folded
    /// field, and hundreds of others.
    OddHead,
    /// Has a hook without the action `publish`.
    NoPublish,
    /// Leaves out numbers between its IDs.
    SkipsIds,
    /// Loses nothing in a restart.
    PersistsLog,
    /// Tells of missing events by data that is unlike other data.
    GapInJson,
    /// Has no event types, and its hook says so.
    RefusesTypes,
    /// Writes a thousand bytes at a time.
    WritesInPieces,
    /// Says what is wrong with a request, in chunks.
    ExplainsRefusals,
    /// Answers no method but GET, and keeps the others waiting.
    AnswersGetOnly,
    /// Refuses a long head with 431, and closes the connection before it has read all of the request.
    RefusesUnread,
    /// Says back what the query holds, as it should be said.
    EchoesSafely,
    /// Compresses when it is asked to.
    Gzips,
    /// The same, each event as a member of its own.
    GzipsInMembers,
    /// Has no action but to publish, and says that it has done the others.
    TakesAnyAction,
    // Streams that end by themselves, and are resumed.
    EndsAfterEach,
    EndsAfterThree,
    EndsInTime,
    EndsWithRetry,
    /// Refuses a reader that comes back sooner than the reconnection time of its stream.
    InsistsOnRetry,
    EndsWithoutIds,
    EndsInTimeWithoutIds,
    /// Stops a reader that comes back after three events.
    EndsThenStops,
    /// Ends with the connection after each event.
    EndsByClosing,
    /// Sends an ID with every third event.
    Checkpoints,
    /// Sends an ID in a block of its own, after every third event.
    CheckpointBlocks,
    EndsBetweenCheckpoints,
    /// Sends an ID in a block of its own, after each event.
    IdAfterEvent,
    /// Answers once there is an event, or after a second, with all that is new and its length.
    LongPoll,
    /// The same, with a log of six events. A reader that needs more gets what is left.
    LongPollShortLog,
    /// The same, and such a reader is told, and gets nothing.
    LongPollResets,
    /// The same as `LongPoll`, and an answer waits for an event for as long as it takes.
    LongPollWaits,
    /// Ends after each event, and keeps six.
    EndsAfterEachShortLog,
    /// Ends after each event, and loses every seventeenth.
    EndsAfterEachAndLoses,
    /// Answers at once with all that is new.
    ShortPoll,
    /// Sends more at the start than the suite reads.
    LongStream,
    /// Publishes by itself, for each reader, and has no hook.
    Ticks,
    /// The same, and each stream ends after an event.
    TicksAndEnds,
    /// The same, with an ID for every second event.
    TicksWithCheckpoints,
    /// The same, and a reader that comes back after three events is stopped.
    TicksThenStops,
    // Many things at once, none of which a MUST forbids.
    CarelessHead,
    CarelessStream,
    NothingAgain,
    SilentGap,
    // The head.
    RedirectsForever,
    Status201,
    TypePlain,
    TwoTypes,
    Latin1,
    Length,
    LengthBesideChunks,
    BadChunkSize,
    ChunksForHttp10,
    OneReader,
    ShortRefusal,
    LongRefusal,
    GzipTransfer,
    HeadHasContent,
    NoAllow,
    GzipUnasked,
    // The stream.
    NotUtf8,
    BomBeforeEachEvent,
    HeartbeatInLine,
    HeartbeatWithoutLineEnd,
    HeartbeatMovesPlace,
    HoldsUntilTheNext,
    HoldsTheBlankLine,
    Twice,
    LosesInABurst,
    LosesEveryThird,
    Swaps,
    Coalesces,
    CoalescesTwice,
    LastOfBatch,
    BatchInOneBlock,
    BatchBackwards,
    BatchTwice,
    CutsAt16K,
    // Readers.
    TearsForTheSlow,
    WaitsForTheSlow,
    WaitsForTheSlowAtOnce,
    SilentAfterLag,
    RoundRobin,
    LeaverTakesAll,
    LatecomerTakesOver,
    SwapsForEverySecond,
    /// The same for a feed: an event waits for the next one.
    SwapsInFeed,
    LosesForEverySecond,
    HeartbeatInLineForEverySecond,
    // Values.
    RawData,
    SplitsAtLfOnly,
    DoublesCrLf,
    NoSpace,
    TrimsData,
    JoinsSpaces,
    SplitsAtUnicode,
    AsciiOnly,
    DropsEmptyData,
    EscapesMarkup,
    StopsAtNul,
    StripsBom,
    ColonIsComment,
    RawType,
    /// Writes the type behind the ID.
    RawTypeLast,
    RawId,
    EchoesQuery,
    EchoesQueryWithoutLf,
    EchoesQueryInHead,
    EchoesChannel,
    EchoesChannelInHead,
    CutsCharacters,
    Latin1IfItFits,
    DropsType,
    TypeLeaks,
    LowersType,
    DropsMarksOfType,
    TrimsType,
    DropsTypeMessage,
    StripsLfFromType,
    StripsLfFromId,
    DiesOfNulId,
    // Resuming.
    SkipsOne,
    /// The same, and leaves out numbers between its IDs: it counts on from the one that it is asked for.
    SkipsAtGap,
    RepeatsOne,
    RepeatsAll,
    Backwards,
    AgainWithoutType,
    AgainWithoutId,
    NothingNewAfterReplay,
    ForgetsWhileAway,
    UnknownIs400,
    ReusesIds,
    DeafAfterRestart,
    OldIdIs410,
    OldIdIs204,
    OldIdIsSilent,
    WaitsForOldId,
    ShortLogIsSilent,
    GapLooksOrdinary,
    GreetsEverybody,
    WaitsForUnknown,
    DiesOfMalformed,
    DiesOfOversized,
    EmptyIsSilent,
    // Origins.
    TwoOrigins,
    StarWithCredentials,
    Reflects,
    NullWithCredentials,
    TrueInCapitals,
    StartsWith,
    EndsWith,
    AnyDot,
    OriginInCapitals,
    FixedOrigin,
    ReflectsWithoutCredentials,
    WrapsInJson,
    AnyScheme,
    AnyPort,
    PreflightReflects,
    // Compression.
    HoldsGzip,
    NoGzip,
    IgnoresZeroWeight,
    IgnoresZeroWeightOfAll,
    GzipsForEmpty,
    PlainHeartbeatInGzip,
    StopsAfterHeartbeat,
    // The end.
    Leaks,
    CutAtEnd,
    HalfAtEnd,
    MoreAfterEnd,
    CutsItself,
    HalfByItself,
    HalfAtEachEnd,
    MoreAfterEachEnd,
    GarbageWhenKept,
    NotLetInAgain,
    // Coming back.
    OwnIdIs500,
    OwnIdIs204,
    OwnIdHangs,
    NewestRepeatsAll,
    NewestIsSilent,
    LowerCaseOnly,
    BrowserCaseOnly,
    FirstIs204,
    // Origins that are said to be let in.
    OriginMissing,
    PreflightRefused,
    PreflightBare,
    PreflightWithoutCredentials,
}
