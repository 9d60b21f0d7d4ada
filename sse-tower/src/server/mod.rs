//! Turns streams of events, and bodies that already are event streams, into responses.

pub(crate) mod admission;
pub(crate) mod compression;
pub(crate) mod events;
pub(crate) mod heartbeat;
pub(crate) mod http;
pub(crate) mod observe;
pub(crate) mod relay;
pub(crate) mod settings;
pub(crate) mod stream;

pub use crate::ending::{Expired, Kicked, Lagged, Unavailable};
pub use admission::{
    limit::Limits,
    refusal::{Refusal, RefusalReason},
};
#[cfg(any(
    feature = "compression-br",
    feature = "compression-gzip",
    feature = "compression-zstd"
))]
pub use compression::{Compression, CompressionLevel};
pub use events::{SseFuture, SseLayer, SseService, body::SseBody, response::Sse};
pub use heartbeat::Heartbeat;
#[cfg(feature = "metrics")]
pub use observe::metrics::StreamMetrics;
pub use relay::{RelayBody, RelayFuture, RelayLayer, RelayService};
pub use settings::Settings;
pub use stream::{
    end::{EndReason, StreamEnd, Truncated},
    notice::Notice,
};
