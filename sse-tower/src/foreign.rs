//! Code of users that may panic: streams, errors and callbacks.
//!
//! A second panic during the unwinding of a first one aborts the process. So each call of such code
//! that can happen in a drop is made here, where its panic is caught.

use std::{
    mem,
    panic::{self, AssertUnwindSafe},
    pin::Pin,
};

use pin_project_lite::pin_project;

use crate::error::BoxError;

/// Returns what `run` returns, or its panic as an error.
pub(crate) fn caught<T>(run: impl FnOnce() -> T) -> Result<T, BoxError> {
    // A stream that has panicked is dropped, and not polled again.
    panic::catch_unwind(AssertUnwindSafe(run)).map_err(|payload| {
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let error = format!(
            "the stream of events panicked: {}",
            text.unwrap_or("no text")
        );
        // The drop of the payload is the user's code as well. If it panics, the second payload is leaked.
        if let Err(second) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            mem::forget(second);
        }
        error.into()
    })
}

/// Drops `value`. A panic of its drop is reported by the panic hook, and ends here.
pub(crate) fn drop_caught<T>(value: T) {
    let _reported = caught(|| drop(value));
}

pin_project! {
    /// A user's stream, body or callback. A panic of its drop ends here, wherever it is dropped.
    pub(crate) struct Guarded<T> {
        #[pin]
        inner: Option<T>,
    }

    impl<T> PinnedDrop for Guarded<T> {
        fn drop(this: Pin<&mut Self>) {
            this.clear();
        }
    }
}

impl<T> Guarded<T> {
    pub(crate) const fn new(inner: T) -> Self {
        Self { inner: Some(inner) }
    }

    /// A source that has been dropped already.
    pub(crate) const fn none() -> Self {
        Self { inner: None }
    }

    pub(crate) const fn is_some(&self) -> bool {
        self.inner.is_some()
    }

    pub(crate) const fn as_ref(&self) -> Option<&T> {
        self.inner.as_ref()
    }

    pub(crate) fn as_pin_mut(self: Pin<&mut Self>) -> Option<Pin<&mut T>> {
        self.project().inner.as_pin_mut()
    }

    /// Drops the stream or body now.
    pub(crate) fn clear(self: Pin<&mut Self>) {
        let _reported = caught(|| self.project().inner.set(None));
    }
}
