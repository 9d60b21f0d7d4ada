//! `sse-tail URL` prints an event stream and resumes it when the connection is lost:
//! `cargo run -p examples --bin sse-tail URL`. `--help` lists the options.
#![forbid(unsafe_code)]

mod options;
mod view;

use std::{
    io::{self, ErrorKind as IoKind, Write},
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context;
use bytes::Bytes;
use clap::Parser;
use futures_util::StreamExt;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::BodyExt;
use sse_tower::client::{Error, ErrorKind, EventSource, Fault, HttpClient, Notice};
use tokio::{signal::ctrl_c, sync::Notify};
use tower::ServiceExt;

use crate::{
    options::{EXIT_STATUSES, Options},
    view::{Statistics, View, chain, say},
};

/// How the program ends.
enum End {
    /// As the server or the user wanted.
    Complete,
    Refused,
    Lost,
    Interrupted,
}

impl From<End> for ExitCode {
    fn from(end: End) -> Self {
        Self::from(match end {
            End::Complete => 0,
            End::Refused => 1,
            End::Lost => 3,
            End::Interrupted => 130,
        })
    }
}

impl End {
    fn of(error: &Error) -> Self {
        match error.fault() {
            Fault::Network => Self::Lost,
            Fault::Server | Fault::Caller => Self::Refused,
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = Options::parse();
    options.color.write_global();
    let statistics = Arc::new(Mutex::new(Statistics::new()));
    let end = tokio::select! {
        end = tail(&options, &statistics) => end,
        _ = ctrl_c() => Ok(End::Interrupted),
    };
    let statistics = statistics.lock().unwrap_or_else(PoisonError::into_inner);
    match end {
        Ok(end) => {
            if matches!(end, End::Interrupted) {
                // The terminal has written `^C`.
                eprintln!();
            }
            say(&statistics.summary());
            end.into()
        }
        // The reader of a pipe has gone, as `head` does.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("{error:#}\n{EXIT_STATUSES}"));
            ExitCode::from(2)
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == IoKind::BrokenPipe)
}

async fn tail(options: &Options, statistics: &Arc<Mutex<Statistics>>) -> anyhow::Result<End> {
    let stop = Arc::new(Stop::default());
    let mut events = source(options, statistics, &stop)?;
    let view = View::new(options);
    let mut count = 0;
    loop {
        let event = tokio::select! {
            biased;
            event = events.next() => event,
            end = stop.ended() => return Ok(end),
        };
        match event {
            None => return Ok(End::Complete),
            Some(Err(error)) => {
                say(&chain(&error));
                let body = String::from_utf8_lossy(error.body());
                if !body.trim().is_empty() {
                    say(&view::excerpt(body.trim()));
                }
                return Ok(End::of(&error));
            }
            Some(Ok(event)) => {
                let mut statistics = statistics.lock().unwrap_or_else(PoisonError::into_inner);
                statistics.count(&event);
                if let Some(text) = view.event(&event, statistics.elapsed()) {
                    let mut stdout = anstream::stdout().lock();
                    stdout.write_all(text.as_bytes())?;
                    stdout.flush()?;
                }
                count += 1;
                if Some(count) == options.count {
                    return Ok(End::Complete);
                }
            }
        }
    }
}

/// The end that a hook has decided on.
#[derive(Default)]
struct Stop {
    end: Mutex<Option<End>>,
    is_set: Notify,
}

impl Stop {
    fn end(&self, end: End) {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = Some(end);
        self.is_set.notify_one();
    }

    async fn ended(&self) -> End {
        self.is_set.notified().await;
        let end = self
            .end
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        end.unwrap_or(End::Complete)
    }
}

fn source(
    options: &Options,
    statistics: &Arc<Mutex<Statistics>>,
    stop: &Arc<Stop>,
) -> anyhow::Result<EventSource> {
    let mut client = HttpClient::builder();
    if let Some(file) = &options.cacert {
        let pem = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        client = client.trust_pem(pem);
    }
    let raw = options.raw.then(|| stop.clone());
    let client = ServiceExt::<Request<Bytes>>::map_response(client.build()?, move |response| {
        let raw = raw.clone();
        Response::map(response, |body| {
            body.map_frame(move |frame| print_raw(frame, &raw))
        })
    });
    let request = options.request()?;
    let mut builder = EventSource::builder(client);
    if let Some(seconds) = options.idle_timeout {
        builder = builder.idle_timeout(Duration::from_secs(seconds));
    }
    if let Some(retries) = options.max_retries {
        builder = builder.max_retries(retries);
    }
    if let Some(data) = &options.final_event {
        builder = builder.final_event(data);
    }
    if let Some(id) = &options.since {
        builder = builder.last_event_id(id.clone());
    }
    let (statistics, stop) = (statistics.clone(), stop.clone());
    let (is_verbose, resumes) = (options.verbose, !options.no_resume);
    let builder = builder.on_notice(move |notice| match notice {
        Notice::Open { attempt, head } => {
            let mut statistics = statistics.lock().unwrap_or_else(PoisonError::into_inner);
            statistics.connections += 1;
            let after = match attempt.last_event_id() {
                Some(id) => format!(" after event {}", view::printable(id.as_str())),
                None => String::new(),
            };
            say(&format!(
                "connected{after} ({:?} {})",
                head.version, head.status
            ));
        }
        Notice::Waiting { reason, .. } if !resumes => {
            say(&chain(reason));
            let end = match reason.kind() {
                ErrorKind::Ended => End::Complete,
                _ => End::of(reason),
            };
            stop.end(end);
        }
        Notice::Waiting { reason, wait } => say(&format!(
            "{}; connecting again in {:.1} s",
            chain(reason),
            wait.as_secs_f64()
        )),
        Notice::UnsendableId(id) => say(&format!(
            "the ID {:?} cannot be sent, so events may be lost or come twice",
            view::excerpt(id)
        )),
        Notice::Comment(comment) if is_verbose => {
            say(&format!("comment: {}", view::printable(comment)));
        }
        Notice::ReconnectionTime(time) if is_verbose => {
            say(&format!(
                "the server sets the reconnection time to {time:?}"
            ));
        }
        _ => {}
    });
    Ok(builder.build(move |_| request.clone()))
}

/// Prints the bytes of a frame as they came, if that is wanted.
fn print_raw(frame: Frame<Bytes>, raw: &Option<Arc<Stop>>) -> Frame<Bytes> {
    if let (Some(stop), Some(data)) = (raw, frame.data_ref()) {
        let mut stdout = io::stdout().lock();
        // The reader of a pipe may have gone.
        if stdout
            .write_all(data)
            .and_then(|()| stdout.flush())
            .is_err()
        {
            stop.end(End::Complete);
        }
    }
    frame
}
