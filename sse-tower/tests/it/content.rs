//! Header fields that describe the content are removed if they would be wrong.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response};
use http_body_util::BodyExt;
use sse_tower::{Event, Settings, server::Limits};

use crate::{
    headers::values,
    relay::{relayed, stream},
    support::{Script, Step, WAYS, Way, all, data, finished},
};

#[tokio::test]
async fn fields_that_describe_other_bytes_are_removed() {
    let removed = [
        ("accept-ranges", "bytes"),
        ("content-digest", "sha-256=:AAAA:"),
        ("content-length", "5"),
        ("content-md5", "AAAA"),
        ("digest", "sha-256=AAAA"),
        ("etag", "\"strong\""),
        ("repr-digest", "sha-256=:AAAA:"),
        ("unencoded-digest", "sha-256=:AAAA:"),
    ];
    let kept = [
        ("content-language", "en"),
        ("etag", "W/\"weak\""),
        ("last-modified", "Thu, 01 Jan 2026 00:00:00 GMT"),
        ("want-content-digest", "sha-256=1"),
        ("x-request-id", "7"),
    ];
    for way in WAYS {
        for (is_refused, coding) in [(false, ""), (false, "none"), (false, "gzip"), (true, "")] {
            for method in [Method::GET, Method::HEAD] {
                let answer = |fields: &[(&str, &str)]| {
                    let mut answer = Response::builder().header("content-encoding", coding);
                    for (name, value) in fields {
                        answer = answer.header(*name, *value);
                    }
                    let asked = Request::builder().method(method.clone()).body(()).unwrap();
                    let limits = Limits::new(usize::from(!is_refused));
                    let settings = Settings::new().limits(&limits);
                    way.answer(settings, asked, answer.body(finished(["1"])).unwrap())
                };
                let what = format!("{way:?} {method} {coding} {is_refused}");
                let response = answer(&removed).await;
                for (name, _) in removed {
                    assert!(!response.headers().contains_key(name), "{what}: {name}");
                }
                let response = answer(&kept).await;
                for (name, value) in kept {
                    let is_expected = match (is_refused, way, name) {
                        (false, ..) => true,
                        // The request is refused before the service is called.
                        (true, Way::Events, _) => false,
                        // The refusal is another representation.
                        (true, _, "etag" | "last-modified" | "content-language") => false,
                        (true, ..) => true,
                    };
                    let expected = if is_expected { &[value][..] } else { &[] };
                    assert_eq!(values(&response, name), expected, "{what}: {name}");
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn trailers_that_describe_other_bytes_are_removed() {
    let trailers = |fields: &[(&'static str, &'static str)]| {
        let fields = fields.iter().map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        });
        fields.collect::<HeaderMap>()
    };
    for (sent, received) in [
        (&[("content-digest", "sha-256=:AAAA:")][..], &[][..]),
        (&[("repr-digest", "sha-256=:AAAA:")], &[]),
        (&[("digest", "sha-256=AAAA")], &[]),
        (
            &[("content-md5", "AAAA"), ("timing", "7")],
            &[("timing", "7")],
        ),
        (&[("etag", "\"1\"")], &[]),
        (&[("etag", "W/\"1\"")], &[("etag", "W/\"1\"")]),
    ] {
        let steps = [data("data: 1\n\n"), Step::Trailers(trailers(sent))];
        let body = stream(Settings::new(), steps).await.into_body();
        let collected = body.collect().await.unwrap();
        assert_eq!(collected.trailers(), Some(&trailers(received)), "{sent:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn invalid_and_identity_content_codings_are_not_a_coding() {
    for (codings, is_coded) in [
        (&["none"][..], false),
        (&["None"], false),
        (&[""], false),
        (&["identity, identity"], false),
        (&["none, identity"], false),
        (&["identity", "none"], false),
        (&["identity,gzip"], true),
        (&["none", "br"], true),
        (&["unknown"], true),
    ] {
        let settings = Settings::new()
            .retry(Duration::from_secs(2))
            .final_event(Event::from_static("[DONE]"));
        let mut response = Response::builder().header("content-type", "text/event-stream");
        for coding in codings {
            response = response.header("content-encoding", *coding);
        }
        let response = response.body(Script::new([data("data: 1\n\n")])).unwrap();
        let response = relayed(settings, Request::new(()), response).await;
        // The client gets the field as the upstream sent it.
        let fields: Vec<_> = response
            .headers()
            .get_all("content-encoding")
            .iter()
            .collect();
        assert_eq!(fields, codings);
        let text = match is_coded {
            true => "data: 1\n\n",
            false => "retry: 2000\ndata: 1\n\ndata: [DONE]\n\n",
        };
        let seen = String::from_utf8(all(response).await).unwrap();
        assert_eq!(seen, text, "{codings:?}");
    }
}
