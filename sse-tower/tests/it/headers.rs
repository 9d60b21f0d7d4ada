//! Header fields and statuses of responses, depending on the request.

use http::{HeaderMap, Method, Request, Response, StatusCode, Version};
use http_body::Body;
use sse_tower::{Settings, server::Limits};

use crate::support::{WAYS, Way, all, finished, next_frame, silent};

fn request(fields: &[(&'static str, &'static str)]) -> Request<()> {
    let mut request = Request::new(());
    for (name, value) in fields {
        let value = http::HeaderValue::from_static(value);
        request.headers_mut().append(*name, value);
    }
    request
}

fn names(headers: &HeaderMap) -> Vec<&str> {
    let mut names: Vec<_> = headers.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn missing_fields_are_set_only_on_status_200() {
    for way in WAYS {
        let response = way.open(Settings::new(), finished(["1"])).await;
        let fields = response.headers();
        assert_eq!(
            names(fields),
            ["cache-control", "content-type", "x-accel-buffering"]
        );
        assert_eq!(fields["content-type"], "text/event-stream");
        assert_eq!(fields["cache-control"], "no-store, no-transform");
        assert_eq!(fields["x-accel-buffering"], "no");
        for status in [201, 204, 206, 301, 302, 304, 307, 401, 404, 500, 503] {
            let answer = Response::builder().status(status).header("location", "/x");
            let answer = answer.body(finished(["1"])).unwrap();
            let response = way.answer(Settings::new(), request(&[]), answer).await;
            assert_eq!(response.status(), status);
            assert!(!response.headers().contains_key("x-accel-buffering"));
            assert_eq!(response.headers()["location"], "/x");
        }
    }
}

#[tokio::test]
async fn fields_of_the_handler_are_kept_except_a_length() {
    for way in WAYS {
        let answer = Response::builder()
            .header("content-type", "text/event-stream; charset=utf-8")
            .header("cache-control", "max-age=1")
            .header("x-accel-buffering", "yes")
            .header("content-length", "5")
            .header("connection", "keep-alive")
            .body(finished(["1"]));
        let response = way
            .answer(Settings::new(), request(&[]), answer.unwrap())
            .await;
        let fields = response.headers();
        assert_eq!(fields["content-type"], "text/event-stream; charset=utf-8");
        assert_eq!(fields["cache-control"], "max-age=1, no-transform");
        assert_eq!(fields["x-accel-buffering"], "yes");
        assert_eq!(fields["connection"], "keep-alive");
        assert!(!fields.contains_key("content-length"));
    }
}

#[tokio::test]
async fn a_cache_control_of_the_handler_gains_no_transform() {
    for way in WAYS {
        for (own, completed) in [
            (&["no-cache"][..], &["no-cache, no-transform"][..]),
            (
                &["no-cache", "private"],
                &["no-cache, private, no-transform"],
            ),
            (&["No-Transform", "private"], &["No-Transform", "private"]),
            (
                &[r#"private="x, no-transform""#],
                &[r#"private="x, no-transform", no-transform"#],
            ),
            (&[], &["no-store, no-transform"]),
        ] {
            let answer = || {
                let mut answer = Response::builder();
                for value in own {
                    answer = answer.header("cache-control", *value);
                }
                answer.body(finished(["1"])).unwrap()
            };
            for method in [Method::GET, Method::HEAD] {
                let asked = Request::builder().method(method).body(()).unwrap();
                let response = way.answer(Settings::new(), asked, answer()).await;
                assert_eq!(values(&response, "cache-control"), completed, "{own:?}");
            }

            let settings = Settings::new().allow_transform();
            let response = way.answer(settings, request(&[]), answer()).await;
            let unchanged = if own.is_empty() { &["no-store"] } else { own };
            assert_eq!(values(&response, "cache-control"), unchanged, "{own:?}");

            // A refusal is an event stream as well. Only a relay has seen the head of the handler's
            // response.
            let settings = Settings::new().limits(&Limits::new(0));
            let response = way.answer(settings, request(&[]), answer()).await;
            let directives = values(&response, "cache-control").join(",");
            let directives = directives.to_ascii_lowercase();
            assert!(directives.contains("no-transform"), "{own:?}: {directives}");
        }
    }
}

pub(crate) fn values<'a, B>(response: &'a Response<B>, name: &str) -> Vec<&'a str> {
    let fields = response.headers().get_all(name).iter();
    fields.map(|value| value.to_str().unwrap()).collect()
}

#[tokio::test]
async fn http_2_and_later_have_no_fields_of_the_connection() {
    for way in WAYS {
        for (version, allowed) in [
            (Version::HTTP_10, true),
            (Version::HTTP_11, true),
            (Version::HTTP_2, false),
            (Version::HTTP_3, false),
        ] {
            let mut request = request(&[]);
            *request.version_mut() = version;
            let answer = Response::builder()
                .header("connection", "keep-alive")
                .header("keep-alive", "timeout=5")
                .body(finished(["1"]));
            let response = way.answer(Settings::new(), request, answer.unwrap()).await;
            for name in ["connection", "keep-alive"] {
                assert_eq!(
                    response.headers().contains_key(name),
                    allowed,
                    "{version:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn head_gets_the_headers_of_get_and_no_body() {
    for way in WAYS {
        let events = silent();
        let dropped = events.dropped();
        let mut request = request(&[]);
        *request.method_mut() = http::Method::HEAD;
        let response = way
            .answer(Settings::new(), request, Response::new(events))
            .await;
        let get = way.open(Settings::new(), silent()).await;
        assert_eq!(response.headers(), get.headers());
        assert!(dropped.load(std::sync::atomic::Ordering::Relaxed));
        assert_eq!(response.body().size_hint().exact(), None, "no length of 0");
        assert_eq!(all(response).await, b"");
    }
}

#[tokio::test]
async fn a_client_that_does_not_accept_event_streams_gets_406_if_configured() {
    for way in WAYS {
        for (accept, refused) in [
            ("text/html", true),
            ("text/event-stream", false),
            ("*/*", false),
        ] {
            let asked = || request(&[("accept", accept)]);
            let answer = || Response::new(finished(["1"]));
            let lenient = way.answer(Settings::new(), asked(), answer()).await;
            assert_eq!(lenient.status(), StatusCode::OK);
            assert!(!lenient.headers().contains_key("vary"));

            let settings = Settings::new().refuse_unacceptable();
            let response = way.answer(settings, asked(), answer()).await;
            let status = match refused {
                true => StatusCode::NOT_ACCEPTABLE,
                false => StatusCode::OK,
            };
            assert_eq!(response.status(), status, "{accept}");
            assert_eq!(response.headers()["vary"], "accept");
            assert_eq!(response.body().is_end_stream(), refused);
        }
    }
}

#[tokio::test]
async fn fields_of_other_layers_are_kept_in_a_relayed_406() {
    let answer = Response::builder()
        .header("access-control-allow-origin", "https://a.example")
        .header("content-length", "5")
        .body(finished(["1"]));
    let settings = Settings::new().refuse_unacceptable();
    let asked = request(&[("accept", "text/html")]);
    let response = Way::Relayed.answer(settings, asked, answer.unwrap()).await;
    assert_eq!(response.status(), StatusCode::NOT_ACCEPTABLE);
    assert_eq!(
        names(response.headers()),
        ["access-control-allow-origin", "vary"]
    );
}

#[tokio::test(start_paused = true)]
async fn padding_comes_first_if_configured() {
    for way in WAYS {
        for (query, configured, padded) in [
            ("/", false, false),
            ("/", true, true),
            ("/?padding=true", false, true),
            ("/?evs_preamble=2056", false, true),
        ] {
            let mut settings = Settings::new().retry(std::time::Duration::from_secs(2));
            if configured {
                settings = settings.padding();
            }
            let asked = Request::get(query).body(()).unwrap();
            let response = way.answer(settings, asked, Response::new(silent())).await;
            let mut body = Box::pin(response.into_body());
            let first = next_frame(&mut body).await.unwrap().unwrap();
            let first = str::from_utf8(&first).unwrap();
            let rest = first.strip_prefix(':').unwrap_or(first);
            let rest = rest.trim_start_matches(' ');
            assert_eq!(first.len() - rest.len() > 2048, padded, "{query}");
            assert_eq!(rest.trim_start_matches('\n'), "retry: 2000\n");
        }
    }
}
