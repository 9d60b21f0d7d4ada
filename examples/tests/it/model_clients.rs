//! The clients of language models and of a Model Context Protocol server, against servers that speak these
//! shapes, with their odd cases.

use std::process::Output;

use tokio::process::Command;

use crate::{
    demo::within,
    script::{Request, Server, answer, broken, json, stream},
};

/// Runs a chat program until it ends.
async fn ask(program: &str, server: &Server) -> Output {
    let run = Command::new(program)
        .args([&server.url, "Who are you?"])
        .env("OPENAI_API_KEY", "k")
        .env("ANTHROPIC_API_KEY", "k")
        .env_remove("RUST_BACKTRACE")
        .output();
    within(run).await.unwrap()
}

/// A chat with this answer prints this, and fails with this if it fails.
async fn chats(program: &str, answer: String, printed: &str, error: Option<&str>) -> Request {
    let server = Server::start(move |_| answer.clone()).await;
    let output = ask(program, &server).await;
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        printed,
        "{stderr}"
    );
    match error {
        None => assert!(output.status.success(), "{stderr}"),
        Some(error) => {
            assert_eq!(output.status.code(), Some(1));
            assert!(stderr.contains(error), "{stderr}");
        }
    }
    let requests = server.requests().await;
    assert_eq!(requests.len(), 1, "a POST is not sent again");
    requests[0].clone()
}

const OPENAI: &str = env!("CARGO_BIN_EXE_openai_chat");
const ANTHROPIC: &str = env!("CARGO_BIN_EXE_anthropic_chat");
const MCP: &str = env!("CARGO_BIN_EXE_mcp_client");

#[tokio::test]
async fn openai() {
    let token = |text: &str| {
        format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n")
    };
    let usage = "data: {\"choices\":[],\"usage\":{\"total_tokens\":2}}\n\n";
    let role = "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null}}]}\n\n";
    let hi = token("Hi ") + &token("you");
    let all = format!("{role}: OPENROUTER PROCESSING\n\n{hi}{usage}data: [DONE]\n\n");
    let request = chats(OPENAI, stream(&all), "Hi you\n", None).await;
    assert_eq!(request.line, "POST /api HTTP/1.1");
    assert!(
        request.fields.contains("authorization: bearer k\r\n"),
        "{request:?}"
    );
    assert!(request.body.contains("\"stream\":true"), "{request:?}");

    let crlf = all.replace('\n', "\r\n");
    chats(OPENAI, stream(&crlf), "Hi you\n", None).await;
    let without_blank_line = all.trim_end().to_owned() + "\n";
    chats(OPENAI, stream(&without_blank_line), "Hi you\n", None).await;
    let cut = "without the final event";
    chats(OPENAI, stream(&hi), "Hi you", Some(cut)).await;
    chats(OPENAI, broken(&hi), "Hi you", Some("connection broke")).await;
    let error = "data: {\"error\":{\"message\":\"overloaded\",\"code\":502},\"choices\":[]}\n\n";
    let failed = stream(&(hi.clone() + error + "data: [DONE]\n\n"));
    chats(OPENAI, failed, "Hi you", Some("overloaded")).await;
    let refused = answer("401 Unauthorized", "content-length: 0\r\n", "");
    chats(OPENAI, refused, "", Some("status 401")).await;
    let html = answer("200 OK", "content-type: text/html\r\n", "<p>");
    chats(OPENAI, html, "", Some("not an event stream")).await;
}

