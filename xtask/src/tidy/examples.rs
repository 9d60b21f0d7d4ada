//! Every public item has an example. Rustdoc has a lint for that, but not in a stable toolchain.

/// Where this holds, …
const SOURCES: &str = "sse-proto/src/";
/// … but not for what is public only because a sealed trait names it.
const BEHIND_A_SEAL: &str = "sse-proto/src/buffers/";

const KINDS: [&str; 7] = ["fn", "const", "static", "struct", "enum", "trait", "type"];

/// An item needs an example of its own; a method that only shows what is there, `fn name(&self)`,
/// may be called by another one of the same file. A module of its own, private or a unit test's, is
/// passed over.
pub(super) fn are_given(name: &str, text: &str, broken: &mut Vec<String>) {
    if !name.starts_with(SOURCES) || name.starts_with(BEHIND_A_SEAL) {
        return;
    }
    let shown = examples(text);
    let mut docs = String::new();
    let mut module = None;
    for (number, line) in text.lines().enumerate() {
        if let Some(end) = &module {
            if line == end {
                module = None;
            }
            continue;
        }
        let code = line.trim_start();
        if code.starts_with("///") {
            docs += line;
            docs.push('\n');
            continue;
        }
        if code.starts_with("#[") {
            continue;
        }
        if code.ends_with('{') && code.split(' ').any(|word| word == "mod") {
            module = Some(line.replace(code, "}"));
        }
        if let Some(item) = public_item(code)
            && examples(&docs).is_empty()
            && !(code.contains("(&self)") && shown.contains(&format!(".{item}(")))
        {
            broken.push(format!("{name}:{}: `{item}` has no example", number + 1));
        }
        docs.clear();
    }
}

/// The name of the public item that a line begins.
fn public_item(code: &str) -> Option<&str> {
    let mut words = code.strip_prefix("pub ")?.split(' ').peekable();
    while words.next_if(|word| KINDS.contains(word)).is_some() {}
    let declares = KINDS
        .iter()
        .any(|kind| code.split(' ').nth(1) == Some(kind));
    let name = words.next()?;
    declares.then(|| name.split(['(', '<', ':', ';']).next().unwrap_or(name))
}

/// What stands in those blocks of code in the docs that are run.
fn examples(text: &str) -> String {
    let mut fence = None;
    let mut examples = String::new();
    for line in text.lines().map(str::trim_start) {
        let docs = line.strip_prefix("///").or(line.strip_prefix("//!"));
        let docs = docs.map(str::trim).unwrap_or_default();
        if let Some(language) = docs.strip_prefix("```") {
            fence = fence.xor(Some(language));
        } else if fence == Some("") {
            examples += docs;
            examples.push('\n');
        }
    }
    examples
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(text: &str) -> Vec<String> {
        let mut broken = Vec::new();
        are_given("sse-proto/src/a.rs", text, &mut broken);
        broken
    }

    #[test]
    fn an_item_without_an_example_is_found() {
        for (item, name) in [
            ("pub fn a<T>(b: T) {}", "a"),
            ("    pub const fn a(self) {}", "a"),
            ("pub const A: u8 = 1;", "A"),
            ("pub struct A<'a> {", "A"),
            ("pub trait A: B {}", "A"),
        ] {
            let text = format!("/// Some words.\n#[must_use]\n{item}\n");
            let expected = format!("sse-proto/src/a.rs:3: `{name}` has no example");
            assert_eq!(missing(&text), [expected]);
            let text = format!("/// Some words.\n///\n/// ```\n/// a\n/// ```\n{text}");
            assert!(missing(&text).is_empty(), "{text}");
            let not_run = text.replacen("```", "```text", 1);
            assert_eq!(missing(&not_run).len(), 1, "{not_run}");
        }
    }

    #[test]
    fn another_example_may_show_what_is_there() {
        let type_with = |call| format!("/// ```\n/// {call};\n/// ```\npub struct A;\n");
        let text = "impl A {\n    pub fn b(&self) -> u8 {}\n}\n";
        assert!(missing(&(type_with("a.b()") + text)).is_empty());
        assert_eq!(missing(&(type_with("a.c()") + text)).len(), 1);
        let text = text.replace("&self", "&mut self");
        assert_eq!(missing(&(type_with("a.b()") + &text)).len(), 1);
    }

    #[test]
    fn what_is_not_public_needs_none() {
        for text in [
            "pub(crate) fn a() {}\n",
            "pub use a::B;\npub mod c;\n",
            "pub(crate) mod a {\n    pub trait B {\n    }\n}\n",
        ] {
            assert!(missing(text).is_empty(), "{text}");
        }
        let behind = "mod a {\n    pub fn b() {}\n}\npub fn c() {}\n";
        assert_eq!(
            missing(behind),
            ["sse-proto/src/a.rs:4: `c` has no example"]
        );
    }
}
