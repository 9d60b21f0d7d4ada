//! Each framework's example over TCP: clients and proxies get the same from all of them.

use std::time::Duration;

use futures_util::future::join_all;
use http::{Method, StatusCode, Version};
use http_body_util::BodyExt;
use sse_tower::{Event, testing::EventReader};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};

use crate::{
    demo::{interrupt, rest, text, within},
    program::{EXAMPLES, Program},
};

fn tick(n: u64) -> Event {
    Event::new(format!("tick {n}")).with_id(n)
}

#[tokio::test]
async fn each_framework_streams_events_that_resume() {
    join_all(EXAMPLES.map(async |(program, paths, versions)| {
        let server = Program::start(program).await;
        for path in paths {
            for version in versions {
                streams_events_that_resume(&server, path, *version).await;
            }
        }
    }))
    .await;
}

async fn streams_events_that_resume(server: &Program, path: &str, version: Version) {
    let what = format!("{} {path} {version:?}", server.name);
    for (last_event_id, first) in [
        ("", 1),
        ("41", 42),
        ("not one of ours", 1),
        ("18446744073709551614", u64::MAX),
        ("18446744073709551615", 0),
    ] {
        let response = server.send(version, Method::GET, path, last_event_id).await;
        assert_eq!(response.version(), version);
        let mut reader = EventReader::new(response);
        assert_eq!(within(reader.event()).await, tick(first), "{what}");
        assert_eq!(
            within(reader.event()).await,
            tick(first.wrapping_add(1)),
            "{what}"
        );
        let fields = reader.headers();
        assert_eq!(fields["content-type"], "text/event-stream", "{what}");
        assert_eq!(fields["x-accel-buffering"], "no", "{what}");
        // The framework's own directives are kept.
        let cached = match path {
            "/relayed" => "no-cache, no-transform",
            _ => "no-store, no-transform",
        };
        assert_eq!(fields["cache-control"], cached, "{what}");
        for field in ["connection", "content-length"] {
            assert!(!fields.contains_key(field), "{what}: {field}");
        }
    }
    let head = server.send(version, Method::HEAD, path, "").await;
    assert_eq!(head.status(), StatusCode::OK, "{what}");
    assert_eq!(head.headers()["content-type"], "text/event-stream");
    let body = within(head.into_body().collect()).await.unwrap();
    assert!(body.to_bytes().is_empty(), "{what}");
}

#[tokio::test]
async fn a_response_of_http_1_0_is_delimited_by_its_end() {
    let without_tls = EXAMPLES.into_iter().filter(|(program, _, versions)| {
        versions.contains(&Version::HTTP_11) && !program.ends_with("tls_ticks")
    });
    join_all(without_tls.map(async |(program, paths, _)| {
        let server = Program::start(program).await;
        let mut open = Vec::new();
        for path in paths {
            // The default of nginx, and a client that wants to keep the connection.
            for connection in ["close", "keep-alive"] {
                let request =
                    format!("GET {path} HTTP/1.0\r\nHost: x\r\nConnection: {connection}\r\n\r\n");
                open.push(delimited_by_its_end(&server, &request).await);
            }
        }
        interrupt(&server.process).await;
        for mut socket in open {
            let mut rest = String::new();
            within(socket.read_to_string(&mut rest)).await.unwrap();
            let last = rest.trim_end().lines().last().unwrap();
            assert!(last.starts_with("retry: "), "{program}: {last}");
        }
    }))
    .await;
}

/// Reads two events of an answer whose only delimiter is its end.
async fn delimited_by_its_end(server: &Program, request: &str) -> TcpStream {
    let name = &server.name;
    let mut socket = server.connect().await;
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("tick 2") {
        let read = within(socket.read_buf(&mut seen)).await.unwrap();
        assert_ne!(read, 0, "{name}: {}", seen.escape_ascii());
    }
    let text = String::from_utf8(seen).unwrap().to_ascii_lowercase();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("http/1.0 200"), "{name} {head}");
    for field in ["transfer-encoding", "content-length"] {
        assert!(!head.contains(field), "{name} {head}");
    }
    // The lines contain no chunk sizes.
    let starts = [":", "data:", "id:", "retry:"];
    let mut lines = body.lines().filter(|line| !line.is_empty());
    assert!(
        lines.all(|line| starts.iter().any(|start| line.starts_with(start))),
        "{name} {body}"
    );
    socket
}

