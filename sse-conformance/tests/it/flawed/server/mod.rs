//! A small server of event streams, on plain sockets and threads, with a selectable flaw.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use sse_conformance::suite::server::{Action, Answer, Capability, Control, Event, Target};

mod answer;
mod body;
mod control;
mod echo;
mod flaw;
mod gzip;
mod manner;
mod poll;
mod publish;
mod replay;
mod request;
mod restart;

pub(crate) use flaw::Flaw;

/// An origin that the server allows, with credentials.
pub(crate) const ORIGIN: &str = "https://app.example";

/// A running server. Its threads end with the process, or with their connections.
pub(crate) struct Server {
    hub: Arc<Hub>,
    pub(crate) address: SocketAddr,
}

struct Hub {
    flaw: Flaw,
    state: Mutex<State>,
    open: AtomicU64,
    /// The largest number that were open at the same time.
    peak: AtomicU64,
    dead: AtomicBool,
    /// Set once new streams get no events.
    deaf: AtomicBool,
    /// Set once the stream was requested.
    asked: AtomicBool,
    /// The time at which a stream last ended by itself.
    ended: Mutex<Option<Instant>>,
    /// Set if the server publishes by itself.
    feeds: AtomicBool,
}

#[derive(Default)]
struct State {
    log: Vec<Entry>,
    /// The ID before that of the first event in the log.
    base: u64,
    readers: BTreeMap<u64, Sender<Message>>,
    joined: u64,
    held: Option<Entry>,
    turn: u64,
    /// The number of events that are being published.
    publishing: u64,
    last_type: Option<String>,
}

#[derive(Clone)]
struct Entry {
    id: u64,
    text: Vec<u8>,
    untyped: Vec<u8>,
}

#[derive(Clone)]
enum Message {
    Event(Entry),
    End,
}

impl Server {
    pub(crate) fn start(flaw: Flaw) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let hub = Arc::new(Hub {
            flaw,
            state: Mutex::default(),
            open: AtomicU64::new(0),
            peak: AtomicU64::new(0),
            dead: AtomicBool::new(false),
            deaf: AtomicBool::new(false),
            asked: AtomicBool::new(false),
            ended: Mutex::new(None),
            feeds: AtomicBool::new(false),
        });
        let accepting = hub.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if accepting.dead.load(Ordering::SeqCst) {
                    return;
                }
                let hub = accepting.clone();
                thread::spawn(move || hub.serve(stream));
            }
        });
        Self { hub, address }
    }

    /// Starts a server that publishes one event after another by itself, and has no hook.
    pub(crate) fn start_feed(flaw: Flaw) -> Self {
        let server = Self::start(flaw);
        server.hub.feeds.store(true, Ordering::SeqCst);
        let hub = server.hub.clone();
        thread::spawn(move || {
            for number in 0_u32.. {
                thread::sleep(Duration::from_millis(150));
                // So long that it takes several writes.
                let data = format!("{{\"tick\":{number}}} {}", "and so on ".repeat(120));
                hub.publish(&Event {
                    data: &data,
                    ..Event::default()
                });
            }
        });
        server
    }

    /// Returns the largest number of streams that were open at the same time.
    pub(crate) fn peak(&self) -> u64 {
        self.hub.peak.load(Ordering::SeqCst)
    }

    /// Returns the number of streams that were opened.
    pub(crate) fn opened(&self) -> u64 {
        self.hub.state().joined
    }

    pub(crate) fn target(&self) -> Target {
        self.target_at(&format!("http://{}/events", self.address))
    }

    /// Returns the target at another address, if something is in front of the server.
    pub(crate) fn target_at(&self, url: &str) -> Target {
        let hub = self.hub.clone();
        let mut target = Target::new(url);
        target.control = Some(Control::call(move |action| hub.act(action)));
        target.origin = (!self.hub.is(Flaw::Minimal)).then(|| ORIGIN.to_owned());
        target.idle = Duration::from_secs(3);
        if self.hub.is(Flaw::CarelessHead) {
            // Long enough that silence means something.
            target.idle = Duration::from_secs(19);
        }
        if self.hub.feeds.load(Ordering::SeqCst) {
            target.control = None;
        }
        if self.hub.flaw.ticks() {
            target.control = None;
            target.idle = Duration::from_secs(10);
            if !self.hub.is(Flaw::TicksThenStops) {
                target.required = vec![Capability::Resume];
            }
        }
        target
    }
}

impl Hub {
    fn is(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics with the lock")
    }

    fn act(&self, action: &Action<'_>) -> Result<Answer, String> {
        match action {
            Action::Publish(_) if self.is(Flaw::NoPublish) => Ok(Answer::Unsupported),
            Action::Publish(event) => Ok(self.publish(event)),
            Action::Count if self.is(Flaw::CarelessHead) => Ok(Answer::Count(0)),
            Action::Count => Ok(Answer::Count(self.open.load(Ordering::SeqCst))),
            _ if self.is(Flaw::TakesAnyAction) => Ok(Answer::Done),
            Action::Batch(events) if !self.is(Flaw::Minimal) => Ok(self.batch(events)),
            Action::Restart if !self.is(Flaw::Minimal) => Ok(self.restart()),
            Action::DropLog if !self.is(Flaw::Minimal) => Ok(self.drop_log()),
            Action::End if self.is(Flaw::CarelessHead) => Ok(Answer::Done),
            Action::End => {
                for reader in self.state().readers.values() {
                    let _ = reader.send(Message::End);
                }
                // The server ends for good, and does not tell clients that come back.
                self.dead
                    .store(self.is(Flaw::CarelessStream), Ordering::SeqCst);
                Ok(Answer::Done)
            }
            _ => Ok(Answer::Unsupported),
        }
    }
}
