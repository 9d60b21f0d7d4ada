//! Relayed responses: event streams and others.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::{Buf, Bytes};
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full, StreamBody};
use proptest::prelude::*;
use sse_conformance::{
    model::{self, Item},
    strategies,
};
use sse_tower::{
    Drain, Event, EventType, Heartbeat, RelayLayer, Settings, Sse,
    rt::{Sleep, Timer},
    server::{EndReason, Limits, RelayBody, Truncated},
    testing::{EventReader, Received},
};
use tokio_stream::{StreamExt, wrappers::IntervalStream};
use tower::{Layer, ServiceExt as _, service_fn};

use crate::support::{Fate, Script, Step, all, data, next_frame, told};

/// Returns `response` after it has passed through a `RelayLayer`.
pub(crate) async fn relayed<B>(
    settings: Settings,
    request: Request<()>,
    response: Response<B>,
) -> Response<RelayBody<B>> {
    let mut response = Some(response);
    let service = RelayLayer::with(settings).layer(service_fn(move |_: Request<()>| {
        let response = response.take().expect("one request is made");
        async { Ok::<_, Infallible>(response) }
    }));
    service.oneshot(request).await.unwrap()
}

/// Returns a relayed event stream that follows the script.
pub(crate) async fn stream(
    settings: Settings,
    steps: impl IntoIterator<Item = Step>,
) -> Response<RelayBody<Script>> {
    let response = Response::builder().header("content-type", "text/event-stream");
    let response = response.body(Script::new(steps)).unwrap();
    relayed(settings, Request::new(()), response).await
}

/// A timer that fires when the test says so, no matter what it was set for. Each time, a little
/// more than the heartbeat interval has passed.
#[derive(Clone, Debug, Default)]
struct ByHand {
    fires: Arc<AtomicBool>,
    intervals: Arc<AtomicU32>,
    start: Option<Instant>,
}

impl ByHand {
    fn new() -> Self {
        Self {
            start: Some(Instant::now()),
            ..Self::default()
        }
    }
}

impl Timer for ByHand {
    fn now(&self) -> Instant {
        let interval = Duration::from_secs(61);
        self.start.unwrap() + self.intervals.load(Ordering::Relaxed) * interval
    }

    fn sleep_until(&self, _: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(self.clone())
    }
}

impl Future for ByHand {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        match self.fires.swap(false, Ordering::Relaxed) {
            true => {
                self.intervals.fetch_add(1, Ordering::Relaxed);
                Poll::Ready(())
            }
            false => Poll::Pending,
        }
    }
}

impl Sleep for ByHand {
    fn reset(self: Pin<&mut Self>, _: Instant) {}
}

const BEAT: EventType = EventType::from_static("heartbeat-of-this-test");

/// Relays these chunks with a heartbeat that is an event, wherever one can be inserted. Returns the
/// stream and the number of events that the hook was notified of.
fn with_heartbeats<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> (Vec<u8>, u64) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let timer = ByHand::new();
        let heartbeat = Heartbeat::every(Duration::from_secs(60)).event(BEAT, "");
        let (settings, mut ends) = told(Settings::with_timer(timer.clone()).heartbeat(heartbeat));
        let chunks: Vec<_> = chunks.collect();
        let relayed = chunks.concat();
        let steps = chunks
            .into_iter()
            .flat_map(|chunk| [data(chunk), Step::Pause]);
        let response = stream(settings, [Step::Pause].into_iter().chain(steps)).await;
        let mut body = Box::pin(response.into_body());
        let mut bytes = Vec::new();
        loop {
            timer.fires.store(true, Ordering::Relaxed);
            match next_frame(&mut body).await {
                Some(frame) => bytes.extend_from_slice(&frame.unwrap()),
                None => break,
            }
        }
        let (reason, events, counted, _) = ends.recv().await.unwrap();
        assert_eq!(counted, bytes.len() as u64);
        let expected = match is_whole(&relayed) {
            true => Fate::Ended(EndReason::Completed),
            false => Fate::Ended(EndReason::Error),
        };
        assert_eq!(reason, expected, "{}", relayed.escape_ascii());
        (bytes, events)
    })
}

