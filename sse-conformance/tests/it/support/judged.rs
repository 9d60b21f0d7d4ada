//! Judges a small server.

use sse_conformance::suite::server;
use sse_conformance::suite::{Options, Report};

use crate::flawed::server::{Flaw, Server};
use crate::support::plain;

pub(crate) fn judged(flaw: Flaw, options: &Options) -> Report {
    let server = Server::start(flaw);
    let report = server::run(options, &server.target());
    let report = report.unwrap_or_else(|error| panic!("{flaw:?}: {error}"));
    plain::assert_plain(&report);
    report
}
