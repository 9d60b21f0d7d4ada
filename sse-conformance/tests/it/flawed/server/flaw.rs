//! The flaws of a server.

/// The flaw of a server, or an unusual but right behaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    // Right in unusual ways.
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
    /// Reports missing events by data unlike other data.
    GapInJson,
    /// Has no event types, and its hook says so.
    RefusesTypes,
    /// Writes a thousand bytes at a time.
    WritesInPieces,
    /// Explains in chunks what is wrong with a request.
    ExplainsRefusals,
    /// Answers only GET, and leaves other methods without an answer.
    AnswersGetOnly,
    /// Refuses a long head with 431, and closes the connection before it has read the whole
    /// request.
    RefusesUnread,
    /// Echoes the query correctly.
    EchoesSafely,
    /// Compresses on request.
    Gzips,
    /// The same, but each event is a separate gzip member.
    GzipsInMembers,
    /// Supports only publishing, and says that it has done the other actions.
    TakesAnyAction,
    // Streams end by themselves, and are resumed.
    EndsAfterEach,
    EndsAfterThree,
    EndsInTime,
    EndsWithRetry,
    /// Refuses a client that comes back sooner than the reconnection time of its stream.
    InsistsOnRetry,
    EndsWithoutIds,
    EndsInTimeWithoutIds,
    /// Stops a client that comes back after three events.
    EndsThenStops,
    /// Closes the connection after each event.
    EndsByClosing,
    /// Sends an ID with every third event.
    Checkpoints,
    /// Sends an ID in a separate block, after every third event.
    CheckpointBlocks,
    EndsBetweenCheckpoints,
    /// Sends an ID in a separate block, after each event.
    IdAfterEvent,
    /// Answers once there is an event, or after a second, with all new events and their length.
    LongPoll,
    /// The same, with a log of six events. A client that needs more gets what is left.
    LongPollShortLog,
    /// The same, but such a client is told, and gets nothing.
    LongPollResets,
    /// The same as `LongPoll`, but an answer waits for an event without a limit.
    LongPollWaits,
    /// Ends after each event, and keeps six events.
    EndsAfterEachShortLog,
    /// Ends after each event, and loses every seventeenth.
    EndsAfterEachAndLoses,
    /// Answers at once with all new events.
    ShortPoll,
    /// Sends more at the start than the suite reads.
    LongStream,
    /// Publishes by itself, for each client, and has no hook.
    Ticks,
    /// The same, but each stream ends after an event.
    TicksAndEnds,
    /// The same, but with an ID for every second event.
    TicksWithCheckpoints,
    /// The same, but a client that comes back after three events is stopped.
    TicksThenStops,
    // Many flaws at the same time, none of which a MUST forbids.
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
    // Clients.
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
    /// Writes the type after the ID.
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
    /// The same, but leaves out numbers between its IDs and counts on from the requested one.
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
    // Clients that come back.
    OwnIdIs500,
    OwnIdIs204,
    OwnIdHangs,
    NewestRepeatsAll,
    NewestIsSilent,
    LowerCaseOnly,
    BrowserCaseOnly,
    FirstIs204,
    // Origins that are allowed.
    OriginMissing,
    PreflightRefused,
    PreflightBare,
    PreflightWithoutCredentials,
}
