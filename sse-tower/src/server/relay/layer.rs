use tower_layer::Layer;

use crate::server::{relay::service::RelayService, settings::Settings};

/// Gives responses that are event streams already what [`SseLayer`](crate::SseLayer) gives streams of
/// events: headers, heartbeat, drain, limits, lifetime.
///
/// Use it over a framework's own event streams or over a reverse proxy. It changes responses with status
/// 200 and content type `text/event-stream`. All others, such as gRPC, pass through frame by frame, with
/// their trailers, size and end. Everything that is added to an event stream stands between its events,
/// or is a comment between their lines, however its bytes are cut into frames. The events stay as they are.
///
/// - **Content codings.** Nothing can be inserted into a compressed stream. It gets the headers, and it
///   can be ended. `Content-Encoding: none`, an empty value and `identity` are not a coding.
/// - **Fields of the upstream.** `Cache-Control` gains `no-transform`, unless
///   [`allow_transform`](Settings::allow_transform) is set. Fields that describe exactly the bytes of the
///   upstream are removed, also from trailers: `Content-Length`, digests of the content, strong `ETag`s
///   and `Accept-Ranges`.
///
/// A relay can share its settings with an [`Sse`](crate::Sse), an `SseLayer` or another relay inside it.
/// Each setting then takes effect once: there is one heartbeat, padding, reconnection time and last
/// event, drain and limits count the stream once, and the relay calls the hook. Refusals pass unchanged.
/// If the stream inside ends early, because of a drain, its lifetime or an error, the relay reports the
/// same reason and adds no last event.
///
/// # When the upstream breaks
///
/// Nothing is added to an incomplete event, because it would become part of it:
///
/// | the upstream | between events | within an event or a line |
/// |---|---|---|
/// | ends cleanly | the last event is sent; the hook is told `Completed` | the end is passed on; the hook is told `Error` with [`Truncated`](crate::server::Truncated) |
/// | fails, with an error event | the event is sent, and the response ends cleanly | the response is cut off |
/// | fails, without an error event | the response is cut off | the response is cut off |
///
/// After a failure, the hook is told `Error` with the error of the upstream. The incomplete event has
/// reached the client, which discards it. The end of a stream with a content encoding counts as one
/// between events, because the relay cannot read it.
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
    /// A layer with the default settings.
    #[cfg(feature = "tokio")]
    pub fn new() -> Self {
        Self::with(Settings::new())
    }

    /// A layer with these settings.
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
