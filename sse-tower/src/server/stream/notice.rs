//! The notices that the hook of the settings gets.

use std::{error::Error, fmt, sync::Arc};

use super::end::{EndReason, StreamEnd};
use crate::{
    foreign::{Guarded, catch_panic},
    rt::{moment::Moment, timer::Timer},
    server::{
        admission::refusal::Refusal,
        observe::{Observer, Observers, Reported},
    },
};

/// Something that happens to a stream, apart from its events.
///
/// For each stream, the [hook](crate::Settings::on_notice) gets `Opened`, any number of
/// `Heartbeat`s, and `Ended`. For a refused request, it gets only `Refused`. Later versions may add
/// variants.
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
    /// The body of an event stream is polled for the first time.
    ///
    /// If a body is dropped without being polled, `Opened` is followed by `Ended` at once.
    Opened,
    /// A heartbeat is sent. If a response and a relay around it share the hook, the one that sends
    /// the heartbeat calls it.
    Heartbeat,
    /// The stream has ended and was dropped.
    Ended(StreamEnd<'a>),
    /// The request was refused: by limits, by a drain, or with status 406.
    ///
    /// If the handler itself responds with a status other than 200, that does not count as a
    /// refusal.
    Refused(Refusal),
}

/// The hook of one stream.
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

    /// Calls the hook. A panic of the hook is caught, because the stream may be dropped while
    /// another panic unwinds.
    pub(crate) fn call(&self, notice: &Notice<'_>) {
        let _reported = catch_panic(|| (self.0)(notice));
    }

    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hook").finish_non_exhaustive()
    }
}

/// The observer of a stream, with the figures for its end.
#[derive(Debug)]
pub(super) struct Record {
    observer: Observer,
    start: Moment,
    pub(super) events: u64,
    pub(super) bytes: u64,
    reported: Reported,
}

impl Record {
    pub(super) fn new(observer: Observer, start: Moment) -> Self {
        Self {
            observer,
            start,
            events: 0,
            bytes: 0,
            reported: Reported::default(),
        }
    }

    /// Tells the observer that the stream is open. Returns whether its frames are counted.
    pub(super) fn opened(&mut self, muted: Observers, coding: Option<&'static str>) -> bool {
        self.observer.call(muted, || Notice::Opened);
        if let Some(coding) = coding {
            self.observer.set_coding(coding);
        }
        self.observer.count_open(muted, &mut self.reported)
    }

    pub(super) fn heartbeat(&self) {
        let nobody = Observers::default();
        self.observer.call(nobody, || Notice::Heartbeat);
    }

    pub(super) fn refused(self, muted: Observers, refusal: Refusal) {
        self.observer.call(muted, || Notice::Refused(refusal));
    }

    /// Counts a frame that has `bytes` before compression and `sent` after it.
    #[inline]
    pub(super) fn count_frame(&mut self, bytes: usize, sent: usize) {
        let (observer, reported) = (&self.observer, &mut self.reported);
        observer.count_frame(reported, self.events, bytes, sent);
    }

    pub(super) fn ended(
        self,
        muted: Observers,
        timer: &dyn Timer,
        reason: EndReason,
        error: Option<&(dyn Error + 'static)>,
        compressed_bytes: Option<u64>,
    ) {
        self.observer.call(muted, || {
            Notice::Ended(StreamEnd {
                reason,
                duration: Moment::now(timer).since(self.start),
                events: self.events,
                bytes: self.bytes,
                sent_bytes: compressed_bytes.unwrap_or(self.bytes),
                error,
            })
        });
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        self.observer.count_closed(&mut self.reported);
    }
}
