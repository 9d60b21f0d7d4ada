//! Streams that a layer compresses. The decoder of each codec must decode each frame at once.

use std::{
    convert::Infallible,
    io::Write,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use brotli::{BrotliDecompressStream, BrotliResult, BrotliState, enc::StandardAlloc};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, Version, header};
use http_body::Body;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use sse_tower::{
    Drain, Event, RelayLayer, Settings, Sse, SseLayer,
    error::BoxError,
    server::{Compression, CompressionLevel, EndReason, Limits, Notice},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinHandle,
    time::timeout,
};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_http::compression::{CompressionLayer, predicate::SizeAbove};

use crate::support::{
    Never, Script, Step, WAYS, Way, all, data, finished, live, next_frame, silent,
};

/// The decoder of a coding, from the crate of its codec.
enum Decoder {
    Br(
        Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>,
        bool,
    ),
    Gzip(Box<flate2::write::GzDecoder<Vec<u8>>>),
    Zstd(zstd_safe::DCtx<'static>, bool),
}

pub(crate) const CODINGS: [&str; 3] = ["br", "zstd", "gzip"];

impl Decoder {
    fn new(coding: &str) -> Self {
        match coding {
            "br" => {
                let alloc = StandardAlloc::default;
                let state = BrotliState::new(alloc(), alloc(), alloc());
                Self::Br(Box::new(state), false)
            }
            "gzip" => Self::Gzip(Box::new(flate2::write::GzDecoder::new(Vec::new()))),
            "zstd" => Self::Zstd(zstd_safe::DCtx::create(), false),
            coding => panic!("{coding}"),
        }
    }

    /// Returns all that can be decoded after these bytes.
    fn decode(&mut self, bytes: &[u8]) -> String {
        let mut decoded = Vec::new();
        match self {
            Self::Br(state, is_finished) => {
                let (mut left, mut position) = (bytes.len(), 0);
                let mut buffer = [0; 1000];
                loop {
                    let (mut space, mut length) = (buffer.len(), 0);
                    let result = BrotliDecompressStream(
                        &mut left,
                        &mut position,
                        bytes,
                        &mut space,
                        &mut length,
                        &mut buffer,
                        &mut 0,
                        state,
                    );
                    assert!(!matches!(result, BrotliResult::ResultFailure));
                    *is_finished = matches!(result, BrotliResult::ResultSuccess);
                    decoded.extend_from_slice(&buffer[..length]);
                    // More output may be left even if the decoder asks for input.
                    if left == 0 && space > 0 {
                        break;
                    }
                }
            }
            Self::Gzip(decoder) => {
                decoder.write_all(bytes).unwrap();
                decoder.flush().unwrap();
                decoded.append(decoder.get_mut());
            }
            Self::Zstd(decoder, is_finished) => {
                let mut input = zstd_safe::InBuffer::around(bytes);
                let mut buffer = [0; 1000];
                loop {
                    let mut space = zstd_safe::OutBuffer::around(&mut buffer[..]);
                    let left = decoder.decompress_stream(&mut space, &mut input).unwrap();
                    *is_finished = left == 0;
                    decoded.extend_from_slice(space.as_slice());
                    if input.pos() == bytes.len() && space.pos() < space.capacity() {
                        break;
                    }
                }
            }
        }
        String::from_utf8(decoded).unwrap()
    }

