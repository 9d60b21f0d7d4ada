//! The observation of a server in one scene, or the reason why there is none.

use crate::driver::recording::Recording;
use crate::suite::server::lacking::Lacking;
use crate::suite::server::observation::event::Published;
use crate::suite::server::observation::resumption::Resumption;

/// The observation of a server in one scene.
#[derive(Debug, Default)]
pub(crate) struct Observation {
    /// The outcome of each request.
    pub(crate) recordings: Vec<Result<Recording, String>>,
    pub(crate) published: Vec<Published>,
    pub(crate) resumptions: Vec<Resumption>,
    /// The number of open streams at certain moments.
    pub(crate) counts: Vec<u64>,
    /// The bytes that followed a body on its connection.
    pub(crate) after_end: Option<String>,
    /// The answer to another request on the connection of a response that had ended.
    pub(crate) kept: Option<Result<Recording, String>>,
    /// The IDs that the server gave out and later did not answer with a stream, each with the
    /// answer.
    pub(crate) turned_away: Vec<(String, String)>,
}

impl Observation {
    /// Returns the number of published events in words.
    pub(crate) fn published(&self) -> Option<String> {
        match self.published.len() {
            0 => None,
            1 => Some("one published event".to_owned()),
            count => Some(format!("{count} published events")),
        }
    }

    /// Returns the reason why an event may have been lost through no fault of the server.
    pub(crate) fn excuse(&self) -> Option<&str> {
        let recordings = self.recordings.iter().flatten();
        let resumed = self
            .resumptions
            .iter()
            .map(|resumption| &resumption.recording);
        recordings
            .chain(resumed)
            .find_map(|recording| recording.excuse.as_deref())
    }
}

pub(crate) type Seen = Result<Observation, Lacking>;
