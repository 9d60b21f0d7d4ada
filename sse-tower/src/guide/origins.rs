//! Origins: pages of other origins, cookies, and refusing foreign pages.
//!
//! # Allowing origins
//!
//! A page may connect to any server. CORS headers say whether the page's script may read the answer.
//! [`CorsLayer`](crate::CorsLayer) sends them. Make it the outermost layer, since it answers preflights without
//! calling the inner ones:
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
//! // By a rule. Compare whole labels: `evil-example.com` also ends in `example.com`.
//! let previews = CorsLayer::matching(|origin| {
//!     let host = origin.strip_prefix("https://");
//!     host.is_some_and(|host| host.ends_with(".preview.example"))
//! });
//! # let _ = (public, ours, previews);
//! ```
//!
//! An origin from a configuration file is checked when it is parsed, and the error shows the correct form:
//!
//! ```
//! let error = "https://app.example/".parse::<sse_tower::cors::Origin>().unwrap_err();
//! assert!(error.to_string().ends_with(r#"browsers send "https://app.example""#));
//! ```
//!
//! # Cookies
//!
//! `new EventSource(url, { withCredentials: true })` sends cookies to another origin. The answer must then name
//! exactly this origin, not `*`, and contain `Access-Control-Allow-Credentials`. So `allow_credentials` exists
//! only for lists and rules of origins. The cookie must also allow it:
//!
//! | page and server | cookie needs |
//! |---|---|
//! | same origin | nothing; `withCredentials` makes no difference |
//! | same site, such as `app.site.example` and `api.site.example` | `Domain=site.example`, if both must see it |
//! | other sites | `SameSite=None; Secure`, and a browser that does not block third-party cookies |
//!
//! # Refusing foreign pages
//!
//! CORS only hides the answer from the script. The request is still made, and the stream is opened with the
//! user's cookies. [`refuse_foreign`](crate::CorsLayer::refuse_foreign) answers 403 instead, before the service
//! is called. This also stops DNS rebinding, where a page makes its own host name resolve to a server in your
//! network, since the page's origin does not change:
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
//! Requests without an `Origin` pass: those of curl, of servers, and of pages of the same origin that only read.
//! So this does not replace authentication.
//!
//! # Preflights
//!
//! `EventSource` makes a simple request, without a preflight. `fetch` sends a preflight before a request
//! with a `Last-Event-ID`, an `Authorization`, a body of JSON, or a method other than GET, HEAD and POST.
//! The layer allows these header fields and methods.
//! [`allow_headers`](crate::CorsLayer::allow_headers) and [`allow_methods`](crate::CorsLayer::allow_methods) add
//! others, such as the DELETE of the Model Context Protocol. An OPTIONS request that is not a preflight
//! reaches the service. [`expose_headers`](crate::CorsLayer::expose_headers) lists further header fields that a
//! script may read.
//!
//! # Tokens
//!
//! `EventSource` cannot set header fields, and a token in the URL ends up in logs and histories. Prefer a cookie,
//! or `fetch`, or a token that is valid for one connection. When an authorisation expires, end the stream by a
//! [`lifetime`](crate::Settings::lifetime) of the response. The client reconnects, and your answer of 401 or 204
//! stops it.
