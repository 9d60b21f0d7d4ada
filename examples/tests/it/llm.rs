//! The program `llm`: answers as runs, over TCP.

mod model;
mod program;
#[cfg(unix)]
mod two_servers;

use http::{
    Method, Request, StatusCode,
    header::{CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, SET_COOKIE},
};
use serde_json::{Value, json};
use sse_tower::Event;
use tokio::process::Command;

use crate::{
    demo::{rest, text},
    hub::{Hub, get, with},
};

const ID: &str = "000102030405060708090a0b0c0d0e0f";
const ALICE: &str = "llm_user=a0000000000000000000000000000000";
const BOB: &str = "llm_user=b0000000000000000000000000000000";

/// Makes a command that starts the program, which is killed when its handle is dropped.
fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_llm"));
    command.kill_on_drop(true);
    for variable in [
        "BIND",
        "PORT",
        "LIFETIME",
        "LLM_REDIS",
        "LLM_REDIS_CA",
        "LLM_ANSWERS",
        "LLM_KEEP",
        "LLM_DRAIN",
        "LLM_MODEL_URL",
        "LLM_MODEL",
        "LLM_MODEL_KEY",
        "LLM_PAUSE",
    ] {
        command.env_remove(variable);
    }
    command
}

async fn start(options: &[&str]) -> Hub {
    Hub::run(command().args(["--port", "0"]).args(options)).await
}

fn question(body: &Value) -> Request<String> {
    let request = Request::post("/answers").header(CONTENT_TYPE, "application/json");
    request.body(body.to_string()).unwrap()
}

fn delete(path: &str) -> Request<String> {
    let mut request = get(path);
    *request.method_mut() = Method::DELETE;
    request
}

fn of(user: &str, request: Request<String>) -> Request<String> {
    with(request, &[(COOKIE.as_str(), user)])
}

/// Asks, and returns the status, the fields and the JSON of the answer.
async fn ask(llm: &Hub, user: &str, body: &Value) -> (StatusCode, HeaderMap, Value) {
    let response = llm.send(of(user, question(body))).await;
    let (status, fields) = (response.status(), response.headers().clone());
    let text = text(response).await;
    let json = serde_json::from_str(&text).unwrap_or(Value::String(text));
    (status, fields, json)
}

/// Reads an answer to its end.
async fn read(llm: &Hub, user: &str, id: &str, last: &str) -> Vec<Event> {
    let request = with(
        of(user, get(&format!("/answers/{id}"))),
        &[("last-event-id", last)],
    );
    rest(&mut llm.listen(request).await).await
}

/// Returns type and data of events.
fn told(events: &[Event]) -> Vec<(&str, &str)> {
    events
        .iter()
        .map(|event| (event.event_type().as_str(), event.data()))
        .collect()
}

fn event_id(event: &Event) -> String {
    event.id().unwrap().as_str().to_owned()
}

async fn listed(llm: &Hub, user: &str) -> Value {
    let (status, list) = llm.answer(of(user, get("/answers"))).await;
    assert_eq!(status, StatusCode::OK);
    serde_json::from_str::<Value>(&list).unwrap()["answers"].clone()
}

#[tokio::test]
async fn an_answer_is_started_once_and_read_by_everybody() {
    let llm = start(&["--pause", "2"]).await;
    let body = json!({ "id": ID, "question": "Why?" });
    let (status, fields, answer) = ask(&llm, ALICE, &body).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(answer, json!({ "id": ID, "started": true }));
    assert_eq!(fields[LOCATION], format!("/answers/{ID}"));
    assert!(!fields.contains_key(SET_COOKIE));
    let early = read(&llm, ALICE, ID, "");
    let again = async {
        let (status, _, answer) = ask(&llm, ALICE, &body).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(answer, json!({ "id": ID, "started": false }));
    };
    let (early, ()) = tokio::join!(early, again);
    assert_eq!(told(&early)[0], ("question", "Why?"));
    assert_eq!(told(&early).last(), Some(&("end", "end")));
    let words: String = early.iter().map(Event::data).collect();
    assert!(words.starts_with("Why?You ask: “Why?”"), "{words}");
    // A page that comes later gets the same, and one that comes back gets the rest.
    let late = read(&llm, ALICE, ID, "").await;
    assert_eq!(late, early);
    let resumed = read(&llm, ALICE, ID, &event_id(&early[9])).await;
    assert_eq!(resumed, early[10..]);
    let end = event_id(early.last().unwrap());
    let request = of(ALICE, get(&format!("/answers/{ID}")));
    let complete = llm.send(with(request, &[("last-event-id", &end)])).await;
    assert_eq!(complete.status(), StatusCode::NO_CONTENT);
    let expected = json!([{ "id": ID, "events": early.len() - 1, "seal": "end" }]);
    assert_eq!(listed(&llm, ALICE).await, expected);
}

