//! Measures the clients over loopback TCP and prints a table.
//!
//! ```text
//! client serve                       the server, a process of its own
//! client read under callgrind     -> instructions
//! client_allocations              -> allocations
//! client report                   -> runs these and times all clients in turn
//! ```
//!
//! Fails if this project's client allocates more, or takes more instructions, than before. `cargo
//! xtask bench client` builds everything and runs this.
#![forbid(unsafe_code)]

use std::env;
use std::hint::black_box;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::{Parser, Subcommand};
use sse_peers::client::{CLIENTS, OURS, now, read, server};
use sse_peers::report::{self, counts};
use sse_peers::rounds::{Rounds, Work};

/// The largest permitted cost of a delivery to this project's client, relative to the body alone.
const MAX_ALLOCATIONS: f64 = 1.02;
const MAX_INSTRUCTIONS: f64 = 1.55;

/// The streams and the headings of their columns.
const STREAMS: [(&str, &str); 3] = [
    (server::PACED, "event by event"),
    (server::SINGLE, "event a chunk"),
    (server::LARGE, "16 KiB chunks"),
];

/// The number of events of a turn is a multiple of this, so that connecting costs little in
/// comparison.
const BLOCK: u64 = 200;
const COUNTED_EVENTS: [u64; 2] = [1_000, 5_000];

#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Serve streams until the standard input ends
    Serve,
    /// Read a number of events with one client
    Read {
        client: String,
        url: String,
        events: u64,
    },
    /// Measure all clients
    Report {
        /// File that callgrind writes
        #[arg(long)]
        folder: PathBuf,
        /// Number of turns of each client
        #[arg(long, default_value_t = 15)]
        rounds: usize,
        /// Short turns and few rounds
        #[arg(long)]
        quick: bool,
    },
}

/// The figures of one client.
#[derive(Debug, Default)]
struct Row {
    /// CPU seconds per event of each stream.
    seconds: [f64; 3],
    /// The same in user instructions, if callgrind counts them.
    instructions: [f64; 3],
    /// A stream with one event in each chunk.
    allocations: f64,
    /// The seconds from the write of an event to the callback.
    latency: f64,
}

fn main() -> Result<()> {
    match Arguments::parse().command {
        Verb::Serve => server::serve()?,
        Verb::Read {
            client,
            url,
            events,
        } => {
            read(&client, url, events, &mut use_data)?;
        }
        Verb::Report {
            folder,
            rounds,
            quick,
        } => {
            let rounds = Rounds {
                count: if quick { 3 } else { rounds },
                turn: Duration::from_millis(if quick { 10 } else { 100 }),
            };
            report(folder, rounds)?;
        }
    }
    Ok(())
}

fn report(folder: PathBuf, rounds: Rounds) -> Result<()> {
    let server = Server::start()?;
    let mut rows: Vec<Row> = CLIENTS.iter().map(|_| Row::default()).collect();
    let has_valgrind = Command::new("valgrind").arg("--version").output().is_ok();
    for (column, (path, _)) in STREAMS.into_iter().enumerate() {
        let url = server.url(path);
        let mut everyone: Vec<Work<'_>> = CLIENTS
            .iter()
            .map(|(name, _)| work(name, url.clone()))
            .collect();
        for (row, seconds) in rows.iter_mut().zip(rounds.medians(&mut everyone)?) {
            row.seconds[column] = seconds / BLOCK as f64;
        }
        // Callgrind is too slow for a paced stream.
        if has_valgrind && path != server::PACED {
            for (row, (client, _)) in rows.iter_mut().zip(CLIENTS) {
                row.instructions[column] = instructions(client, &url, &folder)?;
            }
        }
    }
    let allocations = env::current_exe()?.with_file_name("client_allocations");
    for (row, (client, _)) in rows.iter_mut().zip(CLIENTS) {
        let mut count = Command::new(&allocations);
        count.args([client, &server.url(server::SINGLE)]);
        row.allocations = report::read(&mut count)?.trim().parse()?;
        row.latency = latency(client, server.url(server::PACED))?;
    }
    print(&rows);
    check(&rows, has_valgrind)
}

