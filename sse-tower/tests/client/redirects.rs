//! Redirects within an attempt.

use http::{HeaderValue, Method, Request};
use sse_tower::client::ErrorKind;

use crate::script::{Server, all, status, stream};

fn redirect(code: u16, location: &str) -> crate::script::Answer {
    status(code).header("location", location)
}

fn places(server: &Server) -> Vec<String> {
    let place = |head: &http::request::Parts| format!("{} {}", head.method, head.uri);
    server.requests().iter().map(place).collect()
}

#[tokio::test(start_paused = true)]
async fn each_attempt_starts_from_the_original_url() {
    for code in [301, 302, 303, 307, 308] {
        let server = Server::new([
            redirect(code, "/b"),
            redirect(code, "c"),
            stream("id: 1\ndata: 1\n\n"),
            redirect(code, "//b.test"),
            status(204),
        ]);
        let (data, error) = all(&mut server.get()).await;
        assert_eq!((data.len(), error.is_none()), (1, true));
        assert_eq!(
            places(&server),
            [
                "GET http://a.test/feed",
                "GET http://a.test/b",
                "GET http://a.test/c",
                "GET http://a.test/feed",
                "GET http://b.test/",
            ]
        );
        assert_eq!(server.values("last-event-id"), ["-", "-", "-", "1", "1"]);
        assert_eq!(server.values("accept"), ["text/event-stream"; 5]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_redirected_post_is_a_get_or_is_made_again() {
    for (code, second, body) in [
        (301, "GET", ""),
        (302, "GET", ""),
        (303, "GET", ""),
        (307, "POST", "{}"),
        (308, "POST", "{}"),
    ] {
        let server = Server::new([redirect(code, "/b"), stream("data: 1\n\n")]);
        let mut events = server.client().build(|_| {
            let request = Request::builder()
                .method(Method::POST)
                .uri("http://a.test/a");
            request
                .header("content-type", "application/json")
                .body("{}".to_owned())
                .unwrap()
        });
        let (data, error) = all(&mut events).await;
        assert_eq!((data.len(), error.is_none()), (1, true), "{code}");
        assert_eq!(places(&server)[1], format!("{second} http://a.test/b"));
        assert_eq!(server.bodies()[1], body);
        let content_type = if body.is_empty() {
            "-"
        } else {
            "application/json"
        };
        assert_eq!(server.values("content-type")[1], content_type);
    }
}

#[tokio::test(start_paused = true)]
async fn secrets_do_not_follow_to_another_origin() {
    for (method, code) in [(Method::GET, 302), (Method::POST, 307)] {
        let server = Server::new([
            redirect(code, "/b"),
            redirect(code, "http://b.test/"),
            redirect(code, "/c"),
            redirect(code, "http://a.test/d"),
            stream("data: 1\n\n"),
            status(204),
        ]);
        let mut events = server.client().build(move |_| {
            let mut own = HeaderValue::from_static("secret");
            own.set_sensitive(true);
            let request = Request::builder()
                .method(method.clone())
                .uri("http://a.test/a");
            let request = request
                .header("Authorization", "secret")
                .header("X-API-Key", "secret");
            let request = request.header("Cookie", "secret").header("x-own", own);
            request
                .header("x-trace", "public")
                .body("{}".to_owned())
                .unwrap()
        });
        let _ = all(&mut events).await;
        for name in ["authorization", "x-api-key", "cookie", "x-own"] {
            let values = server.values(name);
            assert_eq!(
                values[..5],
                ["secret", "secret", "-", "-", "-"],
                "{name} {code}"
            );
        }
        assert_eq!(server.values("x-trace")[..5], ["public"; 5]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_followed_ends_the_source() {
    for (answers, cause) in [
        (vec![status(302)], "the response has no Location"),
        (
            vec![redirect(302, "ftp://a.test/")],
            "its Location has the scheme \"ftp\", and only http and https are followed",
        ),
        (
            vec![redirect(307, "http://[")],
            "its Location is no URL: \"http://[\"",
        ),
        (
            vec![redirect(302, "/loop"); 21],
            "there were more than 20 redirects",
        ),
    ] {
        let server = Server::new(answers);
        let (_, error) = all(&mut server.get()).await;
        let error = error.unwrap();
        assert_eq!(error.kind(), ErrorKind::Redirect);
        assert_eq!(
            std::error::Error::source(&error).unwrap().to_string(),
            cause
        );
    }
    let twenty = (0..20)
        .map(|_| redirect(302, "/again"))
        .chain([stream("data: 1\n\n"), status(204)]);
    let (data, error) = all(&mut Server::new(twenty).get()).await;
    assert_eq!((data.len(), error.is_none()), (1, true));
}

#[tokio::test(start_paused = true)]
async fn statuses_that_are_no_redirects_are_not_followed() {
    for code in [300, 304, 305, 306] {
        let server = Server::new([redirect(code, "/b")]);
        let (_, error) = all(&mut server.get()).await;
        assert_eq!(error.unwrap().kind(), ErrorKind::Status, "{code}");
    }
}
