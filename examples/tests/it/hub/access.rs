//! Tokens, the rule without tokens, other origins, and limits.

use http::{HeaderMap, Method, Request, StatusCode};

use super::{ADMIN, Hub, ORDERS, READER, UNKNOWN, file, get, next, post, with};
use crate::demo::within;

#[tokio::test]
async fn a_token_allows_what_its_line_lists() {
    let file = file(
        "tokens",
        &format!(
            "# comment\n\n{ORDERS} publish:orders publish:orders/*\n  {ADMIN}\tadmin publish:*\n"
        ),
    );
    let reader = format!("{READER} subscribe:news subscribe:orders/*");
    let hub = Hub::start(&["--tokens", file.to_str().unwrap(), "--token", &reader]).await;
    let headers = |token: &str| format!("Bearer {token}");
    for (method, path, token, status) in [
        (Method::POST, "/topics/orders", Some(ORDERS), 200),
        (Method::POST, "/topics/orders/7", Some(ORDERS), 200),
        (Method::POST, "/topics/orders7", Some(ORDERS), 403),
        (Method::POST, "/topics/news", Some(ORDERS), 403),
        (Method::POST, "/topics/news", Some(ADMIN), 200),
        (Method::POST, "/topics/news", Some(READER), 403),
        (Method::POST, "/topics/orders", Some(UNKNOWN), 401),
        (Method::POST, "/topics/orders", Some(""), 401),
        (Method::POST, "/topics/orders", None, 401),
        (Method::GET, "/events?topic=news", Some(READER), 200),
        (
            Method::GET,
            "/events?topic=news&topic=orders/7",
            Some(READER),
            200,
        ),
        (
            Method::GET,
            "/events?topic=news&topic=orders",
            Some(READER),
            403,
        ),
        (Method::GET, "/events?topic=news", Some(ADMIN), 403),
        (Method::GET, "/events?topic=news", Some(UNKNOWN), 401),
        (Method::GET, "/events?topic=news", None, 401),
        (Method::GET, "/admin/snapshot", Some(ADMIN), 200),
        (Method::GET, "/admin/snapshot", Some(ORDERS), 403),
        (Method::GET, "/admin/snapshot", None, 401),
        (Method::GET, "/metrics", Some(ADMIN), 200),
        (Method::GET, "/metrics", Some(ORDERS), 403),
        (Method::GET, "/metrics", None, 401),
    ] {
        let request = Request::builder().method(&method).uri(path);
        let mut request = request.body(String::new()).unwrap();
        if let Some(token) = token {
            request = with(request, &[("authorization", &headers(token))]);
        }
        let response = hub.send(request).await;
        let line = format!("{method} {path} {token:?}");
        assert_eq!(response.status(), status, "{line}");
        let asks = response.headers().contains_key("www-authenticate");
        assert_eq!(asks, status != 200, "{line}");
    }
    // Other forms of the field, and the query for an EventSource.
    for (authorization, query, status) in [
        (format!("bearer {READER}"), String::new(), 200),
        (format!("Basic {READER}"), String::new(), 401),
        (READER.to_owned(), String::new(), 401),
        (String::new(), format!("&access_token={READER}"), 200),
        (String::new(), format!("&access_token={UNKNOWN}"), 401),
    ] {
        let request = get(&format!("/events?topic=news{query}"));
        let request = with(request, &[("authorization", &authorization)]);
        let answered = hub.send(request).await.status();
        assert_eq!(answered, status, "{authorization} {query}");
    }
    // The token in a URL may only subscribe: URLs are written to logs of others.
    let request = post(&format!("/topics/orders?access_token={ORDERS}"), "");
    assert_eq!(hub.send(request).await.status(), 401);
    let words = hub.stop().await;
    assert!(words.contains("publish and administrate: with a token\n"));
    assert!(words.contains("subscribe: with a token\n"));
    for token in [ORDERS, READER, ADMIN, UNKNOWN] {
        assert!(!words.contains(token), "{words}");
    }
}

#[tokio::test]
async fn everybody_may_subscribe_if_tokens_are_only_for_publishing() {
    let hub = Hub::start(&["--token", &format!("{ORDERS} publish:orders")]).await;
    assert!(hub.greeting.contains("subscribe: everybody\n"));
    hub.listen(get("/events?topic=orders")).await;
    let ignored = with(
        get("/events?topic=orders"),
        &[("authorization", "Bearer x")],
    );
    hub.listen(ignored).await;
}

