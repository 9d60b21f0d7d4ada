//! The driver reads a log outside the process, and fills its node.

use std::{sync::Arc, time::Duration};

use futures_util::future::{Either, select};

use crate::{
    hub::{
        log::LogError,
        shared::{HubEnd, Shared},
    },
    rt::timer::Timer,
};

/// The time between two reads that fail.
const RETRY_INTERVAL: Duration = Duration::from_millis(500);

/// Reads a log outside the process for all subscriptions of a hub.
///
/// [`HubBuilder::build_on`](crate::hub::HubBuilder::build_on) makes it together with the hub. Nothing is
/// delivered unless it [runs](Self::run).
#[derive(Debug)]
#[must_use = "nothing is delivered unless the driver runs"]
pub struct Driver {
    shared: Arc<Shared>,
    max_outage: Duration,
}

impl Driver {
    pub(crate) const fn new(shared: Arc<Shared>, max_outage: Duration) -> Self {
        Self { shared, max_outage }
    }

    /// Reads until no handle of the hub is left.
    ///
    /// If no read has succeeded for the time of [`max_outage`](crate::hub::HubBuilder::max_outage), it ends the hub's
    /// streams, so that their clients go elsewhere: no heartbeat is sent over a log that nobody reads. It goes on
    /// trying, and new streams stay open again once a read succeeds. [`Hub::health`](crate::hub::Hub::health) tells
    /// the state.
    ///
    /// Spawn it as a task. If it is dropped, the hub's streams end as well.
    pub async fn run(self, timer: impl Timer + 'static) {
        let Some(store) = self.shared.store() else {
            return;
        };
        let mut failing_since = None;
        let mut sleep = timer.sleep_until(timer.now());
        loop {
            // A page that could not be taken over may have been taken over in part.
            let after = Some(self.shared.state().node.head().position);
            let tail = store.log.tail(&store.name, after);
            // Each read of a log ends in time. One that does not must not leave heartbeats over silence.
            sleep.as_mut().reset(timer.now() + self.max_outage);
            let page = match select(tail, &mut sleep).await {
                Either::Left((page, _)) => page,
                Either::Right(_) => Err(LogError::new("the log has not answered")),
            };
            let error = match page.and_then(|page| self.shared.apply(page)) {
                Ok(true) => {
                    failing_since = None;
                    continue;
                }
                Ok(false) => return,
                Err(error) => error,
            };
            let now = timer.now();
            let since = *failing_since.get_or_insert(now);
            let is_outage = now.saturating_duration_since(since) >= self.max_outage;
            if !self.shared.fail(error, is_outage) {
                return;
            }
            sleep.as_mut().reset(now + RETRY_INTERVAL);
            sleep.as_mut().await;
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It is the first end that counts.
        self.shared.end(HubEnd::Unavailable(LogError::new(
            "the hub's driver was dropped",
        )));
    }
}
