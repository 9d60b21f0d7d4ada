//! Tests of the memory that events and streams take. They have a test binary of their own, because
//! the crate that counts allocations replaces the allocator.
#![forbid(unsafe_code)]

use std::{
    convert::Infallible,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::Duration,
};

use allocation_counter::measure;
use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use sse_tower::{Drain, Event, EventFrame, RelayLayer, Settings, Sse, SseLayer, server::Limits};
use tokio_stream::Stream;
use tower::{Layer, ServiceExt, service_fn};

const EVENTS: usize = 1000;

/// A stream that is pending twice after each frame. So every second poll of its body finds nothing,
/// as with a live stream.
struct Live {
    frame: EventFrame,
    polls: usize,
}

impl Live {
    fn new() -> Self {
        Self::of(&EventFrame::from(Event::new("x".repeat(180))))
    }

    fn of(frame: &EventFrame) -> Self {
        Self {
            frame: frame.clone(),
            polls: 0,
        }
    }

    fn poll(&mut self) -> Poll<EventFrame> {
        self.polls += 1;
        match self.polls % 3 {
            1 => Poll::Ready(self.frame.clone()),
            _ => Poll::Pending,
        }
    }
}

impl Stream for Live {
    type Item = Result<EventFrame, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll().map(|frame| Some(Ok(frame)))
    }
}

impl Body for Live {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.poll()
            .map(|frame| Some(Ok(Frame::data(frame.into_bytes()))))
    }
}

/// Settings with all options switched on.
fn settings() -> Settings {
    let settings = Settings::new()
        .retry(Duration::from_secs(2))
        .lifetime(Duration::from_secs(300))
        .drain(&Drain::new())
        .limits(&Limits::new(10_000))
        .on_notice(|_| {});
    with_metrics(settings)
}

#[cfg(feature = "metrics")]
fn with_metrics(settings: Settings) -> Settings {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let register = sse_tower::server::StreamMetrics::new;
    settings.metrics(&metrics::with_local_recorder(&recorder, register))
}

#[cfg(not(feature = "metrics"))]
fn with_metrics(settings: Settings) -> Settings {
    settings
}

/// Polls until `frames` frames have arrived.
fn poll_frames<B: Body<Data = Bytes>>(mut body: Pin<&mut B>, frames: usize) {
    let cx = &mut Context::from_waker(Waker::noop());
    let mut seen = 0;
    while seen < frames {
        seen += usize::from(body.as_mut().poll_frame(cx).is_ready());
    }
}

#[tokio::test]
async fn a_frame_that_is_encoded_once_allocates_nothing_on_its_way() {
    let mut body = pin!(Sse::with(Live::new(), settings()).into_http().into_body());
    // The first frames set the timer and register the waker of this task.
    poll_frames(body.as_mut(), 3);
    let allocations = measure(|| poll_frames(body.as_mut(), EVENTS));
    assert_eq!(allocations.count_total, 0);
}

#[tokio::test]
async fn a_relayed_frame_allocates_nothing() {
    let service = RelayLayer::with(settings()).layer(service_fn(|_: Request<()>| async {
        let response = Response::builder().header("content-type", "text/event-stream");
        Ok::<_, Infallible>(response.body(Live::new()).unwrap())
    }));
    let response = service.oneshot(Request::new(())).await.unwrap();
    let mut body = pin!(response.into_body());
    poll_frames(body.as_mut(), 3);
    let allocations = measure(|| poll_frames(body.as_mut(), EVENTS));
    assert_eq!(allocations.count_total, 0);
}

#[tokio::test]
async fn an_event_allocates_its_bytes_alone() {
    let event = Event::new("x".repeat(180));
    let events = tokio_stream::iter(std::iter::repeat_with(move || {
        Ok::<_, Infallible>(event.clone())
    }));
    let mut body = pin!(Sse::with(events, settings()).into_http().into_body());
    poll_frames(body.as_mut(), 3);
    let allocations = measure(|| poll_frames(body.as_mut(), 1));
    // 88 events make a frame of 16 KiB. The other allocations are those of the buffer into which
    // they are joined, which grows.
    assert!(
        allocations.count_total < 88 + 16,
        "{}",
        allocations.count_total
    );
}

