//! Clients of a server: they count events and their delays.

use std::cell::RefCell;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::now;

/// Open streams of one server.
#[derive(Debug)]
pub struct Clients {
    counts: Arc<Counts>,
    tasks: JoinSet<()>,
}

/// The events and comments of all clients.
#[derive(Debug, Default)]
struct Counts {
    events: AtomicU64,
    comments: AtomicU64,
    /// The number of events by their delay, in steps of [`STEP`]. The last one counts all longer delays.
    delays: Vec<AtomicU64>,
}

const STEP: Duration = Duration::from_micros(10);
const STEPS: usize = 1_000_000;

/// The number of clients that connect at the same time. A server's queue of new connections is short.
const AT_ONCE: usize = 100;

/// The most bytes that are read at once.
const BUFFER_SIZE: usize = 256 * 1024;

/// The delays of the events of a time, in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Delays {
    /// The median.
    pub median: f64,
    /// The value that 99 % do not exceed.
    pub p99: f64,
}

impl Clients {
    /// Opens `count` streams.
    ///
    /// # Errors
    /// Fails if one cannot be opened.
    pub async fn open(address: &str, count: usize, measures_delays: bool) -> Result<Self> {
        Self::resume(address, count, measures_delays, "").await
    }

    /// Opens `count` streams after an event ID. Without an ID, if it is empty.
    ///
    /// # Errors
    /// Fails if one cannot be opened.
    pub async fn resume(
        address: &str,
        count: usize,
        measures_delays: bool,
        last_event_id: &str,
    ) -> Result<Self> {
        let steps = if measures_delays { STEPS } else { 0 };
        let delays = (0..steps).map(|_| AtomicU64::new(0)).collect();
        let counts = Arc::new(Counts {
            delays,
            ..Counts::default()
        });
        let mut tasks = JoinSet::new();
        let mut opening = JoinSet::new();
        for number in 0..count {
            opening.spawn(open(address.to_owned(), last_event_id.to_owned()));
            if opening.len() == AT_ONCE || number + 1 == count {
                while let Some(opened) = opening.join_next().await {
                    let (socket, start) = opened?.context("a stream cannot be opened")?;
                    tasks.spawn(read(socket, start, counts.clone()));
                }
            }
        }
        ensure!(tasks.len() == count, "not all streams were opened");
        Ok(Self { counts, tasks })
    }

    /// Returns the number of events that all clients have received.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.counts.events.load(Ordering::Relaxed)
    }

    /// Returns the number of comments that all clients have received.
    #[must_use]
    pub fn comments(&self) -> u64 {
        self.counts.comments.load(Ordering::Relaxed)
    }

    /// Waits until all clients together have received this many events.
    ///
    /// # Errors
    /// Fails if there are more, or if none comes for ten seconds.
    pub async fn wait_for(&self, events: u64) -> Result<()> {
        let (mut seen, mut since) = (self.events(), Instant::now());
        while seen < events && since.elapsed() < Duration::from_secs(10) {
            sleep(Duration::from_millis(10)).await;
            if self.events() > seen {
                (seen, since) = (self.events(), Instant::now());
            }
        }
        ensure!(seen == events, "{seen} of {events} events were received");
        Ok(())
    }

    /// Waits until nothing was received for half a second.
    pub async fn wait_for_silence(&self) {
        let mut before = None;
        while before != Some(self.events()) {
            before = Some(self.events());
            sleep(Duration::from_millis(500)).await;
        }
    }

    /// Returns the delays of all events so far.
    #[must_use]
    pub fn delays(&self) -> Delays {
        let counts = &self.counts.delays;
        let count = |step: &AtomicU64| step.load(Ordering::Relaxed);
        let all: u64 = counts.iter().map(count).sum();
        let quantile = |share: f64| {
            let wanted = (all as f64 * share) as u64;
            let mut sum = 0;
            let step = counts.iter().position(|step| {
                sum += count(step);
                sum > wanted
            });
            STEP.as_secs_f64() * step.unwrap_or(0) as f64
        };
        Delays {
            median: quantile(0.5),
            p99: quantile(0.99),
        }
    }

    /// Closes all streams.
    pub async fn close(mut self) {
        self.tasks.shutdown().await;
    }
}

/// Opens a stream. Returns the bytes that came together with the head of the response.
async fn open(address: String, last_event_id: String) -> Result<(TcpStream, Vec<u8>)> {
    let mut socket = TcpStream::connect(address).await?;
    // No port waits after the end: there are not enough for all rounds.
    socket.set_zero_linger()?;
    let mut request =
        "GET /events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n".to_owned();
    if !last_event_id.is_empty() {
        request.push_str(&format!("Last-Event-ID: {last_event_id}\r\n"));
    }
    request.push_str("\r\n");
    socket.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    let end = loop {
        if let Some(end) = memmem::find(&head, b"\r\n\r\n") {
            break end;
        }
        ensure!(
            socket.read_buf(&mut head).await? > 0,
            "the server has closed the stream"
        );
    };
    ensure!(
        head.starts_with(b"HTTP/1.1 200"),
        "the server refuses streams"
    );
    Ok((socket, head.split_off(end)))
}

thread_local! {
    /// All clients of a thread share it, since thousands of buffers would take much memory.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; BUFFER_SIZE]);
}

/// Reads events until the server or the caller ends the stream.
async fn read(socket: TcpStream, start: Vec<u8>, counts: Arc<Counts>) {
    counts.take(&start);
    // The end of the last read. It may be the first half of `DATA`.
    let mut rest = start[start.len().saturating_sub(DATA.len() - 1)..].to_vec();
    while socket.readable().await.is_ok() {
        let read = BUFFER.with_borrow_mut(|buffer| {
            buffer[..rest.len()].copy_from_slice(&rest);
            let length = socket.try_read(&mut buffer[rest.len()..])?;
            let bytes = &buffer[..rest.len() + length];
            counts.take(bytes);
            rest.clear();
            rest.extend_from_slice(&bytes[bytes.len().saturating_sub(DATA.len() - 1)..]);
            Ok::<_, io::Error>(length)
        });
        match read {
            Ok(0) => return,
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return,
            Ok(_) | Err(_) => {}
        }
    }
}

impl Counts {
    /// Counts the events and comments in what a client has received. An event has one line of data.
    fn take(&self, bytes: &[u8]) {
        let mut events = 0;
        for at in memmem::find_iter(bytes, DATA) {
            events += 1;
            if !self.delays.is_empty() {
                self.take_delay(&bytes[at + DATA.len()..]);
            }
        }
        self.events.fetch_add(events, Ordering::Relaxed);
        // A heartbeat is sent alone.
        if events == 0 && memmem::find(bytes, b":").is_some() {
            self.comments.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn take_delay(&self, data: &[u8]) {
        let Some(digits) = data.get(..TIME_LENGTH) else {
            // The time is cut. There are enough others.
            return;
        };
        let published = digits.iter().fold(0, |number: u64, digit| {
            number
                .wrapping_mul(10)
                .wrapping_add(u64::from(digit - b'0'))
        });
        let delay = now().saturating_sub(Duration::from_nanos(published));
        let step = (delay.as_nanos() / STEP.as_nanos()) as usize;
        self.delays[step.min(STEPS - 1)].fetch_add(1, Ordering::Relaxed);
    }
}

/// The start of an event's data. The time in it begins with zeros.
const DATA: &[u8] = b"@0000";

/// The number of the time's further digits.
const TIME_LENGTH: usize = 16;
