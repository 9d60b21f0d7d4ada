//! The CORS headers by which a browser decides whether a page of another origin may read.

use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use sse_tower::testing::EventReader;

use crate::demo::{Demo, text, within};

#[tokio::test]
async fn the_headers_say_which_origins_may_read_and_send_cookies() {
    let demo = Demo::start().await;
    let port = demo.other.rsplit(':').next().unwrap();
    let by_address = format!("http://127.0.0.1:{port}");
    let by_name = format!("http://localhost:{port}");
    let own = format!("http://{}", demo.server);
    let foreign = "https://foreign.example";
    for (path, origin, allowed, credentials) in [
        ("/origins/any", foreign, Some("*"), None),
        ("/origins/any", &by_name, Some("*"), None),
        (
            "/origins/listed",
            &by_address,
            Some(&*by_address),
            Some("true"),
        ),
        ("/origins/listed", &by_name, Some(&*by_name), Some("true")),
        // An origin that is not allowed may not use credentials either.
        ("/origins/listed", &own, None, None),
        ("/origins/listed", foreign, None, None),
        ("/origins/listed", "null", None, None),
        ("/origins/closed", &by_address, None, None),
        ("/origins/closed", foreign, None, None),
        (
            "/origins/closed",
            "https://elsewhere.example",
            Some("https://elsewhere.example"),
            None,
        ),
        // Without a policy, no origin may read.
        ("/clock", &by_address, None, None),
        ("/notifications", foreign, None, None),
    ] {
        for method in [Method::GET, Method::OPTIONS] {
            if method == Method::OPTIONS && !path.starts_with("/origins") {
                continue;
            }
            let request = Request::builder()
                .method(&method)
                .uri(path)
                .header("origin", origin)
                .header("access-control-request-method", "GET")
                .header("access-control-request-headers", "last-event-id")
                .body(String::new())
                .unwrap();
            let response = demo.send(request).await;
            let what = format!("{method} {path} from {origin}");
            let field = |name| {
                response
                    .headers()
                    .get(name)
                    .map(|value| value.to_str().unwrap())
            };

            assert_eq!(response.status(), StatusCode::OK, "{what}");
            assert_eq!(field("access-control-allow-origin"), allowed, "{what}");
            assert_eq!(
                field("access-control-allow-credentials"),
                credentials,
                "{what}"
            );
            if path.starts_with("/origins") {
                assert_eq!(field("vary").unwrap().to_lowercase(), "origin", "{what}");
            }
            if method == Method::OPTIONS {
                assert!(
                    field("access-control-allow-headers")
                        .unwrap()
                        .contains("last-event-id")
                );
                assert!(
                    field("access-control-allow-methods")
                        .unwrap()
                        .contains("GET")
                );
                assert_eq!(text(response).await, "");
            }
        }
    }
}

#[tokio::test]
async fn the_stream_shows_only_the_cookie_of_the_demo() {
    let demo = Demo::start().await;
    for (cookies, seen) in [
        (None, Value::Null),
        (Some("visitor=ada"), json!("visitor=ada")),
        (
            Some("session=secret; visitor=ada; theme=dark"),
            json!("visitor=ada"),
        ),
        (Some("session=secret"), Value::Null),
    ] {
        let mut request = Request::get("/origins/listed").header("origin", "http://a.example");
        if let Some(cookies) = cookies {
            request = request.header("cookie", cookies);
        }
        let mut reader = EventReader::new(demo.send(request.body(String::new()).unwrap()).await);
        let event = within(reader.event()).await;
        assert_eq!(event.event_type().as_str(), "seen");
        let data: Value = serde_json::from_str(event.data()).unwrap();
        assert_eq!(
            data,
            json!({ "origin": "http://a.example", "cookie": seen })
        );
    }
}
