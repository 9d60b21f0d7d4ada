//! The span of a stream, under the span of its request.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{Arc, Mutex},
};

use http::{Request, Response};
use sse_tower::{RelayLayer, Settings, Sse, server::Limits};
use tower::{Layer, ServiceExt, service_fn};
use tower_http::trace::TraceLayer;
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{layer::Context, prelude::*, registry::LookupSpan};

use super::{PATIENCE, Server, event};
use crate::support::{finished, next_frame};

/// The spans and events of this crate, in their order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<Span>>>);

#[derive(Clone, Debug, Default, PartialEq)]
struct Span {
    name: &'static str,
    level: String,
    parent: Option<&'static str>,
    fields: BTreeMap<&'static str, String>,
    /// The level, text and fields of its events.
    events: Vec<String>,
    is_closed: bool,
}

/// Collects fields as text.
#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

impl<S> tracing_subscriber::Layer<S> for Log
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let span = context.span(id).unwrap();
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let mut log = self.0.lock().unwrap();
        span.extensions_mut().insert(log.len());
        log.push(Span {
            name: span.name(),
            level: span.metadata().level().to_string(),
            parent: span.parent().map(|parent| parent.name()),
            fields: fields.0,
            ..Span::default()
        });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        self.change(id, &context, |span| span.fields.extend(fields.0));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if event.metadata().target() != "sse_tower::stream" {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let text: Vec<_> = fields
            .0
            .into_iter()
            .map(|(name, text)| format!("{name}={text}"))
            .collect();
        let text = format!("{} {}", event.metadata().level(), text.join(" "));
        let span = context.event_span(event).expect("a span");
        self.change(&span.id(), &context, |span| span.events.push(text));
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        self.change(&id, &context, |span| span.is_closed = true);
    }
}

impl Log {
    /// Collects the spans of this thread until the guard is dropped.
    fn new() -> (Self, tracing::subscriber::DefaultGuard) {
        let log = Self::default();
        let subscriber = tracing_subscriber::registry().with(log.clone());
        (log, tracing::subscriber::set_default(subscriber))
    }

    fn change<S>(&self, id: &Id, context: &Context<'_, S>, change: impl FnOnce(&mut Span))
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let index = context.span(id).unwrap().extensions().get().copied();
        let index: usize = index.expect("the span is known");
        change(&mut self.0.lock().unwrap()[index]);
    }

    fn spans(&self, name: &str) -> Vec<Span> {
        let log = self.0.lock().unwrap();
        log.iter()
            .filter(|span| span.name == name)
            .cloned()
            .collect()
    }

    async fn until_closed(&self, name: &str) -> Span {
        let closed = async {
            loop {
                match self.spans(name).as_slice() {
                    [span] if span.is_closed => return span.clone(),
                    _ => tokio::time::sleep(std::time::Duration::from_millis(2)).await,
                }
            }
        };
        let closed = tokio::time::timeout(PATIENCE, closed).await;
        closed.unwrap_or_else(|_| panic!("{name} is not closed: {:?}", self.spans(name)))
    }
}

/// A server whose requests have a span, as with the layer of tower-http.
async fn traced(settings: Settings) -> Server {
    Server::layered(settings, |service| {
        let layer = TraceLayer::new_for_http()
            .make_span_with(|_: &Request<_>| tracing::info_span!("request"));
        layer.layer(service)
    })
    .await
}

