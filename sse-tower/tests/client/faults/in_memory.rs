//! Faults of a server in memory, under virtual time.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody, combinators::UnsyncBoxBody};
use sse_tower::client::{ErrorKind, EventSource};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_stream::StreamExt;
use tower::{Service, service_fn};

use super::{History, seeds};
use crate::random::Random;

/// The record of a run.
#[derive(Debug, Default)]
struct Ledger {
    received: Vec<String>,
    /// A request came after the server had ended the stream with 204.
    requests_after_end: u32,
    posts: u32,
}

/// A bug that a client could have, which a service between client and server imitates.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Bug {
    None,
    /// Forgets the ID on the second reconnect.
    ForgetsId,
    /// Never changes the first ID.
    KeepsFirstId,
    /// Sends the request again that was answered with 204.
    ReconnectsAfter204,
    /// Sends a POST again.
    SendsPostAgain,
}

type Body = UnsyncBoxBody<Bytes, io::Error>;

struct Server {
    history: History,
    random: Random,
    start: Instant,
    /// The time between two events.
    gap: Duration,
    ended: bool,
    ledger: Ledger,
}

impl Server {
    fn answer(&mut self, request: &Request<String>) -> Result<Response<Body>, io::Error> {
        let empty = || StreamBody::new(tokio_stream::empty()).boxed_unsync();
        if self.ended {
            self.ledger.requests_after_end += 1;
            let event = Frame::data(Bytes::from_static(b"data: after the end\n\n"));
            let body = StreamBody::new(tokio_stream::iter([Ok(event)])).boxed_unsync();
            let response = Response::builder().header("content-type", "text/event-stream");
            return Ok(response.body(body).unwrap());
        }
        // A redirect sends a POST once more, as it must.
        if request.method() == Method::POST && request.uri().path() == "/" {
            self.ledger.posts += 1;
        }
        let response = |status: u16| Response::builder().status(status);
        match self.random.below(20) {
            0 | 1 => return Err(io::ErrorKind::ConnectionRefused.into()),
            2 => {
                let response = response(503).header("retry-after", self.random.below(3));
                return Ok(response.body(empty()).unwrap());
            }
            3 => return Ok(response(502).body(empty()).unwrap()),
            4 => {
                let response = response(307).header("location", "/elsewhere");
                return Ok(response.body(empty()).unwrap());
            }
            _ => {}
        }
        let last = request.headers().get("last-event-id");
        let last = last.map_or(0, |id| id.to_str().unwrap().parse().unwrap());
        if last == self.history.length && request.method() == Method::GET {
            self.ended = true;
            return Ok(response(204).body(empty()).unwrap());
        }
        let response = response(200).header("content-type", "text/event-stream");
        Ok(response.body(self.body(last)).unwrap())
    }

    /// A stream that goes on after this event, up to a fault.
    fn body(&mut self, last: u64) -> Body {
        let (history, mut random) = (self.history, Random(self.random.next()));
        let (start, gap) = (self.start, self.gap);
        let limit = if random.percent(10) {
            u64::MAX
        } else {
            random.below(300)
        };
        let most = [1, 7, 64, 4096][random.below(4) as usize];
        let frames = async_stream::stream! {
            let mut left = limit;
            for number in last + 1..=history.length {
                let due = start + gap * u32::try_from(number).unwrap();
                while Instant::now() + Duration::from_secs(8) < due {
                    sleep(Duration::from_secs(8)).await;
                    yield Ok(Frame::data(Bytes::from_static(b":\n")));
                }
                sleep_until(due).await;
                let block = history.block(number, &mut random).into_bytes();
                let mut block = &block[..];
                while !block.is_empty() {
                    let length = (1 + random.below(most)).min(block.len() as u64).min(left);
                    let (part, rest) = block.split_at(length as usize);
                    block = rest;
                    left -= length;
                    if random.percent(3) {
                        sleep(Duration::from_millis(random.below(9000))).await;
                    }
                    if length > 0 {
                        yield Ok(Frame::data(Bytes::copy_from_slice(part)));
                    }
                    if left == 0 {
                        match random.below(3) {
                            0 => return,
                            1 => yield Err(io::ErrorKind::ConnectionReset.into()),
                            _ => std::future::pending::<()>().await,
                        }
                    }
                }
            }
            // The history is complete, and the stream ends or stays silent.
            if random.percent(50) {
                std::future::pending::<()>().await;
            }
        };
        StreamBody::new(frames).boxed_unsync()
    }
}