    /// Returns whether the trailer of the coding has arrived and is right.
    fn is_finished(&mut self) -> bool {
        match self {
            Self::Gzip(decoder) => decoder.try_finish().is_ok(),
            Self::Br(_, is_finished) | Self::Zstd(_, is_finished) => *is_finished,
        }
    }
}

pub(crate) fn settings() -> Settings {
    Settings::new().compression(Compression::new())
}

fn accepting(coding: &str) -> Request<()> {
    let request = Request::builder().header("accept-encoding", coding);
    request.body(()).unwrap()
}

/// The end of a stream: reason, bytes before and after compression, error.
pub(crate) type End = (EndReason, u64, u64, Option<String>);

pub(crate) fn ends(settings: Settings) -> (Settings, mpsc::UnboundedReceiver<End>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let settings = settings.on_notice(move |notice| {
        if let Notice::Ended(end) = notice {
            let error = end.error().map(ToString::to_string);
            let end = (end.reason(), end.bytes(), end.sent_bytes(), error);
            sender.send(end).unwrap();
        }
    });
    (settings, receiver)
}

/// A body with a decoder, and the number of bytes that were read.
struct Reader<B> {
    body: Pin<Box<B>>,
    decoder: Decoder,
    plain: u64,
    sent: u64,
}

impl<B> Reader<B>
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    /// Reads a response that must have this coding.
    fn new(coding: &str, response: Response<B>) -> Self {
        let fields = response.headers();
        let codings: Vec<_> = fields.get_all("content-encoding").iter().collect();
        assert_eq!(codings, [coding]);
        let vary: Vec<_> = fields.get_all("vary").iter().collect();
        assert_eq!(vary, ["accept-encoding"]);
        assert!(!fields.contains_key("content-length"));
        Self {
            body: Box::pin(response.into_body()),
            decoder: Decoder::new(coding),
            plain: 0,
            sent: 0,
        }
    }

    /// Returns the text of the next frame, or `None` at the end of the body.
    async fn frame(&mut self) -> Option<Result<String, B::Error>> {
        let frame = match next_frame(&mut self.body).await? {
            Ok(frame) => frame,
            Err(error) => return Some(Err(error)),
        };
        assert!(!frame.is_empty());
        let text = self.decoder.decode(&frame);
        self.sent += frame.len() as u64;
        self.plain += text.len() as u64;
        Some(Ok(text))
    }

    async fn text(&mut self) -> String {
        self.frame().await.unwrap().unwrap()
    }

    /// Returns the text until the clean end of the body. The coding must then be finished.
    async fn rest(&mut self) -> String {
        let mut text = String::new();
        while let Some(frame) = self.frame().await {
            assert!(!self.body.is_end_stream() || self.decoder.is_finished());
            text += &frame.unwrap();
        }
        assert!(self.decoder.is_finished());
        text
    }
}

/// Text that repeats little, longer than each window.
fn long_text() -> String {
    let mut number: u64 = 1;
    let word = std::iter::repeat_with(|| {
        number = number
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        format!("{:x} ", number >> 20)
    });
    word.take(30_000).collect()
}

