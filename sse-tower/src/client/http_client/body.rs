//! The bodies of responses, decoded while they stream.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use crate::error::BoxError;

/// The body of a response to a request of an [`HttpClient`](super::HttpClient).
#[derive(Debug)]
pub struct HttpBody(Kind);

#[derive(Debug)]
enum Kind {
    Plain(Incoming),
    #[cfg(feature = "client-gzip")]
    Decoded(gzip::Decoded),
}

impl HttpBody {
    pub(super) fn plain(body: Incoming) -> Self {
        Self(Kind::Plain(body))
    }
}

impl Body for HttpBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.0 {
            Kind::Plain(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
            #[cfg(feature = "client-gzip")]
            Kind::Decoded(body) => body.0.as_mut().poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Plain(body) => body.is_end_stream(),
            #[cfg(feature = "client-gzip")]
            Kind::Decoded(body) => body.0.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Plain(body) => body.size_hint(),
            #[cfg(feature = "client-gzip")]
            Kind::Decoded(body) => body.0.size_hint(),
        }
    }
}

#[cfg(feature = "client-gzip")]
pub(super) use gzip::send_decoding;

#[cfg(feature = "client-gzip")]
mod gzip {
    use std::{fmt, future::Future, pin::Pin};

    use bytes::Bytes;
    use http::{Request, Response};
    use http_body_util::Full;
    use hyper::body::Incoming;
    use hyper_util::client::legacy::{Client, connect::Connect};
    use tower_http::decompression::{Decompression, DecompressionBody};
    use tower_service::Service;

    use super::{HttpBody, Kind};
    use crate::error::BoxError;

    /// Boxed, because the state of a decoder is large.
    pub(super) struct Decoded(pub(super) Pin<Box<DecompressionBody<Incoming>>>);

    impl fmt::Debug for Decoded {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Decoded")
        }
    }

    /// Sends a request, and decodes the response if it is coded with gzip.
    pub(in super::super) fn send_decoding<C>(
        client: Client<C, Full<Bytes>>,
        request: Request<Full<Bytes>>,
    ) -> impl Future<Output = Result<Response<HttpBody>, BoxError>> + Send
    where
        C: Connect + Clone + Send + Sync + 'static,
    {
        // Another crate may have turned on the features of the other codings.
        let client = Decompression::new(client).gzip(true);
        let response = client.no_deflate().no_br().no_zstd().call(request);
        async {
            let response = response.await?;
            Ok(response.map(|body| HttpBody(Kind::Decoded(Decoded(Box::pin(body))))))
        }
    }
}
