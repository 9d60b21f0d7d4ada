//! Copies the programs of README.md unchanged into projects outside the workspace, builds and runs them.
//!
//! The projects use the workspace's target directory, so that dependencies are compiled again only
//! where their features differ. They get a copy of the workspace's lock file, so that they need no
//! network.
//!
//! The server is also built with common mistakes, which the compiler must explain where they are made. This
//! test is the cheapest place for that, because the dependencies have just been built.
#![forbid(unsafe_code)]

use std::{
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

/// The README gives its server this address. The test takes a free port instead.
const ADDRESS: &str = "127.0.0.1:3000";

/// The time that the server may take to listen, and to send an event.
const DEADLINE: Duration = Duration::from_secs(20);

/// One test for all programs, because they use the same folder.
#[test]
fn the_programs_of_the_readme_build_and_run() -> Result<()> {
    let readme = fs::read_to_string(root().join("README.md")).context("cannot read README.md")?;
    let folder = Folder::make()?;
    decoder_prints_its_event(&folder, &Program::of(&readme, "A decoder in ")?)?;
    let server = Program::of(&readme, "A server in ")?;
    server_and_client_understand_each_other(
        &folder,
        &server,
        &Program::of(&readme, "A client in ")?,
    )?;
    wrong_items_are_explained(&folder, &server)
}

/// Returns the root of the workspace.
fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}

/// A program of the README: the code blocks of one section.
#[derive(Debug, PartialEq)]
struct Program<'a> {
    /// The number in the heading.
    lines: usize,
    manifest: String,
    main: String,
    heading: &'a str,
}

impl<'a> Program<'a> {
    /// Reads the section whose heading begins with `title`.
    fn of(readme: &'a str, title: &str) -> Result<Self> {
        let section = readme
            .split("\n## ")
            .find(|section| section.starts_with(title))
            .with_context(|| format!("README.md has no section {title:?}"))?;
        let (heading, text) = section.split_once('\n').unwrap_or((section, ""));
        let lines = heading.split(' ').find_map(|word| word.parse().ok());
        Ok(Self {
            lines: lines.with_context(|| format!("{heading:?} names no number of lines"))?,
            manifest: block(text, "toml").with_context(|| format!("{heading}: no Cargo.toml"))?,
            main: block(text, "rust").with_context(|| format!("{heading}: no main.rs"))?,
            heading,
        })
    }

    /// The name of the package.
    fn name(&self) -> Result<&str> {
        let mut lines = self.manifest.lines();
        lines
            .find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
            .with_context(|| format!("{}: the package has no name", self.heading))
    }

    /// Fails if the heading names another number of lines. Empty lines do not count.
    fn has_its_number_of_lines(&self) -> Result<()> {
        let lines = self.main.lines().filter(|line| !line.trim().is_empty());
        let lines = lines.count();
        ensure!(
            lines == self.lines,
            "README.md says {:?}, but the program has {lines} lines",
            self.heading
        );
        Ok(())
    }
}

/// Returns the first code block of `text` in `language`.
fn block(text: &str, language: &str) -> Option<String> {
    let mut lines = text.lines().skip_while(|line| {
        let language_of = line.strip_prefix("```");
        language_of.is_none_or(|named| named.split(',').next() != Some(language))
    });
    lines.next()?;
    let lines = lines.take_while(|line| !line.starts_with("```"));
    Some(lines.map(|line| format!("{line}\n")).collect())
}

/// A folder outside the workspace: the clone, as `sse`, and the projects beside it.
struct Folder {
    path: PathBuf,
    target: PathBuf,
}

impl Folder {
    /// The path is the same in each run, so that what was built is found again.
    fn make() -> Result<Self> {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("");
        let root = root().canonicalize()?;
        let name = format!("readme-of-{}", root.display()).replace('/', "-");
        let path = env::temp_dir().join(name);
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        fs::create_dir_all(&path)?;
        std::os::unix::fs::symlink(root, path.join("sse"))?;
        Ok(Self { path, target })
    }

