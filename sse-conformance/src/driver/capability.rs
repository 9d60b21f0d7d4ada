//! Features that a server may have.

use std::fmt;

/// A feature that a server may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Capability {
    /// Streams continue after the last event ID.
    Resume,
    /// Pages of other origins can read the stream.
    Cors,
    /// HTTP/2.
    Http2,
    /// Heartbeats.
    Heartbeat,
    /// Streams are compressed on request.
    Compression,
    /// A control hook that publishes.
    Publish,
    /// A control hook that ends the open streams.
    End,
    /// A control hook that counts the open streams.
    Count,
    /// A control hook that publishes several events at once.
    Batch,
    /// A control hook that restarts the server.
    Restart,
}

impl Capability {
    /// Every capability, in the order of the documentation.
    pub const ALL: [Self; 10] = [
        Self::Resume,
        Self::Cors,
        Self::Http2,
        Self::Heartbeat,
        Self::Compression,
        Self::Publish,
        Self::End,
        Self::Count,
        Self::Batch,
        Self::Restart,
    ];

    /// Returns the name, as on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resume => "resume",
            Self::Cors => "cors",
            Self::Http2 => "http2",
            Self::Heartbeat => "heartbeat",
            Self::Compression => "compression",
            Self::Publish => "publish",
            Self::End => "end",
            Self::Count => "count",
            Self::Batch => "batch",
            Self::Restart => "restart",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
