//! Runs code of the user that may panic: streams, errors and callbacks.
//!
//! If a drop panics while another panic unwinds, the process aborts. So all code of the user that a
//! drop may run is called through this module, which catches the panic.

use std::{
    mem,
    panic::{self, AssertUnwindSafe},
    pin::Pin,
};

use pin_project_lite::pin_project;

use crate::error::BoxError;

/// Returns the result of `run`, or its panic as an error.
pub(crate) fn catch_panic<T>(run: impl FnOnce() -> T) -> Result<T, BoxError> {
    // Unwind safety: a stream that has panicked is dropped and never polled again.
    panic::catch_unwind(AssertUnwindSafe(run)).map_err(|payload| {
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let error = format!(
            "the stream of events panicked: {}",
            text.unwrap_or("no text")
        );
        // The payload's drop is also code of the user. If it panics, the second payload is leaked.
        if let Err(second) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            mem::forget(second);
        }
        error.into()
    })
}

/// Drops `value`. If the drop panics, the panic hook reports the panic, and it goes no further.
pub(crate) fn drop_catching_panics<T>(value: T) {
    let _reported = catch_panic(|| drop(value));
}

pin_project! {
    /// A stream, body or callback of the user. If its drop panics, the panic goes no further.
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

    /// Creates a value that is already dropped.
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
        let _reported = catch_panic(|| self.project().inner.set(None));
    }
}
