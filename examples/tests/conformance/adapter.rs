//! The adapter for sse-proto, as a child process.

use std::ops::ControlFlow;
use std::time::Duration;

use sse_conformance::{
    child::{Command, encoder, parser},
    suite::Options,
};

fn adapter() -> Command {
    Command {
        words: vec![env!("CARGO_BIN_EXE_conformance_adapter").into()],
        // The machine may be busy: a slow answer is an answer.
        timeout: Duration::from_secs(60),
    }
}

#[test]
fn the_adapter_passes_the_parser_suite() {
    let report = parser::run(&Options::default(), &adapter(), &mut |_| {
        ControlFlow::Continue(())
    })
    .expect("the adapter starts");
    assert_eq!(report.failures().count(), 0, "{report}");
}

#[test]
fn the_adapter_passes_the_encoder_suite() {
    let report = encoder::run(&Options::default(), &adapter(), &mut |_| {
        ControlFlow::Continue(())
    })
    .expect("the adapter starts");
    assert_eq!(report.failures().count(), 0, "{report}");
}
