//! sse-tower
