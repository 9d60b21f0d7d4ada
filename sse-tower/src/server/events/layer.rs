use tower_layer::Layer;

use crate::server::{events::service::SseService, settings::Settings};

/// Turns a service that returns `Response<St>`, where `St` is a stream of events, into one that
/// responds with event streams.
///
/// If the status is 200, missing header fields are added, and the stream becomes an
/// [`SseBody`](crate::server::SseBody). For any other status, and for HEAD requests, the stream is
/// dropped without being polled and the body is empty. A request beyond a limit, or after a drain
/// has started, does not reach the service. The service finds a [`LastEventId`](crate::LastEventId)
/// in the extensions of the request.
///
/// ```
/// use std::{convert::Infallible, time::Duration};
///
/// use http::{Request, Response};
/// use sse_tower::{Event, LastEventId, Settings, SseLayer, testing::EventReader};
/// use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Infallible> {
/// let service = ServiceBuilder::new()
///     .layer(SseLayer::with(Settings::new().retry(Duration::from_secs(2))))
///     .service(service_fn(|request: Request<()>| async move {
///         let last = request.extensions().get::<LastEventId>().cloned().unwrap_or_default();
///         // The client can send any number, or none.
///         let next = last.parse::<u64>().value().and_then(|seen| seen.checked_add(1));
///         let next = Event::new("x").with_id(next.unwrap_or(0));
///         Ok::<_, Infallible>(Response::new(tokio_stream::iter([Ok::<_, Infallible>(next)])))
///     }));
/// let request = Request::get("/").header("Last-Event-ID", "41").body(()).unwrap();
/// let response = service.oneshot(request).await?;
/// assert_eq!(response.headers()["content-type"], "text/event-stream");
/// assert_eq!(EventReader::new(response).event().await, Event::new("x").with_id(42));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct SseLayer {
    settings: Settings,
}

impl SseLayer {
    /// Creates a layer with the default settings.
    #[cfg(feature = "tokio")]
    pub fn new() -> Self {
        Self::with(Settings::new())
    }

    /// Creates a layer with these settings.
    pub fn with(settings: Settings) -> Self {
        Self { settings }
    }
}

#[cfg(feature = "tokio")]
impl Default for SseLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for SseLayer {
    type Service = SseService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SseService::new(inner, self.settings.values().clone())
    }
}
