//! What a server may or may not have.

use std::fmt;

/// Something that a server may or may not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Capability {
    /// Streams that go on after the last event ID.
    Resume,
    /// Streams for pages of other origins.
    Cors,
    /// HTTP/2.
    Http2,
    /// Heartbeats.
    Heartbeat,
    /// Compression when it is asked for.
    Compression,
    /// A control hook that publishes.
    Publish,
    /// A control hook that ends the open streams.
    End,
    /// A control hook that counts the open streams.
    Count,
    /// A control hook that publishes several events in one go.
    Batch,
    /// A control hook that restarts the server.
    Restart,
}

impl Capability {
    /// Every capability, in the order of the list that people read.
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

    /// The name, as the command line has it.
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
