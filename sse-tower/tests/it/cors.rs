//! Requests from pages of other origins.

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use sse_tower::{CorsLayer, SseLayer, cors::Origin};
use tower::{Layer, ServiceBuilder, ServiceExt, service_fn};

use crate::support::{Never, finished};

/// Returns the response to a request with these header fields, and whether the service was called.
async fn answer<O>(
    cors: CorsLayer<O>,
    method: Method,
    fields: &[(&str, &str)],
) -> (StatusCode, HeaderMap, bool) {
    let mut request = Request::builder().method(method);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let (called, mut calls) = tokio::sync::mpsc::unbounded_channel();
    let service = ServiceBuilder::new()
        .layer_fn(|inner| cors.layer(inner))
        .layer(SseLayer::new())
        .service(service_fn(move |_: Request<()>| {
            called.send(()).unwrap();
            async { Ok::<_, Never>(Response::new(finished(["x"]))) }
        }));
    let response = service.oneshot(request.body(()).unwrap()).await.unwrap();
    let (head, _) = response.into_parts();
    (head.status, head.headers, calls.try_recv().is_ok())
}

async fn get<O>(cors: CorsLayer<O>, origin: &str) -> HeaderMap {
    let (status, headers, called) = answer(cors, Method::GET, &[("origin", origin)]).await;
    assert_eq!((status, called), (StatusCode::OK, true));
    assert!(varies_with_origin(&headers));
    headers
}

fn varies_with_origin(headers: &HeaderMap) -> bool {
    headers.get_all("vary").iter().any(|value| {
        let mut names = value.to_str().unwrap().split(',');
        names.any(|name| name.trim().eq_ignore_ascii_case("origin"))
    })
}

fn listed() -> CorsLayer<sse_tower::cors::KnownOrigins> {
    CorsLayer::origins([
        Origin::from_static("https://a.example"),
        Origin::from_static("http://localhost:3001"),
    ])
}

#[tokio::test]
async fn any_origin_reads_without_credentials() {
    let headers = get(CorsLayer::any(), "https://a.example").await;
    assert_eq!(headers["access-control-allow-origin"], "*");
    assert!(!headers.contains_key("access-control-allow-credentials"));
}

#[tokio::test]
async fn a_listed_origin_is_echoed() {
    for origin in ["https://a.example", "http://localhost:3001"] {
        let headers = get(listed().allow_credentials(), origin).await;
        assert_eq!(headers["access-control-allow-origin"], origin);
        assert_eq!(headers["access-control-allow-credentials"], "true");
    }
    let headers = get(listed(), "https://a.example").await;
    assert!(!headers.contains_key("access-control-allow-credentials"));
}

#[tokio::test]
async fn a_foreign_origin_gets_nothing() {
    for origin in [
        "https://b.example",
        "http://a.example",
        "https://a.example:8443",
        "https://A.example",
        "https://a.example.evil.example",
        "https://a.example:443",
        "http://localhost",
        "http://localhost:3002",
        "http://localhost:03001",
        "HTTPS://a.example",
        "https://a.example/",
        "https://a.example.",
        " https://a.example",
        "https://a.example, https://b.example",
        "https://a.example https://a.example",
        "https://a.example,",
        "https://b.example#https://a.example",
        "a.example",
        "null",
        "Null",
        "*",
        "\u{e9}",
        "",
    ] {
        let headers = get(listed().allow_credentials(), origin).await;
        assert!(
            !headers.contains_key("access-control-allow-origin"),
            "{origin}"
        );
        let refusing = listed().refuse_foreign();
        let (status, _, called) = answer(refusing, Method::GET, &[("origin", origin)]).await;
        assert_eq!((status, called), (StatusCode::FORBIDDEN, false), "{origin}");
    }
}

#[tokio::test]
async fn two_origins_must_both_be_allowed() {
    let (ours, foreign) = ("https://a.example", "https://b.example");
    for (origins, status) in [
        ([ours, ours], StatusCode::OK),
        ([ours, foreign], StatusCode::FORBIDDEN),
        ([foreign, ours], StatusCode::FORBIDDEN),
    ] {
        let fields = origins.map(|origin| ("origin", origin));
        let (seen, ..) = answer(listed().refuse_foreign(), Method::GET, &fields).await;
        assert_eq!(seen, status, "{origins:?}");
    }
}

#[tokio::test]
async fn pages_can_read_exposed_fields_and_send_allowed_fields() {
    let trace = http::HeaderName::from_static("x-trace");
    let token = http::HeaderName::from_static("x-csrf-token");
    let cors = listed().expose_headers([trace]).allow_headers([token]);
    let headers = get(cors.clone(), "https://a.example").await;
    assert_eq!(
        headers["access-control-expose-headers"],
        "retry-after,x-trace"
    );
    let fields = [
        ("origin", "https://a.example"),
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "x-csrf-token"),
    ];
    let (_, headers, called) = answer(cors, Method::OPTIONS, &fields).await;
    assert!(!called);
    assert_eq!(
        headers["access-control-allow-headers"],
        "last-event-id,cache-control,authorization,content-type,x-csrf-token"
    );
}

