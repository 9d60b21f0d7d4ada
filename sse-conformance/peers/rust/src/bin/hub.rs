//! Measures what it costs servers to send each event to many clients, and prints tables.
//!
//! ```text
//! hub serve SERVER WORKERS HEARTBEAT   a server in Rust, a process of its own
//! hub_heap SERVER HEARTBEAT            the same with one worker, and it counts its memory
//! hub report                           starts the servers in turn, and the clients
//! ```
//!
//! `cargo xtask bench hub` builds everything and runs this.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use serde::Serialize;
use sse_peers::hub::load::Clients;
use sse_peers::hub::process::Server;
use sse_peers::hub::server::{self, AXUM, SERVERS};
use sse_peers::report::{self, chart};
use sse_peers::rounds::median;

#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Serve streams until the standard input ends
    Serve {
        server: String,
        workers: usize,
        heartbeat: u64,
    },
    /// Measure all servers
    Report {
        /// Folder of the results
        #[arg(long)]
        folder: PathBuf,
        /// Number of turns of each server
        #[arg(long, default_value_t = 5)]
        rounds: usize,
        /// One short turn with few clients
        #[arg(long)]
        quick: bool,
        /// Only the scenarios whose name contains this text
        #[arg(long, default_value = "")]
        filter: String,
        /// Server in another language: its name, its program and its script
        #[arg(long, num_args = 3, value_names = ["NAME", "PROGRAM", "SCRIPT"])]
        program: Vec<OsString>,
    },
}

/// A situation in which all servers are measured.
struct Scenario {
    name: &'static str,
    clients: usize,
    load: Load,
    workers: usize,
    /// True if servers in other languages can take part.
    is_small: bool,
}

enum Load {
    /// This many events a second.
    Paced(u32),
    /// As many events as the server can publish.
    Flood,
    Heartbeats,
    Nothing,
}

const SCENARIOS: [Scenario; 7] = [
    Scenario {
        name: "1,000 clients x 10/s",
        clients: 1_000,
        load: Load::Paced(10),
        workers: 1,
        is_small: true,
    },
    Scenario {
        name: "5,000 clients x 10/s",
        clients: 5_000,
        load: Load::Paced(10),
        workers: 1,
        is_small: false,
    },
    Scenario {
        name: "19,000 clients x 1/s",
        clients: 19_000,
        load: Load::Paced(1),
        workers: 1,
        is_small: false,
    },
    Scenario {
        name: "5,000 clients x 10/s, two workers",
        clients: 5_000,
        load: Load::Paced(10),
        workers: 2,
        is_small: false,
    },
    Scenario {
        name: "backlog, 500 clients",
        clients: 500,
        load: Load::Flood,
        workers: 1,
        is_small: false,
    },
    Scenario {
        name: "heartbeats, 5,000 clients",
        clients: 5_000,
        load: Load::Heartbeats,
        workers: 1,
        is_small: false,
    },
    Scenario {
        name: "idle after an event, 1,000 clients",
        clients: 1_000,
        load: Load::Nothing,
        workers: 1,
        is_small: true,
    },
];

/// The seconds that a load lasts.
const SECONDS: u32 = 5;

/// A heartbeat that does not disturb the other measurements.
const RARE_HEARTBEAT: u32 = 3600;

/// The report, as in `hub.json`.
#[derive(Debug, Serialize)]
struct Report {
    date: String,
    machine: String,
    rustc: String,
    rounds: usize,
    tables: Vec<Table>,
}

/// The figures of one scenario.
#[derive(Debug, Serialize)]
struct Table {
    scenario: &'static str,
    units: Vec<&'static str>,
    /// The median of each unit, if it was measured.
    rows: Vec<(String, Vec<Option<f64>>)>,
}

/// A server and the command that starts it.
struct Testee {
    name: String,
    /// The command for a number of workers. `None` for a server in another language.
    workers: Option<usize>,
    command: Vec<OsString>,
}

fn main() -> Result<()> {
    match Arguments::parse().command {
        Verb::Serve {
            server,
            workers,
            heartbeat,
        } => server::serve(&server, workers, Duration::from_secs(heartbeat), || 0),
        Verb::Report {
            folder,
            rounds,
            quick,
            filter,
            program,
        } => {
            let rounds = if quick { 1 } else { rounds };
            let report = measure(rounds, quick, &filter, &program)?;
            let tables = report.to_string();
            println!("{tables}");
            fs::write(folder.join("hub.md"), &tables)?;
            fs::write(
                folder.join("hub.json"),
                serde_json::to_string_pretty(&report)? + "\n",
            )?;
            fs::write(folder.join("hub.svg"), report.chart()?)?;
            println!("written to {}/hub.{{md,json,svg}}", folder.display());
            Ok(())
        }
    }
}

