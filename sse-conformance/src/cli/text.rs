//! Prints text on a terminal, with lines broken between words.

use std::fmt;
use std::io::{self, Write};

use terminal_size::{Width, terminal_size_of};

/// Returns the width of the terminal if standard output is one.
pub(super) fn width() -> Option<usize> {
    wide_enough(terminal_size_of(io::stdout()))
}

/// The narrowest terminal on which a word fits beside its label.
const NARROWEST: usize = 40;

fn wide_enough<H>(size: Option<(Width, H)>) -> Option<usize> {
    let (Width(columns), _) = size?;
    Some(usize::from(columns)).filter(|columns| *columns >= NARROWEST)
}

/// Prints a line. The reader of a pipe may stop reading, as `head` does.
pub(super) fn print(line: impl fmt::Display) {
    let _ = writeln!(anstream::stdout(), "{line}");
}

/// Breaks the lines of a text for standard output.
pub(super) fn for_stdout(text: &str) -> String {
    wrapped(text, width())
}

/// Breaks the lines of a text for standard error.
pub(super) fn for_stderr(text: &str) -> String {
    wrapped(text, wide_enough(terminal_size_of(io::stderr())))
}

/// Breaks lines that are longer than `width`. If a line has a label, its continuation is aligned
/// with the text after the label. Commands stay on one line, so that they can be copied.
fn wrapped(text: &str, width: Option<usize>) -> String {
    let Some(width) = width else {
        return text.to_owned();
    };
    let lines: Vec<String> = text.split('\n').map(|line| broken(line, width)).collect();
    lines.join("\n")
}

fn broken(line: &str, width: usize) -> String {
    let label = line.trim_start().split(' ').next().unwrap_or_default();
    if visible(line) <= width || ["given", "rerun"].contains(&label) {
        return line.to_owned();
    }
    let indent = hang(line).min(width / 2);
    let mut broken = String::new();
    let mut column = 0;
    let start = line.len() - line.trim_start().len();
    broken.push_str(&line[..start]);
    column += start;
    let mut is_first = true;
    for word in line[start..].split(' ') {
        let length = visible(word);
        if !is_first && column + 1 + length > width && column > indent {
            broken.push('\n');
            broken.push_str(&" ".repeat(indent));
            column = indent;
        } else if !is_first {
            broken.push(' ');
            column += 1;
        }
        broken.push_str(word);
        column += length;
        is_first = false;
    }
    broken
}

/// Returns the column at which the text begins: after a label and at least two spaces, otherwise
/// two columns inside the line.
fn hang(line: &str) -> usize {
    let start = line.len() - line.trim_start().len();
    let rest = &line[start..];
    let behind = rest.find("  ").map(|gap| {
        let spaces = rest[gap..].len() - rest[gap..].trim_start().len();
        (rest[..gap].contains(' '), start + gap + spaces)
    });
    match behind {
        // A label is one word.
        Some((false, column)) => column + number(&line[column..]),
        _ => start + number(rest).max(2),
    }
}

/// Returns the length of a number such as `12. ` at the start of a text.
fn number(text: &str) -> usize {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    match digits > 0 && text[digits..].starts_with(". ") {
        true => digits + 2,
        false => 0,
    }
}

/// Returns the number of characters, without the escapes for colours.
fn visible(text: &str) -> usize {
    let mut count = 0;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' => {
                characters.find(char::is_ascii_alphabetic);
            }
            _ => count += 1,
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        let table = [
            ("short", "short"),
            (
                "    rule      one two three four five six seven",
                "    rule      one two three four five\n              six seven",
            ),
            (
                "- one two three four five six seven eight nine",
                "- one two three four five six seven\n  eight nine",
            ),
            (
                "    rerun     curl -Nsi http://127.0.0.1:3000/events",
                "    rerun     curl -Nsi http://127.0.0.1:3000/events",
            ),
            (
                "steps     1. one two three four five six seven",
                "steps     1. one two three four five six\n             seven",
            ),
            (
                "          12. one two three four five six seven",
                "          12. one two three four five\n              six seven",
            ),
            (
                "a-word-that-is-much-longer-than-a-line-of-this-terminal b",
                "a-word-that-is-much-longer-than-a-line-of-this-terminal\n  b",
            ),
            (
                "\u{1b}[1;31mOne two three\u{1b}[0m four five six seven eight nine",
                "\u{1b}[1;31mOne two three\u{1b}[0m four five six seven eight\n  nine",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(wrapped(text, Some(40)), expected);
            assert_eq!(wrapped(text, None), text);
        }
    }
}
