//! Restarts, and dropped logs.

use std::sync::atomic::Ordering;

use sse_conformance::suite::server::Answer;

use super::{Flaw, Hub, Message, State};

/// The number of IDs between the last one before a restart and the first one after it.
const SKIPPED: u64 = 1000;

impl Hub {
    pub(super) fn restart(&self) -> Answer {
        let mut state = self.state();
        for reader in state.readers.values() {
            let _ = reader.send(Message::End);
        }
        state.readers.clear();
        match self.flaw {
            Flaw::PersistsLog => {}
            Flaw::ReusesIds => {
                state.base = 0;
                state.log.clear();
            }
            _ => {
                state.drop_log();
                state.base += SKIPPED;
            }
        }
        self.deaf
            .store(self.is(Flaw::DeafAfterRestart), Ordering::SeqCst);
        Answer::Done
    }

    pub(super) fn drop_log(&self) -> Answer {
        if [Flaw::ShortLog, Flaw::ShortLogIsSilent].contains(&self.flaw) {
            return Answer::Unsupported;
        }
        self.state().drop_log();
        Answer::Done
    }
}

impl State {
    fn drop_log(&mut self) {
        self.base += self.log.len() as u64;
        self.log.clear();
    }

    /// Returns the ID of the newest event.
    pub(super) fn newest(&self) -> u64 {
        self.base + self.log.len() as u64
    }
}
