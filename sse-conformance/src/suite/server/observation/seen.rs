//! What was seen of a server in one scene, or why there was nothing to see.

use crate::driver::recording::Recording;
use crate::suite::server::lacking::Lacking;
use crate::suite::server::observation::event::Published;
use crate::suite::server::observation::resumption::Resumption;

/// What was seen of the server in one scene.
#[derive(Debug, Default)]
pub(crate) struct Observation {
    /// What came of each request.
    pub(crate) recordings: Vec<Result<Recording, String>>,
    pub(crate) published: Vec<Published>,
    pub(crate) resumptions: Vec<Resumption>,
    /// How many streams were open at certain moments.
    pub(crate) counts: Vec<u64>,
    /// What followed a body on its connection, or did not.
    pub(crate) after_end: Option<String>,
    /// The answer to another request on the connection of a response that had ended.
    pub(crate) kept: Option<Result<Recording, String>>,
    /// The IDs of the server's own that were not answered by a stream, each with the answer.
    pub(crate) turned_away: Vec<(String, String)>,
}

impl Observation {
    /// The events that were published, in words.
    pub(crate) fn published(&self) -> Option<String> {
        match self.published.len() {
            0 => None,
            1 => Some("one published event".to_owned()),
            count => Some(format!("{count} published events")),
        }
    }

    /// Returns why an event that did not come may have been lost without a fault of the server.
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
