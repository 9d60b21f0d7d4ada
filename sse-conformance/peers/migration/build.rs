//! Turns the snippets of other clients in the chapter on migrating into functions, so that they are compiled.

use std::{env, fs, path::PathBuf};

/// The chapters, and what their snippets use without declaring it.
const CHAPTERS: [(&str, &str); 3] = [
    (
        "reqwest_eventsource",
        "client: reqwest::Client, url: &str, token: &str, question: String, mut events: EventSource, \
         message: MessageEvent",
    ),
    (
        "eventsource_client",
        "builder: ClientBuilder, connector: HttpConnector, url: &str, token: &str, question: String, \
         stored: String, mut events: BoxStream<Result<SSE>>, event: Event",
    ),
    (
        "eventsource_stream",
        "response: reqwest::Response, mut events: EventStream<Bytes>, event: Event",
    ),
];

fn main() {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap());
    let folder = package.join("../../../sse-tower/src/guide/migrating");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    for (chapter, variables) in CHAPTERS {
        let path = folder.join(format!("{chapter}.rs"));
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path).unwrap_or_else(|_| panic!("{}", path.display()));
        let functions = functions(&text, variables);
        fs::write(out.join(format!("{chapter}.rs")), functions).unwrap();
    }
}

/// Returns a function for each snippet of a chapter, which are its blocks of text. The function's name has the
/// snippet's line.
fn functions(chapter: &str, variables: &str) -> String {
    let mut functions = String::new();
    let mut is_snippet = false;
    for (number, line) in (1..).zip(chapter.lines()) {
        let line = line.strip_prefix("//!").unwrap_or_default();
        let line = line.strip_prefix(' ').unwrap_or(line);
        match line {
            "```text" => {
                functions += &format!("pub async fn line_{number}({variables}) -> Compiled {{\n");
                is_snippet = true;
            }
            "```" if is_snippet => {
                functions += "Ok(())\n}\n";
                is_snippet = false;
            }
            _ if is_snippet => {
                functions += line;
                functions.push('\n');
            }
            _ => {}
        }
    }
    assert!(!functions.is_empty(), "the chapter has no snippet");
    functions
}
