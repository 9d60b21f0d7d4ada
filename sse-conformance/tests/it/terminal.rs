//! The output on a terminal: there is a progress bar during the run, and no trace of it afterwards.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::process::{Command, Output};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::support::program::{ALWAYS_A, folder, run};

/// Some cases that pass and some that fail, with many lines each.
const ARGUMENTS: [&str; 5] = ["decoder", "--filter", "parse/line", "--color", "never"];

/// Returns everything that the program writes to a terminal.
fn on_a_terminal(arguments: &[&str], term: &str) -> Vec<u8> {
    let with_testee = [arguments, &["--", "sh", "-c", ALWAYS_A]].concat();
    on_columns(0, &with_testee, term)
}

/// Does the same on a terminal of `columns` columns. With 0, the terminal does not report its
/// width.
fn on_columns(columns: u16, arguments: &[&str], term: &str) -> Vec<u8> {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    let size = Winsize {
        ws_row: 24,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&terminal, size).expect("a size");
    grantpt(&terminal).expect("a terminal of one's own");
    unlockpt(&terminal).expect("a terminal that may be opened");
    let name = ptsname(&terminal, Vec::new()).expect("a name");
    let name = name.into_string().expect("a name in UTF-8");
    let end = OpenOptions::new()
        .read(true)
        .write(true)
        .open(name)
        .expect("its other end");
    let mut child = Command::new(env!("CARGO_BIN_EXE_sse-conformance"))
        .args(arguments)
        .current_dir(folder("empty"))
        .env("TERM", term)
        .stdout(end.try_clone().expect("a descriptor"))
        .stderr(end)
        .spawn()
        .expect("the program runs");
    let mut bytes = Vec::new();
    // Reading fails once the other end is closed.
    let _ = File::from(terminal).read_to_end(&mut bytes);
    child.wait().expect("an end");
    bytes
}

/// Returns the lines that are left on the screen. It knows only the movements that the program
/// uses.
fn screen(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = vec![Vec::new()];
    let mut column = 0;
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        let line: &mut Vec<char> = lines.last_mut().expect("a line");
        match character {
            '\r' => column = 0,
            '\n' => {
                lines.push(Vec::new());
                column = 0;
            }
            '\u{1b}' => match rest.by_ref().find(char::is_ascii_alphabetic) {
                Some('K') => line.truncate(column),
                // A colour takes no columns.
                Some('m') => {}
                sequence => panic!("the sequence {sequence:?} is not known here"),
            },
            character => {
                // Text to the right stays until it is erased.
                line.resize(line.len().max(column + 1), ' ');
                line[column] = character;
                column += 1;
            }
        }
    }
    let lines: Vec<String> = lines
        .into_iter()
        .map(|line| line.into_iter().collect())
        .collect();
    lines.join("\n")
}

fn has_bar(bytes: &[u8]) -> bool {
    String::from_utf8_lossy(bytes).contains("####")
}

#[test]
fn a_terminal_and_a_pipe_get_the_same_lines() {
    for detail in ["--quiet", "--verbose", "--level=info"] {
        let arguments = [&ARGUMENTS[..], &[detail]].concat();
        let seen = on_a_terminal(&arguments, "xterm");
        let Output { stdout, stderr, .. } = run(&arguments, Some(ALWAYS_A));
        assert!(has_bar(&seen), "{detail}");
        assert!(!has_bar(&stdout) && stderr.is_empty(), "{detail}");
        assert_eq!(screen(&seen), String::from_utf8_lossy(&stdout), "{detail}");
    }
}

#[test]
fn the_bar_is_gone_before_an_error_is_said() {
    let arguments = ["decoder", "--filter", "parse/line", "--color", "never"];
    let no_hello = ["--timeout", "0.1", "--", "no-such-program"];
    let seen = on_a_terminal(&[&arguments[..], &no_hello].concat(), "xterm");
    let screen = screen(&seen);
    assert!(
        screen.starts_with("error: the testee cannot be reached"),
        "{screen}"
    );
}

#[test]
fn a_terminal_that_cannot_erase_gets_no_bar() {
    assert!(!has_bar(&on_a_terminal(&ARGUMENTS, "dumb")));
}

#[test]
fn lines_are_broken_where_the_terminal_ends() {
    let testee = ["--", "sh", "-c", ALWAYS_A];
    let run = [
        &["decoder", "--filter", "parse/line", "--color", "never"][..],
        &testee,
    ]
    .concat();
    let table: [&[&str]; 7] = [
        &run,
        &["list"],
        &["explain", "server/injection/data-fields"],
        &["explain", "parse/line/cr-cr"],
        &["explain", "no/such/case"],
        &["server", "--help"],
        &["server", "http://127.0.0.1:1/", "--origin", "foo"],
    ];
    // The help has colours on a terminal.
    for (arguments, term) in table.iter().flat_map(|row| [(row, "dumb"), (row, "xterm")]) {
        let bytes = on_columns(80, arguments, term);
        let text = screen(&bytes);
        assert!(text.len() > 40, "{arguments:?}: {text}");
        for line in text.lines() {
            let word = line.trim_start();
            // Commands and links stay on one line, so that they can be copied.
            let is_kept = ["given ", "rerun ", "https://"];
            assert!(
                line.chars().count() <= 80 || is_kept.iter().any(|start| word.starts_with(start)),
                "{arguments:?}: {line}"
            );
        }
    }
}
