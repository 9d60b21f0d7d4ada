//! Compressed streams that curl reads. It decodes them with the C libraries of the codings.

use std::{env, path::PathBuf, process::Stdio, time::Duration};

use sse_tower::{Event, SseLayer, server::EndReason};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::Command,
    time::timeout,
};

use crate::{
    compression::{CODINGS, ends, serve, settings},
    support::live,
};

const MISSING: &str =
    "curl is missing: install it, run `cargo xtask setup`, or name the program in CURL";

const PATIENCE: Duration = Duration::from_secs(30);

/// The last line of curl's messages: the coding, and the length of the body as it was sent.
const SUMMARY: &str = "%{stderr}%header{content-encoding} %{size_download}";

/// The way in which a response ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Clean,
    /// The stream fails, and has no error event.
    Failure,
    /// The connection is closed, as by a crash of the server.
    Cut,
}

/// Returns the program: the one that the variable `CURL` names, or the installed one. Returns `None` without it,
/// except in CI.
fn program() -> Option<PathBuf> {
    let named = env::var_os("CURL").map(PathBuf::from);
    let program = named.unwrap_or_else(|| PathBuf::from("/usr/bin/curl"));
    if !program.is_file() {
        assert!(env::var_os("CI").is_none(), "{MISSING}");
        println!("left out: {MISSING}");
        return None;
    }
    Some(program)
}

/// Reads from `output` until `text` ends with `end`.
async fn read_until(output: &mut (impl AsyncRead + Unpin), text: &mut String, end: &str) {
    let reading = async {
        while !text.ends_with(end) {
            let mut buffer = [0; 1000];
            let length = output.read(&mut buffer).await.unwrap();
            assert_ne!(length, 0, "curl has printed only {text:?}");
            text.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
        }
    };
    let what = "curl prints each event at once";
    timeout(PATIENCE, reading).await.expect(what);
}

/// Lets curl read a stream of 30 events. Each event is sent only after curl has printed the one before.
async fn read(program: &PathBuf, arguments: &[&str], coding: &str, ending: Ending) {
    let what = format!("{arguments:?} {ending:?}");
    let (settings, mut ends) = ends(settings());
    let layer = SseLayer::with(settings.retry(Duration::from_secs(2)));
    let (sender, stream) = live::<Event, &str>();
    let (address, server) = serve(stream, layer).await;
    let mut curl = Command::new(program)
        .args(["--disable", "--silent", "--no-buffer"])
        .args(["--noproxy", "*", "--write-out", SUMMARY])
        .args(arguments)
        .arg(format!("http://{address}/"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut output = curl.stdout.take().unwrap();
    let mut text = String::new();
    read_until(&mut output, &mut text, "retry: 2000\n").await;
    for number in 0..30 {
        let event = format!("event {number} {}", "<p>hello</p>".repeat(number));
        sender.send(Ok(Event::new(&*event))).unwrap();
        read_until(&mut output, &mut text, &format!("data: {event}\n\n")).await;
    }
    match ending {
        Ending::Clean => drop(sender),
        Ending::Failure => sender.send(Err("gone")).unwrap(),
        Ending::Cut => server.abort(),
    }
    let rest = timeout(PATIENCE, curl.wait_with_output()).await;
    let rest = rest.expect("curl ends").unwrap();
    let code = rest.status.code().unwrap();
    match ending {
        Ending::Clean => assert_eq!(code, 0, "{what}"),
        // 18: a part of the response is missing. 56: the connection was reset. 92: the HTTP/2 stream was reset.
        Ending::Failure | Ending::Cut => assert!([18, 56, 92].contains(&code), "{what}: {code}"),
    }
    let (reason, plain, sent, _) = ends.recv().await.unwrap();
    let expected = match ending {
        Ending::Clean => EndReason::Completed,
        Ending::Failure => EndReason::Error,
        Ending::Cut => EndReason::ClientGone,
    };
    assert_eq!(reason, expected, "{what}");
    assert_eq!(text.len() as u64, plain, "{what}");
    let summary = String::from_utf8(rest.stderr).unwrap();
    assert_eq!(summary, format!("{coding} {sent}"), "{what}");
}

#[tokio::test]
async fn curl_prints_each_event_at_once_and_tells_a_clean_end_from_a_failure() {
    let Some(program) = program() else {
        return;
    };
    for (version, ending) in ["--http1.1", "--http2-prior-knowledge"]
        .into_iter()
        .flat_map(|version| {
            [Ending::Clean, Ending::Failure, Ending::Cut].map(|ending| (version, ending))
        })
    {
        // All codings that curl knows.
        read(&program, &[version, "--compressed"], "br", ending).await;
        for coding in CODINGS {
            let field = format!("Accept-Encoding: {coding}");
            let arguments = [version, "--compressed", "--header", &field];
            read(&program, &arguments, coding, ending).await;
        }
    }
}
