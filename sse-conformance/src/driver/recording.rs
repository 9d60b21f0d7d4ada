//! What came of a request, and when.

use std::cell::{Ref, RefCell};
use std::time::Duration;

use crate::driver::message::{End, Head};
use crate::model::{Decoded, Growing};

/// What came of a request.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    /// The request as a command line.
    pub(crate) request: String,
    pub(crate) head: Head,
    /// Since the request was sent, as all times here.
    pub(crate) head_at: Duration,
    /// The body, decoded where it is gzip.
    pub(crate) bytes: Vec<u8>,
    /// How much of the body was there at which time.
    pub(crate) arrivals: Vec<(usize, Duration)>,
    /// `None` while the body goes on.
    pub(crate) end: Option<End>,
    pub(crate) ended_at: Option<Duration>,
    /// How long it was read.
    pub(crate) read_for: Duration,
    /// The last event ID of the request, or none.
    pub(crate) resumed_from: String,
    /// The responses that ended before this one, if an event source came back after each of them.
    pub(crate) earlier: Vec<Recording>,
    /// The bytes that followed the body on its connection.
    pub(crate) after_end: Option<String>,
    /// Why an event that did not come may have been lost without a fault of the server.
    pub(crate) excuse: Option<String>,
    /// The answer to an event source that came back and got no stream.
    pub(crate) turned_away: Option<String>,
    /// Set if the body is longer than the suite reads.
    pub(crate) is_full: bool,
    /// The events of the bytes so far. Each line is decoded once.
    decoded: RefCell<Growing>,
}

impl Recording {
    /// Returns the events of the body so far.
    pub(crate) fn decoded(&self) -> Ref<'_, Decoded> {
        self.decoded.borrow_mut().read(&self.bytes);
        Ref::map(self.decoded.borrow(), Growing::decoded)
    }
}

impl Recording {
    /// A response whose head has come, and nothing of its body.
    pub(crate) fn begun(request: String, head: Head, after: Duration) -> Self {
        Self {
            request,
            head,
            head_at: after,
            bytes: Vec::new(),
            arrivals: Vec::new(),
            end: None,
            ended_at: None,
            read_for: after,
            resumed_from: String::new(),
            earlier: Vec::new(),
            after_end: None,
            excuse: None,
            turned_away: None,
            is_full: false,
            decoded: RefCell::default(),
        }
    }

    /// Returns the responses of an event source, the first one first.
    pub(crate) fn responses(&self) -> impl Iterator<Item = &Self> {
        self.earlier.iter().chain([self])
    }

    /// Notes that all the bytes are there. Those that come within a millisecond count as one
    /// arrival: a list of each byte on its own would take more memory than the body.
    pub(crate) fn arrived(&mut self, now: Duration) {
        let length = self.bytes.len();
        match self.arrivals.last_mut() {
            Some((last, _)) if *last == length => {}
            Some((last, at)) if now < *at + Duration::from_millis(1) => *last = length,
            None if length == 0 => {}
            _ => self.arrivals.push((length, now)),
        }
    }
}
