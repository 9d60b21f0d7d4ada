//! The driver reads a log outside the process, and fills its node.

use std::{sync::Arc, time::Duration};

use crate::{
    hub::{
        log::LogError,
        shared::{HubEnd, Shared},
    },
    rt::timer::Timer,
};

/// The time between two reads that fail.
const RETRY_INTERVAL: Duration = Duration::from_millis(500);

/// The time for which reads may fail until the streams are ended.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads a log outside the process for all subscriptions of a hub.
///
/// [`HubBuilder::build_on`](crate::hub::HubBuilder::build_on) makes it together with the hub. Nothing is
/// delivered unless it [runs](Self::run).
#[derive(Debug)]
#[must_use = "nothing is delivered unless the driver runs"]
pub struct Driver(Arc<Shared>);

impl Driver {
    pub(crate) const fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    /// Reads until no handle of the hub is left, or until no read has succeeded for 30 seconds. Then it ends
    /// the hub's streams, so that their clients go elsewhere: no heartbeat is sent over a log that nobody
    /// reads.
    ///
    /// Spawn it as a task. If it is dropped, the hub's streams end as well.
    pub async fn run(self, timer: impl Timer + 'static) {
        let Some(store) = self.0.store() else {
            return;
        };
        let mut failing_since = None;
        loop {
            // A page that could not be taken over may have been taken over in part.
            let after = Some(self.0.state().node.head().position);
            let tail = store.log.tail(&store.name, after).await;
            let error = match tail.and_then(|page| self.0.apply(page)) {
                Ok(true) => {
                    failing_since = None;
                    continue;
                }
                Ok(false) => return,
                Err(error) => error,
            };
            let now = timer.now();
            let since = *failing_since.get_or_insert(now);
            if now.saturating_duration_since(since) >= PATIENCE {
                self.0.end(HubEnd::Unavailable(error));
                return;
            }
            timer.sleep_until(now + RETRY_INTERVAL).await;
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It is the first end that counts.
        self.0.end(HubEnd::Unavailable(LogError::new(
            "the hub's driver was dropped",
        )));
    }
}
