//! Measures a hub of several processes over one Redis server, and prints a table.
//!
//! ```text
//! this program: publishes, and reads the streams of
//! hub serve NODE -> Redis <- this program
//! ```
//!
//! `cargo xtask bench nodes` builds everything and runs this. The server and the node are processes of their own, so
//! their CPU time is known.
#![forbid(unsafe_code)]

use std::env;
use std::ffi::OsString;
use std::fmt::Write;
use std::fs;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use futures_util::{StreamExt, stream};
use redis::Connection;
use sse_peers::hub::data;
use sse_peers::hub::load::Clients;
use sse_peers::hub::process::{Server, cpu_of};
use sse_peers::hub::server::{LOG, NODE, REDIS_URL};
use sse_peers::report;
use sse_tower::hub::Hub;
use sse_tower::hub::log::LogName;
use sse_tower::hub::log::redis::{RedisLog, RedisOptions};
use sse_tower::rt::TokioTimer;
use sse_tower::{Event, EventId};

/// Measures a hub of several processes over Redis.
#[derive(Debug, Parser)]
struct Arguments {
    /// Folder of the results
    #[arg(long)]
    folder: PathBuf,
    /// The Redis server
    #[arg(long)]
    redis: PathBuf,
    /// A tenth of the events and clients
    #[arg(long)]
    quick: bool,
}

/// A Redis server, which ends when this is dropped.
struct Redis {
    child: Child,
    port: u16,
}

/// The number of events of each measurement of a rate.
const EVENTS: usize = 50_000;

/// The numbers of events that one call of `publish_batch` publishes.
const BATCHES: [usize; 2] = [1, 100];

/// The number of calls at the same time.
const CONCURRENCY: usize = 64;

/// The clients of the second node, and the seconds during which they get ten events each.
const CLIENTS: usize = 1_000;
const SECONDS: u32 = 5;

/// The clients that come back at the same time, and the number of events that they have missed.
const HERD: usize = 5_000;
const MISSED: usize = 1_000;

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let table = runtime.block_on(measure(&arguments))?;
    println!("{table}");
    let file = arguments.folder.join("nodes.md");
    fs::write(&file, table).with_context(|| format!("cannot write {}", file.display()))
}

async fn measure(arguments: &Arguments) -> Result<String> {
    let share = if arguments.quick { 10 } else { 1 };
    let redis = Redis::start(&arguments.redis, &arguments.folder)?;
    let log = RedisLog::connect(&redis.url(), RedisOptions::new()).await?;
    let (hub, driver) = Hub::builder().build_on(log, LogName::new(LOG)).await?;
    tokio::spawn(driver.run(TokioTimer));
    let mut table = String::new();
    let date = report::line(Command::new("date").args(["-u", "+%Y-%m-%d"]))?;
    let redis_version = report::line(Command::new(&arguments.redis).arg("--version"))?;
    writeln!(table, "{date}, {}, {redis_version}", report::machine())?;
    writeln!(table, "\n| measurement | |\n|---|---:|")?;
    let mut row = |name: &str, value: String| writeln!(table, "| {name} | {value} |");

    for batch in BATCHES {
        let (before, start) = (redis.cpu()?, Instant::now());
        let events = EVENTS / share;
        publish(&hub, events, batch).await?;
        let seconds = start.elapsed().as_secs_f64();
        let name = match batch {
            1 => format!("{CONCURRENCY} publishers"),
            _ => format!("{CONCURRENCY} publishers, {batch} events a call"),
        };
        row(
            &format!("events published a second, {name}"),
            format!("{:.0}", events as f64 / seconds),
        )?;
        let cpu = (redis.cpu()? - before) * 1e6 / events as f64;
        row("— CPU of Redis, µs an event", format!("{cpu:.1}"))?;
    }

    let mut node = node(&redis)?;
    let clients = Clients::open(node.address(), 1, false).await?;
    let before = (node.cpu()?, redis.cpu()?);
    publish(&hub, EVENTS / share, BATCHES[1]).await?;
    clients.wait_for((EVENTS / share) as u64).await?;
    let each = |seconds: f64| seconds * 1e6 / (EVENTS / share) as f64;
    row(
        "CPU of a node that reads and delivers to one client, µs an event",
        format!("{:.1}", each(node.cpu()? - before.0)),
    )?;
    clients.close().await;

    let clients = Clients::open(node.address(), CLIENTS / share, true).await?;
    clients.wait_for_silence().await;
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    for _ in 0..SECONDS * 10 {
        ticks.tick().await;
        hub.publish("events", Event::new(data())).await?;
    }
    clients.wait_for_silence().await;
    let delays = clients.delays();
    row(
        &format!(
            "from publishing to receipt at another node, {} clients x 10/s, p50 / p99 ms",
            CLIENTS / share
        ),
        format!("{:.2} / {:.2}", delays.median * 1e3, delays.p99 * 1e3),
    )?;
    clients.close().await;

    let last = hub.head();
    publish(&hub, MISSED, BATCHES[1]).await?;
    let calls = redis.calls()?;
    let start = Instant::now();
    let clients = herd(&mut node, HERD / share, &last).await?;
    row(
        &format!(
            "{} clients come back and have missed {MISSED} events: seconds",
            HERD / share
        ),
        format!("{:.1}", start.elapsed().as_secs_f64()),
    )?;
    row(
        "— calls of scripts that Redis counts",
        (redis.calls()? - calls).to_string(),
    )?;
    clients.close().await;
    Ok(table)
}

