//! The ready state, for other tasks.

use sse_proto::reconnect::ReadyState;
use tokio::sync::watch;

/// Observes the ready state of an [`EventSource`](super::EventSource), from any task.
///
/// ```
/// use sse_tower::client::{EventSource, ReadyState};
///
/// async fn log_state(events: &EventSource) {
///     let mut states = events.ready_states();
///     tokio::spawn(async move {
///         while let Some(state) = states.changed().await {
///             println!("{state:?}");
///         }
///     });
/// }
/// # let _ = log_state;
/// ```
#[derive(Clone, Debug)]
pub struct ReadyStates(watch::Receiver<ReadyState>);

impl ReadyStates {
    /// Returns the current state.
    #[must_use]
    pub fn current(&self) -> ReadyState {
        *self.0.borrow()
    }

    /// Waits until the state differs from the one that was returned last, and returns it. Returns `None` after
    /// the source was dropped. Intermediate states are not reported.
    ///
    /// This method is cancel safe: no change is missed.
    pub async fn changed(&mut self) -> Option<ReadyState> {
        self.0.changed().await.ok()?;
        Some(*self.0.borrow_and_update())
    }
}

#[derive(Debug)]
pub(super) struct State(watch::Sender<ReadyState>);

impl State {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(ReadyState::Connecting))
    }

    pub(super) fn get(&self) -> ReadyState {
        *self.0.borrow()
    }

    pub(super) fn set(&self, state: ReadyState) {
        self.0
            .send_if_modified(|current| std::mem::replace(current, state) != state);
    }

    pub(super) fn observe(&self) -> ReadyStates {
        ReadyStates(self.0.subscribe())
    }
}
