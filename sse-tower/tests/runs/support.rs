//! Streams of producers, and clients that read followers.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use sse_proto::{Chunk, Decoder, Item};
use sse_tower::{
    Event, EventFrame, EventId, LastEventId,
    error::BoxError,
    runs::{Follower, RunError, RunErrorKind, RunId, Runs},
};
use tokio::{sync::mpsc, time::Instant};
use tokio_stream::{Stream, StreamExt, wrappers::UnboundedReceiverStream};

/// A store for one process or for several.
pub(crate) fn stores() -> [(&'static str, Runs); 2] {
    let store = super::store::SharedStore::new(1);
    [
        ("in memory", Runs::memory()),
        ("in a shared store", Runs::builder().build_on(store)),
    ]
}

pub(crate) type Produced = Result<Event, BoxError>;

/// The test's end of a producer's stream.
#[derive(Debug)]
pub(crate) struct Model {
    sender: mpsc::UnboundedSender<Produced>,
    pub(crate) life: Arc<Life>,
}

/// The record of a producer's stream.
#[derive(Debug, Default)]
pub(crate) struct Life {
    dropped: Mutex<Option<Instant>>,
    pub(crate) polls: AtomicUsize,
}

impl Life {
    pub(crate) fn dropped(&self) -> Option<Instant> {
        *self.dropped.lock().unwrap()
    }
}

/// A stream that notes when it is dropped.
pub(crate) struct Noted<St> {
    pub(crate) stream: St,
    pub(crate) life: Arc<Life>,
}

impl<St: Stream + Unpin> Stream for Noted<St> {
    type Item = St::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<St::Item>> {
        self.life.polls.fetch_add(1, Ordering::Relaxed);
        Pin::new(&mut self.stream).poll_next(cx)
    }
}

impl<St> Drop for Noted<St> {
    fn drop(&mut self) {
        *self.life.dropped.lock().unwrap() = Some(Instant::now());
    }
}

impl Model {
    pub(crate) fn new() -> (
        Self,
        impl Stream<Item = Produced> + Send + Unpin + use<> + 'static,
    ) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let life = Arc::<Life>::default();
        let stream = Noted {
            stream: UnboundedReceiverStream::new(receiver),
            life: life.clone(),
        };
        (Self { sender, life }, stream)
    }

    pub(crate) fn say(&self, text: &str) {
        // Nobody listens once the run has ended.
        let _ended = self.sender.send(Ok(Event::new(text)));
    }

    pub(crate) fn fail(&self, error: &str) {
        let _ended = self.sender.send(Err(error.into()));
    }

    pub(crate) fn is_dropped(&self) -> bool {
        self.life.dropped().is_some()
    }
}

/// Starts a run, and its driver as a task.
pub(crate) async fn start(runs: &Runs) -> (RunId, Model) {
    let (model, stream) = Model::new();
    let run = runs.start(stream).await.unwrap();
    let id = run.id();
    tokio::spawn(run.drive());
    (id, model)
}

/// A client: what it has received over all its connections.
#[derive(Debug, Default)]
pub(crate) struct Client {
    /// `data` of each event, or `TYPE!` of an event with a type.
    pub(crate) received: Vec<String>,
    pub(crate) last_event_id: String,
}

impl Client {
    pub(crate) fn last(&self) -> LastEventId {
        match self.last_event_id.is_empty() {
            true => LastEventId::none(),
            false => EventId::new(&*self.last_event_id).unwrap().into(),
        }
    }

    pub(crate) async fn connect(&self, runs: &Runs, id: RunId) -> Result<Follower, RunError> {
        runs.follow(id, self.last()).await
    }

    /// Takes a frame, or a part of it.
    pub(crate) fn take(&mut self, frame: &[u8]) -> u32 {
        let mut decoder = Decoder::new();
        let mut chunk = Chunk::new(frame);
        let mut events = 0;
        while let Some(item) = decoder.decode(&mut chunk).unwrap() {
            if let Item::Event(event) = item {
                events += 1;
                self.received.push(match event.event_type() {
                    "message" => event.data().to_owned(),
                    event_type => format!("{event_type}!"),
                });
            }
        }
        if !decoder.last_event_id().is_empty() {
            self.last_event_id = decoder.last_event_id().to_owned();
        }
        events
    }

    fn take_whole(&mut self, frame: &EventFrame) {
        assert_eq!(self.take(frame.as_bytes()), frame.events());
    }

    /// Reads until nothing has come for `time`. Returns whether the stream has ended.
    pub(crate) async fn read_for(&mut self, follower: &mut Follower, time: Duration) -> bool {
        loop {
            match tokio::time::timeout(time, follower.next()).await {
                Ok(Some(frame)) => self.take_whole(&frame.unwrap()),
                Ok(None) => return true,
                Err(_elapsed) => return false,
            }
        }
    }

    /// Reads to the end of the stream, which comes within ten minutes.
    pub(crate) async fn read_all(&mut self, follower: &mut Follower) {
        let read = async {
            while let Some(frame) = follower.next().await {
                self.take_whole(&frame.unwrap());
            }
        };
        let has_ended = tokio::time::timeout(600 * SECOND, read).await;
        has_ended.expect("the stream ends");
    }
}

/// Reads a whole run as a new client.
pub(crate) async fn read(runs: &Runs, id: RunId) -> Vec<String> {
    let mut client = Client::default();
    let mut follower = client.connect(runs, id).await.unwrap();
    client.read_all(&mut follower).await;
    client.received
}

pub(crate) fn kind<T: std::fmt::Debug>(result: Result<T, RunError>) -> RunErrorKind {
    result.unwrap_err().kind()
}

pub(crate) const SECOND: Duration = Duration::from_secs(1);
