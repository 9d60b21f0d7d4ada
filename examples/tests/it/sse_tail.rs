//! `sse-tail`: what it prints, and its exit status.

use std::process::Output;

use tokio::process::Command;

use crate::{
    demo::within,
    script::{Server, answer, broken, json, stream},
};

async fn run(arguments: &[&str]) -> (i32, String, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_sse-tail"))
        .args(arguments)
        .env_remove("RUST_BACKTRACE")
        .output();
    let Output {
        status,
        stdout,
        stderr,
    } = within(run).await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

fn gone() -> String {
    answer("204 No Content", "", "")
}

#[tokio::test]
async fn events_are_lines_and_the_stream_is_resumed() {
    let server = Server::start(
        |request| match request.fields.contains("last-event-id: 1\r\n") {
            false => broken("retry: 1\nid: 1\nevent: tick\ndata: a\n\ndata: half"),
            true => stream(": hello\ndata: two\ndata: \u{1b}[31mlines\n\n"),
        },
    );
    let server = server.await;
    let (status, stdout, stderr) = run(&[&server.url, "--count", "2", "-v"]).await;
    assert_eq!(status, 0, "{stderr}");
    // The elapsed time stands before each event.
    let lines: Vec<_> = stdout
        .lines()
        .map(|line| line.get(9..).unwrap_or(""))
        .collect();
    assert_eq!(
        lines,
        ["tick #1 a", "message #1", "two", "\\u{1b}[31mlines"]
    );
    for line in [
        "connected (HTTP/1.1 200 OK)",
        "the server sets the reconnection time to 1ms",
        "the connection broke while the stream was read",
        "; connecting again in ",
        "connected after event 1 (HTTP/1.1 200 OK)",
        "comment: hello",
        "2 events with 15 bytes of data, 2 connections in ",
        "; to go on: --since 1\n",
    ] {
        assert!(stderr.contains(line), "{line}: {stderr}");
    }
}

#[tokio::test]
async fn options_shape_the_request_and_the_output() {
    let text = "event: a\nid: 9\ndata: \"x\"\ndata: y\n\n:c\n\ndata: [DONE]\n\n";
    let server = Server::start(move |_| stream(text)).await;
    let file = std::env::temp_dir().join(format!("sse-tail-{}.json", std::process::id()));
    std::fs::write(&file, "{\"q\":1}").unwrap();
    let path = file.to_str().unwrap();
    let url = server.url.strip_prefix("http://").unwrap();
    let arguments = ["--since", "8", "-H", "X-Name: value", "--final", "[DONE]"];
    let json = [&[url, "--json", "--post", path][..], &arguments].concat();
    let (status, stdout, _) = run(&json).await;
    assert_eq!(status, 0);
    let line = serde_json::json!({ "type": "a", "id": "9", "data": "\"x\"\ny" });
    assert_eq!(stdout, format!("{line}\n"));
    let raw = [&[url, "--raw"][..], &arguments].concat();
    let (status, stdout, _) = run(&raw).await;
    assert_eq!((status, &*stdout), (0, text));
    std::fs::remove_file(file).unwrap();

    let requests = server.requests().await;
    assert_eq!(requests[0].line, "POST /api HTTP/1.1");
    assert_eq!(requests[0].body, "{\"q\":1}");
    assert_eq!(requests[1].line, "GET /api HTTP/1.1");
    for request in requests {
        assert!(request.fields.contains("x-name: value\r\n"), "{request:?}");
        assert!(
            request.fields.contains("last-event-id: 8\r\n"),
            "{request:?}"
        );
    }
}

#[tokio::test]
async fn the_exit_status_tells_how_the_stream_ended() {
    let event = "data: 1\n\n";
    let no_resume: &[&str] = &["--no-resume"];
    let post: &[&str] = &["--post", "/dev/null"];
    let final_event: &[&str] = &["--post", "/dev/null", "--final", "x"];
    for (response, options, expected, message) in [
        (gone(), &[][..], 0, "0 events"),
        (stream(event), no_resume, 0, "the server ended the stream"),
        (stream(event), post, 0, "1 event "),
        (stream(event), final_event, 1, "without the final event"),
        (
            answer("404 Not Found", "", "no such feed"),
            &[],
            1,
            "no such feed",
        ),
        (json("{}", ""), &[], 1, "not an event stream"),
        (broken(event), no_resume, 3, "the connection broke"),
        (broken(event), post, 3, "the connection broke"),
    ] {
        let server = Server::start(move |_| response.clone()).await;
        let arguments = [&[&*server.url], options].concat();
        let (status, _, stderr) = run(&arguments).await;
        assert_eq!(status, expected, "{arguments:?}: {stderr}");
        assert!(stderr.contains(message), "{message}: {stderr}");
        assert_eq!(server.requests().await.len(), 1);
    }
    // Nobody listens there any more.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = closed.local_addr().unwrap().to_string();
    drop(closed);
    let (status, _, stderr) = run(&[&address, "--max-retries", "0"]).await;
    assert_eq!(status, 3, "{stderr}");
    for wrong in [
        &["ftp://a.test/"][..],
        &["http://"],
        &[],
        &[&address, "-H", "no colon"],
        &[&address, "--post", "/no/such/file"],
        &[&address, "--json", "--raw"],
        &[&address, "--idle-timeout", "0"],
    ] {
        let (status, _, stderr) = run(wrong).await;
        assert_eq!(status, 2, "{wrong:?}: {stderr}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_prints_statistics_and_is_status_130() {
    let server = Server::start(|_| broken("retry: 60000\ndata: 1\n\n")).await;
    let process = Command::new(env!("CARGO_BIN_EXE_sse-tail"))
        .arg(&server.url)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // It waits for a minute once the connection has ended.
    while server.requests().await.is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    crate::demo::interrupt(&process).await;
    let output = within(process.wait_with_output()).await.unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(
        stderr.contains("1 event with 1 byte of data, 1 connection in"),
        "{stderr}"
    );
}
