//! The streams that are open: how many, of which demonstration, and their end when the server stops.
//!
//! A stream is counted by a guard that lives inside it. When the client goes, hyper drops the
//! response's body, the body drops the stream, the stream drops the guard. Nothing polls for
//! clients that have left and nothing has to remember to count down.

use std::collections::BTreeMap;

use async_stream::stream;
use axum::{Json, Router, extract::State, routing::get};
use futures_util::{Stream, StreamExt};
use serde::Serialize;
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;

/// Every open stream of this server; clones share one count.
#[derive(Clone)]
pub(crate) struct Streams {
    counts: watch::Sender<Counts>,
    closing: watch::Sender<bool>,
}

/// The open streams of each demonstration. One that was never opened is not listed.
#[derive(Clone, Default, Serialize)]
pub(crate) struct Counts(BTreeMap<&'static str, usize>);

impl Streams {
    pub(crate) fn new() -> Self {
        Self {
            counts: watch::Sender::new(Counts::default()),
            closing: watch::Sender::new(false),
        }
    }

    /// Hands `stream` on, counted from now until it is dropped, and ended when the server stops.
    pub(crate) fn open<S: Stream>(
        &self,
        demonstration: &'static str,
        stream: S,
    ) -> impl Stream<Item = S::Item> + use<S> {
        let open = Open::new(self, demonstration);
        let stream = stream.take_until(self.closed());
        stream! {
            let _open = open;
            for await item in stream {
                yield item;
            }
        }
    }

    /// The counts as they are now, and again whenever a stream opens or closes.
    pub(crate) fn counts(&self) -> impl Stream<Item = Counts> + use<> {
        WatchStream::new(self.counts.subscribe())
    }

    /// Ends every stream, and each one asked for from now on as soon as it begins.
    ///
    /// A graceful shutdown waits for the responses under way, and an event stream is a response
    /// that never ends by itself.
    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Resolves once [`close`](Self::close) was called.
    pub(crate) fn closed(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut closing = self.closing.subscribe();
        async move {
            let _ = closing.wait_for(|closing| *closing).await;
        }
    }
}

/// `GET /streams`: the counts, for a person with curl and for the tests.
pub(crate) fn router(streams: &Streams) -> Router {
    Router::new()
        .route("/streams", get(count))
        .with_state(streams.clone())
}

async fn count(State(streams): State<Streams>) -> Json<Counts> {
    Json(streams.counts.borrow().clone())
}

/// One open stream. Dropped with it, wherever it was.
struct Open {
    counts: watch::Sender<Counts>,
    demonstration: &'static str,
}

impl Open {
    fn new(streams: &Streams, demonstration: &'static str) -> Self {
        let counts = streams.counts.clone();
        counts.send_modify(|counts| *counts.0.entry(demonstration).or_default() += 1);
        Self {
            counts,
            demonstration,
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.counts
            .send_modify(|counts| *counts.0.entry(self.demonstration).or_default() -= 1);
    }
}