#[tokio::test]
async fn ctrl_c_ends_the_streams_cleanly() {
    join_all(EXAMPLES.map(async |(program, paths, versions)| {
        let mut server = Program::start(program).await;
        // A client that has sent nothing yet does not delay the others.
        let _silent = server.connect().await;
        let mut open = Vec::new();
        for (path, version) in paths
            .iter()
            .flat_map(|path| versions.iter().map(move |v| (path, *v)))
        {
            let response = server.send(version, Method::GET, path, "").await;
            let mut reader = EventReader::new(response);
            within(reader.event()).await;
            open.push(reader);
        }
        interrupt(&server.process).await;
        for reader in &mut open {
            // This panics if the body is cut off.
            rest(reader).await;
            let raw = String::from_utf8_lossy(reader.raw());
            let last = raw.trim_end().lines().last().unwrap();
            assert!(last.starts_with("retry: "), "{program}: {last}");
        }
        let status = within(server.process.wait()).await.unwrap();
        assert!(status.success(), "{program} {status}");
    }))
    .await;
}

#[tokio::test]
async fn tls_agrees_on_http_2_with_a_client_of_both() {
    let server = Program::start(env!("CARGO_BIN_EXE_tls_ticks")).await;
    let (h2, http1): (&[u8], &[u8]) = (b"h2", b"http/1.1");
    for (offered, agreed) in [
        (&[http1, h2][..], Some(h2)),
        (&[h2], Some(h2)),
        (&[http1], Some(http1)),
        (&[], None),
    ] {
        let tls = server.connect_tls(offered).await;
        assert_eq!(tls.get_ref().1.alpn_protocol(), agreed, "{offered:?}");
    }
}

#[tokio::test]
async fn a_model_stops_when_its_client_is_gone() {
    let server = Program::start(env!("CARGO_BIN_EXE_llm_stream")).await;
    let response = server
        .send(Version::HTTP_11, Method::GET, "/answer", "")
        .await;
    let mut reader = EventReader::new(response);
    for _ in 0..5 {
        within(reader.event()).await;
    }
    assert!(generated(&server).await >= 5);
    drop(reader);
    // The server notices at the next poll of the connection, and then generates nothing more.
    stops_generating(&server).await;
}

#[tokio::test]
async fn a_proxy_changes_events_and_stops_its_upstream_when_its_client_is_gone() {
    let model = Program::start(env!("CARGO_BIN_EXE_llm_stream")).await;
    let upstream = format!("http://{}/answer", model.address);
    let proxy = env!("CARGO_BIN_EXE_llm_proxy");
    let proxy = Program::start_with(proxy, &[("UPSTREAM", &upstream)]).await;
    let (version, method) = (Version::HTTP_11, Method::GET);
    let response = proxy.send(version, method, "/answer", "").await;
    assert_eq!(response.status(), StatusCode::OK);
    let mut reader = EventReader::new(response);
    for token in 0..5 {
        let event = within(reader.event()).await;
        let text = format!(r#"{{"choices":[{{"delta":{{"content":"WORD {token} "}}}}]}}"#);
        assert_eq!(event.data(), text);
    }
    drop(reader);
    stops_generating(&model).await;
    // Without an upstream, the client gets a status and no stream.
    drop(model);
    let response = proxy.send(version, Method::GET, "/answer", "").await;
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
}

/// Waits until the model generates nothing more, and checks that it has not reached its end.
async fn stops_generating(server: &Program) {
    let stands_still = async {
        loop {
            let before = generated(server).await;
            sleep(Duration::from_millis(500)).await;
            if generated(server).await == before {
                return before;
            }
        }
    };
    let tokens = within(stands_still).await;
    assert!(tokens < 3000, "it went on to the end");
}

/// Returns the number of tokens that the model has generated.
async fn generated(server: &Program) -> u64 {
    let (version, method) = (Version::HTTP_11, Method::GET);
    let response = server.send(version, method, "/generated", "").await;
    text(response).await.parse().unwrap()
}
