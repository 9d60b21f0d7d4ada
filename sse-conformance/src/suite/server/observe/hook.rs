//! Calls of the control hook: publish, act, count.

use tokio::time::{Instant, sleep, sleep_until};

use crate::driver::control::{Action, Answer};
use crate::suite::server::lacking::{Lacking, lacking};
use crate::suite::server::observation::event::Published;
use crate::suite::server::observe::observer::{Observer, SETTLE};
use crate::text::list;
use crate::wire::log;

impl Observer<'_> {
    /// Publishes an event, and notes whether it was refused.
    ///
    /// # Errors
    ///
    /// Returns why the hook did not publish it.
    pub(crate) async fn publish(&self, event: &mut Published) -> Result<(), Lacking> {
        let answer = self.act(&Action::Publish(event.to_publish())).await?;
        event.refused = answer == Answer::Refused;
        Ok(())
    }

    /// # Errors
    ///
    /// Fails if there is no hook, if it lacks the action, or if it does not answer.
    pub(crate) async fn act(&self, action: &Action<'_>) -> Result<Answer, Lacking> {
        let capability = action.capability();
        let Some(hook) = &self.hook else {
            return Err(lacking(capability, "there is no control hook"));
        };
        let start = Instant::now();
        let called = log::scoped(hook.call(action, self.patience())).await.0;
        match &called {
            // A restart may take long.
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

    /// Waits until clients that left are probably gone for the server.
    pub(crate) async fn until_gone(&self) {
        let none = self.counted().await.map(|_| 0);
        self.until_counted(none).await;
    }

    /// Waits until the hook counts at most `goal` streams. Gives up after a while, and also waits
    /// that long if the hook does not count.
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

    /// Returns the number of open streams, if the hook can count.
    pub(crate) async fn counted(&self) -> Option<u64> {
        match self.act(&Action::Count).await {
            Ok(Answer::Count(open)) => Some(open),
            _ => None,
        }
    }
}

/// Returns a call of the control hook as text, for the wire log.
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
