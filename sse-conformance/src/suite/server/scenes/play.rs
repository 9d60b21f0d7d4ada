//! Calls the function that plays a scene.

use crate::suite::server::observation::seen::Seen;
use crate::suite::server::observe::observer::Observer;
use crate::suite::server::scenes::scene::Scene;
use crate::suite::server::scenes::{
    deliver, http2, leave, lost, quiet, resume, stalled, together, values,
};

impl Scene {
    pub(crate) async fn play(self, observer: &Observer<'_>) -> Seen {
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