#[test]
fn a_frame_is_made_of_an_event_with_one_allocation() {
    let (line, long) = ("m".repeat(60), "x".repeat(64 * 1024));
    for data in [
        String::new(),
        line.clone(),
        vec![line; 20].join("\n"),
        format!("{long}\r\n{long}\r{long}\n"),
        long,
    ] {
        let event = Event::new(data).with_id(7);
        let mut frame = None;
        let allocations = measure(|| frame = Some(EventFrame::from(&event)));
        assert_eq!(allocations.count_total, 1, "{} bytes", event.data().len());
    }
}

const STREAMS: usize = 1024;

/// Returns the heap bytes per idle stream, as the average of many streams. This includes tokio's
/// timer, but not the connection and not the memory of the stream of events.
fn bytes_of_idle_stream<B: Body<Data = Bytes>>(open: impl Fn() -> Response<B>) -> usize {
    let open = || {
        let mut body = Box::pin(open().into_body());
        poll_frames(body.as_mut(), 3);
        body
    };
    let mut streams = Vec::with_capacity(STREAMS);
    streams.push(open());
    let allocations = measure(|| streams.extend((1..STREAMS).map(|_| open())));
    let bytes = usize::try_from(allocations.bytes_current).unwrap() / (STREAMS - 1);
    bytes - size_of::<Live>()
}

#[tokio::test]
async fn an_idle_stream_of_a_layer_takes_400_bytes_at_most() {
    let frame = EventFrame::from(Event::new("x"));
    let service = SseLayer::with(settings()).layer(service_fn(move |_: Request<()>| {
        let stream = Live::of(&frame);
        async { Ok::<_, Infallible>(Response::new(stream)) }
    }));
    let bytes = bytes_of_idle_stream(|| {
        let mut response = pin!(service.clone().oneshot(Request::new(())));
        let cx = &mut Context::from_waker(Waker::noop());
        match response.as_mut().poll(cx) {
            Poll::Ready(response) => response.unwrap(),
            Poll::Pending => panic!("the service is ready"),
        }
    });
    println!("{bytes} bytes");
    assert!(bytes <= 400, "{bytes} bytes");
}

#[tokio::test]
async fn an_idle_stream_of_a_handler_takes_400_bytes_at_most() {
    let frame = EventFrame::from(Event::new("x"));
    let settings = settings();
    let bytes = bytes_of_idle_stream(|| Sse::with(Live::of(&frame), settings.clone()).into_http());
    println!("{bytes} bytes with shared settings");
    assert!(bytes <= 400, "{bytes} bytes");
    let bytes = bytes_of_idle_stream(|| Sse::new(Live::of(&frame)).into_http());
    println!("{bytes} bytes with the defaults");
    assert!(bytes <= 400, "{bytes} bytes");
}

/// The span's own memory belongs to the subscriber, which this test does not have.
#[cfg(feature = "tracing")]
#[tokio::test]
async fn a_span_adds_what_the_guide_says() {
    let frame = EventFrame::from(Event::new("x"));
    let settings = settings().spans();
    let bytes = bytes_of_idle_stream(|| Sse::with(Live::of(&frame), settings.clone()).into_http());
    println!("{bytes} bytes with a span");
    assert!((480..=560).contains(&bytes), "{bytes} bytes");
}

