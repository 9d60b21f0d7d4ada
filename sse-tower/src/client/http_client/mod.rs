//! A ready-made HTTP client.

mod body;
mod builder;

pub use crate::tls::TlsError;
pub use body::HttpBody;
pub use builder::HttpClientBuilder;

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{
    HeaderValue, Request, Response, StatusCode,
    header::{ACCEPT_ENCODING, CONTENT_ENCODING},
};
use http_body_util::Full;
use hyper_util::client::legacy::{
    Client,
    connect::{Connect, capture_connection},
};
use tower_service::Service;

use super::OnSilence;
use crate::error::BoxError;

/// An HTTP client for event streams: HTTP/1.1 and HTTP/2, with TLS or without.
///
/// - **TLS** is rustls with the cryptography of ring, and trusts the root certificates of the operating
///   system.
/// - **HTTP/2** is used where the server offers it. PINGs notice a connection whose peer has vanished. When a
///   stream falls silent, its connection is taken out of the pool, so that the next attempt opens
///   another.
/// - **Content codings** are refused by default (`Accept-Encoding: identity`), since most compressing
///   proxies hold events back. Feature `client-gzip` adds [`HttpClientBuilder::gzip`].
/// - **Proxies** are not used. A [connector of yours](HttpClientBuilder::build_with_connector) can use one.
/// - **Redirects** are followed by the [`EventSource`](super::EventSource), not by this client.
///
/// Clones share the pool of connections. The client is a Tower service for bodies of bytes, such as
/// `String`, `Vec<u8>` and `Bytes`. It has to be called within tokio's runtime, on which it spawns the
/// tasks of its connections.
///
/// ```no_run
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// use http::Request;
/// use sse_tower::client::{EventSource, HttpClient};
/// use tokio_stream::StreamExt;
///
/// let mut events = EventSource::builder(HttpClient::new()?)
///     .build(|_| Request::get("https://example.org/feed").body(String::new()).unwrap());
/// while let Some(event) = events.next().await {
///     println!("{}", event?.data());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct HttpClient(Arc<dyn SendRequest>);

impl HttpClient {
    /// Returns a client with the default settings.
    ///
    /// # Errors
    ///
    /// Fails if TLS cannot be set up.
    pub fn new() -> Result<Self, TlsError> {
        Self::builder().build()
    }

    /// Returns the builder of a client.
    pub fn builder() -> HttpClientBuilder {
        HttpClientBuilder::new()
    }
}

type Sending = Pin<Box<dyn Future<Output = Result<Response<HttpBody>, BoxError>> + Send>>;

/// Sends requests, whatever the connector.
trait SendRequest: Send + Sync {
    fn send(&self, request: Request<Full<Bytes>>) -> Sending;
}

struct Pool<C> {
    client: Client<C, Full<Bytes>>,
    decodes_gzip: bool,
}

impl<C> SendRequest for Pool<C>
where
    C: Connect + Clone + Send + Sync + 'static,
{
    fn send(&self, mut request: Request<Full<Bytes>>) -> Sending {
        let connection = capture_connection(&mut request);
        if let Some(on_silence) = request.extensions().get::<OnSilence>() {
            on_silence.set(move || {
                if let Some(connected) = &*connection.connection_metadata() {
                    connected.poison();
                }
            });
        }
        let codings = HeaderValue::from_static(if self.decodes_gzip {
            "gzip"
        } else {
            "identity"
        });
        request
            .headers_mut()
            .entry(ACCEPT_ENCODING)
            .or_insert(codings);
        #[cfg(feature = "client-gzip")]
        if self.decodes_gzip {
            let response = body::send_decoding(self.client.clone(), request);
            return Box::pin(async { checked(response.await?) });
        }
        let response = self.client.request(request);
        Box::pin(async { checked(response.await?.map(HttpBody::plain)) })
    }
}

/// Returns a response whose body can be read. An answer with an error status is not read by a program.
fn checked(response: Response<HttpBody>) -> Result<Response<HttpBody>, BoxError> {
    match coding(&response) {
        Some(coding) if response.status() == StatusCode::OK => {
            Err(UnknownCoding(coding.clone()).into())
        }
        _ => Ok(response),
    }
}

/// Returns the first coding of a body that was not decoded. `none` and an empty value are improper, but
/// stand for plain bytes.
fn coding<B>(response: &Response<B>) -> Option<&HeaderValue> {
    let mut codings = response.headers().get_all(CONTENT_ENCODING).iter();
    codings.find(|coding| {
        let coding = coding.as_bytes().trim_ascii();
        let plain: [&[u8]; 3] = [b"", b"identity", b"none"];
        !plain.iter().any(|plain| coding.eq_ignore_ascii_case(plain))
    })
}

/// The server has used a coding that it was not asked for.
#[derive(Debug)]
struct UnknownCoding(HeaderValue);

impl fmt::Display for UnknownCoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the response has the content coding {:?}, which was not asked for",
            self.0
        )
    }
}

impl std::error::Error for UnknownCoding {}

impl<B: Into<Bytes>> Service<Request<B>> for HttpClient {
    type Response = Response<HttpBody>;
    type Error = BoxError;
    type Future = HttpFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> HttpFuture {
        HttpFuture(self.0.send(request.map(|body| Full::new(body.into()))))
    }
}

/// The future of a response to a request of an [`HttpClient`].
pub struct HttpFuture(Sending);

impl Future for HttpFuture {
    type Output = Result<Response<HttpBody>, BoxError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient").finish_non_exhaustive()
    }
}

impl fmt::Debug for HttpFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpFuture").finish_non_exhaustive()
    }
}