#[tokio::test]
async fn without_tokens_only_this_machine_may_publish_and_administrate() {
    let hub = Hub::start(&["--allow-origin", "https://app.example"]).await;
    assert!(
        hub.greeting.contains(
            "publish and administrate: only from this machine, since no token is configured"
        ),
        "{}",
        hub.greeting
    );
    let own = format!("http://{}", hub.address);
    let other_port = "http://127.0.0.1:1";
    for (fields, is_allowed) in [
        (&[][..], true),
        (&[("host", "localhost")], true),
        (&[("host", "LocalHost:3000")], true),
        (&[("host", "[::1]:3000")], true),
        (&[("host", "127.8.8.8")], true),
        // A name that leads to this machine.
        (&[("host", "evil.example")], false),
        (&[("host", "localhost.evil.example")], false),
        (&[("host", "192.0.2.1")], false),
        // A page.
        (&[("origin", &own)], true),
        (&[("origin", "https://app.example")], true),
        (&[("origin", "https://evil.example")], false),
        (&[("origin", other_port)], false),
        (&[("origin", "null")], false),
        // A proxy on this machine.
        (&[("x-forwarded-for", "192.0.2.1")], false),
        (&[("forwarded", "for=192.0.2.1")], false),
        // A token does not help.
        (&[("origin", "null"), ("authorization", "Bearer x")], false),
    ] {
        let status = match is_allowed {
            true => StatusCode::OK,
            false => StatusCode::FORBIDDEN,
        };
        for request in [
            post("/topics/a", "x"),
            get("/admin/snapshot"),
            get("/metrics"),
        ] {
            let (answered, text) = hub.answer(with(request, fields)).await;
            assert_eq!(answered, status, "{fields:?}: {text}");
        }
        let subscribed = hub.send(with(get("/events?topic=a"), fields)).await;
        assert_eq!(subscribed.status(), StatusCode::OK, "{fields:?}");
    }
}

#[tokio::test]
async fn other_origins_are_allowed_by_an_option() {
    let listed = ["--allow-origin", "https://a.example,https://b.example"];
    let preflight = |path: &str| {
        let request = Request::options(path).body(String::new()).unwrap();
        with(request, &[("access-control-request-method", "POST")])
    };
    let allowed = |headers: &HeaderMap| {
        let value = headers.get("access-control-allow-origin");
        value.map(|value| value.to_str().unwrap().to_owned())
    };
    for (options, origin, expected) in [
        (&[][..], "https://a.example", None),
        (&listed, "https://a.example", Some("https://a.example")),
        (&listed, "https://b.example", Some("https://b.example")),
        (&listed, "https://c.example", None),
        (&["--allow-origin", "*"], "https://c.example", Some("*")),
    ] {
        let hub = Hub::start(options).await;
        for request in [
            get("/events?topic=a"),
            post("/topics/a", ""),
            preflight("/topics/a"),
        ] {
            let line = format!("{options:?} {origin} {}", request.method());
            let response = hub.send(with(request, &[("origin", origin)])).await;
            assert_eq!(allowed(response.headers()).as_deref(), expected, "{line}");
        }
        // No page of another origin may read the snapshot or the metrics.
        for path in ["/admin/snapshot", "/metrics"] {
            let request = with(get(path), &[("origin", origin)]);
            assert_eq!(allowed(hub.send(request).await.headers()), None);
        }
    }
    // `*` lets every page subscribe, but not publish without a token.
    let hub = Hub::start(&["--allow-origin", "*"]).await;
    let request = with(post("/topics/a", ""), &[("origin", "https://c.example")]);
    assert_eq!(hub.send(request).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_streams_of_an_address_are_limited() {
    let hub = Hub::start(&["--streams-per-peer", "1"]).await;
    let _first = hub.listen(get("/events?topic=a")).await;
    // EventSource gives up after any status except 200, and reconnects after an end.
    let forwarded = with(get("/events?topic=a"), &[("x-forwarded-for", "192.0.2.1")]);
    let mut refused = hub.listen(forwarded).await;
    assert!(within(refused.next()).await.is_none());

    let line = format!("{ORDERS} publish:a");
    let token = format!("Bearer {ORDERS}");
    let options = [
        "--streams-per-peer",
        "1",
        "--behind-proxy",
        "--token",
        &line,
    ];
    let hub = Hub::start(&options).await;
    let mut open = Vec::new();
    for (addresses, is_refused) in [
        ("192.0.2.1", false),
        ("192.0.2.2", false),
        // The client has sent the first address, and the proxy has added the second.
        ("192.0.2.3, 192.0.2.2", true),
        ("2001:db8::1", false),
        // The same network.
        ("2001:db8::2", true),
        ("2001:db8:0:1::2", false),
        // The address of the proxy itself.
        ("unknown", false),
    ] {
        let request = with(get("/events?topic=a"), &[("x-forwarded-for", addresses)]);
        let mut stream = hub.listen(request).await;
        let event = with(post("/topics/a", "x"), &[("authorization", &token)]);
        assert_eq!(hub.send(event).await.status(), StatusCode::OK);
        if is_refused {
            assert!(within(stream.next()).await.is_none(), "{addresses}");
        } else {
            assert_eq!(next(&mut stream).await.2, "x", "{addresses}");
            open.push(stream);
        }
    }
}
