//! The layers of this crate between layers of tower-http, in different orders.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::{Empty, Full};
use sse_tower::{
    CorsLayer, RelayLayer, SseLayer,
    cors::{KnownOrigins, Origin},
    error::BoxError,
};
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
use tower_http::{compression::CompressionLayer, timeout::TimeoutLayer, trace::TraceLayer};

use crate::support::{Never, all, finished};

const OURS: &str = "https://a.example";

fn cors() -> CorsLayer<KnownOrigins> {
    CorsLayer::origins([Origin::from_static(OURS)]).refuse_foreign()
}

fn timeout() -> TimeoutLayer {
    TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_secs(60))
}

async fn events(
    _: Request<Empty<Bytes>>,
) -> Result<Response<impl futures_core::Stream<Item = Result<sse_tower::Event, Never>>>, Never> {
    Ok(Response::new(finished(["x"])))
}

/// Responds with an event stream.
async fn stream(_: Request<Empty<Bytes>>) -> Result<Response<Full<Bytes>>, Never> {
    let response = Response::builder().header("content-type", "text/event-stream");
    Ok(response.body("data: x\n\n".into()).unwrap())
}

/// Checks that an allowed origin can read the stream, that preflights are answered, and that other
/// origins are refused.
async fn streams<S, B>(what: &str, service: S)
where
    S: Service<Request<Empty<Bytes>>, Response = Response<B>, Error = Infallible> + Clone,
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError> + std::fmt::Debug,
{
    let ask = |method, origin| {
        let request = Request::builder().method(method);
        let request = request
            .header("origin", origin)
            .header("accept-encoding", "gzip")
            .header("access-control-request-method", "GET");
        service.clone().oneshot(request.body(Empty::new()).unwrap())
    };
    let response = ask(Method::GET, OURS).await.unwrap();
    assert_eq!(
        response.headers()["access-control-allow-origin"],
        OURS,
        "{what}"
    );
    assert_eq!(
        response.headers()["cache-control"],
        "no-store, no-transform"
    );
    assert_eq!(all(response).await, b"data: x\n\n", "{what}");

    let response = ask(Method::OPTIONS, OURS).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{what}");
    assert_eq!(
        response.headers()["access-control-allow-origin"],
        OURS,
        "{what}"
    );
    assert_eq!(response.body().size_hint().exact(), Some(0), "{what}");
    assert_eq!(all(response).await, b"", "{what}");

    let response = ask(Method::GET, "https://b.example").await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN, "{what}");
    assert_eq!(all(response).await, b"", "{what}");
}

/// Wraps a service in these layers, the outermost first.
macro_rules! under {
    ($service:expr, $($layer:expr),+) => {
        ServiceBuilder::new()$(.layer($layer))+.service(service_fn($service))
    };
}

#[tokio::test(start_paused = true)]
async fn layers_of_tower_http_work_around_and_below_ours() {
    let trace = TraceLayer::new_for_http;
    let (sse, relay) = (SseLayer::new, RelayLayer::new);
    let compression = CompressionLayer::new;

    streams("cors, trace, sse", under!(events, cors(), trace(), sse())).await;
    streams("trace, cors, sse", under!(events, trace(), cors(), sse())).await;
    streams(
        "cors, trace, relay",
        under!(stream, cors(), trace(), relay()),
    )
    .await;
    streams(
        "cors, relay, trace",
        under!(stream, cors(), relay(), trace()),
    )
    .await;
    streams(
        "relay, cors, trace",
        under!(stream, relay(), cors(), trace()),
    )
    .await;
    streams(
        "trace, relay, cors",
        under!(stream, trace(), relay(), cors()),
    )
    .await;

    streams(
        "timeout, cors, trace, sse",
        under!(events, timeout(), cors(), trace(), sse()),
    )
    .await;
    streams(
        "cors, timeout, sse",
        under!(events, cors(), timeout(), sse()),
    )
    .await;
    streams(
        "relay, timeout, cors",
        under!(stream, relay(), timeout(), cors()),
    )
    .await;
    streams(
        "timeout, relay, cors",
        under!(stream, timeout(), relay(), cors()),
    )
    .await;

    streams(
        "compression, cors, sse",
        under!(events, compression(), cors(), sse()),
    )
    .await;
    streams(
        "cors, compression, sse",
        under!(events, cors(), compression(), sse()),
    )
    .await;
    streams(
        "cors, compression, trace, relay",
        under!(stream, cors(), compression(), trace(), relay()),
    )
    .await;
    streams(
        "relay, cors, compression",
        under!(stream, relay(), cors(), compression()),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn cors_works_over_a_trace_layer_in_axum() {
    use axum::{Router, body::Body, routing::get};

    let layers = ServiceBuilder::new()
        .layer(cors())
        .layer(TraceLayer::new_for_http())
        .layer(RelayLayer::new());
    let router = Router::new()
        .route(
            "/",
            get(|| async { ([("content-type", "text/event-stream")], "data: x\n\n") }),
        )
        .layer(layers);
    let service =
        ServiceBuilder::new().map_request(|request: Request<Empty<Bytes>>| request.map(Body::new));
    streams("axum", service.service(router)).await;
}
