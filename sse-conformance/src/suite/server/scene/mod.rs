//! The scenes that are played with a server: one observation serves all the cases that look at it.

use crate::driver::target::Capability::Publish;
use crate::suite::server::observe::Observer;
use crate::suite::server::question::Question;
use crate::suite::server::seen::{Lacking, Seen, lacking};
use crate::suite::server::source::Source;
use crate::suite::server::values;
use crate::wire::log;

pub(crate) mod deliver;
pub(crate) mod feed;
pub(crate) mod http2;
pub(crate) mod leave;
pub(crate) mod lost;
pub(crate) mod quiet;
pub(crate) mod resume;
pub(crate) mod stalled;
pub(crate) mod steps;
pub(crate) mod together;

/// What is done with a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Scene {
    /// The stream of an `EventSource`, to which nothing is published.
    Idle,
    /// The redirects before the first answer.
    Redirected,
    /// A second stream while the first is open.
    Twice,
    Ask(Question),
    /// GET on the connection of a HEAD.
    AfterHead,
    /// Events one by one, each read before the next is published.
    OneByOne,
    /// Events as fast as they can be published.
    Burst,
    /// Events that are published at the same time.
    Together,
    /// Events that are published by one call of the hook.
    Batch,
    Large,
    /// Long text that is not ASCII.
    LongText,
    /// A reader that stalls beside one that does not.
    Slow,
    /// Several readers, of which one leaves and one comes late.
    Readers,
    Gzip,
    /// Every value that could break a stream.
    Values,
    /// A stream resumed after each of its events.
    Resumed,
    /// A stream cut inside an event.
    Cut,
    /// Events published while nobody reads.
    Away,
    /// The id that an idle stream sets.
    IdleId,
    OddId(OddId),
    /// A stream resumed after its newest event.
    Newest,
    /// A stream resumed by a field whose name is in two letter cases.
    LetterCase,
    /// The readers that the server counts.
    Counted,
    Ended,
    Http2,
    /// An ID that is older than the log.
    OldId,
    Restarted,
    /// HTTP/2 streams that nobody reads for a while.
    Stalled,
    /// An HTTP/2 client that sends GOAWAY.
    ClientGoesAway,
    /// HTTP/2 streams that the server ends.
    Http2Ended,
}

/// A last event ID that the server did not give out, or not so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum OddId {
    Unknown,
    Future,
    Malformed,
    Long,
    Oversized,
    Empty,
    InQuery,
}

impl Scene {
    /// Whether it publishes: then it is played alone, and after the watch over the idle stream.
    pub(super) fn publishes(self) -> bool {
        !matches!(
            self,
            Self::Idle | Self::Redirected | Self::Twice | Self::Ask(_) | Self::AfterHead
        )
    }

    pub(super) async fn play(self, observer: &Observer<'_>) -> Seen {
        match self {
            Self::Idle => Ok(quiet::idle(observer).await),
            Self::Redirected => Ok(quiet::redirected(observer)),
            Self::Twice => Ok(quiet::twice(observer).await),
            Self::Ask(question) => Ok(quiet::ask(observer, question).await),
            Self::AfterHead => Ok(quiet::after_head(observer).await),
            Self::OneByOne => deliver::one_by_one(observer).await,
            Self::Burst => deliver::burst(observer).await,
            Self::Together => together::together(observer).await,
            Self::Batch => together::batch(observer).await,
            Self::Large => deliver::large(observer).await,
            Self::LongText => together::long_text(observer).await,
            Self::Slow => deliver::slow(observer).await,
            Self::Readers => deliver::readers(observer).await,
            Self::Gzip => deliver::gzip(observer).await,
            Self::Values => values::play(observer).await,
            Self::Resumed => resume::resumed(observer).await,
            Self::Cut => resume::cut(observer).await,
            Self::Away => resume::away(observer).await,
            Self::IdleId => resume::idle_id(observer).await,
            Self::Newest => resume::newest(observer).await,
            Self::LetterCase => resume::letter_case(observer).await,
            Self::OddId(id) => resume::odd_id(observer, id).await,
            Self::Counted => leave::counted(observer).await,
            Self::Ended => leave::ended(observer).await,
            Self::Http2 => http2::http2(observer).await,
            Self::OldId => lost::old_id(observer).await,
            Self::Restarted => lost::restarted(observer).await,
            Self::Stalled => stalled::stalled(observer).await,
            Self::ClientGoesAway => stalled::client_goes_away(observer).await,
            Self::Http2Ended => stalled::ended(observer).await,
        }
    }
}

impl Scene {
    /// Returns whether it is played even with a server that answers too late. Its cases report that.
    pub(super) fn is_always_played(self) -> bool {
        matches!(self, Self::Idle | Self::Redirected)
    }

    /// Plays a scene that another one needs, with a log of its own.
    pub(super) async fn play_boxed(self, observer: &Observer<'_>) -> Seen {
        log::scoped(self.play(observer)).await.0
    }
}

/// # Errors
///
/// Where the server replays nothing.
pub(super) async fn resuming_is_supported(observer: &Observer<'_>) -> Result<(), Lacking> {
    log::scoped(resume::supported(observer)).await.0
}

/// A stream that is known to carry what is published.
pub(super) async fn opened<'o>(observer: &'o Observer<'_>) -> Result<Source<'o>, Lacking> {
    let opened = observer.listen(&observer.request()).await;
    opened.map_err(|why| lacking(Publish, why))
}