fn fields<const N: usize>(fields: [(&'static str, &str); N]) -> BTreeMap<&'static str, String> {
    BTreeMap::from(fields.map(|(name, text)| (name, text.to_owned())))
}

#[tokio::test]
async fn a_stream_has_a_span_under_that_of_its_request() {
    let (log, _guard) = Log::new();
    let server = traced(Settings::new().without_heartbeat().spans()).await;
    let (sender, mut client) = server.open().await;
    sender.send(event("one")).unwrap();
    client.read_until("data: one\n\n").await;
    let [open] = <[Span; 1]>::try_from(log.spans("sse_stream")).unwrap();
    let expected = Span {
        name: "sse_stream",
        level: Level::INFO.to_string(),
        parent: Some("request"),
        fields: fields([("http_version", "HTTP/1.1")]),
        events: vec!["DEBUG message=the stream is open".to_owned()],
        is_closed: false,
    };
    assert_eq!(open, expected);
    drop(sender);
    client.read_all().await;
    let mut ended = log.until_closed("sse_stream").await;
    let seconds = ended.fields.remove("duration_seconds").unwrap();
    assert!((0.0..60.0).contains(&seconds.parse::<f64>().unwrap()));
    let end = [
        ("http_version", "HTTP/1.1"),
        ("reason", "completed"),
        ("events", "1"),
        ("bytes", "11"),
        ("sent_bytes", "11"),
    ];
    assert_eq!(ended.fields, fields(end));
    let text = "DEBUG message=the stream has ended reason=completed";
    assert_eq!(ended.events[1..], [text]);
    log.until_closed("request").await;
}

#[tokio::test]
async fn a_failed_stream_warns_and_a_client_that_leaves_does_not() {
    let (log, _guard) = Log::new();
    let server = traced(Settings::new().spans()).await;
    let (sender, client) = server.open().await;
    sender.send(Err("broken".into())).unwrap();
    client.read_all().await;
    let span = log.until_closed("sse_stream").await;
    assert_eq!(span.fields["reason"], "error");
    let text = "WARN error=broken message=the stream failed reason=error";
    assert_eq!(span.events[1..], [text]);
    drop(_guard);

    let (log, _guard) = Log::new();
    let (_sender, client) = server.open().await;
    drop(client);
    let span = log.until_closed("sse_stream").await;
    assert_eq!(span.fields["reason"], "client_gone");
    let text = "DEBUG message=the stream has ended reason=client_gone";
    assert_eq!(span.events[1..], [text]);
}

#[cfg(feature = "compression-gzip")]
#[tokio::test]
async fn the_span_of_a_compressed_stream_has_its_coding() {
    use sse_tower::server::{Compression, CompressionLevel};

    let (log, _guard) = Log::new();
    let compression = Compression::new().gzip(CompressionLevel::Low);
    let server = traced(
        Settings::new()
            .without_heartbeat()
            .spans()
            .compression(compression),
    )
    .await;
    let sender = server.prepare();
    let request = Request::get("/").header("accept-encoding", "gzip");
    let client = server.request(request).await;
    sender
        .send(Ok(sse_tower::Event::new("x".repeat(1000))))
        .unwrap();
    drop(sender);
    let sent = client.read_all().await.len().to_string();
    let span = log.until_closed("sse_stream").await;
    assert_eq!(span.fields["coding"], "gzip");
    assert_eq!(span.fields["bytes"], "1008");
    assert_eq!(span.fields["sent_bytes"], sent);
}

#[tokio::test]
async fn a_refusal_is_an_event_in_the_span_of_the_request() {
    for (limits, text) in [
        (
            Limits::new(0),
            "DEBUG message=the stream was refused reason=limit",
        ),
        (Limits::each(1), "ERROR error=the limits are per key"),
    ] {
        let (log, _guard) = Log::new();
        let server = traced(Settings::new().spans().limits(&limits)).await;
        server.get().await.read_all().await;
        let request = log.until_closed("request").await;
        let [refused] = request.events.as_slice() else {
            panic!("{:?}", request.events);
        };
        assert!(refused.starts_with(text), "{refused}");
        assert_eq!(log.spans("sse_stream"), []);
    }
}

#[tokio::test]
async fn a_relay_and_its_response_share_one_span() {
    let (log, _guard) = Log::new();
    let settings = Settings::new().without_heartbeat().spans();
    let inner = settings.clone();
    let service = service_fn(move |_: Request<()>| {
        let response = Sse::with(finished(["a", "b"]), inner.clone()).into_http();
        async { Ok::<_, std::convert::Infallible>(response) }
    });
    let service = RelayLayer::with(settings).layer(service);
    let response: Response<_> = service.oneshot(Request::new(())).await.unwrap();
    let mut body = Box::pin(response.into_body());
    while next_frame(&mut body).await.is_some() {}
    drop(body);
    let span = log.until_closed("sse_stream").await;
    assert_eq!((span.parent, span.fields["events"].as_str()), (None, "2"));
}

#[tokio::test]
async fn without_the_setting_there_is_no_span() {
    let (log, _guard) = Log::new();
    let server = traced(Settings::new().on_notice(|_| {})).await;
    let (sender, client) = server.open().await;
    drop(sender);
    client.read_all().await;
    log.until_closed("request").await;
    assert_eq!(log.spans("sse_stream"), []);
}
