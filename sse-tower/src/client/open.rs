//! A connection on which an event stream is read.

use std::{
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::Method;

use super::{
    Error, ErrorKind,
    body::Chunks,
    deadline::{Deadline, Silence},
    settings::Settings,
};

/// The body of a response, with its timeouts.
#[derive(Debug)]
pub(super) struct Open {
    /// The method of the request.
    pub(super) method: Method,
    body: Chunks,
    first_event: Option<FirstEvent>,
    silence: Option<Silence>,
    /// Since the body was last pending, bytes have arrived or an event was delivered. When the body is pending
    /// again, the silence starts from zero.
    is_active: bool,
}

/// The timeout for the first event, which has not arrived yet.
#[derive(Debug)]
struct FirstEvent {
    timeout: Duration,
    until: Instant,
}

impl Open {
    pub(super) fn new(method: Method, body: Chunks, settings: &Settings, now: Instant) -> Self {
        let first_event = settings.first_event_timeout.and_then(|timeout| {
            let until = now.checked_add(timeout)?;
            Some(FirstEvent { timeout, until })
        });
        Self {
            method,
            body,
            first_event,
            silence: settings
                .idle_timeout
                .map(|timeout| Silence::new(timeout, now)),
            is_active: false,
        }
    }

    /// Notes that an event is delivered to the caller.
    pub(super) fn deliver(&mut self) {
        self.first_event = None;
        self.is_active = true;
    }

    /// Returns whether a timeout is running. Without one, the clock is not read.
    pub(super) const fn has_timeout(&self) -> bool {
        self.first_event.is_some() || self.silence.is_some()
    }

    /// Ready with the next chunk, with `None` at the end of the body, or with the reason to give up the
    /// connection.
    pub(super) fn poll_chunk(
        &mut self,
        cx: &mut Context<'_>,
        deadline: &mut Deadline,
    ) -> Poll<Result<Option<Bytes>, Error>> {
        let Poll::Ready(chunk) = self.body.poll(cx) else {
            return self.poll_timeouts(cx, deadline).map(Err);
        };
        let chunk = match chunk.transpose() {
            Ok(chunk) => chunk,
            Err(error) => return Poll::Ready(Err(Error::caused(ErrorKind::Body, error))),
        };
        self.is_active |= chunk.as_ref().is_some_and(|chunk| !chunk.is_empty());
        Poll::Ready(Ok(chunk))
    }

    fn poll_timeouts(&mut self, cx: &mut Context<'_>, deadline: &mut Deadline) -> Poll<Error> {
        if !self.has_timeout() {
            return Poll::Pending;
        }
        loop {
            let now = deadline.now();
            if let Some(first_event) = &self.first_event
                && first_event.until <= now
            {
                let kind = ErrorKind::FirstEventTimeout;
                return Poll::Ready(Error::timeout(kind, first_event.timeout));
            }
            if let Some(silence) = &mut self.silence {
                if std::mem::take(&mut self.is_active) {
                    silence.restart(now);
                } else if silence.is_over(now) {
                    return Poll::Ready(Error::timeout(ErrorKind::IdleTimeout, silence.timeout()));
                }
            }
            let first_event = self
                .first_event
                .as_ref()
                .map(|first_event| first_event.until);
            let check = self.silence.as_ref().map(|silence| silence.check_at(now));
            let Some(first) = first_event.into_iter().chain(check).min() else {
                return Poll::Pending;
            };
            ready!(deadline.poll(cx, first));
        }
    }
}