#[tokio::test(start_paused = true)]
async fn each_frame_is_decoded_when_it_arrives() {
    for (way, coding) in WAYS
        .into_iter()
        .flat_map(|way| CODINGS.map(|coding| (way, coding)))
    {
        for level in [
            CompressionLevel::Low,
            CompressionLevel::Medium,
            CompressionLevel::High,
        ] {
            let compression = Compression::new().br(level).zstd(level).gzip(level);
            let (settings, mut ends) = ends(
                Settings::new()
                    .compression(compression)
                    .retry(Duration::from_secs(2))
                    .final_event(Event::from_static("[DONE]")),
            );
            let (sender, stream) = live::<Event, Never>();
            let response = Response::new(stream);
            let response = way.answer(settings, accepting(coding), response).await;
            assert_eq!(
                response.headers()["cache-control"],
                "no-store, no-transform"
            );
            let mut reader = Reader::new(coding, response);
            assert_eq!(reader.text().await, "retry: 2000\n");
            for number in 1..100 {
                sender.send(Ok(Event::new("x".repeat(number)))).unwrap();
                let expected = format!("data: {}\n\n", "x".repeat(number));
                assert_eq!(reader.text().await, expected, "{way:?} {coding}");
                if number % 20 == 0 {
                    assert_eq!(reader.text().await, ":\n");
                }
            }
            for text in [long_text(), String::from("x"), long_text()] {
                sender.send(Ok(Event::new(&*text))).unwrap();
                let (text, expected) = (reader.text().await, format!("data: {text}\n\n"));
                let lengths = (text.len(), expected.len());
                assert!(text == expected, "{way:?} {coding} {level:?} {lengths:?}");
            }
            sender.send(Ok(Event::new("last"))).unwrap();
            drop(sender);
            assert_eq!(reader.rest().await, "data: last\n\ndata: [DONE]\n\n");
            let end = (EndReason::Completed, reader.plain, reader.sent, None);
            assert_eq!(ends.recv().await, Some(end), "{way:?} {coding}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn streams_without_an_item_are_complete() {
    for (way, coding) in WAYS
        .into_iter()
        .flat_map(|way| CODINGS.map(|coding| (way, coding)))
    {
        let (settings, mut ends) = ends(settings());
        let response = Response::new(finished([]));
        let response = way.answer(settings, accepting(coding), response).await;
        let mut reader = Reader::new(coding, response);
        assert_eq!(reader.rest().await.trim_start_matches(":\n"), "");
        let end = (EndReason::Completed, reader.plain, reader.sent, None);
        assert_eq!(ends.recv().await, Some(end), "{way:?} {coding}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_fails_has_no_trailer_and_one_with_an_error_event_has() {
    for (way, coding) in WAYS
        .into_iter()
        .flat_map(|way| CODINGS.map(|coding| (way, coding)))
    {
        for has_error_event in [false, true] {
            let (mut settings, mut ends) = ends(settings().without_heartbeat());
            if has_error_event {
                settings = settings.error_event(|_| Some(Event::from_static("sorry")));
            }
            let (sender, stream) = live::<Event, &str>();
            sender.send(Ok(Event::new("1"))).unwrap();
            sender.send(Err("gone")).unwrap();
            let response = Response::new(stream);
            let response = way.answer(settings, accepting(coding), response).await;
            let mut reader = Reader::new(coding, response);
            if has_error_event {
                assert_eq!(reader.rest().await, "data: 1\n\ndata: sorry\n\n");
            } else {
                assert_eq!(reader.text().await, "data: 1\n\n");
                assert!(reader.frame().await.unwrap().is_err());
                assert!(!reader.decoder.is_finished(), "{way:?} {coding}");
            }
            let error = Some(String::from("gone"));
            let end = (EndReason::Error, reader.plain, reader.sent, error);
            assert_eq!(ends.recv().await, Some(end));
        }
    }
}

/// Returns the response of a relay around `response`.
async fn relayed<B>(
    settings: Settings,
    coding: &str,
    response: Response<B>,
) -> Response<impl Body<Data = Bytes, Error: std::fmt::Debug>>
where
    B: Body<Data = Bytes> + 'static,
    B::Error: Into<BoxError>,
{
    let mut response = Some(response);
    let service = RelayLayer::with(settings).layer(service_fn(move |_: Request<()>| {
        let response = response.take().expect("one request is made");
        async { Ok::<_, Infallible>(response) }
    }));
    service.oneshot(accepting(coding)).await.unwrap()
}

fn event_stream<B>(body: B) -> Response<B> {
    let response = Response::builder().header("content-type", "text/event-stream");
    response.body(body).unwrap()
}

#[tokio::test(start_paused = true)]
async fn trailers_come_after_the_end_of_the_coding() {
    let mut trailers = HeaderMap::new();
    trailers.insert("checksum", HeaderValue::from_static("7"));
    for coding in CODINGS {
        let script = Script::new([data("data: 1\n\n"), Step::Trailers(trailers.clone())]);
        let response = relayed(settings(), coding, event_stream(script)).await;
        let collected = response.into_body().collect().await.unwrap();
        assert_eq!(collected.trailers(), Some(&trailers));
        let mut decoder = Decoder::new(coding);
        assert_eq!(decoder.decode(&collected.to_bytes()), "data: 1\n\n");
        assert!(decoder.is_finished(), "{coding}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_upstream_that_ends_within_an_event_is_passed_on_with_the_trailer() {
    for coding in CODINGS {
        let (settings, mut ends) = ends(settings());
        let script = Script::new([data("data: 1\n\nda"), Step::Pause, data("ta: 2")]);
        let mut reader = Reader::new(
            coding,
            relayed(settings, coding, event_stream(script)).await,
        );
        assert_eq!(reader.rest().await, "data: 1\n\ndata: 2");
        let (reason, plain, sent, error) = ends.recv().await.unwrap();
        assert_eq!(
            (reason, plain, sent),
            (EndReason::Error, reader.plain, reader.sent)
        );
        assert!(error.is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn a_drain_sends_its_last_bytes_and_the_trailer() {
    for (way, coding) in WAYS
        .into_iter()
        .flat_map(|way| CODINGS.map(|coding| (way, coding)))
    {
        let drain = Drain::new();
        let (settings, mut ends) = ends(settings().drain(&drain));
        let response = Response::new(silent());
        let response = way.answer(settings, accepting(coding), response).await;
        let mut reader = Reader::new(coding, response);
        assert_eq!(reader.text().await, "retry: 3000\n");
        assert_eq!(reader.text().await, ":\n");
        let draining = drain.start(Duration::from_secs(5));
        let rest = reader.rest().await;
        assert!(
            rest.trim_start_matches(":\n").starts_with("retry: "),
            "{rest}"
        );
        let end = (EndReason::Drain, reader.plain, reader.sent, None);
        assert_eq!(ends.recv().await, Some(end), "{way:?} {coding}");
        drop(reader);
        assert_eq!(draining.await.ended_cleanly(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_goes_away_has_been_sent_what_it_read() {
    for coding in CODINGS {
        let (settings, mut ends) = ends(settings());
        let response = Response::new(silent());
        let response = Way::Events
            .answer(settings, accepting(coding), response)
            .await;
        let mut reader = Reader::new(coding, response);
        assert_eq!(reader.text().await, ":\n");
        let end = (EndReason::ClientGone, 2, reader.sent, None);
        drop(reader);
        assert_eq!(ends.recv().await, Some(end), "{coding}");
    }
}

#[tokio::test(start_paused = true)]
async fn refusals_are_plain() {
    for (way, coding) in WAYS
        .into_iter()
        .flat_map(|way| CODINGS.map(|coding| (way, coding)))
    {
        for is_503 in [false, true] {
            let mut settings = settings().limits(&Limits::new(0));
            if is_503 {
                settings = settings.refuse_with_503();
            }
            let response = Response::new(silent());
            let response = way.answer(settings, accepting(coding), response).await;
            assert!(!response.headers().contains_key("content-encoding"));
            let text = String::from_utf8(all(response).await).unwrap();
            assert_eq!(text.starts_with("retry: "), !is_503, "{text}");
        }
    }
}

/// Returns the values of a field.
fn values<B>(response: &Response<B>, name: header::HeaderName) -> Vec<&HeaderValue> {
    response.headers().get_all(name).iter().collect()
}

#[tokio::test(start_paused = true)]
async fn the_fields_follow_the_request_and_are_those_of_head() {
    let off = Settings::new();
    let on = settings();
    let only_gzip = Compression::new()
        .br(CompressionLevel::Off)
        .zstd(CompressionLevel::Off);
    let only_gzip = Settings::new().compression(only_gzip);
    for (settings, accepted, vary, expected_coding, expected_vary) in [
        (&off, "br, gzip", &[][..], &[][..], &[][..]),
        (&on, "gzip, br", &[], &["br"], &["accept-encoding"]),
        (&on, "gzip, zstd", &[], &["zstd"], &["accept-encoding"]),
        (&on, "gzip, br;q=0.5", &[], &["gzip"], &["accept-encoding"]),
        (&only_gzip, "gzip, br", &[], &["gzip"], &["accept-encoding"]),
        (&only_gzip, "br", &[], &[], &["accept-encoding"]),
        (&on, "deflate", &[], &[], &["accept-encoding"]),
        (&on, "identity;q=0", &[], &[], &["accept-encoding"]),
        (&on, "", &[], &[], &["accept-encoding"]),
        (
            &on,
            "br",
            &["origin"],
            &["br"],
            &["origin", "accept-encoding"],
        ),
        (
            &on,
            "br",
            &["Accept-Encoding"],
            &["br"],
            &["Accept-Encoding"],
        ),
        (
            &on,
            "br",
            &["origin, ACCEPT-ENCODING"],
            &["br"],
            &["origin, ACCEPT-ENCODING"],
        ),
        (&on, "br", &["*"], &["br"], &["*"]),
    ] {
        for (way, method) in WAYS
            .into_iter()
            .flat_map(|way| [Method::GET, Method::HEAD].map(|method| (way, method)))
        {
            let mut request = accepting(accepted);
            *request.method_mut() = method.clone();
            let mut response = Response::new(finished(["1"]));
            for value in vary {
                let value = HeaderValue::from_static(value);
                response.headers_mut().append("vary", value);
            }
            let response = way.answer(settings.clone(), request, response).await;
            let what = format!("{way:?} {method} {accepted}");
            assert_eq!(
                values(&response, header::CONTENT_ENCODING),
                expected_coding,
                "{what}"
            );
            assert_eq!(values(&response, header::VARY), expected_vary, "{what}");
            if method == Method::HEAD {
                assert!(all(response).await.is_empty(), "{what}");
            } else if expected_coding.is_empty() {
                let text = String::from_utf8(all(response).await).unwrap();
                assert!(text.ends_with("data: 1\n\n"), "{what}: {text}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_coding_of_the_upstream_passes_unchanged() {
    let body = b"\x1f\x8bnot really gzip";
    for (codings, is_coded) in [
        (&["gzip"][..], true),
        (&["identity", "br"], true),
        (&["unknown"], true),
        (&["identity"], false),
        (&["none"], false),
        (&[""], false),
    ] {
        let mut response = event_stream(Full::new(Bytes::from_static(body)));
        for coding in codings {
            let coding = HeaderValue::from_static(coding);
            response.headers_mut().append("content-encoding", coding);
        }
        let response = relayed(settings(), "br", response).await;
        match is_coded {
            true => {
                assert_eq!(values(&response, header::CONTENT_ENCODING), codings);
                assert!(!response.headers().contains_key("vary"));
                assert_eq!(all(response).await, body);
            }
            false => assert_eq!(values(&response, header::CONTENT_ENCODING), ["br"]),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_stream_is_compressed_twice() {
    /// Checks that the stream of this service is compressed once.
    async fn once<S, B>(what: &str, service: S)
    where
        S: Service<Request<()>, Response = Response<B>, Error = Infallible> + Clone,
        B: Body<Data = Bytes>,
        B::Error: std::fmt::Debug,
    {
        for coding in CODINGS {
            let response = service.clone().oneshot(accepting(coding)).await.unwrap();
            let codings = values(&response, header::CONTENT_ENCODING);
            assert_eq!(codings, [coding], "{what}");
            let text = Reader::new(coding, response).rest().await;
            assert_eq!(text.trim_start_matches(":\n"), "data: 1\n\n", "{what}");
        }
    }
    let relay = || RelayLayer::with(settings());
    let outer = || CompressionLayer::new().compress_when(SizeAbove::new(0));
    let events = async |_: Request<()>| Ok::<_, Infallible>(Response::new(finished(["1"])));
    let handler = async |_: Request<()>| {
        let events = finished(["1"]);
        Ok::<_, Infallible>(Sse::with(events, settings()).into_http())
    };
    let sse = || SseLayer::with(settings()).layer(service_fn(events));

    once("relay, sse", relay().layer(sse())).await;
    once("relay, relay, sse", relay().layer(relay().layer(sse()))).await;
    once("relay, handler", relay().layer(service_fn(handler))).await;
    once(
        "relay, relay, handler",
        relay().layer(relay().layer(service_fn(handler))),
    )
    .await;
    once("tower-http, sse", outer().layer(sse())).await;
    once(
        "tower-http, relay",
        outer().layer(relay().layer(service_fn(handler))),
    )
    .await;
    // tower-http does not compress event streams by default.
    let inner = CompressionLayer::new().layer(service_fn(handler));
    once("relay, tower-http", relay().layer(inner)).await;
}

#[tokio::test(start_paused = true)]
async fn a_response_without_a_layer_is_not_compressed() {
    let response = Sse::with(finished(["1"]), settings()).into_http();
    for name in ["content-encoding", "vary"] {
        assert!(!response.headers().contains_key(name), "{name}");
    }
    let text = String::from_utf8(all(response).await).unwrap();
    assert!(text.ends_with("data: 1\n\n"), "{text}");
}

/// Serves one connection over TCP. Returns its address, and the task that serves it.
pub(crate) async fn serve<E>(
    stream: crate::support::Live<Event, E>,
    layer: SseLayer,
) -> (SocketAddr, JoinHandle<()>)
where
    E: Into<BoxError> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let stream = Arc::new(Mutex::new(Some(stream)));
        let service = layer.layer(service_fn(move |_: Request<Incoming>| {
            let stream = stream.lock().unwrap().take();
            async { Ok::<_, Infallible>(Response::new(stream.expect("one request is made"))) }
        }));
        let _gone = auto::Builder::new(TokioExecutor::new())
            .serve_connection(TokioIo::new(socket), TowerToHyperService::new(service))
            .await;
    });
    (address, task)
}

#[tokio::test]
async fn events_over_tcp_are_decoded_one_by_one() {
    for (version, coding) in [Version::HTTP_11, Version::HTTP_2]
        .into_iter()
        .flat_map(|version| CODINGS.map(|coding| (version, coding)))
    {
        let (sender, stream) = live::<Event, Never>();
        let layer = SseLayer::with(settings().retry(Duration::from_secs(2)));
        let (address, _) = serve(stream, layer).await;
        let io = TokioIo::new(TcpStream::connect(address).await.unwrap());
        let request = Request::builder()
            .uri(format!("http://{address}/"))
            .version(version)
            .header("accept-encoding", coding);
        let request = request.body(Empty::<Bytes>::new()).unwrap();
        let response = if version == Version::HTTP_2 {
            let (mut requests, connection) =
                hyper::client::conn::http2::handshake(TokioExecutor::new(), io)
                    .await
                    .unwrap();
            tokio::spawn(connection);
            requests.send_request(request).await.unwrap()
        } else {
            let (mut requests, connection) =
                hyper::client::conn::http1::handshake(io).await.unwrap();
            tokio::spawn(connection);
            requests.send_request(request).await.unwrap()
        };
        let mut reader = Reader::new(coding, response);
        let mut text = String::new();
        for number in 0..50 {
            sender
                .send(Ok(Event::new(format!("event {number}"))))
                .unwrap();
            // The next event is sent only after this one was decoded.
            let expected = format!("data: event {number}\n\n");
            let reading = async {
                while !text.ends_with(&expected) {
                    text += &reader.text().await;
                }
            };
            let patience = Duration::from_secs(10);
            timeout(patience, reading).await.expect("the event comes");
        }
        assert!(text.starts_with("retry: 2000\n"), "{text}");
        drop(sender);
        assert_eq!(reader.rest().await, "", "{version:?} {coding}");
    }
}

/// A fragment of HTML of about 2 KiB, like many that a page gets from its server. A few numbers
/// differ from one to the next.
fn fragment(number: usize) -> Event {
    let rows: String = (0..20)
        .map(|row| {
            let price = if row == number % 20 {
                number * 7
            } else {
                row * 3
            } % 100;
            format!(
                "<li class=\"row\" id=\"r{row}\"><a href=\"/items/{}\">Item {row}</a> \
                 <span class=\"price\">{price}.00</span></li>",
                1000 + row
            )
        })
        .collect();
    Event::new(format!("<ul class=\"list\">{rows}</ul>")).with_id(number)
}

#[tokio::test(start_paused = true)]
async fn similar_fragments_become_fifty_times_smaller() {
    use CompressionLevel::{High, Low, Medium};
    for (coding, level, min_ratio) in [
        ("br", Low, 25.0),
        ("br", Medium, 50.0),
        ("br", High, 50.0),
        ("zstd", Low, 45.0),
        ("zstd", Medium, 60.0),
        ("zstd", High, 60.0),
        ("gzip", Low, 20.0),
        ("gzip", Medium, 35.0),
        ("gzip", High, 35.0),
    ] {
        let compression = Compression::new().br(level).zstd(level).gzip(level);
        let (sender, stream) = live::<Event, Never>();
        let settings = Settings::new().compression(compression);
        let response = Response::new(stream);
        let response = Way::Events
            .answer(settings, accepting(coding), response)
            .await;
        let mut reader = Reader::new(coding, response);
        for number in 0..500 {
            sender.send(Ok(fragment(number))).unwrap();
            reader.text().await;
        }
        let ratio = reader.plain as f64 / reader.sent as f64;
        println!("{coding} {level:?}: {ratio:.1}:1");
        assert!(ratio > min_ratio, "{coding} {level:?}: {ratio:.1}");
    }
}
