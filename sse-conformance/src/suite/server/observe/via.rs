//! How a request is sent.

use crate::driver::http2;

/// The connection over which an event source asks.
#[derive(Clone, Copy)]
pub(crate) enum Via<'o> {
    /// One of its own for each request.
    Own,
    /// The same, with a small receive buffer.
    Narrow,
    /// A stream of this HTTP/2 connection.
    Stream(&'o http2::Connection),
}
