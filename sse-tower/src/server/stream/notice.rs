//! What the hook of the settings is told of streams.

use std::{error::Error, fmt, sync::Arc};

use super::end::{EndReason, StreamEnd};
use crate::{
    foreign::{Guarded, caught},
    rt::{moment::Moment, timer::Timer},
    server::admission::refusal::Refusal,
};

/// Something that happens to a stream besides its events.
///
/// The [hook](crate::Settings::on_notice) is told `Opened` and then `Ended` of each stream, with any number of
/// `Heartbeat`s in between. Of a request that is refused it is told `Refused`, and nothing else. More may be
/// added.
///
/// ```
/// use sse_tower::server::Notice;
///
/// fn log(notice: &Notice<'_>) {
///     match notice {
///         Notice::Opened => println!("open"),
///         Notice::Ended(end) => println!("{:?} after {:?}", end.reason(), end.duration()),
///         Notice::Refused(refusal) => println!("refused: {:?}", refusal.reason()),
///         _ => {}
///     }
/// }
/// # let _ = log;
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Notice<'a> {
    /// A response is an event stream, and its body is polled for the first time.
    ///
    /// A body that is dropped before it was polled is opened and ended at once.
    Opened,
    /// A heartbeat is sent. If a response and a relay around it share the hook, the one that sends the
    /// heartbeat tells it.
    Heartbeat,
    /// The stream has ended, and was dropped.
    Ended(StreamEnd<'a>),
    /// The request was answered without a stream: by limits, a drain, or status 406.
    ///
    /// Answers of the handler with another status than 200 are no refusals.
    Refused(Refusal),
}

/// A hook that is called for a stream.
#[derive(Clone)]
pub(crate) struct Hook(Arc<dyn Fn(&Notice<'_>) + Send + Sync>);

impl Hook {
    pub(crate) fn new(hook: impl Fn(&Notice<'_>) + Send + Sync + 'static) -> Self {
        let hook = Guarded::new(hook);
        Self(Arc::new(move |notice| {
            if let Some(hook) = hook.as_ref() {
                hook(notice);
            }
        }))
    }

    /// Calls the hook. A panic of it, or of `notice`, ends here: the stream may be dropped while another
    /// panic unwinds.
    pub(crate) fn call<'a>(&self, notice: impl FnOnce() -> Notice<'a>) {
        let _reported = caught(|| (self.0)(&notice()));
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hook").finish_non_exhaustive()
    }
}

/// A hook and what it will be told of the end.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) hook: Hook,
    start: Moment,
    pub(super) events: u64,
    pub(super) bytes: u64,
}

impl Record {
    pub(super) fn new(hook: Hook, start: Moment) -> Self {
        Self {
            hook,
            start,
            events: 0,
            bytes: 0,
        }
    }

    pub(super) fn ended(
        self,
        timer: &dyn Timer,
        reason: EndReason,
        error: Option<&(dyn Error + 'static)>,
    ) {
        self.hook.call(|| {
            Notice::Ended(StreamEnd {
                reason,
                duration: Moment::now(timer).since(self.start),
                events: self.events,
                bytes: self.bytes,
                error,
            })
        });
    }
}
