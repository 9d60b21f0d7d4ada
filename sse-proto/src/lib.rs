//! sse-proto
