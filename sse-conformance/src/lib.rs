//! sse-conformance