/// The service of a client that has this bug.
fn service(
    server: &Arc<Mutex<Server>>,
    bug: Bug,
) -> impl Service<Request<String>, Response = Response<Body>, Error = io::Error, Future: Send>
+ Send
+ use<> {
    let server = server.clone();
    let mut requests = 0;
    let mut first_id = None;
    service_fn(move |mut request: Request<String>| {
        requests += 1;
        match bug {
            Bug::ForgetsId if requests == 3 => {
                request.headers_mut().remove("last-event-id");
            }
            Bug::KeepsFirstId => {
                if let Some(id) = request.headers().get("last-event-id") {
                    let first = first_id.get_or_insert_with(|| id.clone()).clone();
                    request.headers_mut().insert("last-event-id", first);
                }
            }
            _ => {}
        }
        let (silent, answer) = {
            let mut server = server.lock().unwrap();
            let mut answer = server.answer(&request);
            let is_end = matches!(&answer, Ok(response) if response.status() == 204);
            if is_end && bug == Bug::ReconnectsAfter204 {
                answer = server.answer(&request);
            }
            (server.random.percent(3) && !is_end, answer)
        };
        async move {
            if silent {
                std::future::pending::<()>().await;
            }
            answer
        }
    })
}

/// Runs a client with random settings against a server with random faults, and compares.
fn run(seed: u64, bug: Bug) -> Result<(), String> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build();
    runtime.unwrap().block_on(async {
        let mut random = Random(seed);
        let history = History::new(random.next(), 1 + random.below(25));
        let server = Arc::new(Mutex::new(Server {
            history,
            random: Random(random.next()),
            start: Instant::now(),
            gap: Duration::from_millis(random.below(4000)),
            ended: false,
            ledger: Ledger::default(),
        }));
        let method = if random.percent(20) {
            Method::POST
        } else {
            Method::GET
        };
        let is_post = method == Method::POST;
        let mut builder = EventSource::builder(service(&server, bug))
            .idle_timeout(Duration::from_secs(20))
            .total_timeout(Duration::from_secs(24 * 3600));
        if bug == Bug::SendsPostAgain {
            builder = builder.resend_any_method();
        }
        let mut events = builder.build(move |_| {
            let request = Request::builder()
                .method(method.clone())
                .uri("http://a.test/");
            request.body(String::new()).unwrap()
        });
        let mut received = Vec::new();
        let error = loop {
            match events.next().await {
                Some(Ok(event)) => received.push(event.data().to_owned()),
                Some(Err(error)) => break Some(error.kind()),
                None => break None,
            }
            // A client with a bug may go on for ever.
            if received.len() > 100 {
                break None;
            }
        };
        let mut server = server.lock().unwrap();
        server.ledger.received = received;
        compare(&history, is_post, error, &server.ledger)
    })
}

fn compare(
    history: &History,
    is_post: bool,
    error: Option<ErrorKind>,
    ledger: &Ledger,
) -> Result<(), String> {
    let published = history.all();
    let is_right = if is_post {
        // One connection delivers what it can.
        published.starts_with(&ledger.received) && error != Some(ErrorKind::TotalTimeout)
    } else {
        ledger.received == published && error.is_none()
    };
    match is_right && ledger.requests_after_end == 0 && ledger.posts <= 1 {
        true => Ok(()),
        false => Err(format!("{history:?}: {error:?} after {ledger:#?}")),
    }
}

#[test]
fn every_event_is_received_once() {
    for seed in seeds(2000) {
        if let Err(difference) = run(seed, Bug::None) {
            panic!("SSE_CLIENT_SEED={seed} SSE_CLIENT_RUNS=1: {difference}");
        }
    }
}

#[test]
fn the_ledger_finds_each_bug() {
    for bug in [
        Bug::ForgetsId,
        Bug::KeepsFirstId,
        Bug::ReconnectsAfter204,
        Bug::SendsPostAgain,
    ] {
        assert!((1..200).any(|seed| run(seed, bug).is_err()), "{bug:?}");
    }
}
