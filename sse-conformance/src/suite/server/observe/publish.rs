//! Publishing an event and reading it.

use tokio::time::Instant;

use crate::suite::server::lacking::Lacking;
use crate::suite::server::observation::event::Published;
use crate::suite::server::observe::source::Source;

/// The most times that an event is published which falls between two streams.
const MAX_TRIES: usize = 3;

impl Source<'_> {
    /// Publishes an event of a token of its own and reads it; notes when it came.
    pub(crate) async fn publish_and_read(&mut self) -> Result<Published, Lacking> {
        let mut event = Published::new(self.observer.token());
        self.publish_and_await(&mut event).await?;
        Ok(event)
    }

    /// The same for an event that is given. An event that falls between two streams of a server
    /// without IDs is published again, with another token.
    pub(crate) async fn publish_and_await(&mut self, event: &mut Published) -> Result<(), Lacking> {
        for _ in 0..MAX_TRIES {
            self.ready().await;
            let (responses, lapses) = (self.responses(), self.lapses());
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
            if self.lapses() == lapses {
                self.observer.count_loss();
                break;
            }
            let token = self.observer.token();
            event.data = event.data.replace(&event.token, &token);
            event.token = token;
        }
        Ok(())
    }

    /// Takes a reader away, and waits until the server may be taken to know.
    pub(crate) async fn leave(self) {
        let observer = self.observer;
        let before = observer.counted().await;
        drop(self);
        observer
            .until_counted(before.map(|open| open.saturating_sub(1)))
            .await;
    }
}
