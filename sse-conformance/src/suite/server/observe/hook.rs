//! What an observer asks of the control hook: publish, act, count.

use tokio::time::{Instant, sleep, sleep_until};

use crate::driver::control::{Action, Answer};
use crate::suite::server::lacking::{Lacking, lacking};
use crate::suite::server::observation::event::Published;
use crate::suite::server::observe::observer::{Observer, SETTLE};
use crate::text::list;
use crate::wire::log;

impl Observer<'_> {
    /// Publishes an event; notes whether it was refused.
    ///
    /// # Errors
    ///
    /// Why the hook did not do it.
    pub(crate) async fn publish(&self, event: &mut Published) -> Result<(), Lacking> {
        let answer = self.act(&Action::Publish(event.to_publish())).await?;
        event.refused = answer == Answer::Refused;
        Ok(())
    }

    /// # Errors
    ///
    /// Where there is no hook, it lacks the action, or does not answer.
    pub(crate) async fn act(&self, action: &Action<'_>) -> Result<Answer, Lacking> {
        let capability = action.capability();
        let Some(hook) = &self.hook else {
            return Err(lacking(capability, "there is no control hook"));
        };
        let start = Instant::now();
        let called = log::scoped(hook.call(action, self.patience())).await.0;
        match &called {
            // A restart takes its time.
            _ if *action == Action::Restart => {}
            Ok(_) => self.delays.count_late(start),
            Err(_) => self.delays.count(start),
        }
        log::note(None, &noted(action, &called));
        match called {
            Ok(Answer::Unsupported) => Err(lacking(
                capability,
                format!("the control hook has no action `{}`", action.name()),
            )),
            Ok(answer) => Ok(answer),
            Err(why) => Err(lacking(capability, why)),
        }
    }

    /// Waits until the readers that were taken away may be taken to be gone.
    pub(crate) async fn until_gone(&self) {
        let none = self.counted().await.map(|_| 0);
        self.until_counted(none).await;
    }

    /// Waits until the hook counts no more than `goal` streams; where it does not count, or they do
    /// not become fewer, for a while.
    pub(crate) async fn until_counted(&self, goal: Option<u64>) {
        let enough = Instant::now() + 3 * SETTLE;
        let Some(goal) = goal else {
            return sleep_until(enough).await;
        };
        while Instant::now() < enough {
            match self.counted().await {
                Some(open) if open <= goal => return,
                _ => sleep(SETTLE / 10).await,
            }
        }
    }

    /// How many streams are open, if the hook can say.
    pub(crate) async fn counted(&self) -> Option<u64> {
        match self.act(&Action::Count).await {
            Ok(Answer::Count(open)) => Some(open),
            _ => None,
        }
    }
}

/// A call of the control hook, for the wire log.
fn noted(action: &Action<'_>, called: &Result<Answer, String>) -> String {
    let asked = match action {
        Action::Publish(event) => format!("publish {event}"),
        Action::Batch(events) => format!("batch {}", list(*events)),
        other => other.name().to_owned(),
    };
    let answer = match called {
        Ok(Answer::Done) => "done".to_owned(),
        Ok(Answer::Count(count)) => format!("{count} open"),
        Ok(Answer::Refused) => "refused".to_owned(),
        Ok(Answer::Unsupported) => "there is no such action".to_owned(),
        Err(why) => why.clone(),
    };
    format!("control hook, {asked}: {answer}")
}
