//! The options, the start and the end of the program, and its README.

use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::{ALICE, ID, ask, command, of, start};
use crate::{
    demo::{rest, within},
    hub::{get, readme::words},
};

const README: &str = include_str!("../../../src/bin/llm/README.md");

#[tokio::test]
async fn bad_configuration_is_a_message_and_status_2() {
    let secret = "sk-secret\n";
    for (arguments, says) in [
        (
            &["--model-url", "ftp://x/v1"][..],
            "--model-url: the URL has to begin with http",
        ),
        (
            &["--model-url", "nonsense"],
            "--model-url: the URL has to begin with http",
        ),
        (
            &["--model-url", "http://a b"],
            "--model-url: this is not a URL",
        ),
        (
            &["--model-url", "http://k@x/v1"],
            "--model-url: the URL has a user or a query",
        ),
        (
            &["--model-url", "http://x", "--model-key", "sk-secret\nx"],
            "--model-key: a key is",
        ),
        (&["--model-key", "sk-secret"], "--model-url <URL>"),
        (
            &["--redis", "http://x"],
            "--redis: not the URL of a Redis server",
        ),
        (&["--redis-ca", "/nowhere"], "--redis <URL>"),
        (
            &["--redis", "redis://x", "--redis-ca", "/nowhere"],
            "--redis-ca /nowhere: No such file",
        ),
        (
            &["--redis", "redis://x", "--redis-ca", "Cargo.toml"],
            "--redis-ca: the certificates to trust cannot be read",
        ),
        (&["--pause", "0"], "'0' for '--pause <MILLISECONDS>'"),
        (&["--keep", "0"], "'0' for '--keep <SECONDS>'"),
        (&["--port", "65536"], "'65536' for '--port <PORT>'"),
        (&["--bind", "nowhere"], "'nowhere' for '--bind <BIND>'"),
        (&["--colour"], "'--colour'"),
    ] {
        let output = within(command().args(arguments).output()).await.unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(says), "{arguments:?}: {said}");
        assert!(!said.contains(secret.trim()), "{said}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[tokio::test]
async fn a_port_in_use_is_one_clear_line_and_status_1() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = within(command().env("PORT", &port).output()).await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.starts_with(&format!("llm: cannot listen on 127.0.0.1:{port} (")),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_signal_ends_the_streams_cleanly_and_then_the_program() {
    let llm = start(&["--pause", "1000", "--drain", "1"]).await;
    ask(&llm, ALICE, &json!({ "id": ID, "question": "Why?" })).await;
    let mut reader = llm.listen(of(ALICE, get(&format!("/answers/{ID}")))).await;
    assert_eq!(within(reader.event()).await.data(), "Why?");
    let (printed, _) = tokio::join!(llm.stop(), rest(&mut reader));
    assert!(
        printed.ends_with("1 of 1 streams ended cleanly.\n"),
        "{printed}"
    );
}

#[tokio::test]
async fn the_readme_has_the_greeting_and_all_options() {
    let llm = start(&[]).await;
    let (_, greeting) = llm.greeting.split_once('\n').unwrap();
    assert!(README.contains(greeting), "{greeting}");
    let help = command().arg("--help").output().await.unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let words = help.split(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c)));
    let mut count = 0;
    for word in words.filter(|word| word.starts_with("--") || word.starts_with("LLM_")) {
        if word != "--help" {
            assert!(README.contains(&format!("`{word}")), "{word}");
            count += 1;
        }
    }
    assert!(count > 15, "{help}");
}

/// The commands of the README, with `-b` and `-c` as the cookie of a user.
#[tokio::test]
async fn the_commands_of_the_readme_lead_to_an_answer_and_stop_it() {
    let llm = start(&["--pause", "100"]).await;
    let mut answers = Vec::new();
    for line in README.lines().filter(|line| line.starts_with("curl ")) {
        let line = line.replace(
            "/ID",
            &format!("/{}", answers.last().map_or("", String::as_str)),
        );
        let (mut builder, mut body, mut is_stream) = (Request::get("/"), String::new(), false);
        let mut words = words(&line).into_iter().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().expect("a value");
            match &*word {
                "-c" | "-b" => assert_eq!(value(), "jar"),
                "-N" => is_stream = true,
                "-X" => builder = builder.method(&*value()),
                "-d" => (builder, body) = (builder.method("POST"), value()),
                "-H" => {
                    let field = value();
                    let (name, value) = field.split_once(": ").expect("name and value");
                    builder = builder.header(name, value);
                }
                url => {
                    let path = url.strip_prefix("http://127.0.0.1:3000");
                    builder = builder.uri(path.expect("the address of the README"));
                }
            }
        }
        let request = of(ALICE, builder.body(body).unwrap());
        if is_stream {
            let mut reader = llm.listen(request).await;
            assert_eq!(within(reader.event()).await.data(), "Why is the sky blue?");
            continue;
        }
        let (status, answer) = llm.answer(request).await;
        assert!(status.is_success(), "{line}: {answer}");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        answers.push(
            answer["id"]
                .as_str()
                .map_or(answer.to_string(), str::to_owned),
        );
        if answers.len() == 2 {
            // The list. The ID stays the one of the first answer.
            assert!(answers[1].contains(&answers[0]), "{answers:?}");
            answers.swap(0, 1);
        }
    }
    assert_eq!(answers.last().unwrap(), "{\"seal\":\"stopped\"}");
}

#[tokio::test]
async fn the_page_is_in_the_program() {
    let llm = start(&[]).await;
    for (path, content_type) in [
        ("/", "text/html; charset=utf-8"),
        ("/llm.css", "text/css; charset=utf-8"),
        ("/main.js", "text/javascript; charset=utf-8"),
        ("/events.js", "text/javascript; charset=utf-8"),
    ] {
        let response = llm.send(get(path)).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()["content-type"], content_type);
        let policy = response.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(policy.starts_with("default-src 'self';"), "{policy}");
    }
}
