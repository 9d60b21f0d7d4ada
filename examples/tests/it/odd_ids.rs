//! Sends odd values of `Last-Event-ID` to every example. The server must continue to serve everyone.

use futures_util::future::join_all;
use http::{Method, Request, StatusCode, Version};
use sse_tower::testing::EventReader;

use crate::{
    demo::{Demo, within},
    program::{EXAMPLES, Program},
};

/// Values that a client can send, even if they are no IDs of the server.
fn odd_ids() -> Vec<String> {
    let fixed = [
        "18446744073709551615",
        "18446744073709551614",
        "9223372036854775807",
        "18446744073709551616",
        "0",
        "-1",
        "+1",
        "",
        "abc",
        "1.5",
        "-",
        "0-18446744073709551615",
        "größer",
    ];
    let fixed = fixed.map(str::to_owned).into_iter();
    fixed.chain(["9".repeat(1024), "9".repeat(5000)]).collect()
}

#[tokio::test]
async fn every_program_survives_an_odd_id() {
    let others = [
        (
            env!("CARGO_BIN_EXE_llm_stream"),
            &["/answer"][..],
            &[Version::HTTP_11][..],
        ),
        (
            env!("CARGO_BIN_EXE_tls_origins"),
            &["/any", "/anonymous", "/listed", "/matching", "/refusing"],
            &[Version::HTTP_2],
        ),
    ];
    let programs = EXAMPLES.into_iter().chain(others);
    join_all(programs.map(async |(program, paths, versions)| {
        let server = Program::start(program).await;
        for path in paths {
            answers_whatever_the_id(&server, path, versions[0]).await;
        }
    }))
    .await;
}

async fn answers_whatever_the_id(server: &Program, path: &str, version: Version) {
    for id in odd_ids() {
        // One client sends the odd ID, and then another one sends none.
        for id in [&*id, ""] {
            let what = format!("{} {path} {id:.30}", server.name);
            let response = server.send(version, Method::GET, path, id).await;
            assert_eq!(response.status(), StatusCode::OK, "{what}");
            within(EventReader::new(response).event()).await;
        }
    }
}

#[tokio::test]
async fn the_server_of_the_suite_survives_an_odd_id() {
    let server = Program::start(env!("CARGO_BIN_EXE_conformance_server")).await;
    for id in odd_ids() {
        let response = server
            .send(Version::HTTP_11, Method::GET, "/events", &id)
            .await;
        assert_eq!(response.status(), StatusCode::OK, "{id:.30}");
        let mut reader = EventReader::new(response);
        // An ID that the empty log cannot resume from is a gap. Resuming after 0 is possible.
        if !["", "0"].contains(&&*id) {
            let gap = within(reader.event()).await;
            assert_eq!(gap.event_type().as_str(), "gap", "{id:.30}");
        }
        within(reader.next()).await;
    }
}

#[tokio::test]
async fn every_stream_of_the_demo_survives_an_odd_id() {
    let demo = Demo::start().await;
    for path in [
        "/clock",
        "/chat",
        "/notifications",
        "/readings",
        "/ticks?page=odd",
        "/raw",
        "/origins/any",
        "/origins/listed",
        "/origins/closed",
    ] {
        let separator = if path.contains('?') { '&' } else { '?' };
        for id in odd_ids() {
            let in_field = Request::get(path).header("last-event-id", id.as_bytes());
            let in_query = Request::get(format!("{path}{separator}lastEventId={id:.30}"));
            for request in [in_field, in_query, Request::get(path)] {
                let Ok(request) = request.body(String::new()) else {
                    continue; // The query of a request is ASCII.
                };
                let response = demo.send(request).await;
                assert_eq!(response.status(), StatusCode::OK, "{path} {id:.30}");
                within(EventReader::new(response).next()).await.unwrap();
            }
        }
    }
    // The answers that are not streams ignore the field.
    for path in [
        "/",
        "/streams",
        "/readings/hub",
        "/ports",
        "/source/main.rs",
    ] {
        for id in odd_ids() {
            let request = Request::get(path).header("last-event-id", id.as_bytes());
            let response = demo.send(request.body(String::new()).unwrap()).await;
            assert_eq!(response.status(), StatusCode::OK, "{path} {id:.30}");
        }
    }
}
