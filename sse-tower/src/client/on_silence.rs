//! Giving up a pooled connection that has become silent.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

/// An extension of each request of an [`EventSource`](super::EventSource). It holds a function that gives up
/// the connection if it becomes silent.
///
/// Over HTTP/2, a connection outlives its streams. If its peer has vanished, the pool of an HTTP client
/// would use the same dead connection again. So a service with a pool can set a function that takes the
/// connection out of the pool. The source calls it after the response timeout or the idle timeout. The client
/// of feature `client-http` sets it. With another client of hyper-util, set it like this:
///
/// ```
/// # #[cfg(feature = "client-http")] {
/// use http::{Request, Response};
/// use hyper_util::client::legacy::{Client, connect::capture_connection};
/// use sse_tower::client::OnSilence;
///
/// # fn service<C>(client: Client<C, String>) -> impl tower::Service<Request<String>>
/// # where
/// #     C: hyper_util::client::legacy::connect::Connect + Clone + Send + Sync + 'static,
/// # {
/// tower::service_fn(move |mut request: Request<String>| {
///     let connection = capture_connection(&mut request);
///     if let Some(on_silence) = request.extensions().get::<OnSilence>() {
///         on_silence.set(move || {
///             if let Some(connected) = &*connection.connection_metadata() {
///                 connected.poison();
///             }
///         });
///     }
///     client.request(request)
/// })
/// # }
/// # }
/// ```
#[derive(Clone, Default)]
pub struct OnSilence(Arc<OnceLock<GiveUp>>);

type GiveUp = Box<dyn Fn() + Send + Sync>;

impl OnSilence {
    /// Sets the function. Only the first call has an effect.
    pub fn set(&self, give_up: impl Fn() + Send + Sync + 'static) {
        let _ = self.0.set(Box::new(give_up));
    }

    pub(super) fn call(&self) {
        if let Some(give_up) = self.0.get() {
            give_up();
        }
    }
}

impl fmt::Debug for OnSilence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_set = self.0.get().is_some();
        f.debug_struct("OnSilence")
            .field("is_set", &is_set)
            .finish()
    }
}
