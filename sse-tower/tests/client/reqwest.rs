//! The adapter for reqwest over real TCP.

use std::convert::Infallible;

use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use sse_tower::client::{Backoff, ErrorKind, EventSource, ReqwestClient};
use tokio::net::TcpListener;
use tokio_stream::StreamExt;

use crate::script::all;

/// Answers with an event that tells what the request was.
async fn answer(request: Request<Incoming>) -> Result<Response<String>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let response = match head.uri.path() {
        "/moved" => Response::builder().status(307).header("location", "/feed"),
        _ => Response::builder().header("content-type", "text/event-stream"),
    };
    let id = head.headers.get("last-event-id");
    let event = format!(
        "id: 7\ndata: {} {} {id:?} {body:?}\n\ndata: [DONE]\n\n",
        head.method, head.uri
    );
    Ok(response.body(event).unwrap())
}

pub(crate) async fn serve() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let connection = http1::Builder::new();
            tokio::spawn(connection.serve_connection(TokioIo::new(socket), service_fn(answer)));
        }
    });
    port
}

fn client() -> ReqwestClient {
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    ReqwestClient::new(builder.no_proxy().build().unwrap())
}

#[tokio::test]
async fn requests_and_redirects_go_through_reqwest() {
    let port = serve().await;
    let mut events = EventSource::builder(client())
        .last_event_id("6".parse().unwrap())
        .final_event("[DONE]")
        .build(move |_| {
            let request = Request::post(format!("http://127.0.0.1:{port}/moved"));
            request.body("hello".to_owned()).unwrap()
        });
    let (data, error) = all(&mut events).await;
    assert_eq!(data, [r#"POST /feed Some("6") b"hello""#]);
    assert!(error.is_none());
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error_of_reqwest() {
    // A port that was free a moment ago.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let mut events = EventSource::builder(client())
        .backoff(Backoff::NONE)
        .max_retries(0)
        .build(move |_| {
            let request = Request::get(format!("http://127.0.0.1:{port}/"));
            request.body(String::new()).unwrap()
        });
    let error = events.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Retries);
    let attempt = std::error::Error::source(&error).unwrap();
    let cause = attempt.source().unwrap();
    assert!(cause.is::<reqwest::Error>(), "{cause}");
}
