//! Compressed bodies.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::request::Request;
use super::{Flaw, Hub};

/// The compressor of a body. `None` if the body is not compressed.
pub(super) struct Gzip {
    encoder: Option<GzEncoder<Vec<u8>>>,
    has_begun: bool,
}

impl Hub {
    /// Returns whether the head says that the content is compressed.
    pub(super) fn gzip(&self, request: &Request) -> bool {
        if self.is(Flaw::GzipUnasked) {
            return true;
        }
        let Some(accepted) = request.field("accept-encoding") else {
            return false;
        };
        let accepted = String::from_utf8_lossy(accepted);
        match self.flaw {
            Flaw::HoldsGzip
            | Flaw::NoGzip
            | Flaw::Gzips
            | Flaw::GzipsInMembers
            | Flaw::PlainHeartbeatInGzip
            | Flaw::StopsAfterHeartbeat => accepted == "gzip",
            Flaw::IgnoresZeroWeight => accepted.contains("gzip"),
            Flaw::IgnoresZeroWeightOfAll => accepted.contains('*'),
            Flaw::GzipsForEmpty => accepted.is_empty(),
            _ => false,
        }
    }

    pub(super) fn compressor(&self, request: &Request) -> Gzip {
        let compresses = match self.flaw {
            Flaw::GzipTransfer => true,
            Flaw::HoldsGzip | Flaw::NoGzip | Flaw::GzipUnasked => false,
            _ => self.gzip(request),
        };
        Gzip {
            encoder: compresses.then(encoder),
            has_begun: false,
        }
    }
}

impl Gzip {
    /// Returns the bytes to send for this text.
    pub(super) fn put(&mut self, text: &[u8], flaw: Flaw) -> Vec<u8> {
        let Some(gzip) = &mut self.encoder else {
            return text.to_vec();
        };
        let has_begun = std::mem::replace(&mut self.has_begun, true);
        if flaw == Flaw::PlainHeartbeatInGzip && text == b":\n" && has_begun {
            return text.to_vec();
        }
        gzip.write_all(text).expect("a vector takes all");
        if flaw == Flaw::GzipsInMembers {
            let whole = std::mem::replace(gzip, encoder());
            return whole.finish().expect("a vector takes all");
        }
        gzip.flush().expect("a vector takes all");
        std::mem::take(gzip.get_mut())
    }
}

fn encoder() -> GzEncoder<Vec<u8>> {
    GzEncoder::new(Vec::new(), Compression::fast())
}
