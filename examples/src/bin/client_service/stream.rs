//! A stream that is read for the harness.

use std::{
    collections::VecDeque,
    error::Error as _,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::StreamExt;
use serde_json::Value;
use sse_tower::client::{Backoff, Error, ErrorKind, EventSource, HttpClient, Notice, StatusPolicy};
use tokio::{sync::Notify, task::AbortHandle};

use crate::{
    callbacks::{self, Callbacks},
    params::Params,
};

/// An open stream. Dropping it closes the stream.
pub(crate) struct Handle {
    restart: Arc<Notify>,
    task: AbortHandle,
}

impl Handle {
    pub(crate) fn restart(&self) {
        self.restart.notify_one();
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Begins to read a stream.
pub(crate) fn open(client: HttpClient, params: Params) -> Handle {
    let restart = Arc::new(Notify::new());
    let reading = read(client, params, restart.clone());
    let task = tokio::spawn(async {
        if let Err(error) = reading.await {
            eprintln!("client_service: {error:#}");
        }
    });
    Handle {
        restart,
        task: task.abort_handle(),
    }
}

/// Messages that the hook has made and that were not posted yet. While one is posted, the source is not
/// polled, so there are only those of one poll.
#[derive(Clone, Default)]
struct Messages {
    queue: Arc<Mutex<VecDeque<Value>>>,
    is_filled: Arc<Notify>,
}

impl Messages {
    fn push(&self, message: Value) {
        let queue = self.queue.lock();
        queue
            .unwrap_or_else(PoisonError::into_inner)
            .push_back(message);
        self.is_filled.notify_one();
    }

    fn pop(&self) -> Option<Value> {
        let queue = self.queue.lock();
        queue.unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

async fn read(client: HttpClient, params: Params, restart: Arc<Notify>) -> anyhow::Result<()> {
    let mut callbacks = Callbacks::new(client.clone(), params.callback_url.clone());
    let messages = Messages::default();
    let mut events = source(client, params, messages.clone());
    loop {
        let mut is_over = false;
        tokio::select! {
            biased;
            event = events.next() => match event {
                Some(Ok(event)) => messages.push(callbacks::event(&event)),
                Some(Err(error)) => {
                    messages.push(callbacks::error(&chain(&error)));
                    is_over = true;
                }
                None => {
                    messages.push(callbacks::error("the server has ended the stream for good"));
                    is_over = true;
                }
            },
            () = messages.is_filled.notified() => {}
            () = restart.notified() => events.reconnect(),
        }
        while let Some(message) = messages.pop() {
            callbacks.post(&message).await?;
        }
        if is_over {
            return Ok(());
        }
    }
}

fn source(client: HttpClient, params: Params, messages: Messages) -> EventSource {
    let mut builder = EventSource::builder(client)
        .status_policy(StatusPolicy::Standard)
        .resend_any_method()
        .on_notice(move |notice| match notice {
            Notice::Comment(comment) => messages.push(callbacks::comment(comment)),
            Notice::Waiting { reason, .. } if reason.kind() != ErrorKind::Reconnect => {
                messages.push(callbacks::error(&chain(reason)));
            }
            _ => {}
        });
    if let Some(delay) = params.initial_delay {
        builder = builder
            .reconnection_time(delay)
            .backoff(Backoff::new(delay, Duration::from_secs(30)));
    }
    if let Some(timeout) = params.read_timeout {
        builder = builder.idle_timeout(timeout);
    }
    if let Some(id) = params.last_event_id {
        builder = builder.last_event_id(id);
    }
    builder.build(move |_| params.request.clone())
}

/// Returns an error with its causes.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
