//! `reqwest::Client` as a Tower service.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_service::Service;

/// A `reqwest::Client` as the service of an [`EventSource`](super::EventSource).
///
/// ```no_run
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// use http::Request;
/// use sse_tower::client::{EventSource, ReqwestClient};
/// use tokio_stream::StreamExt;
///
/// let client = reqwest::Client::builder()
///     .redirect(reqwest::redirect::Policy::none())
///     .build()?;
/// let mut events = EventSource::builder(ReqwestClient::new(client))
///     .build(|_| Request::get("http://localhost:3000/feed").body(String::new()).unwrap());
/// while let Some(event) = events.next().await {
///     println!("{}", event?.data());
/// }
/// # Ok(())
/// # }
/// ```
///
/// Three settings of reqwest matter here:
///
/// - **Redirects**: turn them off, as above. The source follows redirects itself, and removes more secrets than
///   reqwest when one leads to another origin.
/// - **`timeout`** limits a whole response, so it ends every stream. Use the source's timeouts.
/// - **HTTP/2**: reqwest has no way to take a connection out of its pool. If the peer of an HTTP/2 connection
///   vanishes, the next attempts meet the same dead connection. Set `http2_keep_alive_interval` and
///   `http2_keep_alive_timeout`, so that reqwest notices it, or `http1_only`. The `HttpClient` of feature
///   `client-http` does not have this problem.
///
/// The type comes from reqwest 0.13.
#[derive(Clone, Debug)]
pub struct ReqwestClient(reqwest::Client);

impl ReqwestClient {
    /// Returns the service that sends its requests through this client.
    #[must_use]
    pub const fn new(client: reqwest::Client) -> Self {
        Self(client)
    }
}

impl From<reqwest::Client> for ReqwestClient {
    fn from(client: reqwest::Client) -> Self {
        Self(client)
    }
}

impl<B: Into<reqwest::Body>> Service<Request<B>> for ReqwestClient {
    type Response = Response<reqwest::Body>;
    type Error = reqwest::Error;
    type Future = ReqwestFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), reqwest::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> ReqwestFuture {
        let client = self.0.clone();
        let request = request.try_into();
        ReqwestFuture(Box::pin(async move {
            let response = client.execute(request?).await?;
            Ok(response.into())
        }))
    }
}

/// The future of a response to a request of a [`ReqwestClient`].
pub struct ReqwestFuture(Answering);

type Answering =
    Pin<Box<dyn Future<Output = Result<Response<reqwest::Body>, reqwest::Error>> + Send>>;

impl Future for ReqwestFuture {
    type Output = Result<Response<reqwest::Body>, reqwest::Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for ReqwestFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestFuture").finish_non_exhaustive()
    }
}