fn measure(rounds: usize, is_quick: bool, filter: &str, programs: &[OsString]) -> Result<Report> {
    let testees = testees(programs)?;
    // The clients share the second core, so that a server has its own.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut figures: BTreeMap<usize, Vec<(String, Vec<Figure>)>> = BTreeMap::new();
    for round in 0..rounds {
        let scenarios = SCENARIOS.iter().enumerate();
        for (number, scenario) in scenarios.filter(|(_, s)| s.name.contains(filter)) {
            let takes_part = |testee: &&Testee| match testee.workers {
                Some(workers) => workers == scenario.workers,
                None => scenario.is_small,
            };
            let mut turns: Vec<&Testee> = testees.iter().filter(takes_part).collect();
            // Another one goes first in each round.
            let first = round % turns.len();
            turns.rotate_left(first);
            for testee in turns {
                eprintln!("round {}, {}, {}", round + 1, scenario.name, testee.name);
                let run = Run {
                    scenario,
                    clients: if is_quick {
                        scenario.clients / 10
                    } else {
                        scenario.clients
                    },
                    seconds: if is_quick { 1 } else { SECONDS },
                };
                let measured = runtime
                    .block_on(run.measure(testee))
                    .with_context(|| format!("{}, {}", scenario.name, testee.name))?;
                figures
                    .entry(number)
                    .or_default()
                    .push((testee.name.clone(), measured));
            }
        }
    }
    Ok(Report {
        date: report::line(Command::new("date").args(["-u", "+%Y-%m-%d"]))?,
        machine: report::machine(),
        rustc: report::line(Command::new("rustc").arg("--version"))?,
        rounds,
        tables: figures
            .into_iter()
            .map(|(number, runs)| Table::new(&SCENARIOS[number], runs))
            .collect(),
    })
}

fn testees(programs: &[OsString]) -> Result<Vec<Testee>> {
    let hub: OsString = env::current_exe()?.into();
    let mut testees = Vec::new();
    for workers in [1, 2] {
        for name in SERVERS {
            let arguments = ["serve", name, &workers.to_string()].map(OsString::from);
            testees.push(Testee {
                name: name.to_owned(),
                workers: Some(workers),
                command: [vec![hub.clone()], arguments.to_vec()].concat(),
            });
        }
    }
    for program in programs.chunks_exact(3) {
        testees.push(Testee {
            name: program[0].to_string_lossy().into_owned(),
            workers: None,
            command: program[1..].to_vec(),
        });
    }
    Ok(testees)
}

/// One measurement.
struct Run<'a> {
    scenario: &'a Scenario,
    clients: usize,
    seconds: u32,
}

/// A unit and the value.
type Figure = (&'static str, f64);

impl Run<'_> {
    async fn measure(&self, testee: &Testee) -> Result<Vec<Figure>> {
        match self.scenario.load {
            Load::Paced(rate) => self.paced(testee, rate).await,
            Load::Flood => self.flood(testee).await,
            Load::Heartbeats => self.heartbeats(testee).await,
            Load::Nothing => self.idle(testee).await,
        }
    }

    async fn paced(&self, testee: &Testee, rate: u32) -> Result<Vec<Figure>> {
        let mut server = Server::start(&testee.command, RARE_HEARTBEAT)?;
        let clients = Clients::open(server.address(), self.clients, true).await?;
        clients.wait_for_silence().await;
        let before = server.cpu()?;
        server.send(&format!("pace {rate} {}", self.seconds))?;
        sleep(self.seconds + 1).await;
        let published: u64 = server.answer()?;
        let expected = published * self.clients as u64;
        clients.wait_for(expected).await?;
        let cpu = server.cpu()? - before;
        let delays = clients.delays();
        clients.close().await;
        Ok(vec![
            ("CPU µs a delivery", cpu * 1e6 / expected as f64),
            ("p50 ms", delays.median * 1e3),
            ("p99 ms", delays.p99 * 1e3),
        ])
    }

    async fn flood(&self, testee: &Testee) -> Result<Vec<Figure>> {
        let mut server = Server::start(&testee.command, RARE_HEARTBEAT)?;
        let clients = Clients::open(server.address(), self.clients, false).await?;
        clients.wait_for_silence().await;
        let (before, start) = (server.cpu()?, Instant::now());
        server.send(&format!("flood {}", self.seconds))?;
        sleep(self.seconds).await;
        let (time, received) = (start.elapsed().as_secs_f64(), clients.events());
        let cpu = server.cpu()? - before;
        clients.wait_for_silence().await;
        let published: u64 = server.answer()?;
        let lost = 1.0 - clients.events() as f64 / (published * self.clients as u64) as f64;
        clients.close().await;
        Ok(vec![
            ("million deliveries a second", received as f64 / time / 1e6),
            ("CPU µs a delivery", cpu * 1e6 / received as f64),
            ("% of the events lost", lost * 100.0),
        ])
    }

    async fn heartbeats(&self, testee: &Testee) -> Result<Vec<Figure>> {
        let server = Server::start(&testee.command, 1)?;
        let clients = Clients::open(server.address(), self.clients, false).await?;
        sleep(2).await;
        let (before, comments) = (server.cpu()?, clients.comments());
        sleep(self.seconds).await;
        let (cpu, comments) = (server.cpu()? - before, clients.comments() - comments);
        clients.close().await;
        Ok(vec![
            ("CPU µs a heartbeat", cpu * 1e6 / comments as f64),
            (
                "heartbeats a second",
                comments as f64 / f64::from(self.seconds),
            ),
        ])
    }

    async fn idle(&self, testee: &Testee) -> Result<Vec<Figure>> {
        let mut server = Server::start(&testee.command, RARE_HEARTBEAT)?;
        let resident = |server: &mut Server| Ok(server.resident()? as f64);
        let memory = self.memory(&mut server, resident).await?;
        let mut figures = vec![("RSS KiB a stream", memory / 1024.0)];
        if testee.workers.is_some() {
            let program = env::current_exe()?.with_file_name("hub_heap");
            let counting = [program.into(), testee.name.clone().into()];
            let mut server = Server::start(&counting, RARE_HEARTBEAT)?;
            let allocated = |server: &mut Server| {
                server.send("heap")?;
                server.answer()
            };
            let heap = self.memory(&mut server, allocated).await?;
            figures.push(("heap KiB a stream", heap / 1024.0));
        }
        Ok(figures)
    }

    /// Returns the memory that each stream takes once it has sent an event, in bytes.
    async fn memory(
        &self,
        server: &mut Server,
        memory: impl Fn(&mut Server) -> Result<f64>,
    ) -> Result<f64> {
        // The first streams grow what all share.
        let first = open_and_publish(server, self.clients / 10).await?;
        let before = memory(server)?;
        let clients = open_and_publish(server, self.clients).await?;
        let each = (memory(server)? - before) / self.clients as f64;
        first.close().await;
        clients.close().await;
        Ok(each)
    }
}

