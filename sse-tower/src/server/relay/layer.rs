use tower_layer::Layer;

use crate::server::{relay::service::RelayService, settings::Settings};

/// Gives event streams of other services what [`SseLayer`](crate::SseLayer) gives streams of
/// events: header fields, heartbeat, drain, limits and lifetime.
///
/// Put it around handlers that return a framework's own event streams, or around a reverse proxy.
/// It changes only responses with status 200 and content type `text/event-stream`. All others, such
/// as gRPC, pass through frame by frame, with their trailers, size and end.
///
/// The layer inserts data between events, or a comment between the lines of an event, no matter how
/// the stream is cut into frames. The events themselves stay unchanged.
///
/// - **Content codings.** Nothing can be inserted into a compressed stream. Only its header fields
///   and its end are handled. `Content-Encoding: none`, an empty value and `identity` do not count
///   as a coding. With a feature for compression, the layer compresses streams that
///   have no coding, unless the upstream has sent `Cache-Control: no-transform`.
/// - **Fields of the upstream.** The directive `no-transform` is added to `Cache-Control`, unless
///   [`allow_transform`](Settings::allow_transform) is set. Fields that describe the exact bytes of
///   the upstream are removed, from trailers as well: `Content-Length`, digests of the content,
///   strong `ETag`s and `Accept-Ranges`.
///
/// A relay can share its settings with an [`Sse`](crate::Sse), an `SseLayer` or another relay
/// inside it. Each setting then takes effect once. There is one heartbeat, padding, reconnection
/// time and final event; drain and limits count the stream once; the relay calls the hook. Refusals
/// pass unchanged. If the inner stream ends early, because of a drain, its lifetime or an error,
/// the relay reports the same reason and adds no final event.
///
/// # When the upstream breaks
///
/// Nothing is added to an incomplete event, because it would become part of it:
///
/// | the upstream | between events | within an event or a line |
/// |---|---|---|
/// | ends cleanly | the final event is sent; the hook gets `Completed` | the end is passed on; the hook gets `Error` with [`Truncated`](crate::server::Truncated) |
/// | fails, with an error event | the event is sent, and the response ends cleanly | the response is cut off |
/// | fails, without an error event | the response is cut off | the response is cut off |
///
/// After a failure, the hook gets `Error` with the error of the upstream. The incomplete event has
/// already reached the client, which discards it. The end of a stream with a content coding counts
/// as an end between events, because the relay cannot read the stream.
///
/// ```
/// # #[cfg(feature = "axum")] {
/// use std::{convert::Infallible, time::Duration};
///
/// use axum::{Router, response::sse, routing::get};
/// use sse_tower::{Drain, RelayLayer, Settings};
/// use tokio_stream::Stream;
///
/// async fn ticks() -> sse::Sse<impl Stream<Item = Result<sse::Event, Infallible>>> {
///     sse::Sse::new(tokio_stream::pending())
/// }
///
/// let drain = Drain::new();
/// let settings = Settings::new().retry(Duration::from_secs(2)).drain(&drain);
/// let app: Router = Router::new().route("/ticks", get(ticks)).layer(RelayLayer::with(settings));
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct RelayLayer {
    settings: Settings,
}

impl RelayLayer {
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
impl Default for RelayLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for RelayLayer {
    type Service = RelayService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RelayService::new(inner, self.settings.values().clone())
    }
}
