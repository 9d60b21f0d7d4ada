//! Starting the demo, and the message if it cannot start.

use std::net::TcpListener;

use crate::demo::{Demo, command, get, text, within};

#[tokio::test]
async fn a_port_in_use_is_one_clear_line_and_status_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (page, second, option) in [(&*port, "0", "--port"), ("0", &*port, "--second-port")] {
        let run = command()
            .args(["--port", page, "--second-port", second])
            .env("RUST_BACKTRACE", "1")
            .output();
        let output = within(run).await.unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.is_empty());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said.lines().count(), 1, "{said}");
        let expected = format!(
            "demo: cannot listen on 127.0.0.1:{port} (choose another port with {option}): "
        );
        assert!(said.starts_with(&expected), "{said}");
    }
}

#[tokio::test]
async fn address_and_ports_may_come_from_the_environment() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let run = command()
        .env("BIND", "127.0.0.1")
        .env("PORT", &port)
        .output();
    let said = String::from_utf8(within(run).await.unwrap().stderr).unwrap();
    assert!(said.contains(&format!("127.0.0.1:{port} ")), "{said}");

    let run = command().env("BIND", "nowhere").output();
    let output = within(run).await.unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("'nowhere' for '--bind <BIND>'")
    );
}

#[tokio::test]
async fn the_page_is_in_the_program() {
    let demo = Demo::start().await;
    for (path, content_type, begins) in [
        ("/", "text/html; charset=utf-8", "<!doctype html>"),
        ("/style.css", "text/css; charset=utf-8", "/*"),
        ("/main.js", "text/javascript; charset=utf-8", "//"),
        (
            "/source/main.rs",
            "text/html; charset=utf-8",
            "<!doctype html>",
        ),
    ] {
        let response = demo.send(get(path)).await;
        assert_eq!(response.headers()["content-type"], content_type);
        assert!(text(response).await.starts_with(begins), "{path}");
    }
}
