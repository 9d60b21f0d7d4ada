//! The connection from the suite to a server, and the messages on it.
//!
//! ```text
//! Address -> Link (TCP or TLS) -> http1 | http2 -> Piece -> Reader
//! Action  -> Control -> Answer
//! ```
//!
//! HTTP/1.1 is read directly from the socket. A client library would hide how a body is framed, how
//! it ends and what follows it.

pub(crate) mod address;
pub(crate) mod capability;
pub(crate) mod control;
pub(crate) mod exchange;
pub(crate) mod hook;
pub(crate) mod http1;
pub(crate) mod http2;
pub(crate) mod link;
pub(crate) mod media_type;
pub(crate) mod message;
pub(crate) mod reader;
pub(crate) mod recording;
pub(crate) mod search;
pub(crate) mod target;
pub(crate) mod tls;
pub(crate) mod unreachable;
