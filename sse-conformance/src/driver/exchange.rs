//! A request that was sent, over HTTP/1.1 or HTTP/2.

use crate::driver::message::{Head, Piece};
use crate::driver::{http1, http2};

/// A request that was sent, over HTTP/1.1 or HTTP/2.
pub(crate) enum Exchange {
    Http1(http1::Exchange),
    Http2(http2::Exchange),
}

impl Exchange {
    pub(crate) async fn head(&mut self) -> Result<Head, String> {
        match self {
            Self::Http1(exchange) => exchange.head().await,
            Self::Http2(exchange) => exchange.head().await,
        }
    }

    /// The number of the request in the wire log.
    pub(crate) fn number(&self) -> Option<u32> {
        match self {
            Self::Http1(exchange) => Some(exchange.number),
            Self::Http2(exchange) => Some(exchange.number),
        }
    }

    pub(crate) async fn piece(&mut self) -> Piece {
        match self {
            Self::Http1(exchange) => exchange.piece().await,
            Self::Http2(exchange) => exchange.piece().await,
        }
    }
}
