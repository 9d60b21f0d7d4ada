//! The response to a request, and when its parts arrived.

use std::cell::{Ref, RefCell};
use std::time::Duration;

use crate::driver::message::{End, Head};
use crate::model::{Decoded, Growing};

/// The response to a request.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    /// The request as a command line.
    pub(crate) request: String,
    pub(crate) head: Head,
    /// All times here are measured from when the request was sent.
    pub(crate) head_at: Duration,
    /// The body. Gzip is decoded.
    pub(crate) bytes: Vec<u8>,
    /// The length of the body at certain times.
    pub(crate) arrivals: Vec<(usize, Duration)>,
    /// `None` until the body has ended.
    pub(crate) end: Option<End>,
    pub(crate) ended_at: Option<Duration>,
    /// The time that was spent reading the body.
    pub(crate) read_for: Duration,
    /// The last event ID of the request. Empty if there was none.
    pub(crate) resumed_from: String,
    /// The responses before this one, if an event source reconnected after each of them.
    pub(crate) earlier: Vec<Recording>,
    /// The bytes that followed the body on its connection.
    pub(crate) after_end: Option<String>,
    /// The reason why an event may have been lost through no fault of the server.
    pub(crate) excuse: Option<String>,
    /// The answer that was not a stream, if an event source reconnected and got one.
    pub(crate) turned_away: Option<String>,
    /// Set if the body is longer than the suite reads.
    pub(crate) is_full: bool,
    /// The events in the bytes so far. Each line is decoded once.
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
    /// Begins the recording of a response, of which only the head has arrived.
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

    /// Returns the responses of an event source, oldest first.
    pub(crate) fn responses(&self) -> impl Iterator<Item = &Self> {
        self.earlier.iter().chain([self])
    }

    /// Returns why one of the bodies cannot be read: its framing or its coding is broken.
    pub(crate) fn broken(&self) -> Option<&str> {
        self.responses().find_map(|response| match &response.end {
            Some(End::Broken(why)) => Some(why.as_str()),
            _ => None,
        })
    }

    /// Notes that all the bytes have arrived. Bytes that arrive within a millisecond count as one
    /// arrival, because a list of every single byte would take more memory than the body.
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