/// A received event allocates a copy of its data. It allocates its type and its ID only if they
/// differ from those of the previous event.
#[cfg(feature = "client")]
#[tokio::test]
async fn a_received_event_allocates_what_differs_from_the_one_before() {
    use sse_tower::client::{EventSource, EventStream};

    let token = "x".repeat(182);
    let plain = format!("data: {token}\n\n");
    let typed = format!("event: delta\ndata: {token}\n\n");
    let numbered = |n: usize| format!("id: {n}\ndata: {token}\n\n");
    for (first, block, expected) in [
        ("", &(|_| plain.clone()) as &dyn Fn(usize) -> String, 1),
        ("", &|_| typed.clone(), 1),
        ("id: 7\n\n", &|_| plain.clone(), 1),
        ("", &numbered, 2),
    ] {
        let events = (0..2 * EVENTS).map(block);
        for size in [1, 64] {
            let blocks: Vec<_> = std::iter::once(first.to_owned())
                .chain(events.clone())
                .collect();
            let chunks = blocks
                .chunks(size)
                .map(|blocks| Bytes::from(blocks.concat()));
            let chunks: Vec<_> = chunks.collect();
            let body = move || {
                let frames = chunks.clone().into_iter().map(Frame::data);
                let frames = frames.map(Ok::<_, Infallible>);
                http_body_util::StreamBody::new(tokio_stream::iter(frames))
            };

            let of_body = EventStream::of_body(body());
            assert_eq!(allocations(of_body), expected, "{first:?} by {size}");

            let client = service_fn(move |_: Request<String>| {
                let response = Response::builder().header("content-type", "text/event-stream");
                std::future::ready(response.body(body()))
            });
            let source = EventSource::builder(client)
                .idle_timeout(Duration::from_secs(10))
                .build(|_| Request::new(String::new()));
            assert_eq!(allocations(source), expected, "{first:?} by {size}");
        }
    }
}

/// Returns the allocations per event in steady state. The result is rounded, because some events
/// are decoded ahead.
#[cfg(feature = "client")]
fn allocations<S: Stream<Item: std::fmt::Debug> + Unpin>(mut events: S) -> u64 {
    let mut cx = Context::from_waker(Waker::noop());
    let mut take = |count| {
        let mut taken = 0;
        while taken < count {
            if let Poll::Ready(event) = Pin::new(&mut events).poll_next(&mut cx) {
                event.expect("more events");
                taken += 1;
            }
        }
    };
    take(EVENTS);
    let counted = measure(|| take(EVENTS / 2)).count_total as f64;
    (counted / (EVENTS / 2) as f64).round() as u64
}

/// Events of 1.5 KiB. The memory of zstd is not in Rust's heap. It is measured beside the encoder.
#[cfg(all(feature = "compression-br", feature = "compression-gzip"))]
#[tokio::test]
async fn a_compressed_stream_takes_what_the_guide_says() {
    use sse_tower::server::{Compression, CompressionLevel};

    for (coding, level, kibibytes) in [
        ("br", CompressionLevel::Low, 420..=440),
        ("br", CompressionLevel::Medium, 720..=740),
        ("br", CompressionLevel::High, 1390..=1420),
        ("gzip", CompressionLevel::Low, 300..=320),
        ("gzip", CompressionLevel::Medium, 300..=320),
        ("gzip", CompressionLevel::High, 300..=320),
    ] {
        let compression = Compression::new().br(level).gzip(level);
        let settings = settings().compression(compression);
        let text: String = (0..300)
            .map(|number| (number * number).to_string())
            .collect();
        let frame = EventFrame::from(Event::new(text));
        let service = SseLayer::with(settings).layer(service_fn(move |_: Request<()>| {
            let stream = Live::of(&frame);
            async { Ok::<_, Infallible>(Response::new(stream)) }
        }));
        let open = || {
            let request = Request::builder().header("accept-encoding", coding);
            let mut response = pin!(service.clone().oneshot(request.body(()).unwrap()));
            let cx = &mut Context::from_waker(Waker::noop());
            let Poll::Ready(Ok(response)) = response.as_mut().poll(cx) else {
                panic!("the service is ready");
            };
            assert_eq!(response.headers()["content-encoding"], coding);
            let mut body = Box::pin(response.into_body());
            // More than the window of each codec.
            poll_frames(body.as_mut(), 50);
            body
        };
        let _first = open();
        let mut second = None;
        let info = measure(|| second = Some(open()));
        let [now, most] = [info.bytes_current as u64, info.bytes_max].map(|bytes| bytes / 1024);
        println!("{coding} {level:?}: {now} KiB, {most} KiB at most");
        assert!(kibibytes.contains(&now), "{coding} {level:?}: {now} KiB");
        assert!(most < now + 64, "{coding} {level:?}: {most} KiB at most");
    }
}
