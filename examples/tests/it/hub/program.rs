//! The start and the end of the program.

use sse_tower::testing::Received;
use tokio::io::{AsyncBufReadExt, AsyncReadExt};

use super::{Hub, ORDERS, command, file, get, next};
use crate::demo::within;

#[cfg(unix)]
#[tokio::test]
async fn signals_end_the_streams_cleanly_and_then_the_program() {
    for signals in [&["-TERM"][..], &["-INT"], &["-TERM", "-INT"]] {
        let window = if signals.len() == 1 { "1" } else { "3600" };
        let mut hub = Hub::start(&["--drain", window]).await;
        let mut open = Vec::new();
        for _ in 0..3 {
            let mut stream = hub.listen(get("/events?topic=a")).await;
            hub.publish("a", "x").await;
            next(&mut stream).await;
            open.push(stream);
        }
        hub.signal(signals[0]).await;
        let mut words = String::new();
        within(hub.stdout.read_line(&mut words)).await.unwrap();
        assert_eq!(
            words,
            format!("The streams end within {window}s; a second signal ends them sooner.\n")
        );
        if let Some(second) = signals.get(1) {
            hub.signal(second).await;
        }
        for stream in &mut open {
            let mut last = None;
            // This panics if the body is cut off. Heartbeats do not extend the deadline.
            within(async {
                while let Some(received) = stream.next().await {
                    last = Some(received);
                }
            })
            .await;
            assert!(matches!(last, Some(Received::Retry(_))), "{last:?}");
        }
        within(hub.stdout.read_to_string(&mut words)).await.unwrap();
        assert!(
            words.ends_with("3 of 3 streams ended cleanly.\n"),
            "{words}"
        );
        assert!(within(hub.process.wait()).await.unwrap().success());
    }
}

#[tokio::test]
async fn bad_configuration_is_a_message_and_status_2() {
    let line = |line: &str| file(&format!("bad-{}", line.len()), line);
    let files = [
        ("\n# nothing\n", "has no token"),
        ("short publish:a\n", "line 1: the token is too short"),
        (
            "token-for-orders-ü publish:a\n",
            "line 1: a token consists of ASCII letters",
        ),
        (
            "\ntoken-for-orders-0\n",
            "line 2: the token has no right: add publish:TOPIC",
        ),
        (
            "token-for-orders-0 orders/7\n",
            "line 1: a right is publish:TOPIC",
        ),
        (
            "token-for-orders-0 publish: \n",
            "line 1: invalid topic: its name is empty",
        ),
        (
            "token-for-orders-0 admin\ntoken-for-orders-0 publish:a\n",
            "line 2: this token was already configured",
        ),
    ]
    .map(|(text, says)| (line(text), says));
    let mut cases: Vec<(Vec<&str>, &str)> = files
        .iter()
        .map(|(path, says)| (vec!["--tokens", path.to_str().unwrap()], *says))
        .collect();
    cases.extend([
        (
            vec!["--tokens", "/nowhere"],
            "--tokens /nowhere: No such file",
        ),
        (
            vec!["--token", "token-for-orders-0"],
            "--token, number 1: the token has no right",
        ),
        (vec!["--token", " "], "--token, number 1, has no token"),
        (
            vec!["--redis", "http://x"],
            "--redis: not the URL of a Redis server",
        ),
        (
            vec!["--redis", "redis://user@x"],
            "there is a user, but no password",
        ),
        (vec!["--redis-ca", "/nowhere"], "--redis <URL>"),
        (
            vec!["--redis", "redis://x", "--redis-ca", "/nowhere"],
            "--redis-ca /nowhere: No such file",
        ),
        (
            vec!["--redis", "redis://x", "--redis-ca", "Cargo.toml"],
            "--redis-ca: the certificates to trust cannot be read",
        ),
        (vec!["--behind-proxy"], "--behind-proxy needs --tokens"),
        (
            vec!["--allow-origin", "app.example"],
            "it needs a scheme and a host",
        ),
        (
            vec!["--allow-origin", "*,https://a.example"],
            "name no others",
        ),
        (vec!["--port", "65536"], "'65536' for '--port <PORT>'"),
        (vec!["--bind", "nowhere"], "'nowhere' for '--bind <BIND>'"),
        (vec!["--drain", "0"], "'0' for '--drain <SECONDS>'"),
        (vec!["--colour"], "'--colour'"),
    ]);
    for (arguments, says) in cases {
        let run = command().args(&arguments).output();
        let output = within(run).await.unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(says), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(!said.contains(ORDERS), "{said}");
    }
}

#[tokio::test]
async fn a_port_in_use_is_one_clear_line_and_status_1() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = within(command().env("PORT", &port).output()).await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    let expected =
        format!("hub: cannot listen on 127.0.0.1:{port} (choose another port with --port)");
    assert!(said.starts_with(&expected), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}