#[tokio::test]
async fn a_response_without_an_origin_still_varies() {
    let (status, headers, called) = answer(listed().refuse_foreign(), Method::GET, &[]).await;
    assert_eq!((status, called), (StatusCode::OK, true));
    assert!(varies_with_origin(&headers));
    assert!(!headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn a_predicate_decides_which_origins_may_read() {
    let cors =
        CorsLayer::matching(|origin| origin == "null" || origin.ends_with(".branches.example"));
    for (origin, allowed) in [
        ("https://x.branches.example", true),
        ("null", true),
        ("https://branches.example", false),
    ] {
        let headers = get(cors.clone(), origin).await;
        assert_eq!(
            headers.get("access-control-allow-origin"),
            allowed
                .then(|| HeaderValue::from_str(origin).unwrap())
                .as_ref()
        );
    }
}

#[tokio::test]
async fn a_foreign_origin_is_refused_if_so_configured() {
    for method in [Method::GET, Method::POST, Method::OPTIONS] {
        let (status, headers, called) = answer(
            listed().refuse_foreign(),
            method,
            &[("origin", "https://b.example")],
        )
        .await;
        assert_eq!((status, called), (StatusCode::FORBIDDEN, false));
        assert!(varies_with_origin(&headers));
        assert!(!headers.contains_key("access-control-allow-origin"));
    }
    get(listed().refuse_foreign(), "https://a.example").await;
}

#[tokio::test]
async fn a_preflight_is_answered() {
    let (status, headers, called) = answer(
        listed()
            .allow_credentials()
            .max_age(std::time::Duration::from_secs(600)),
        Method::OPTIONS,
        &[
            ("origin", "https://a.example"),
            ("access-control-request-method", "GET"),
            ("access-control-request-headers", "last-event-id"),
        ],
    )
    .await;
    assert_eq!((status, called), (StatusCode::OK, false));
    assert_eq!(headers["access-control-allow-origin"], "https://a.example");
    assert_eq!(headers["access-control-allow-credentials"], "true");
    assert_eq!(headers["access-control-allow-methods"], "GET,HEAD,POST");
    assert_eq!(
        headers["access-control-allow-headers"],
        "last-event-id,cache-control,authorization,content-type"
    );
    assert_eq!(headers["access-control-max-age"], "600");
    assert!(varies_with_origin(&headers));
}

#[tokio::test]
async fn methods_are_allowed_in_addition() {
    let patch = Method::from_bytes(b"x-PURGE").unwrap();
    for (methods, expected) in [
        (&[][..], "GET,HEAD,POST"),
        // Clients of the Model Context Protocol end their session with DELETE.
        (&[Method::DELETE], "GET,HEAD,POST,DELETE"),
        (
            &[Method::GET, Method::DELETE, Method::DELETE],
            "GET,HEAD,POST,DELETE",
        ),
        (&[Method::PUT, patch], "GET,HEAD,POST,PUT,x-PURGE"),
    ] {
        let cors = listed().allow_methods(methods.iter().cloned());
        for origin in ["https://a.example", "https://b.example"] {
            let fields = [
                ("origin", origin),
                ("access-control-request-method", "DELETE"),
            ];
            let (status, headers, called) = answer(cors.clone(), Method::OPTIONS, &fields).await;
            assert_eq!((status, called), (StatusCode::OK, false));
            assert_eq!(headers["access-control-allow-methods"], expected);
        }
        let headers = get(cors, "https://a.example").await;
        assert!(!headers.contains_key("access-control-allow-methods"));
    }
}

#[tokio::test]
async fn only_preflights_are_answered() {
    const ORIGIN: (&str, &str) = ("origin", "https://a.example");
    const METHOD: (&str, &str) = ("access-control-request-method", "GET");
    for (method, fields, is_preflight) in [
        (Method::OPTIONS, &[ORIGIN, METHOD][..], true),
        (Method::OPTIONS, &[ORIGIN], false),
        (Method::OPTIONS, &[METHOD], false),
        (Method::OPTIONS, &[], false),
        (Method::GET, &[ORIGIN, METHOD], false),
        (Method::POST, &[ORIGIN, METHOD], false),
    ] {
        let (status, headers, called) = answer(listed(), method.clone(), fields).await;
        let what = format!("{method} {fields:?}");
        assert_eq!((status, called), (StatusCode::OK, !is_preflight), "{what}");
        let has = |name: &str| headers.contains_key(name);
        assert_eq!(has("access-control-allow-methods"), is_preflight, "{what}");
        assert_eq!(has("content-type"), !is_preflight, "{what}");
        let may_read = fields.contains(&ORIGIN);
        assert_eq!(has("access-control-allow-origin"), may_read, "{what}");
        assert!(varies_with_origin(&headers), "{what}");
    }
}

#[tokio::test]
async fn fields_of_the_service_do_not_let_others_read() {
    for (origin, allowed) in [
        ("https://a.example", Some("https://a.example")),
        ("https://b.example", None),
    ] {
        let service = listed().layer(service_fn(|_: Request<()>| async {
            let response = Response::builder()
                .header("access-control-allow-origin", "*")
                .header("access-control-allow-credentials", "true")
                .header("access-control-expose-headers", "x-secret")
                .header("vary", "accept");
            Ok::<_, Never>(response.body(()).unwrap())
        }));
        let request = Request::get("/").header("origin", origin).body(()).unwrap();
        let response = service.oneshot(request).await.unwrap();
        let fields = |name: &str| -> Vec<_> {
            let values = response.headers().get_all(name).iter();
            values.map(|value| value.to_str().unwrap()).collect()
        };
        assert_eq!(
            fields("access-control-allow-origin"),
            Vec::from_iter(allowed)
        );
        assert_eq!(fields("access-control-allow-credentials"), [""; 0]);
        let exposed = allowed.map(|_| "retry-after");
        assert_eq!(
            fields("access-control-expose-headers"),
            Vec::from_iter(exposed)
        );
        assert_eq!(fields("vary"), ["accept", "origin"]);
    }
}
