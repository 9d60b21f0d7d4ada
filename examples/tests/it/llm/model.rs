//! A service with OpenAI's interface, and what the page learns when it fails.

use http::StatusCode;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    sync::mpsc,
};

use super::{ALICE, ID, ask, command, delete, of, read, start, told};
use crate::{
    certificate::Certificate,
    demo::within,
    hub::{Hub, get},
    script::{self, Request, Server, answer, broken, stream},
};

const KEY: &str = "key-of-the-service";

/// An answer of the service leads to these events after the question. Returns the request, and what the program printed.
async fn answers(answer: String, expected: &[(&str, &str)]) -> (Request, String) {
    let server = Server::start(move |_| answer.clone()).await;
    let url = server.url.clone();
    let options = [
        "--model-url",
        &url,
        "--model-key",
        KEY,
        "--model",
        "a-model",
    ];
    let llm = start(&options).await;
    let earlier = json!([{ "question": "Who?", "answer": "I." }]);
    let body = json!({ "id": ID, "question": "Why?", "earlier": earlier });
    ask(&llm, ALICE, &body).await;
    let events = read(&llm, ALICE, ID, "").await;
    assert_eq!(told(&events)[1..], *expected);
    let requests = server.requests().await;
    assert_eq!(requests.len(), 1, "a POST is not sent again");
    let printed = llm.stop().await;
    assert!(!printed.contains(KEY), "{printed}");
    (requests[0].clone(), printed)
}

fn token(text: &str) -> String {
    let choice = json!({ "index": 0, "delta": { "content": text }, "finish_reason": null });
    format!("data: {}\n\n", json!({ "choices": [choice] }))
}

const ROLE: &str =
    "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
const DONE: &str = "data: {\"choices\":[],\"usage\":{\"total_tokens\":2}}\n\ndata: [DONE]\n\n";

#[tokio::test]
async fn the_tokens_of_a_service_are_events() {
    let tokens = token("Hi\n") + ": OPENROUTER PROCESSING\n\n" + &token(" you");
    let all = format!("{ROLE}{tokens}{DONE}");
    let expected = [("message", "Hi\n"), ("message", " you"), ("end", "end")];
    for body in [
        all.clone(),
        all.replace('\n', "\r\n"),
        all.trim_end().to_owned() + "\n",
    ] {
        let (request, _) = answers(stream(&body), &expected).await;
        assert_eq!(request.line, "POST /api/chat/completions HTTP/1.1");
        assert!(
            request
                .fields
                .contains(&format!("authorization: bearer {KEY}\r\n"))
        );
        let body: Value = serde_json::from_str(&request.body).unwrap();
        let message = |role: &str, text: &str| json!({ "role": role, "content": text });
        let messages = [
            message("user", "Who?"),
            message("assistant", "I."),
            message("user", "Why?"),
        ];
        assert_eq!(
            body,
            json!({ "model": "a-model", "stream": true, "messages": messages })
        );
    }
}

#[tokio::test]
async fn a_failure_in_the_middle_is_told_after_the_tokens() {
    let hi = ROLE.to_owned() + &token("Hi");
    let error = "data: {\"error\":{\"message\":\"overloaded\",\"code\":502},\"choices\":[]}\n\n";
    let end = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"length\"}]}\n\n";
    let broke = "The connection to the model broke, so the answer is incomplete.";
    for (answer, problem) in [
        (
            stream(&format!("{hi}{error}{DONE}")),
            "The model has failed: overloaded",
        ),
        (
            stream(&format!("{hi}{end}{DONE}")),
            "The model has ended its answer early: length.",
        ),
        (stream(&hi), broke),
        (broken(&hi), broke),
        (
            stream(&format!("{hi}data: <html>\n\n{DONE}")),
            "The model's service has sent something else than an answer.",
        ),
    ] {
        let expected = [
            ("message", "Hi"),
            ("problem", problem),
            ("failed", "failed"),
        ];
        answers(answer, &expected).await;
    }
}

