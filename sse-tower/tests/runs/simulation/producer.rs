//! Producers: streams with random pauses and ends.

use std::{sync::Arc, time::Duration};

use async_stream::stream;
use sse_tower::{Event, error::BoxError};
use tokio::time::sleep;
use tokio_stream::Stream;

use super::super::{
    random::Random,
    store::millis,
    support::{Life, Noted, Produced},
};

/// The behavior of a producer's stream.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The pause before each event.
    pub(super) pauses: Vec<Duration>,
    pub(super) fails: bool,
}

impl Plan {
    pub(super) fn random(random: &mut Random) -> Self {
        let count = [0, 1, 5, 20, 60, 200][random.below(6) as usize];
        let count = random.below(count + 1);
        let (burst, quiet) = (random.below(100), random.below(12));
        let pauses = (0..count).map(|_| match random.below(100) {
            percent if percent < burst => Duration::ZERO,
            percent if percent >= 100 - quiet => millis(random, 9000),
            _ => millis(random, 150),
        });
        Self {
            pauses: pauses.collect(),
            fails: random.percent(15),
        }
    }

    /// The event at this place of the run.
    pub(super) fn text(run: usize, number: usize) -> String {
        format!("{run}.{number}")
    }

    pub(super) fn stream(
        &self,
        run: usize,
        life: Arc<Life>,
    ) -> Noted<impl Stream<Item = Produced> + Send + Unpin + use<>> {
        let Self { pauses, fails } = self.clone();
        let stream = Box::pin(stream! {
            for (number, pause) in pauses.into_iter().enumerate() {
                if !pause.is_zero() {
                    sleep(pause).await;
                }
                yield Ok(Event::new(Self::text(run, number)));
            }
            if fails {
                yield Err(BoxError::from("the model has failed"));
            }
        });
        Noted { stream, life }
    }
}
