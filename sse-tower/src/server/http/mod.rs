//! Header fields: of requests, and of the responses that are event streams.

pub(crate) mod accept;
pub(crate) mod accept_encoding;
pub(crate) mod headers;
pub(crate) mod request;
pub(crate) mod response;
