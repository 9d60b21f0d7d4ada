//! `/answers`: starts an answer by POST, lists and follows them by GET, stops one by DELETE.
//!
//! Only the POST asks the model. A page that comes back, or a second one, follows: it reads the run.

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, State},
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, LOCATION, SET_COOKIE},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use sse_tower::{
    Event, EventType, LastEventId, Sse,
    runs::{Follower, RunError, RunErrorKind, RunId, Runs, Seal},
};

use crate::{
    Server,
    access::{MaybeUser, User},
    model::Turn,
};

/// The largest body of a POST, in bytes.
const MAX_BODY: usize = 256 * 1024;

/// The type of the first event, which repeats the question, so that every page that follows can show it.
const QUESTION: EventType = EventType::from_static("question");

const NO_STORE: (HeaderName, HeaderValue) = (CACHE_CONTROL, HeaderValue::from_static("no-store"));

pub(crate) fn router() -> Router<Server> {
    Router::new()
        .route("/answers", get(list).post(start))
        .route("/answers/{id}", get(follow).delete(stop))
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

/// The body of a POST.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    /// The ID that the page has chosen. With it, the POST may be sent again.
    id: Option<RunId>,
    question: String,
    /// The conversation before the question.
    #[serde(default)]
    earlier: Vec<Turn>,
}

#[derive(Serialize)]
struct Started {
    id: RunId,
    /// False if an earlier POST has started this answer.
    started: bool,
}

async fn start(
    State(server): State<Server>,
    MaybeUser(user): MaybeUser,
    Json(body): Json<Question>,
) -> Result<Response, Response> {
    if body.question.trim().is_empty() {
        return Err((StatusCode::BAD_REQUEST, "the question is empty\n").into_response());
    }
    let (user, cookie) = match user {
        Some(user) => (user, None),
        None => {
            let (user, cookie) =
                User::new().ok_or(StatusCode::SERVICE_UNAVAILABLE.into_response())?;
            (user, Some((SET_COOKIE, cookie)))
        }
    };
    let runs = runs_of(&server, &user);
    let started = ask(&server, &runs, body).await;
    let started = started.map_err(IntoResponse::into_response)?;
    let status = match started.started {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    };
    let location = [(LOCATION, format!("/answers/{}", started.id))];
    let mut response = (status, location, [NO_STORE], Json(started)).into_response();
    response.headers_mut().extend(cookie);
    Ok(response)
}

/// Starts the answer, unless there already is one with this ID.
async fn ask(server: &Server, runs: &Runs, body: Question) -> Result<Started, RunError> {
    let Question {
        id,
        question,
        earlier,
    } = body;
    let repeated = Event::new(question.clone()).with_type(QUESTION);
    // The model is asked when its stream is polled, and that of a second start never is.
    let answer = server.model.answer(question, earlier);
    let events = stream::iter([Ok(repeated)]).chain(answer);
    let mut start = runs.start(events);
    if let Some(id) = id {
        start = start.id(id);
    }
    match (start.await, id) {
        (Ok(run), _) => {
            let id = run.id();
            tokio::spawn(async move {
                if let Err(error) = run.drive().await {
                    eprintln!("llm: the answer {id}: {:#}", anyhow::Error::from(error));
                }
            });
            Ok(Started { id, started: true })
        }
        (Err(error), Some(id)) if error.kind() == RunErrorKind::Exists => {
            // It fails with 404 if the answer is that of another user.
            runs.status(id).await?;
            Ok(Started { id, started: false })
        }
        (Err(error), _) => Err(error),
    }
}

/// The answers of a user, for a page that has just been opened.
#[derive(Serialize)]
struct List {
    model: String,
    answers: Vec<Answer>,
}

#[derive(Serialize)]
struct Answer {
    id: RunId,
    events: u64,
    /// How it has ended, or null while it goes on.
    seal: Option<Seal>,
}

async fn list(
    State(server): State<Server>,
    MaybeUser(user): MaybeUser,
) -> Result<Response, RunError> {
    let runs = match user {
        Some(user) => runs_of(&server, &user).list().await?,
        None => Vec::new(),
    };
    let answers = runs.into_iter().map(|run| Answer {
        id: run.id(),
        events: run.events(),
        seal: run.seal(),
    });
    let list = List {
        model: server.model.name(),
        answers: answers.collect(),
    };
    Ok(([NO_STORE], Json(list)).into_response())
}

async fn follow(
    State(server): State<Server>,
    MaybeUser(user): MaybeUser,
    Path(id): Path<RunId>,
    last: LastEventId,
) -> Result<Sse<Follower>, Response> {
    let user = user.ok_or_else(not_found)?;
    let follower = runs_of(&server, &user).follow(id, last).await;
    let follower = follower.map_err(IntoResponse::into_response)?;
    Ok(Sse::with(follower, server.settings).limit_key(user.0))
}

#[derive(Serialize)]
struct Stopped {
    /// How the answer has ended: `stopped`, unless it had ended before.
    seal: Seal,
}

async fn stop(
    State(server): State<Server>,
    MaybeUser(user): MaybeUser,
    Path(id): Path<RunId>,
) -> Result<Response, Response> {
    let user = user.ok_or_else(not_found)?;
    let seal = runs_of(&server, &user).stop(id).await;
    let seal = seal.map_err(IntoResponse::into_response)?;
    Ok(([NO_STORE], Json(Stopped { seal })).into_response())
}

fn runs_of(server: &Server, user: &User) -> Runs {
    server.runs.of(user.0.clone())
}

/// The answer to a request without the cookie of a user.
fn not_found() -> Response {
    let text = "there is no such answer for a client without the cookie of its user\n";
    (StatusCode::NOT_FOUND, [NO_STORE], text).into_response()
}