#[tokio::test]
async fn a_client_without_a_cookie_gets_one() {
    let llm = start(&["--pause", "1"]).await;
    let response = llm.send(question(&json!({ "question": "Why?" }))).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    let cookie = response.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    let (user, attributes) = cookie.split_once("; ").unwrap();
    assert_eq!(attributes, "Path=/; Max-Age=604800; HttpOnly; SameSite=Lax");
    let id: Value = serde_json::from_str(&text(response).await).unwrap();
    let id = id["id"].as_str().unwrap();
    assert!(!read(&llm, user, id, "").await.is_empty());
    assert_eq!(listed(&llm, user).await[0]["id"], id);
    // The page sets it too, unless the browser has it.
    for (request, sets) in [(get("/"), true), (of(user, get("/")), false)] {
        let response = llm.send(request).await;
        assert_eq!(response.headers().contains_key(SET_COOKIE), sets);
    }
}

#[tokio::test]
async fn an_answer_of_another_user_does_not_exist() {
    let llm = start(&["--pause", "200"]).await;
    let body = json!({ "id": ID, "question": "Why?" });
    ask(&llm, ALICE, &body).await;
    let own = format!("/answers/{ID}");
    let unknown = format!("/answers/{:032x}", 7);
    for (user, path) in [
        (BOB, &own),
        ("", &own),
        ("llm_user=alice", &own),
        (ALICE, &unknown),
    ] {
        for request in [get(path), delete(path)] {
            let response = llm.send(of(user, request)).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{user} {path}");
            assert_eq!(response.headers()["cache-control"], "no-store");
        }
    }
    assert_eq!(ask(&llm, BOB, &body).await.0, StatusCode::NOT_FOUND);
    assert_eq!(listed(&llm, BOB).await, json!([]));
    assert_eq!(listed(&llm, "").await, json!([]));
    assert_eq!(listed(&llm, ALICE).await[0]["seal"], Value::Null);
    let no_id = llm.send(of(ALICE, get("/answers/7"))).await;
    assert_eq!(no_id.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn bad_questions_are_refused_and_explained() {
    let llm = start(&[]).await;
    let long = "x".repeat(257 * 1024);
    for (body, status, says) in [
        (json!({ "question": " " }), 400, "the question is empty"),
        (json!({ "question": long }), 413, ""),
        (json!({ "question": 1 }), 422, "question"),
        (
            json!({ "question": "?", "id": "7" }),
            422,
            "32 hexadecimal digits",
        ),
        (
            json!({ "question": "?", "temperature": 1 }),
            422,
            "temperature",
        ),
    ] {
        let (answered, _, text) = ask(&llm, ALICE, &body).await;
        assert_eq!(answered, status, "{text}");
        assert!(text.to_string().contains(says), "{text}");
    }
    assert_eq!(listed(&llm, ALICE).await, json!([]));
}

#[tokio::test]
async fn pages_of_other_sites_cannot_ask() {
    let llm = start(&["--pause", "1"]).await;
    let own = format!("http://{}", llm.address);
    let body = json!({ "question": "Why?" });
    for (fields, status) in [
        (&[("origin", &*own)][..], 201),
        (&[("origin", "http://evil.example")], 403),
        (&[("origin", "null")], 403),
        // Its own name leads to this machine.
        (
            &[("host", "evil.example"), ("origin", "http://evil.example")],
            403,
        ),
        (&[("host", "evil.example")], 403),
        (
            &[("host", "localhost"), ("origin", "http://localhost")],
            201,
        ),
    ] {
        let response = llm.send(with(question(&body), fields)).await;
        assert_eq!(response.status(), status, "{fields:?}");
    }
    // Without a preflight, a page can only send forms and text.
    let mut plain = question(&body);
    plain
        .headers_mut()
        .insert(CONTENT_TYPE, "text/plain".parse().unwrap());
    let response = llm.send(plain).await;
    assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}