/// Publishes events with several calls at the same time.
async fn publish(hub: &Hub, events: usize, batch: usize) -> Result<()> {
    let calls = stream::iter(0..events / batch).map(|_| {
        let events = (0..batch).map(|_| ("events", Event::new(data())));
        hub.publish_batch(events.collect::<Vec<_>>())
    });
    let results = calls.buffer_unordered(CONCURRENCY);
    let failures = results
        .flat_map(stream::iter)
        .filter_map(async |result| result.err());
    let failed = std::pin::pin!(failures).next().await;
    failed.map_or(Ok(()), |error| Err(error.into()))
}

/// Starts another node.
fn node(redis: &Redis) -> Result<Server> {
    let hub = env::current_exe()?.with_file_name("hub");
    let arguments = ["serve", NODE, "1"].map(OsString::from);
    let command = [vec![hub.into()], arguments.to_vec()].concat();
    Server::start_with(&command, 3600, &[(REDIS_URL, redis.url())])
}

/// Opens streams after an ID, and waits until all have what they missed.
async fn herd(node: &mut Server, count: usize, last: &EventId) -> Result<Clients> {
    let clients = Clients::resume(node.address(), count, false, last.as_str()).await?;
    clients.wait_for((count * MISSED) as u64).await?;
    Ok(clients)
}

impl Redis {
    fn start(program: &Path, folder: &Path) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        // Debian's program under another name looks at its name to know what it is.
        let child = Command::new(program)
            .arg0("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(folder)
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let redis = Self { child, port };
        let deadline = Instant::now() + Duration::from_secs(10);
        while redis.connect().is_err() {
            ensure!(Instant::now() < deadline, "Redis does not start");
            thread::sleep(Duration::from_millis(20));
        }
        Ok(redis)
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    fn connect(&self) -> Result<Connection> {
        Ok(redis::Client::open(self.url())?.get_connection()?)
    }

    fn cpu(&self) -> Result<f64> {
        cpu_of(self.child.id())
    }

    /// Returns how many times it has run a script.
    fn calls(&self) -> Result<u64> {
        let text: String = redis::cmd("INFO")
            .arg("commandstats")
            .query(&mut self.connect()?)?;
        let calls = text
            .lines()
            .find_map(|line| line.strip_prefix("cmdstat_evalsha:calls="));
        let calls = calls.and_then(|calls| calls.split(',').next());
        Ok(calls.context("it counts commands")?.parse()?)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