fn work(client: &'static str, url: String) -> Work<'static> {
    Box::new(move |times| read(client, url.clone(), times * BLOCK, &mut use_data))
}

fn use_data(data: &[u8]) {
    black_box(data);
}

fn instructions(client: &str, url: &str, folder: &Path) -> Result<f64> {
    let program = env::current_exe()?;
    let count = |events: u64| {
        let arguments = ["read".into(), client.into(), url.into(), events.to_string()];
        counts::instructions(&program, &arguments, &folder.join("callgrind-client.out"))
    };
    let [few, many] = COUNTED_EVENTS.map(count);
    let more = many?.0.saturating_sub(few?.0);
    Ok(more as f64 / (COUNTED_EVENTS[1] - COUNTED_EVENTS[0]) as f64)
}

/// Returns the median time from the write of an event to the callback.
fn latency(client: &str, url: String) -> Result<f64> {
    let mut times = Vec::new();
    read(client, url, 2_000, &mut |data| {
        // The body alone returns the field as well.
        let data = str::from_utf8(data)
            .unwrap_or_default()
            .trim_start_matches("data: ");
        let written = data
            .trim_end()
            .parse()
            .map(Duration::from_nanos)
            .unwrap_or_default();
        times.push(now().saturating_sub(written));
    })?;
    times.sort_unstable();
    Ok(times[times.len() / 2].as_secs_f64())
}

fn print(rows: &[Row]) {
    print!("| client ");
    for unit in ["CPU ns", "instructions"] {
        for (_, stream) in STREAMS {
            print!("| {unit}, {stream} ");
        }
    }
    println!("| allocations | latency µs |\n|---|---|---|---|---|---|---|---|---|");
    let bare = &rows[0];
    for (row, (client, package)) in rows.iter().zip(CLIENTS) {
        print!("| {client} {} ", version(package));
        let nanoseconds = |seconds: [f64; 3]| seconds.map(|seconds| seconds * 1e9);
        print_ratios(nanoseconds(row.seconds), nanoseconds(bare.seconds));
        print_ratios(row.instructions, bare.instructions);
        println!("| {:.2} | {:.1} |", row.allocations, row.latency * 1e6);
    }
}

/// Prints each value, and its ratio to that of the body alone.
fn print_ratios(values: [f64; 3], bare: [f64; 3]) {
    for (value, bare) in values.into_iter().zip(bare) {
        match value > 0.0 {
            true => print!("| {value:.0} ({:.2}x) ", value / bare),
            false => print!("| "),
        }
    }
}

fn version(package: &str) -> &'static str {
    let lock = include_str!("../../Cargo.lock");
    let name = format!("name = \"{package}\"\nversion = \"");
    let version = lock
        .split_once(&name)
        .and_then(|(_, rest)| rest.split('"').next());
    version.unwrap_or_default()
}

/// Prints the figures that do not depend on the machine.
fn check(rows: &[Row], has_valgrind: bool) -> Result<()> {
    let ours = CLIENTS.iter().position(|(name, _)| *name == OURS);
    let (ours, bare) = (&rows[ours.context("ours is missing")?], &rows[0]);
    let allocations = ours.allocations - bare.allocations;
    ensure!(
        allocations <= MAX_ALLOCATIONS,
        "{OURS}: {allocations:.2} allocations an event, more than {MAX_ALLOCATIONS}"
    );
    let ratio = ours.instructions[1] / bare.instructions[1];
    ensure!(
        !has_valgrind || ratio <= MAX_INSTRUCTIONS,
        "{OURS}: {ratio:.2} times the instructions of the body alone, more than {MAX_INSTRUCTIONS}"
    );
    Ok(())
}

/// The server in its own process, which ends when this value is dropped.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start() -> Result<Self> {
        let mut process = Command::new(env::current_exe()?)
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut address = String::new();
        let output = process.stdout.take().context("the server has no output")?;
        BufReader::new(output).read_line(&mut address)?;
        Ok(Self {
            process,
            address: address.trim().to_owned(),
        })
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server ends with its input.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
