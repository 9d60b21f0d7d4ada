//! The commands of the program's README.

use http::{Request, header::HeaderName};

use super::{Hub, file, id, next};

const README: &str = include_str!("../../../src/bin/hub/README.md");

/// The address that the README gives the server.
const ADDRESS: &str = "http://127.0.0.1:3000";

/// A `curl` command, as a request.
struct Curl {
    request: Request<String>,
    /// With `-N`, curl prints a stream.
    is_stream: bool,
}

impl Curl {
    fn read(line: &str) -> Self {
        let mut request = Request::get("/");
        let (mut body, mut is_stream) = (String::new(), false);
        let mut words = words(line).into_iter().skip(1);
        while let Some(word) = words.next() {
            match &*word {
                "-N" => is_stream = true,
                "-d" => {
                    request = request.method("POST");
                    body = words.next().expect("data");
                }
                "-H" => {
                    let field = words.next().expect("a header field");
                    let (name, value) = field.split_once(": ").expect("name and value");
                    let name: HeaderName = name.parse().unwrap();
                    request = request.header(name, value);
                }
                url => request = request.uri(url.strip_prefix(ADDRESS).expect("the address")),
            }
        }
        let request = request.body(body).unwrap();
        Self { request, is_stream }
    }
}

/// Splits a command into words, as a shell does. Quotes are single quotes around a whole word.
pub(crate) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('\'') {
            Some(quoted) => quoted.split_once('\'').expect("a closing quote"),
            None => rest.split_once(' ').unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

/// Returns a section of the README.
fn section(title: &str) -> &'static str {
    let mut sections = README.split("\n## ");
    sections
        .find(|section| section.starts_with(title))
        .expect("a section of this title")
}

fn commands(section: &str) -> Vec<Curl> {
    let lines = section.lines().filter(|line| line.starts_with("curl "));
    lines.map(Curl::read).collect()
}

#[tokio::test]
async fn the_first_steps_lead_to_an_event() {
    let steps = section("From nothing");
    let hub = Hub::start(&[]).await;
    let (_, greeting) = hub.greeting.split_once('\n').unwrap();
    assert!(steps.contains(greeting), "{greeting}");
    let mut stream = None;
    let mut received = 0;
    for command in commands(steps) {
        if command.is_stream {
            stream = Some(hub.listen(command.request).await);
            continue;
        }
        let data = command.request.body().clone();
        let (status, answer) = hub.answer(command.request).await;
        assert_eq!(status, 200, "{answer}");
        if let Some(stream) = &mut stream {
            let event = next(stream).await;
            assert_eq!(event, ("paid".to_owned(), id(&answer), data));
            received += 1;
        }
    }
    assert_eq!(received, 1);
}

#[tokio::test]
async fn the_tokens_of_the_readme_allow_its_commands() {
    let tokens = section("Tokens");
    let (_, lines) = tokens.split_once("```text\n").unwrap();
    let (lines, _) = lines.split_once("```").unwrap();
    let path = file("readme", lines);
    let hub = Hub::start(&["--tokens", path.to_str().unwrap()]).await;
    let commands = commands(tokens);
    assert_eq!(commands.len(), 2);
    for command in commands {
        let status = hub.send(command.request).await.status();
        assert_eq!(status, 200, "a stream: {}", command.is_stream);
    }
}

#[tokio::test]
async fn the_table_of_options_is_complete() {
    let output = super::command().arg("--help").output().await.unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let words = help.split(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c)));
    let options = section("Options");
    let mut count = 0;
    for word in words.filter(|word| word.starts_with("--") || word.starts_with("HUB_")) {
        if word != "--help" {
            assert!(options.contains(&format!("`{word}")), "{word}");
            count += 1;
        }
    }
    assert!(count > 10, "{help}");
}
