//! Responses that must not be compressed, and header fields that would be wrong on a compressed stream.

use std::convert::Infallible;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use sse_tower::{RelayLayer, Settings};
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::{
    compression::{CODINGS, settings},
    support::{WAYS, all, finished},
};

const EVENT: &str = "data: 1\n\n";

/// Returns a response of an upstream with these header fields.
fn upstream(status: u16, fields: &[(&'static str, &'static str)]) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(EVENT.as_bytes())));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in fields {
        let value = HeaderValue::from_static(value);
        response.headers_mut().append(*name, value);
    }
    response
}

/// Returns a service that answers with the same response each time.
fn always<B>(
    response: Response<B>,
) -> impl Service<Request<()>, Response = Response<B>, Error = Infallible, Future: Send> + Clone
where
    B: Clone + Send + Sync + 'static,
{
    service_fn(move |_| {
        let response = response.clone();
        async { Ok(response) }
    })
}

fn request(method: Method, accepted: &str) -> Request<()> {
    let request = Request::builder().method(method);
    let request = request.header("accept-encoding", accepted);
    request.body(()).unwrap()
}

fn values(headers: &HeaderMap, name: header::HeaderName) -> Vec<&HeaderValue> {
    headers.get_all(name).iter().collect()
}

#[tokio::test(start_paused = true)]
async fn responses_that_are_no_streams_stay_as_they_are() {
    const STREAM: (&str, &str) = ("content-type", "text/event-stream");
    const LENGTH: (&str, &str) = ("content-length", "9");
    const TAG: (&str, &str) = ("etag", "\"1\"");
    for (status, fields) in [
        (204, &[TAG][..]),
        (
            206,
            &[STREAM, LENGTH, TAG, ("content-range", "bytes 0-8/99")],
        ),
        (304, &[STREAM, TAG, ("vary", "origin")]),
        (404, &[STREAM, LENGTH]),
        (503, &[STREAM, LENGTH, ("retry-after", "1")]),
        (200, &[("content-type", "text/html"), LENGTH, TAG]),
        (200, &[LENGTH]),
    ] {
        for (method, coding) in [Method::GET, Method::HEAD]
            .into_iter()
            .flat_map(|method| CODINGS.map(|coding| (method.clone(), coding)))
        {
            let response = upstream(status, fields);
            let expected = response.headers().clone();
            let relay = RelayLayer::with(settings()).layer(always(response));
            let response = relay.oneshot(request(method, coding)).await.unwrap();
            assert_eq!(response.status(), status);
            assert_eq!(response.headers(), &expected, "{status} {coding}");
            assert_eq!(all(response).await, EVENT.as_bytes());
        }
    }
    for way in WAYS {
        for status in [204, 304, 404] {
            let mut response = Response::new(finished(["1"]));
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            let response = way
                .answer(settings(), request(Method::GET, "br"), response)
                .await;
            for name in ["content-encoding", "vary"] {
                let is_set = response.headers().contains_key(name);
                assert!(!is_set, "{way:?} {status} {name}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn fields_about_the_exact_bytes_of_the_upstream_are_removed() {
    for (tags, expected_tags) in [
        (&["\"1\""][..], &[][..]),
        (&["W/\"1\""], &["W/\"1\""]),
        (&["W/\"1\"", "\"1\""], &[]),
    ] {
        for method in [Method::GET, Method::HEAD] {
            let mut response = upstream(
                200,
                &[
                    ("content-type", "text/event-stream"),
                    ("content-length", "9"),
                    ("accept-ranges", "bytes"),
                    ("content-digest", "sha-256=:1:"),
                    ("repr-digest", "sha-256=:1:"),
                    ("last-modified", "Thu, 01 Jan 2026 00:00:00 GMT"),
                ],
            );
            for tag in tags {
                let tag = HeaderValue::from_static(tag);
                response.headers_mut().append("etag", tag);
            }
            let relay = RelayLayer::with(settings()).layer(always(response));
            let response = relay.oneshot(request(method, "gzip")).await.unwrap();
            let fields = response.headers();
            assert_eq!(fields["content-encoding"], "gzip");
            for name in [
                "content-length",
                "accept-ranges",
                "content-digest",
                "repr-digest",
            ] {
                assert!(!fields.contains_key(name), "{name}");
            }
            assert_eq!(values(fields, header::ETAG), expected_tags, "{tags:?}");
            assert!(fields.contains_key("last-modified"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_relay_does_not_compress_what_its_upstream_has_forbidden_to_transform() {
    const STREAM: (&str, &str) = ("content-type", "text/event-stream");
    for (cache_control, is_compressed) in [
        (&["no-transform"][..], false),
        (&["no-cache, No-Transform"], false),
        (&["no-cache", "max-age=1 ,\tno-transform"], false),
        (&["no-cache"], true),
        (&["private=\"no-transform\""], true),
        (&["ext=\"a, no-transform, b\""], true),
        (&["no-transformation"], true),
        (&[], true),
    ] {
        let mut response = upstream(200, &[STREAM]);
        for value in cache_control {
            let value = HeaderValue::from_static(value);
            response.headers_mut().append("cache-control", value);
        }
        let relay = RelayLayer::with(settings()).layer(always(response.clone()));
        // The inner layer adds the directive if the upstream has not sent it.
        let plain = RelayLayer::with(Settings::new());
        let nested = RelayLayer::with(settings()).layer(plain.layer(always(response)));
        for response in [
            relay
                .oneshot(request(Method::GET, "br"))
                .await
                .unwrap()
                .map(http_body_util::BodyExt::boxed_unsync),
            nested
                .oneshot(request(Method::GET, "br"))
                .await
                .unwrap()
                .map(http_body_util::BodyExt::boxed_unsync),
        ] {
            let fields = response.headers();
            for name in ["content-encoding", "vary"] {
                let is_set = fields.contains_key(name);
                assert_eq!(is_set, is_compressed, "{cache_control:?} {name}");
            }
            if !is_compressed {
                let text = String::from_utf8(all(response).await).unwrap();
                assert_eq!(text.trim_start_matches(":\n"), EVENT);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_response_that_is_chosen_by_two_fields_names_both() {
    for way in WAYS {
        let mut request = request(Method::GET, "br");
        let accepted = HeaderValue::from_static("text/event-stream");
        request.headers_mut().insert("accept", accepted);
        let response = Response::new(finished(["1"]));
        let settings = settings().refuse_unacceptable();
        let response = way.answer(settings, request, response).await;
        let fields = response.headers();
        assert_eq!(fields["content-encoding"], "br");
        assert_eq!(values(fields, header::VARY), ["accept", "accept-encoding"]);
    }
}
