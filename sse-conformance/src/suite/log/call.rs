//! A call of the log, on a thread of its own, with a limit to its time.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::suite::caught::caught;
use crate::suite::log::judged::{Unmet, wrong};
use crate::text::seconds;

/// A call that has begun.
#[derive(Debug)]
pub(crate) struct Call<T> {
    /// The call in words, such as `read log 1`.
    what: String,
    limit: Duration,
    begun: Instant,
    receiver: mpsc::Receiver<Ended<Result<T, String>>>,
}

/// A call that has ended.
#[derive(Debug)]
pub(crate) struct Ended<T> {
    pub(crate) value: T,
    pub(crate) elapsed: Duration,
    pub(crate) at: Instant,
}

/// A busy machine may hold up the thread that waits, after the call itself has ended in time.
const GRACE: Duration = Duration::from_secs(1);

impl<T: Send + 'static> Call<T> {
    /// Begins a call. A thread whose call never ends is abandoned.
    pub(crate) fn begin(
        what: String,
        limit: Duration,
        run: impl FnOnce() -> T + Send + 'static,
    ) -> Self {
        let (sender, receiver) = mpsc::channel();
        let begun = Instant::now();
        thread::spawn(move || {
            let value = caught(run);
            let at = Instant::now();
            let elapsed = at - begun;
            // The receiver is gone if the call took too long.
            let _ = sender.send(Ended { value, elapsed, at });
        });
        Self {
            what,
            limit,
            begun,
            receiver,
        }
    }

    /// Waits for the end of the call. Fails if it takes too long or panics.
    pub(crate) fn end(self) -> Result<Ended<T>, Unmet> {
        let left = (self.begun + self.limit + GRACE).saturating_duration_since(Instant::now());
        let within = format!("an answer within {}", seconds(self.limit));
        match self.receiver.recv_timeout(left) {
            Ok(ended) if ended.elapsed > self.limit => Err(wrong(
                format!("{} took too long", self.what),
                within,
                format!("an answer after {}", seconds(ended.elapsed)),
            )),
            Ok(Ended { value, elapsed, at }) => match value {
                Ok(value) => Ok(Ended { value, elapsed, at }),
                Err(panic) => Err(wrong("a panic", within, panic)),
            },
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(wrong(
                format!("{} does not end", self.what),
                within,
                "no answer",
            )),
        }
    }
}