    /// Builds a project of the README's Cargo.toml and of `main`; returns its program.
    fn build(&self, program: &Program<'_>, main: &str) -> Result<PathBuf> {
        program.has_its_number_of_lines()?;
        let output = self.compile(program, main)?;
        ensure!(
            output.status.success(),
            "the program of {:?} does not compile:\n{}",
            program.heading,
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(self.target.join("debug").join(program.name()?))
    }

    /// Runs cargo on a project of the README's Cargo.toml and of `main`.
    fn compile(&self, program: &Program<'_>, main: &str) -> Result<Output> {
        let project = self.path.join(program.name()?);
        fs::create_dir_all(project.join("src"))?;
        fs::write(project.join("Cargo.toml"), &program.manifest)?;
        fs::write(project.join("src/main.rs"), main)?;
        fs::copy(root().join("Cargo.lock"), project.join("Cargo.lock"))?;
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build
            .args(["build", "--quiet", "--offline", "--target-dir"])
            .arg(&self.target)
            .current_dir(&project);
        Ok(build.output()?)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // The next run removes the rest.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn decoder_prints_its_event(folder: &Folder, program: &Program<'_>) -> Result<()> {
    let built = folder.build(program, &program.main)?;
    let printed = String::from_utf8(Command::new(built).output()?.stdout)?;
    ensure!(printed == "tick: 1\n", "the decoder printed {printed:?}");
    Ok(())
}

/// Starts the server and reads its events: first with the client, then with last event IDs that no
/// server has made.
fn server_and_client_understand_each_other(
    folder: &Folder,
    server: &Program<'_>,
    client: &Program<'_>,
) -> Result<()> {
    let free = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let build = |program: &Program<'_>| {
        let has_address = program.main.contains(ADDRESS);
        ensure!(
            has_address,
            "{}: the address is not {ADDRESS}",
            program.heading
        );
        folder.build(program, &program.main.replace(ADDRESS, &free))
    };
    let _running = Running(Command::new(build(server)?).spawn()?);
    let mut client = Command::new(build(client)?);
    let mut client = Running(client.stdout(Stdio::piped()).spawn()?);
    let printed = client.0.stdout.take().context("the client has no output")?;
    let mut lines = BufReader::new(printed).lines();
    for expected in ["tick 1", "tick 2"] {
        let line = lines.next().context("the client has ended")??;
        ensure!(
            line == expected,
            "the client printed {line:?} instead of {expected:?}"
        );
    }
    for (last_event_id, data) in [
        ("", "tick 1"),
        ("41", "tick 42"),
        ("18446744073709551614", "tick 18446744073709551615"),
        ("18446744073709551615", "tick 0"),
        ("18446744073709551616", "tick 1"),
        ("-1", "tick 1"),
        ("abc", "tick 1"),
        ("", "tick 1"),
    ] {
        let first = first_event(&free, last_event_id)?;
        ensure!(
            first == data,
            "after {last_event_id:?} the server sent {first:?} instead of {data:?}"
        );
    }
    Ok(())
}

/// Builds the server with wrong items, and reads what the compiler says.
fn wrong_items_are_explained(folder: &Folder, program: &Program<'_>) -> Result<()> {
    const ITEM: &str = r#"Ok(Event::new(format!("tick {n}")).with_id(n))"#;
    const EXPLANATION: [&str; 2] = [
        "its items must be `Result<T, E>`, where `T` is `Event`, `EventFrame` or another type with",
        "`stream.map(Ok::<_, std::convert::Infallible>)`",
    ];
    ensure!(
        program.main.contains(ITEM),
        "README.md: the server has no item {ITEM}"
    );
    for (item, error, explanation) in [
        (
            r#"Event::new(format!("tick {n}"))"#,
            "a stream of events cannot yield `Event`",
            &EXPLANATION[..],
        ),
        (
            r#"Some(Event::new(format!("tick {n}")))"#,
            "a stream of events cannot yield `Option<Event>`",
            &EXPLANATION,
        ),
        (
            r#"format!("tick {n}")"#,
            "a stream of events cannot yield `String`",
            &EXPLANATION,
        ),
        (
            r#"Ok::<_, Infallible>(format!("tick {n}"))"#,
            "`EventFrame: From<String>`",
            &["required for `Result<String, Infallible>` to implement `EventItem`"],
        ),
        (
            r#"Err::<Event, _>(n)"#,
            "`u64: std::error::Error`",
            &["required for `Result<Event, u64>` to implement `EventItem`"],
        ),
    ] {
        let output = folder.compile(program, &program.main.replace(ITEM, item))?;
        ensure!(!output.status.success(), "{item}: the program compiles");
        // The compiler writes the path if the dependencies have another type of that name.
        let errors = String::from_utf8_lossy(&output.stderr).replace("sse_tower::", "");
        // The first line of an error, then the place in the program, then the explanation.
        let is_explained = errors.split("\nerror").any(|text| {
            text.lines().next().is_some_and(|line| line.contains(error))
                && text.contains("Sse::new(")
                && explanation.iter().all(|part| text.contains(part))
        });
        ensure!(is_explained, "{item}: the compiler says\n{errors}");
    }
    Ok(())
}

/// Returns the data of the first event.
fn first_event(address: &str, last_event_id: &str) -> Result<String> {
    let mut socket = connect(address)?;
    socket.set_read_timeout(Some(DEADLINE))?;
    write!(
        socket,
        "GET /ticks HTTP/1.1\r\nHost: {address}\r\nLast-Event-ID: {last_event_id}\r\n\r\n"
    )?;
    let mut read = String::new();
    for line in BufReader::new(socket.take(16 * 1024)).lines() {
        let line = line?;
        if let Some(data) = line.strip_prefix("data: ") {
            return Ok(data.to_owned());
        }
        read += &line;
        read.push('\n');
    }
    bail!("the response has no event:\n{read}");
}

/// Connects as soon as the server listens.
fn connect(address: &str) -> Result<TcpStream> {
    let start = Instant::now();
    loop {
        match TcpStream::connect(address) {
            Ok(socket) => return Ok(socket),
            Err(error) if start.elapsed() > DEADLINE => return Err(error.into()),
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// A program that is killed when this value is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const README: &str = "# A\n\n## A server in 2 lines\n\nText:\n\n```toml\n[package]\nname = \"a\"\n```\n\n\
     ```rust,no_run\nfn main() {\n\n}\n```\n\n## Another\n\n```rust\nother\n```\n";

#[test]
fn a_program_is_read_from_its_section() {
    let program = Program::of(README, "A server in ").unwrap();
    let expected = Program {
        lines: 2,
        manifest: "[package]\nname = \"a\"\n".to_owned(),
        main: "fn main() {\n\n}\n".to_owned(),
        heading: "A server in 2 lines",
    };
    assert_eq!(program, expected);
    assert_eq!(program.name().unwrap(), "a");
    program.has_its_number_of_lines().unwrap();
}

#[test]
fn a_section_that_lacks_something_is_an_error() {
    for (title, wrong) in [
        ("A client in ", README.to_owned()),
        ("A server in ", README.replace("in 2", "in a few")),
        ("A server in ", README.replace("```toml", "```text")),
        ("A server in ", README.replace("```rust,no_run", "```text")),
    ] {
        assert!(Program::of(&wrong, title).is_err(), "{wrong}");
    }
    let wrong = README.replace("in 2", "in 3");
    let program = Program::of(&wrong, "A server in ").unwrap();
    assert!(program.has_its_number_of_lines().is_err());
}
