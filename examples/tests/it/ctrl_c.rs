//! Ctrl-C ends the streams cleanly and then the program, whatever the clients do.
#![cfg(unix)]

use std::time::{Duration, Instant};

use sse_tower::testing::Received;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use crate::demo::{Demo, interrupt, rest, within};

/// The window in which the demo ends its streams.
const WINDOW: Duration = Duration::from_secs(2);

const STREAMS: [&str; 7] = [
    "/clock",
    "/chat",
    "/notifications",
    "/readings",
    "/ticks",
    "/raw",
    "/origins/any",
];

#[tokio::test]
async fn ctrl_c_ends_the_streams_cleanly_and_then_the_program() {
    let mut demo = Demo::start().await;
    let mut open = Vec::new();
    for path in STREAMS {
        let mut reader = demo.listen(path).await;
        within(reader.next()).await;
        open.push(reader);
    }
    demo.open_streams(7).await;
    let begun = Instant::now();
    interrupt(&demo.process).await;
    for reader in &mut open {
        let mut last = None;
        // This panics if the body is cut off.
        while let Some(received) = within(reader.next()).await {
            last = Some(received);
        }
        assert!(matches!(last, Some(Received::Retry(_))), "{last:?}");
    }
    let words = demo.last_words().await;
    assert!(
        words.ends_with("7 of 7 streams ended cleanly.\n"),
        "{words}"
    );
    in_time(begun);
}

#[tokio::test]
async fn a_client_that_reads_nothing_does_not_delay_the_end() {
    let mut demo = Demo::start().await;
    let mut reader = demo.listen("/clock").await;
    within(reader.event()).await;
    let deaf = connect_with_little_room(&demo.server, "/chat").await;
    demo.open_streams(2).await;
    // Until the kernel's buffers for the client are full and its stream is no longer polled.
    let message = "%F0%9F%A6%80".repeat(280);
    say(&demo.server, &format!("message={message}"), 6000).await;

    let begun = Instant::now();
    interrupt(&demo.process).await;
    rest(&mut reader).await;
    let words = demo.last_words().await;
    assert!(
        words.ends_with("1 of 2 streams ended cleanly.\n"),
        "{words}"
    );
    in_time(begun);
    drop(deaf);
}

#[tokio::test]
async fn a_second_ctrl_c_shortens_the_window() {
    let mut demo = Demo::start().await;
    let mut open = Vec::new();
    for _ in 0..24 {
        let mut reader = demo.listen("/raw").await;
        within(reader.next()).await;
        open.push(reader);
    }
    demo.open_streams(24).await;
    let begun = Instant::now();
    interrupt(&demo.process).await;
    let offer = demo.line().await;
    assert!(
        offer.ends_with("Ctrl-C again ends them sooner.\n"),
        "{offer}"
    );
    interrupt(&demo.process).await;
    let words = demo.last_words().await;
    // One after another, 24 streams would take longer.
    let took = begun.elapsed();
    assert!(took < WINDOW * 3 / 4, "{took:?}");
    assert!(
        words.ends_with("24 of 24 streams ended cleanly.\n"),
        "{words}"
    );
}

/// Checks that the program has ended within the window plus a second, with time to spare for a slow
/// machine.
fn in_time(begun: Instant) {
    let took = begun.elapsed();
    assert!(took < WINDOW + Duration::from_secs(1), "{took:?}");
}

async fn connect_with_little_room(server: &str, path: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let connecting = socket.connect(server.parse().unwrap());
    let mut socket = within(connecting).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {server}\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    socket
}

/// Posts `form` to the chat `times` times, over one connection.
async fn say(server: &str, form: &str, times: usize) {
    let mut socket = within(TcpStream::connect(server)).await.unwrap();
    let request = format!(
        "POST /chat HTTP/1.1\r\nHost: {server}\r\nContent-Length: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n{form}",
        form.len(),
    );
    for _ in 0..times {
        within(socket.write_all(request.as_bytes())).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            assert_ne!(within(socket.read_buf(&mut answer)).await.unwrap(), 0);
        }
        assert!(
            answer.starts_with(b"HTTP/1.1 204"),
            "{}",
            answer.escape_ascii()
        );
    }
}