#[tokio::test]
async fn anthropic() {
    let event = |event_type: &str, rest: &str| {
        format!("event: {event_type}\ndata: {{\"type\":\"{event_type}\"{rest}}}\n\n")
    };
    let delta = |text: &str| {
        let delta =
            format!(",\"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":\"{text}\"}}");
        event("content_block_delta", &delta)
    };
    let json = ",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\"}";
    let start = event("message_start", ",\"message\":{}") + &event("ping", "");
    let hi = start + &delta("Hi ") + &event("content_block_delta", json) + &delta("you");
    let all = hi.clone() + &event("message_delta", ",\"delta\":{}") + &event("message_stop", "");
    let request = chats(ANTHROPIC, stream(&all), "Hi you\n", None).await;
    assert!(request.fields.contains("x-api-key: k\r\n"), "{request:?}");
    chats(
        ANTHROPIC,
        stream(&all.replace('\n', "\r\n")),
        "Hi you\n",
        None,
    )
    .await;
    chats(
        ANTHROPIC,
        stream(&hi),
        "Hi you",
        Some("without the final event"),
    )
    .await;
    let error = ",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}";
    let failed = stream(&(hi + &event("error", error)));
    chats(ANTHROPIC, failed, "Hi you", Some("overloaded_error")).await;
}

/// Answers the calls of a session: `initialize` as JSON, `tools/list` as `tools` says.
fn mcp(request: &Request, tools: &str, followed: &str) -> String {
    let method = request.line.split(' ').next().unwrap();
    match method {
        "GET" if request.fields.contains("last-event-id: t1") => followed.to_owned(),
        "GET" if request.fields.contains("last-event-id: s2") => answer("204 No Content", "", ""),
        "GET" => stream(
            "id: s1\ndata:\n\n: hello\n\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"tools/changed\"}\nid: s2\n\n",
        ),
        "DELETE" => answer("204 No Content", "", ""),
        _ if request.body.contains("\"initialize\"") => json(
            r#"{"jsonrpc":"2.0","id":1,"result":{"serverInfo":{"name":"test"}}}"#,
            "mcp-session-id: abc\r\n",
        ),
        _ if request.body.contains("notifications/initialized") => {
            answer("202 Accepted", "content-length: 0\r\n", "")
        }
        _ => tools.to_owned(),
    }
}

const TOOLS: &str =
    r#"{"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"add","description":"Adds"}]}}"#;
const PROGRESS: &str = r#"{"jsonrpc":"2.0","method":"progress"}"#;

#[tokio::test]
async fn model_context_protocol() {
    let as_stream = format!("id: t1\r\ndata:\r\n\r\ndata: {PROGRESS}\r\n\r\ndata: {TOOLS}\r\n\r\n");
    let first_half = format!("id: t1\ndata:\n\ndata: {PROGRESS}\n\n");
    let second_half = stream(&format!("id: t2\ndata: {TOOLS}\n\n"));
    let refused = answer("405 Method Not Allowed", "content-length: 0\r\n", "");
    for (name, tools, followed, meanwhile) in [
        ("JSON", json(TOOLS, ""), String::new(), ""),
        ("a stream", stream(&as_stream), String::new(), "progress"),
        // The call is not sent again: a GET continues its stream.
        ("cut", stream(&first_half), second_half.clone(), "progress"),
        ("broken", broken(&first_half), second_half, "progress"),
    ] {
        let server = Server::start(move |request| mcp(request, &tools, &followed)).await;
        let output = Command::new(MCP).arg(&server.url).output();
        let output = within(output).await.unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{name}: {stderr}");
        let meanwhile = match meanwhile {
            "" => String::new(),
            method => format!("meanwhile: \"{method}\"\n"),
        };
        let expected = format!(
            "connected to \"test\"\n{meanwhile}tool \"add\": \"Adds\"\nnotified: \"tools/changed\"\n"
        );
        assert_eq!(stdout, expected, "{name}");
        let requests = server.requests().await;
        let count = requests
            .iter()
            .filter(|request| request.line.starts_with("POST"));
        assert_eq!(count.count(), 3, "{name}");
        assert!(
            requests.last().unwrap().line.starts_with("DELETE"),
            "{name}"
        );
        for request in &requests[1..] {
            assert!(
                request.fields.contains("mcp-session-id: abc\r\n"),
                "{request:?}"
            );
        }
    }
    // A server without a stream of its own.
    let server = Server::start(move |request| match request.line.starts_with("GET") {
        true => refused.clone(),
        false => mcp(request, &json(TOOLS, ""), ""),
    });
    let server = server.await;
    let output = within(Command::new(MCP).arg(&server.url).output())
        .await
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}