/// Returns whether the stream ends between two events. A naive implementation.
fn is_whole(stream: &[u8]) -> bool {
    let text: String = stream.iter().map(|byte| char::from(*byte)).collect();
    let text = text.strip_prefix("\u{ef}\u{bb}\u{bf}").unwrap_or(&text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').collect();
    let (rest, lines) = lines.split_last().expect("there is one part at least");
    let name = |line: &&str| line.split(':').next().unwrap_or_default().to_owned();
    let after_blank = lines.rsplit(|line| line.is_empty()).next();
    let mut names = after_blank.into_iter().flatten().map(name);
    rest.is_empty() && !names.any(|name| ["data", "event", "id"].contains(&&*name))
}

/// Returns the items that a reader decodes, without heartbeats and comments.
fn meaning(stream: &[u8]) -> (Vec<Item>, String) {
    let decoded = model::decode(stream);
    let items = decoded.items.into_iter().map(|due| due.item);
    let items = items.filter(|item| match item {
        Item::Event { event_type, .. } => event_type != BEAT.as_str(),
        Item::Retry(_) => true,
        Item::Comment(_) => false,
    });
    (items.collect(), decoded.last_event_id)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn heartbeats_change_nothing_at_every_chunking(
        (stream, chunking) in prop_oneof![
            strategies::chunked(strategies::blocks()),
            strategies::chunked(strategies::hostile_bytes()),
        ]
    ) {
        let (seen, counted) = with_heartbeats(chunking.of(&stream));
        let (items, last_event_id) = meaning(&stream);
        let events = items.iter().filter(|item| matches!(item, Item::Event { .. })).count();
        prop_assert_eq!(counted, events as u64);
        prop_assert_eq!(meaning(&seen), (items, last_event_id), "{}", seen.escape_ascii());
    }
}

#[test]
fn between_the_lines_of_an_event_a_heartbeat_is_a_comment() {
    const B: &str = "event: heartbeat-of-this-test\ndata: \n\n";
    for (chunks, seen) in [
        (&["data: 1\n\n"][..], format!("{B}data: 1\n\n{B}")),
        (&["da", "ta: 1\n", "\n"], format!("{B}data: 1\n:\n\n{B}")),
        (&["data: 1\r", "\n\r\n"], format!("{B}data: 1\r:\n\r\n{B}")),
        (
            &["data: 1\r\n", "\r\n"],
            format!("{B}data: 1\r\n:\n\r\n{B}"),
        ),
        (&["retry: 1\n", ":\n"], format!("{B}retry: 1\n{B}:\n{B}")),
        // A CR has ended the line. An LF after it would be a blank line, so it is left out.
        (&["data: 1\r\r"], format!("{B}data: 1\r\r{B}")),
        (&["data: 1\r\n\r", "\n"], format!("{B}data: 1\r\n\r{B}{B}")),
        (
            &["data: 1\r", "\n", "\r", "\n", "data: 2\n\n"],
            format!("{B}data: 1\r:\n:\n\r{B}{B}data: 2\n\n{B}"),
        ),
        (&["data: 1\r", "\n\n"], format!("{B}data: 1\r:\n\n{B}")),
        (&["data: 1\r\r", "\n\n"], format!("{B}data: 1\r\r{B}\n{B}")),
        (
            &["data: 1\r\r", "data: 2\n\n"],
            format!("{B}data: 1\r\r{B}data: 2\n\n{B}"),
        ),
        (
            &["id: 1\n", "data: 1\n\n"],
            format!("{B}id: 1\n:\ndata: 1\n\n{B}"),
        ),
        (&["\u{feff}data: 1\n\n"], format!("{B}data: 1\n\n{B}")),
    ] {
        let (bytes, _) = with_heartbeats(chunks.iter().map(|chunk| chunk.as_bytes()));
        assert_eq!(String::from_utf8(bytes).unwrap(), seen);
    }
}

#[tokio::test(start_paused = true)]
async fn comments_keep_a_stream_open_while_an_event_is_incomplete() {
    const PING: EventType = EventType::from_static("ping");
    let every = || Heartbeat::every(Duration::from_secs(10));
    for (heartbeat, comment) in [
        (every(), ":\n"),
        (every().comment("alive\nstill"), ": alive\n: still\n"),
        (every().comment_block("alive"), ": alive\n"),
        (every().event(PING, "1"), ":\n"),
    ] {
        for (half, may_comment) in [
            ("data: 1\n", true),
            ("data: 1\r\n", true),
            ("event: x\n", true),
            ("id: 1\n", true),
            ("data: 1\n: x\n", true),
            ("data: 1\r", true),
            ("data: 1\r\n: x\r", true),
            ("data: 1", false),
            ("data: 1\nda", false),
            ("data: 1\n:", false),
        ] {
            let settings = Settings::new().heartbeat(heartbeat.clone());
            let response = stream(settings, [data(half), Step::Hang]).await;
            let mut body = Box::pin(response.into_body());
            assert_eq!(next_frame(&mut body).await.unwrap().unwrap(), half);
            let start = tokio::time::Instant::now();
            for due in [10, 20] {
                let patience = Duration::from_secs(60);
                let next = tokio::time::timeout(patience, next_frame(&mut body)).await;
                assert_eq!(next.is_ok(), may_comment, "{half:?}");
                let Ok(next) = next else { break };
                assert_eq!(next.unwrap().unwrap(), comment, "{half:?}");
                assert_eq!(start.elapsed().as_secs(), due);
            }
        }
    }
    // Without a heartbeat, no comment is sent.
    let steps = [data("data: 1\n"), Step::Hang];
    let response = stream(Settings::new().without_heartbeat(), steps).await;
    let mut body = Box::pin(response.into_body());
    next_frame(&mut body).await.unwrap().unwrap();
    let hour = Duration::from_secs(3600);
    let next = tokio::time::timeout(hour, next_frame(&mut body)).await;
    assert!(next.is_err());
}

#[tokio::test(start_paused = true)]
async fn an_upstream_that_breaks_off_is_an_error_at_every_position() {
    const STREAM: &[u8] =
        b"\xEF\xBB\xBF: hello\nretry: 5\nid: 1\r\ndata: a\r\n\r\nevent: x\rdata: b\r\rdata\n\n";
    let error_event = Event::from_static("try again");
    for cut in 0..=STREAM.len() {
        let (before, is_whole) = (&STREAM[..cut], is_whole(&STREAM[..cut]));
        for has_error_event in [false, true] {
            let mut settings = Settings::new()
                .without_heartbeat()
                .final_event(Event::from_static("[DONE]"));
            if has_error_event {
                let event = error_event.clone();
                settings = settings.error_event(move |_| Some(event.clone()));
            }
            let (settings, mut ends) = told(settings);
            // The upstream ends cleanly: the end is passed on.
            let ended = stream(settings.clone(), [data(before)]).await;
            let last: &[u8] = if is_whole { b"data: [DONE]\n\n" } else { b"" };
            let shown = before.escape_ascii();
            assert_eq!(all(ended).await, [before, last].concat(), "{shown}");
            let (reason, .., error) = ends.recv().await.unwrap();
            match is_whole {
                true => assert_eq!(
                    (reason, error),
                    (Fate::Ended(EndReason::Completed), None),
                    "{shown}"
                ),
                false => {
                    assert_eq!(reason, Fate::Ended(EndReason::Error), "{shown}");
                    assert_eq!(error, Some(Truncated::default().to_string()));
                }
            }
            // The upstream fails: an error event is sent if one can be inserted. Otherwise the body
            // fails.
            for step in [Step::Fail("gone"), Step::Panic("gone")] {
                let failed = stream(settings.clone(), [data(before), step]).await;
                let mut body = Box::pin(failed.into_body());
                let (mut bytes, mut error) = (Vec::new(), None);
                while let Some(frame) = next_frame(&mut body).await {
                    match frame {
                        Ok(frame) => bytes.extend_from_slice(&frame),
                        Err(failed) => error = Some(failed),
                    }
                }
                let is_told_by_event = is_whole && has_error_event;
                let last: &[u8] = if is_told_by_event {
                    b"data: try again\n\n"
                } else {
                    b""
                };
                assert_eq!(bytes, [before, last].concat(), "{shown}");
                assert_eq!(error.is_none(), is_told_by_event, "{shown}");
                let (reason, .., error) = ends.recv().await.unwrap();
                assert_eq!(reason, Fate::Ended(EndReason::Error));
                assert!(error.unwrap().ends_with("gone"));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_gets_a_start_heartbeats_and_headers() {
    let settings = Settings::new().retry(Duration::from_secs(2));
    let response = stream(settings, [Step::Pause, data("data: 1\n\n"), Step::Hang]).await;
    assert_eq!(
        response.headers()["cache-control"],
        "no-store, no-transform"
    );
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    let mut body = Box::pin(response.into_body());
    for expected in ["retry: 2000\n", "data: 1\n\n", ":\n", ":\n"] {
        assert_eq!(next_frame(&mut body).await.unwrap().unwrap(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn frames_of_a_stream_are_not_copied() {
    let bytes = Bytes::from(b"data: 1\n\n".to_vec());
    let at = bytes.as_ptr();
    let response = stream(Settings::new(), [Step::Data(bytes)]).await;
    let mut body = Box::pin(response.into_body());
    assert_eq!(next_frame(&mut body).await.unwrap().unwrap().as_ptr(), at);
}

#[tokio::test(start_paused = true)]
async fn trailers_of_a_stream_come_after_the_last_event() {
    let mut trailers = HeaderMap::new();
    trailers.insert("checksum", HeaderValue::from_static("7"));
    let settings = Settings::new().final_event(Event::from_static("[DONE]"));
    let steps = [data("data: 1\n\n"), Step::Trailers(trailers.clone())];
    let body = stream(settings, steps).await.into_body();
    let collected = body.collect().await.unwrap();
    assert_eq!(collected.trailers(), Some(&trailers));
    assert_eq!(collected.to_bytes(), "data: 1\n\ndata: [DONE]\n\n");
}

#[tokio::test(start_paused = true)]
async fn a_stream_with_a_content_coding_gets_only_headers_and_an_end() {
    let drain = Drain::new();
    let settings = Settings::new()
        .retry(Duration::from_secs(2))
        .padding()
        .final_event(Event::from_static("[DONE]"))
        .drain(&drain);
    let script = Script::new([data("\x1F\u{8B}"), Step::Hang]);
    let dropped = script.dropped();
    let response = Response::builder()
        .header("content-type", "text/event-stream")
        .header("content-encoding", "gzip")
        .body(script);
    let response = relayed(settings, Request::new(()), response.unwrap()).await;
    assert_eq!(
        response.headers()["cache-control"],
        "no-store, no-transform"
    );
    let draining = drain.start(Duration::from_secs(10));
    assert_eq!(all(response).await, "\x1F\u{8B}".as_bytes());
    assert!(dropped.load(Ordering::Relaxed));
    assert_eq!(draining.await.ended_cleanly(), 1);
}

#[tokio::test(start_paused = true)]
async fn around_our_own_streams_there_is_one_heartbeat_and_one_start() {
    let retry = Settings::new().retry(Duration::from_secs(2));
    let events = tokio_stream::pending::<Result<Event, Infallible>>();
    let inner = Sse::with(events, retry.clone()).into_http();
    let response = relayed(retry, Request::new(()), inner).await;
    let twice = relayed(Settings::new(), Request::new(()), response).await;
    let mut body = Box::pin(twice.into_body());
    let start = tokio::time::Instant::now();
    for (expected, due) in [("retry: 2000\n", 0), (":\n", 15), (":\n", 30), (":\n", 45)] {
        assert_eq!(next_frame(&mut body).await.unwrap().unwrap(), expected);
        assert_eq!(start.elapsed().as_secs(), due);
    }
}

#[tokio::test(start_paused = true)]
async fn around_our_own_streams_a_relay_adds_missing_settings() {
    let drain = Drain::new();
    let events = tokio_stream::pending::<Result<Event, Infallible>>();
    // The inner response has no drain, so it does not begin with a reconnection time.
    let inner = Sse::new(events).without_heartbeat().into_http();
    let settings = Settings::new().drain(&drain).padding();
    let outer = relayed(settings, Request::new(()), inner).await;
    let outermost = Settings::new().retry(Duration::from_secs(7)).padding();
    let mut reader = EventReader::new(relayed(outermost, Request::new(()), outer).await);
    let mut next = async || {
        let patience = Duration::from_secs(60);
        let next = tokio::time::timeout(patience, reader.next()).await;
        next.expect("something comes")
    };
    assert!(matches!(next().await, Some(Received::Comment(text)) if text.len() > 2000));
    let time = Duration::from_secs(3);
    assert_eq!(next().await, Some(Received::Retry(time)));
    let beat = Some(Received::Comment(String::new()));
    assert_eq!(next().await, beat);
    assert_eq!(next().await, beat);
    let _draining = drain.start(Duration::ZERO);
    assert!(matches!(next().await, Some(Received::Retry(_))));
    reader.end().await;
}

#[tokio::test(start_paused = true)]
async fn our_own_refusal_passes_unchanged() {
    let limits = Limits::new(0);
    let events = tokio_stream::pending::<Result<Event, Infallible>>();
    let inner = Sse::with(events, Settings::new().limits(&limits)).into_http();
    let (settings, mut ends) = told(
        Settings::new()
            .retry(Duration::from_secs(60))
            .padding()
            .final_event(Event::from_static("[DONE]")),
    );
    let bytes = all(relayed(settings, Request::new(()), inner).await).await;
    let text = String::from_utf8(bytes).unwrap();
    assert!(
        text.starts_with("retry: ") && text.lines().count() == 1,
        "{text}"
    );
    assert!(ends.try_recv().is_err(), "no stream was relayed");
}

#[tokio::test(start_paused = true)]
async fn an_empty_frame_does_not_postpone_the_heartbeat() {
    let ticks = IntervalStream::new(tokio::time::interval(Duration::from_secs(6)));
    let empty = ticks.map(|_| Ok::<_, Infallible>(Frame::data(Bytes::new())));
    let response = Response::builder().header("content-type", "text/event-stream");
    let response = response.body(StreamBody::new(empty)).unwrap();
    let response = relayed(Settings::new(), Request::new(()), response).await;
    let mut reader = EventReader::new(response);
    let start = tokio::time::Instant::now();
    for due in [0, 15, 30, 45] {
        let beat = Some(Received::Comment(String::new()));
        let patience = Duration::from_secs(60);
        let next = tokio::time::timeout(patience, reader.next()).await;
        assert_eq!(next.expect("a heartbeat"), beat);
        assert_eq!(start.elapsed().as_secs(), due);
    }
}

#[tokio::test]
async fn other_responses_pass_unchanged() {
    for (status, content_type) in [
        (200, "text/html"),
        (200, "application/grpc"),
        (200, "text/event-streams"),
        (204, "text/event-stream"),
        (301, "text/event-stream"),
        (304, "text/event-stream"),
        (404, "text/event-stream"),
        (503, "text/event-stream"),
    ] {
        let response = Response::builder()
            .status(status)
            .header("content-type", content_type)
            .header("content-length", "5");
        let body = Full::new(Bytes::from_static(b"12345"));
        let settings = Settings::new().retry(Duration::from_secs(2)).padding();
        let response = relayed(settings, Request::new(()), response.body(body).unwrap()).await;
        assert_eq!(response.headers().len(), 2, "{status} {content_type}");
        assert_eq!(response.body().size_hint().exact(), Some(5));
        assert!(!response.body().is_end_stream());
        assert_eq!(all(response).await, b"12345");
    }
}

/// A body whose frames consist of two pieces. It knows its size and its end, and has trailers.
struct Pieces(Vec<Frame<bytes::buf::Chain<Bytes, Bytes>>>);

impl Body for Pieces {
    type Data = bytes::buf::Chain<Bytes, Bytes>;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Infallible>>> {
        Poll::Ready(self.0.pop().map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = SizeHint::new();
        hint.set_lower(self.0.len() as u64);
        hint
    }
}

#[tokio::test]
async fn other_bodies_pass_frame_by_frame_with_trailers_size_and_end() {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let piece = |text: &'static str| Bytes::from_static(text.as_bytes());
    let pieces = Pieces(vec![
        Frame::trailers(trailers.clone()),
        Frame::data(piece("").chain(piece(""))),
        Frame::data(piece("12").chain(piece("34"))),
    ]);
    let response = Response::builder().header("content-type", "application/grpc");
    let response = response.body(pieces).unwrap();
    let mut body = relayed(Settings::new(), Request::new(()), response)
        .await
        .into_body();
    let mut seen = Vec::new();
    for left in [3, 2, 1] {
        assert_eq!(body.size_hint().lower(), left);
        assert!(!body.is_end_stream());
        seen.push(body.frame().await.unwrap().unwrap());
    }
    assert!(body.is_end_stream());
    assert!(body.frame().await.is_none());
    assert_eq!(seen[0].data_ref().unwrap(), "1234");
    assert_eq!(seen[1].data_ref().unwrap(), "");
    assert_eq!(seen[2].trailers_ref(), Some(&trailers));
}

#[tokio::test]
async fn head_gets_the_headers_and_the_stream_is_dropped() {
    let script = Script::new([Step::Hang]);
    let dropped = script.dropped();
    let response = Response::builder().header("content-type", "text/event-stream");
    let request = Request::builder().method(Method::HEAD).body(()).unwrap();
    let response = relayed(Settings::new(), request, response.body(script).unwrap()).await;
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    assert_eq!(response.body().size_hint().exact(), None);
    assert!(response.body().is_end_stream());
    assert!(dropped.load(Ordering::Relaxed));
}

#[tokio::test]
async fn the_default_body_has_ended() {
    let body = RelayBody::<Script>::default();
    assert!(body.is_end_stream());
    assert_eq!(body.size_hint().exact(), Some(0));
    assert!(body.collect().await.unwrap().to_bytes().is_empty());
}

#[tokio::test(start_paused = true)]
async fn under_an_axum_router_streams_are_completed_and_head_has_no_length() {
    use axum::{Router, response::sse, routing::get};

    let events = || async {
        let event = sse::Event::default().data("1");
        sse::Sse::new(tokio_stream::iter([Ok::<_, Infallible>(event)]))
    };
    let settings = Settings::new().retry(Duration::from_secs(2));
    let router = Router::new()
        .route("/events", get(events))
        .route("/page", get(|| async { "a page" }))
        .layer(RelayLayer::with(settings));

    let ask = |method, path| {
        let request = Request::builder().method(method).uri(path);
        let request = request.body(axum::body::Body::empty()).unwrap();
        router.clone().oneshot(request)
    };
    let response = ask(Method::GET, "/events").await.unwrap();
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    // axum sends "no-cache".
    assert_eq!(
        response.headers()["cache-control"],
        "no-cache, no-transform"
    );
    assert_eq!(all(response).await, b"retry: 2000\ndata: 1\n\n");

    let response = ask(Method::HEAD, "/events").await.unwrap();
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    assert!(!response.headers().contains_key("content-length"));

    let response = ask(Method::GET, "/page").await.unwrap();
    assert_eq!(response.headers()["content-length"], "6");
    assert_eq!(all(response).await, b"a page");
}