async fn open_and_publish(server: &mut Server, count: usize) -> Result<Clients> {
    let clients = Clients::open(server.address(), count, false).await?;
    server.send("pace 1 1")?;
    server.answer::<u64>()?;
    clients.wait_for_silence().await;
    Ok(clients)
}

async fn sleep(seconds: u32) {
    tokio::time::sleep(Duration::from_secs(seconds.into())).await;
}

impl Table {
    fn new(scenario: &Scenario, runs: Vec<(String, Vec<Figure>)>) -> Self {
        let mut rows: Vec<(String, BTreeMap<&'static str, Vec<f64>>)> = Vec::new();
        let mut units = Vec::new();
        for (name, figures) in runs {
            let at = rows.iter().position(|(row, _)| *row == name);
            let at = at.unwrap_or_else(|| {
                rows.push((name, BTreeMap::new()));
                rows.len() - 1
            });
            for (unit, value) in figures {
                if !units.contains(&unit) {
                    units.push(unit);
                }
                rows[at].1.entry(unit).or_default().push(value);
            }
        }
        let order = |name: &str| SERVERS.iter().position(|server| *server == name);
        rows.sort_by_key(|(name, _)| order(name).unwrap_or(SERVERS.len()));
        let medians = |mut values: BTreeMap<&'static str, Vec<f64>>| {
            let value = |unit: &&'static str| values.remove(*unit).map(median);
            units.iter().map(value).collect::<Vec<_>>()
        };
        Self {
            scenario: scenario.name,
            rows: rows
                .into_iter()
                .map(|(name, values)| (name, medians(values)))
                .collect(),
            units,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            date,
            machine,
            rustc,
            rounds,
            ..
        } = self;
        writeln!(
            f,
            "{date}, {machine}, {rustc}. Medians of {rounds} rounds; in brackets, times axum's."
        )?;
        for table in &self.tables {
            write!(f, "\n| {} ", table.scenario)?;
            for unit in &table.units {
                write!(f, "| {unit} ")?;
            }
            writeln!(f, "|\n|---{}|", "|---".repeat(table.units.len()))?;
            let axum = table.rows.iter().find(|(name, _)| name == AXUM);
            for (name, values) in &table.rows {
                write!(f, "| {name} ")?;
                for (column, value) in values.iter().enumerate() {
                    let base = axum
                        .and_then(|(_, values)| values[column])
                        .filter(|base| *base > 0.0);
                    match (value, base) {
                        (Some(value), Some(base)) => {
                            write!(f, "| {value:.2} ({:.2}x) ", value / base)?
                        }
                        (Some(value), None) => write!(f, "| {value:.2} ")?,
                        (None, _) => write!(f, "| ")?,
                    }
                }
                writeln!(f, "|")?;
            }
        }
        Ok(())
    }
}

impl Report {
    /// Draws the first figure of each table.
    fn chart(&self) -> Result<String> {
        let group = |table: &Table| chart::Group {
            name: format!("{}: {}", table.scenario, table.units[0]),
            bars: table
                .rows
                .iter()
                .filter_map(|(name, values)| {
                    let value = values[0]?;
                    Some(chart::Bar {
                        label: format!(" {value:.2} {name}"),
                        value,
                        is_ours: name.starts_with("sse-tower"),
                    })
                })
                .collect(),
        };
        let groups: Vec<_> = self.tables.iter().map(group).collect();
        let origin = format!("{}, {}", self.date, self.machine);
        chart::draw(
            "One server, many streams (each group to its own scale)",
            &origin,
            &groups,
        )
    }
}