#[tokio::test]
async fn a_refusal_before_the_stream_is_told() {
    let refused = |status: &str, fields: &str, body: &str| {
        let length = format!("{fields}content-length: {}\r\n", body.len());
        answer(status, &length, body)
    };
    let repeats_key = format!("{{\"error\":\"the key {KEY} is wrong\"}}");
    let limit = "{\"error\":\"the quota is used up\"}";
    let many = "The model's service has too many requests. Ask again";
    let cases = [
        (
            refused("401 Unauthorized", "", &repeats_key),
            "The model's service refuses the key: is LLM_MODEL_KEY right?".to_owned(),
            "status 401",
        ),
        (
            refused("429 Too Many Requests", "retry-after: 7\r\n", limit),
            format!("{many} in 7 seconds."),
            limit,
        ),
        (
            refused("429 Too Many Requests", "", limit),
            format!("{many} later."),
            limit,
        ),
        (
            refused("503 Service Unavailable", "", "down"),
            "The model's service answers with status 503.".to_owned(),
            "down",
        ),
        (
            answer("200 OK", "content-type: text/html\r\n", "<p>"),
            "The model's service does not answer with an event stream: is --model-url right?"
                .to_owned(),
            "llm: the model: ",
        ),
    ];
    for (answer, problem, prints) in cases {
        let expected = [("problem", &*problem), ("failed", "failed")];
        let (_, printed) = answers(answer, &expected).await;
        assert!(printed.contains(prints), "{printed}");
    }
}

#[tokio::test]
async fn a_service_is_reached_over_tls_if_its_certificate_is_trusted() {
    let certificate = Certificate::new("llm-model");
    let all = stream(&format!("{ROLE}{}{DONE}", token("Hi")));
    let tls = Some(certificate.acceptor.clone());
    let server = Server::start_with(tls, move |_| all.clone()).await;
    let trusted = [("message", "Hi"), ("end", "end")];
    let other = [
        ("problem", "The model's service cannot be reached."),
        ("failed", "failed"),
    ];
    for (is_trusted, expected) in [(true, trusted), (false, other)] {
        let mut command = command();
        if is_trusted {
            command.env("SSL_CERT_FILE", &certificate.certificate);
        }
        command.args(["--port", "0", "--model-url", &server.url]);
        let llm = Hub::run(&mut command).await;
        ask(&llm, ALICE, &json!({ "id": ID, "question": "Why?" })).await;
        assert_eq!(told(&read(&llm, ALICE, ID, "").await)[1..], expected);
    }
    assert_eq!(server.requests().await.len(), 1);
}

#[tokio::test]
async fn a_service_that_cannot_be_reached_is_told() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", free.local_addr().unwrap());
    drop(free);
    let llm = start(&["--model-url", &url]).await;
    ask(&llm, ALICE, &json!({ "id": ID, "question": "Why?" })).await;
    let events = read(&llm, ALICE, ID, "").await;
    let problem = ("problem", "The model's service cannot be reached.");
    assert_eq!(told(&events)[1..], [problem, ("failed", "failed")]);
}

/// A service that says `Hi` and then nothing. It tells of each request, and of each connection that was closed.
async fn silent_service() -> (String, mpsc::UnboundedReceiver<&'static str>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/", listener.local_addr().unwrap());
    let (news, received) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let news = news.clone();
            tokio::spawn(async move {
                let mut socket = BufReader::new(socket);
                script::read(&mut socket).await;
                news.send("asked").unwrap();
                let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
                let hi = head.to_owned() + &token("Hi");
                socket.write_all(hi.as_bytes()).await.unwrap();
                // A reset is an end too.
                let _closed = socket.read(&mut [0]).await;
                news.send("closed").unwrap();
            });
        }
    });
    (url, received)
}

#[tokio::test]
async fn a_client_that_goes_away_stops_nothing_and_a_stop_closes_the_request_to_the_model() {
    let (url, mut news) = silent_service().await;
    let llm: Hub = start(&["--model-url", &url]).await;
    let body = json!({ "id": ID, "question": "Why?" });
    ask(&llm, ALICE, &body).await;
    let path = format!("/answers/{ID}");
    for _ in 0..2 {
        let mut reader = llm.listen(of(ALICE, get(&path))).await;
        let (question, hi) = (within(reader.event()).await, within(reader.event()).await);
        assert_eq!((question.data(), hi.data()), ("Why?", "Hi"));
        // Its client goes away, and the page sends its POST again.
        drop(reader);
        assert_eq!(ask(&llm, ALICE, &body).await.0, StatusCode::OK);
    }
    let mut reader = llm.listen(of(ALICE, get(&path))).await;
    within(reader.event()).await;
    within(reader.event()).await;
    assert_eq!(news.recv().await, Some("asked"));
    assert!(news.try_recv().is_err(), "asked once, and not closed");
    let (status, stopped) = llm.answer(of(ALICE, delete(&path))).await;
    assert_eq!(
        (status, &*stopped),
        (StatusCode::OK, "{\"seal\":\"stopped\"}")
    );
    // The followers learn of it at once, and the producer when it renews its lease.
    assert_eq!(
        within(reader.event()).await.event_type().as_str(),
        "stopped"
    );
    assert_eq!(within(news.recv()).await, Some("closed"));
    let (_, again) = llm.answer(of(ALICE, delete(&path))).await;
    assert_eq!(again, stopped);
}
