//! Runs: answers of language models that survive a reload, a lost network or a second tab.
//!
//! # What to do
//!
//! 1. Keep [`Runs`] in the state of the server.
//! 2. A POST [starts](crate::runs::Runs::start) a run, spawns its [driver](crate::runs::Run::drive), and answers with the ID of the
//!    run.
//! 3. A GET [follows](crate::runs::Runs::follow) the run after the request's [`LastEventId`]. The page stores the ID of the run, for
//!    example in its URL, so that it can follow the run again after a reload.
//! 4. A DELETE [stops](crate::runs::Runs::stop) it. A client that disconnects stops nothing.
//!
//! ```
//! # #[cfg(all(feature = "axum", feature = "tokio"))] {
//! use axum::{Router, extract::{Path, State}, http::StatusCode, routing::{get, post}};
//! use futures_core::Stream;
//! use sse_tower::{
//!     Event, LastEventId, Sse,
//!     error::BoxError,
//!     runs::{Follower, RunError, RunId, Runs},
//! };
//!
//! /// The request to the model.
//! fn ask_model(_question: String) -> impl Stream<Item = Result<Event, BoxError>> + Send + 'static {
//!     tokio_stream::iter(["Forty", "-", "two"].map(|token| Ok(Event::new(token))))
//! }
//!
//! async fn start(
//!     State(runs): State<Runs>,
//!     question: String,
//! ) -> Result<(StatusCode, String), RunError> {
//!     let run = runs.start(ask_model(question)).await?;
//!     let id = run.id();
//!     tokio::spawn(run.drive());
//!     Ok((StatusCode::CREATED, id.to_string()))
//! }
//!
//! async fn follow(
//!     Path(id): Path<RunId>,
//!     last: LastEventId,
//!     State(runs): State<Runs>,
//! ) -> Result<Sse<Follower>, RunError> {
//!     Ok(Sse::new(runs.follow(id, last).await?))
//! }
//!
//! async fn stop(Path(id): Path<RunId>, State(runs): State<Runs>) -> Result<String, RunError> {
//!     Ok(runs.stop(id).await?.to_string())
//! }
//!
//! let app: Router = Router::new()
//!     .route("/answers", post(start))
//!     .route("/answers/{id}", get(follow).delete(stop))
//!     .with_state(Runs::memory());
//! # let _ = app;
//! # }
//! ```
//!
//! The errors are responses: 404 for an unknown run, 204 for a client that already has everything, and 503. Without
//! axum, [`RunError::status`](crate::runs::RunError::status) is the status.
//!
//! # The page
//!
//! A native `EventSource` sends its last event ID when it reconnects, and stops at 204 without an error:
//!
//! ```js
//! async function ask(question) {
//!     const started = await fetch("/answers", { method: "POST", body: question });
//!     const id = await started.text();
//!     location.hash = id;
//!     follow(id);
//! }
//!
//! function follow(id) {
//!     const events = new EventSource(`/answers/${id}`);
//!     events.onmessage = (event) => show(event.data);
//!     for (const seal of ["end", "stopped", "interrupted", "too_large", "failed"]) {
//!         events.addEventListener(seal, () => {
//!             events.close();
//!             showEnd(seal);
//!         });
//!     }
//!     // 404: the time of the run is over.
//!     events.onerror = () => events.readyState === EventSource.CLOSED && showGone();
//! }
//!
//! // After a reload, the whole answer comes again, and then what is new.
//! if (location.hash) follow(location.hash.slice(1));
//! ```
//!
//! Code that reads the response of `fetch` does the same by itself: it remembers the last `id:`, and repeats the GET
//! until the end.
//!
//! ```js
//! async function follow(id) {
//!     let last = "";
//!     for (;;) {
//!         try {
//!             const headers = last ? { "Last-Event-ID": last } : {};
//!             const response = await fetch(`/answers/${id}`, { headers });
//!             if (response.status === 204 || response.status === 404) return;
//!             // `events` parses an event stream, such as `EventSourceParserStream` of the package eventsource-parser.
//!             if (response.ok) for await (const event of events(response.body)) {
//!                 last = event.id;
//!                 show(event);
//!             }
//!         } catch {
//!             // The network is lost for a moment.
//!         }
//!         await new Promise((resolve) => setTimeout(resolve, 1000));
//!     }
//! }
//! ```
//!
//! The example `llm` of the repository is a whole chat of this kind. Its page follows answers in both ways.
//!
//! # Why a POST is not sent again
//!
//! A POST that answers with the event stream itself is shorter, but a connection that breaks leaves the client with two
//! bad choices. If it sends the POST again, the model answers again: the user pays twice, and gets another answer. If
//! it does not, the rest is lost. HTTP says that a client must not repeat a POST on its own, and no browser does.
//!
//! With a POST that only starts, and a GET that only follows, the GET may be repeated as often as needed: no follower
//! ever starts anything. If the response to the POST is lost, the client does not know the ID of the run, and cannot tell
//! whether there is one.
//!
//! So let the page choose the ID, and start the run with [`Start::id`](crate::runs::Start::id). Then there is one run,
//! however often and on however many nodes the POST arrives, and the page may send it again:
//!
//! ```
//! # #[cfg(all(feature = "axum", feature = "tokio"))] {
//! use axum::http::StatusCode;
//! # use futures_core::Stream;
//! use sse_tower::runs::{RunError, RunErrorKind, RunId, Runs};
//! # use sse_tower::{Event, error::BoxError};
//! # fn ask_model(_question: String) -> impl Stream<Item = Result<Event, BoxError>> + Send + 'static {
//! #     tokio_stream::iter([Ok(Event::new("42"))])
//! # }
//!
//! async fn start(runs: &Runs, id: RunId, question: String) -> Result<StatusCode, RunError> {
//!     // The stream sends its request to the model when it is polled first.
//!     match runs.start(ask_model(question)).id(id).await {
//!         Ok(run) => {
//!             tokio::spawn(run.drive());
//!             Ok(StatusCode::CREATED)
//!         }
//!         Err(error) if error.kind() == RunErrorKind::Exists => {
//!             // It fails with 404 if the run is that of another user.
//!             runs.status(id).await?;
//!             Ok(StatusCode::OK)
//!         }
//!         Err(error) => Err(error),
//!     }
//! }
//! # let _ = |runs| async move { start(&runs, "".parse().unwrap(), String::new()).await.is_ok() };
//! # }
//! ```
//!
//! ```js
//! const bytes = crypto.getRandomValues(new Uint8Array(16));
//! const id = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
//! ```
//!
//! # How a run ends
//!
//! | seal | cause |
//! |---|---|
//! | `end` | the stream is complete |
//! | `stopped` | [`Runs::stop`], or nobody followed it for [`stop_when_unwatched`](crate::runs::Start::stop_when_unwatched) |
//! | `interrupted` | the process of the producer died, or the store has lost events |
//! | `too_large` | the run has reached a [bound](crate::runs::RunsBuilder) |
//! | `failed` | the stream has failed or panicked |
//!
//! The seal is the last event, with its name as type and data. [`seal_event`](crate::runs::RunsBuilder::seal_event)
//! changes it, and [`error_event`](crate::runs::RunsBuilder::error_event) adds an event that says what failed.
//!
//! The first seal counts. A stop reaches the followers and the producer at once, on any node. Then the producer drops its
//! stream, which ends the request to the model. If its node was cut off, that happens at its first write after the cut,
//! within 5 seconds.
//!
//! A producer renews a lease every 5 seconds. If its process dies, the lease is over 15 seconds after the last renewal.
//! Then any follower's node seals the run, or [`Runs::status`] does, so that no client waits for more than 20 seconds.
//! A driver that is aborted, for example when a runtime is shut down, counts as dead too. A server that wants to
//! finish its answers waits for its drivers.
//!
//! # Users
//!
//! The ID of a run has 128 random bits, so it cannot be guessed. But it is in URLs and logs. Bind the run to its user, and
//! nobody else can follow or stop it, or learn that it exists:
//!
//! ```
//! # #[cfg(feature = "tokio")] {
//! use sse_tower::runs::{Follower, RunError, RunId, Runs};
//! # use sse_tower::LastEventId;
//!
//! async fn follow(runs: &Runs, user: &str, id: RunId) -> Result<Follower, RunError> {
//!     runs.of(user).follow(id, LastEventId::none()).await
//! }
//! # let _ = |runs| async move { follow(&runs, "", "".parse().unwrap()).await.is_ok() };
//! # }
//! ```
//!
//! # AI SDKs
//!
//! `useChat` of Vercel's AI SDK with `resume: true` sends `GET /api/chat/{chat}/stream` when a page opens. It expects the
//! running answer from its start, or status 204 if the chat has none. Its `stop()` only closes the connection, so
//! the page needs an endpoint of its own to stop an answer. All three are a call:
//!
//! | endpoint | call |
//! |---|---|
//! | `POST /api/chat` | `start`, store the ID of the run with the chat, then follow the run as the response |
//! | `GET /api/chat/{chat}/stream` | find the ID of the run; 204 if there is none or it has ended; otherwise follow it from the start |
//! | an endpoint to stop | [`Runs::stop`] |
//!
//! The SDK reads the `data` of each event as JSON and ignores types and IDs. Its last event is `[DONE]`, which your
//! stream sends. So change the event of the seal into nothing, or into an error in the form that the SDK knows:
//!
//! ```
//! # #[cfg(all(feature = "axum", feature = "tokio"))] {
//! use axum::{extract::{Path, State}, http::StatusCode, response::{IntoResponse, Response}};
//! use sse_tower::{Event, LastEventId, Sse, runs::{RunError, RunId, Runs, Seal}};
//!
//! fn runs() -> Runs {
//!     Runs::builder()
//!         .seal_event(|seal| match seal {
//!             Seal::End => None,
//!             other => Some(Event::new(format!(r#"{{"type":"error","errorText":"{other}"}}"#))),
//!         })
//!         .build()
//! }
//!
//! # type Chats = std::collections::HashMap<String, RunId>;
//! async fn resume(
//!     Path(chat): Path<String>,
//!     State((runs, chats)): State<(Runs, Chats)>,
//! ) -> Result<Response, RunError> {
//!     let Some(id) = chats.get(&chat) else {
//!         return Ok(StatusCode::NO_CONTENT.into_response());
//!     };
//!     if runs.status(*id).await?.seal().is_some() {
//!         // The answer is in the chat's history.
//!         return Ok(StatusCode::NO_CONTENT.into_response());
//!     }
//!     let follower = runs.follow(*id, LastEventId::none()).await?;
//!     let headers = [("x-vercel-ai-ui-message-stream", "v1")];
//!     Ok((headers, Sse::new(follower)).into_response())
//! }
//! # let _: axum::Router = axum::Router::new()
//! #     .route("/api/chat/{chat}/stream", axum::routing::get(resume))
//! #     .with_state((runs(), Chats::new()));
//! # }
//! ```
//!
//! # Memory and stores
//!
//! [`RunsBuilder`](crate::runs::RunsBuilder) bounds the bytes and the events of a run, the number of runs, and the
//! time after which an ended run is removed. By default that is 1 MiB, 10,000 events, 1,000 runs and 10 minutes. An idle run takes less
//! than 2 KiB with its task, and an idle follower less than 1 KiB.
//!
//! In memory, runs end with the process, and their clients get 404 then. With the features `runs` and `redis`,
//! `Runs::redis(url)` keeps runs in a Redis server, and any process serves their followers. Another store is an
//! implementation of [`Store`](crate::runs::store::Store), which [`build_on`](crate::runs::RunsBuilder::build_on) takes.
//!
//! A Redis server that restarts without persistence loses its runs: their producers end with an error, and their
//! clients get 404 when they come back. Set its `maxmemory-policy` to `noeviction`, since all other policies may remove
//! runs. The module `runs::store::redis` lists the rights that its user needs.
//!
//! A producer writes what arrives within the flush interval as one batch, so a run costs at most ten writes a second.
//!
//! [`LastEventId`]: crate::LastEventId
//! [`Runs`]: crate::runs::Runs
//! [`Runs::status`]: crate::runs::Runs::status
//! [`Runs::stop`]: crate::runs::Runs::stop
