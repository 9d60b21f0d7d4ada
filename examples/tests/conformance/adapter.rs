//! The adapter for sse-proto, as a child process.

use std::{io::Write, ops::ControlFlow, process, time::Duration};

use sse_conformance::{
    child::{Command, decoder, encoder},
    suite::Options,
};

fn adapter() -> Command {
    Command {
        words: vec![env!("CARGO_BIN_EXE_conformance_adapter").into()],
        // On a busy machine, a slow answer is still correct.
        timeout: Duration::from_secs(60),
    }
}

#[test]
fn the_adapter_passes_the_decoder_suite() {
    let report = decoder::run(&Options::default(), &adapter(), &mut |_| {
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

#[test]
fn chunks_beyond_the_stream_are_an_error() {
    for length in [
        "2",
        "18446744073709551614",
        "18446744073709551615",
        "-1",
        "1.5",
    ] {
        let mut adapter = process::Command::new(env!("CARGO_BIN_EXE_conformance_adapter"))
            .stdin(process::Stdio::piped())
            .stdout(process::Stdio::piped())
            .stderr(process::Stdio::piped())
            .spawn()
            .expect("the adapter starts");
        let mut input = adapter.stdin.take().expect("it is piped");
        writeln!(
            input,
            r#"{{"op":"parse","bytes":"6461","chunks":[1,{length}]}}"#
        )
        .unwrap();
        drop(input);
        let output = adapter.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.starts_with("Error: "), "{length}: {errors}");
        assert!(output.stdout.is_empty(), "{length}");
    }
}
