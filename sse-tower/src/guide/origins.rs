//! Origins: pages from elsewhere, cookies, and who is kept out.
//!
//! # Who may read
//!
//! A page may connect to any server. By CORS, the server says whether the page's script may read the
//! answer. [`CorsLayer`](crate::CorsLayer) is a layer for that. Put it outside of the others, since it answers
//! preflights without calling them:
//!
//! ```
//! use sse_tower::{CorsLayer, cors::Origin};
//!
//! // Anyone, without cookies: a public feed.
//! let public = CorsLayer::any();
//! // Some, with cookies.
//! let ours = CorsLayer::origins([
//!     Origin::from_static("https://app.example"),
//!     Origin::from_static("http://localhost:5173"),
//! ])
//! .allow_credentials();
//! // By a rule. Compare whole labels: `evil-example.com` ends in `example.com`, too.
//! let previews = CorsLayer::matching(|origin| {
//!     let host = origin.strip_prefix("https://");
//!     host.is_some_and(|host| host.ends_with(".preview.example"))
//! });
//! # let _ = (public, ours, previews);
//! ```
//!
//! An origin that is read from a configuration is checked there, and the error shows what is right:
//!
//! ```
//! let error = "https://app.example/".parse::<sse_tower::cors::Origin>().unwrap_err();
//! assert!(error.to_string().ends_with(r#"browsers send "https://app.example""#));
//! ```
//!
//! # Cookies
//!
//! `new EventSource(url, { withCredentials: true })` sends cookies to another origin, and then the
//! answer needs both the very origin, never `*`, and `Access-Control-Allow-Credentials`. So
//! `allow_credentials` exists only where origins are known. The cookie has to allow it, too:
//!
//! | page and server | cookie needs |
//! |---|---|
//! | same origin | nothing; `withCredentials` plays no part |
//! | same site, `app.example` and `api.example` under one domain | `Domain`, if it is to be seen by both |
//! | other sites | `SameSite=None; Secure`, and a browser that does not block it as a third party's |
//!
//! # Who is kept out
//!
//! CORS hides an answer from a script; the request was made, and the stream was opened with the user's
//! cookies. [`refuse_foreign`](crate::CorsLayer::refuse_foreign) answers 403 instead, before the service is
//! called. That also stops a page that has pointed its own name at a server within your network (DNS
//! rebinding), since the page's origin stays what it is:
//!
//! ```
//! use std::convert::Infallible;
//!
//! use http::{Request, Response};
//! use sse_tower::{CorsLayer, Event, SseLayer, cors::Origin};
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Infallible> {
//! let streams = SseLayer::new().layer(service_fn(|_: Request<()>| async {
//!     let events = tokio_stream::iter([Ok::<_, Infallible>(Event::new("secret"))]);
//!     Ok::<_, Infallible>(Response::new(events))
//! }));
//! let service = CorsLayer::origins([Origin::from_static("https://app.example")])
//!     .refuse_foreign()
//!     .layer(streams);
//!
//! let request = Request::get("/").header("origin", "https://evil.example").body(()).unwrap();
//! assert_eq!(service.oneshot(request).await?.status(), 403);
//! # Ok(())
//! # }
//! ```
//!
//! A request without an `Origin` passes: curl, servers, and a page of the same origin that only reads.
//! It is no authentication.
//!
//! # Preflights
//!
//! `EventSource` makes a simple request, without a preflight. `fetch` sends a preflight before a request
//! with a `Last-Event-ID`, an `Authorization`, a body of JSON, or a method other than GET, HEAD and POST.
//! The layer allows these header fields and methods.
//! [`allow_headers`](crate::CorsLayer::allow_headers) and [`allow_methods`](crate::CorsLayer::allow_methods) add
//! others, such as the DELETE of the Model Context Protocol. An OPTIONS request that is not a preflight
//! reaches the service. [`expose_headers`](crate::CorsLayer::expose_headers) lists the header fields that a
//! script may read besides the common ones.
//!
//! # Tokens
//!
//! `EventSource` cannot set header fields. A token in the URL gets into logs and histories: prefer a
//! cookie, or `fetch`, or a token that is good for one connection. When an authorisation ends, end the
//! stream, with a [`lifetime`](crate::Settings::lifetime) of the response; the client comes back, and
//! is answered 401 or 204, after which it stays away.
