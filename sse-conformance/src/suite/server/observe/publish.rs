//! Publishes events and reads them.

use tokio::time::Instant;

use crate::suite::server::lacking::Lacking;
use crate::suite::server::observation::event::Published;
use crate::suite::server::observe::source::Source;

/// The maximum number of times that an event is published if it falls between two streams.
const MAX_TRIES: usize = 3;

impl Source<'_> {
    /// Publishes an event with a new token and reads it. Notes when it arrived.
    pub(crate) async fn publish_and_read(&mut self) -> Result<Published, Lacking> {
        let mut event = Published::new(self.observer.token());
        self.publish_and_await(&mut event).await?;
        Ok(event)
    }

    /// Does the same for a given event. If an event falls between two streams of a server without
    /// IDs, it is published again with another token.
    pub(crate) async fn publish_and_await(&mut self, event: &mut Published) -> Result<(), Lacking> {
        for _ in 0..MAX_TRIES {
            self.ready().await;
            let (responses, reconnects_without_id) =
                (self.responses(), self.reconnects_without_id());
            let start = Instant::now();
            self.observer.publish(event).await?;
            if event.refused {
                break;
            }
            if self
                .event(&event.token, self.observer.patience_for_event())
                .await
            {
                event.arrived = Some(start.elapsed());
                event.came_late = self.responses() > responses;
                if !event.came_late {
                    self.observer.delays.count_late(start);
                }
                break;
            }
            if self.reconnects_without_id() == reconnects_without_id {
                self.observer.count_loss();
                break;
            }
            let token = self.observer.token();
            event.data = event.data.replace(&event.token, &token);
            event.token = token;
        }
        Ok(())
    }

    /// Drops this client, and waits until the server has probably noticed.
    pub(crate) async fn leave(self) {
        let observer = self.observer;
        let before = observer.counted().await;
        drop(self);
        observer
            .until_counted(before.map(|open| open.saturating_sub(1)))
            .await;
    }
}
