//! A server whose answers are written down, and what its client did.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, request};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody, combinators::UnsyncBoxBody};
use sse_tower::client::{Error, EventSource, EventSourceBuilder, Notice};
use tokio::time::Instant;
use tokio_stream::StreamExt;

/// One answer to a request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// The connection fails before a response.
    Unreachable,
    /// No response, ever.
    Silent,
    /// A response, and what its body does.
    Response(u16, Vec<(&'static str, String)>, Vec<Part>),
}

/// A step of a response's body.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Bytes(String),
    Sleep(Duration),
    /// The connection breaks.
    Break,
    /// Nothing more comes, and the connection stays open.
    Hang,
}

/// An event stream that ends cleanly after this text.
pub(crate) fn stream(text: &str) -> Answer {
    parts([Part::Bytes(text.to_owned())])
}

/// An event stream that breaks after this text.
pub(crate) fn broken(text: &str) -> Answer {
    parts([Part::Bytes(text.to_owned()), Part::Break])
}

/// An event stream that stays open after this text.
pub(crate) fn open(text: &str) -> Answer {
    parts([Part::Bytes(text.to_owned()), Part::Hang])
}

pub(crate) fn parts(parts: impl IntoIterator<Item = Part>) -> Answer {
    let content_type = ("content-type", "text/event-stream".to_owned());
    Answer::Response(200, vec![content_type], parts.into_iter().collect())
}

pub(crate) fn status(status: u16) -> Answer {
    Answer::Response(status, Vec::new(), Vec::new())
}

impl Answer {
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Response(_, headers, _) = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }
}

/// A server that gives these answers, one after another, and then stays silent. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Server(Arc<Mutex<Log>>);

#[derive(Debug, Default)]
struct Log {
    answers: VecDeque<Answer>,
    requests: Vec<(Duration, request::Parts, String)>,
    start: Option<Instant>,
}

pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;
type Answering = Pin<Box<dyn Future<Output = io::Result<Response<Body>>> + Send>>;

impl Server {
    pub(crate) fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let server = Self::default();
        let mut log = server.0.lock().unwrap();
        log.answers = answers.into_iter().collect();
        log.start = Some(Instant::now());
        drop(log);
        server
    }

    /// The builder of a client of this server.
    pub(crate) fn client(&self) -> EventSourceBuilder<Self> {
        EventSource::builder(self.clone())
    }

    /// A client of this server that sends GET requests and has no other settings.
    pub(crate) fn get(&self) -> EventSource {
        get(self.client())
    }

    pub(crate) fn requests(&self) -> Vec<request::Parts> {
        let log = self.0.lock().unwrap();
        log.requests
            .iter()
            .map(|(_, head, _)| head.clone())
            .collect()
    }

    pub(crate) fn bodies(&self) -> Vec<String> {
        let log = self.0.lock().unwrap();
        log.requests
            .iter()
            .map(|(_, _, body)| body.clone())
            .collect()
    }

    /// When the requests came, in milliseconds.
    pub(crate) fn times(&self) -> Vec<u128> {
        let log = self.0.lock().unwrap();
        log.requests
            .iter()
            .map(|(time, ..)| time.as_millis())
            .collect()
    }

    /// The values of a header field in the requests, `-` where it is absent.
    pub(crate) fn values(&self, name: &str) -> Vec<String> {
        let value = |head: &request::Parts| {
            let values: Vec<_> = head.headers.get_all(name).iter().collect();
            match values[..] {
                [] => "-".to_owned(),
                [value] => String::from_utf8_lossy(value.as_bytes()).into_owned(),
                _ => panic!("{name} is there {} times", values.len()),
            }
        };
        self.requests().iter().map(value).collect()
    }
}

/// A source that sends GET requests.
pub(crate) fn get(builder: EventSourceBuilder<Server>) -> EventSource {
    builder.build(|_| {
        Request::get("http://a.test/feed")
            .body(String::new())
            .unwrap()
    })
}

impl tower::Service<Request<String>> for Server {
    type Response = Response<Body>;
    type Error = io::Error;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<String>) -> Self::Future {
        let mut log = self.0.lock().unwrap();
        let (head, body) = request.into_parts();
        let time = log.start.map(|start| start.elapsed()).unwrap_or_default();
        log.requests.push((time, head, body));
        let answer = log.answers.pop_front().unwrap_or(Answer::Silent);
        Box::pin(async move {
            match answer {
                Answer::Unreachable => Err(io::ErrorKind::ConnectionRefused.into()),
                Answer::Silent => std::future::pending().await,
                Answer::Response(status, headers, parts) => {
                    let mut response = Response::builder().status(status);
                    for (name, value) in headers {
                        response = response.header(name, value);
                    }
                    Ok(response.body(body_of(parts)).unwrap())
                }
            }
        })
    }
}

fn body_of(parts: Vec<Part>) -> Body {
    let frames = async_stream::stream! {
        for part in parts {
            match part {
                Part::Bytes(bytes) => yield Ok(Frame::data(Bytes::from(bytes))),
                Part::Sleep(time) => tokio::time::sleep(time).await,
                Part::Break => yield Err(io::ErrorKind::ConnectionReset.into()),
                Part::Hang => std::future::pending::<()>().await,
            }
        }
    };
    StreamBody::new(frames).boxed_unsync()
}

/// The data of the next events until the source ends, and how it ends.
pub(crate) async fn all(events: &mut EventSource) -> (Vec<String>, Option<Error>) {
    let mut data = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => data.push(event.data().to_owned()),
            Err(error) => {
                assert!(events.next().await.is_none(), "an error is the last item");
                return (data, Some(error));
            }
        }
    }
    assert!(events.next().await.is_none(), "the end is the end");
    (data, None)
}

/// The data of the next `count` events.
pub(crate) async fn take(events: &mut EventSource, count: usize) -> Vec<String> {
    let mut data = Vec::new();
    while data.len() < count {
        let event = events.next().await.expect("more events");
        data.push(event.expect("no error").data().to_owned());
    }
    data
}

/// The notices of a source, a line each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notices(Arc<Mutex<Vec<String>>>);

impl Notices {
    pub(crate) fn hook(&self) -> impl FnMut(&Notice<'_>) + Send + use<> {
        let lines = self.0.clone();
        move |notice| {
            lines.lock().unwrap().push(match notice {
                Notice::Connecting(attempt) => format!("connecting {}", attempt.number()),
                Notice::Open { attempt, head } => {
                    format!("open {} {}", attempt.number(), head.status)
                }
                Notice::Waiting { reason, wait } => {
                    format!("waiting {} ms: {reason}", wait.as_millis())
                }
                other => format!("{other:?}"),
            });
        }
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}
