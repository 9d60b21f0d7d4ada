//! Tests the statements of the chapter on migrating about other clients, against a server that plays a script.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use eventsource_client::{Client, ClientBuilder, ReconnectOptions, SSE};
use eventsource_stream::Eventsource;
use futures_util::{FutureExt, Stream, StreamExt};
use reqwest_eventsource::{
    Error, Event, EventSource, ReadyState, RequestBuilderExt,
    retry::{Constant, ExponentialBackoff, RetryPolicy},
};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);

/// Answers each connection with the next response, closes it, and then refuses connections. Returns the URL
/// and the requests.
fn serve(responses: Vec<String>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (requests, received) = channel();
    thread::spawn(move || {
        for response in responses {
            let (mut socket, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(socket.try_clone().unwrap());
            let mut request = String::new();
            while !request.ends_with("\r\n\r\n") {
                if reader.read_line(&mut request).unwrap() == 0 {
                    return;
                }
            }
            let length = header(&request, "content-length")
                .first()
                .map_or(0, |length| length.parse().unwrap());
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            request += &String::from_utf8(body).unwrap();
            requests.send(request).unwrap();
            socket.write_all(response.as_bytes()).unwrap();
        }
    });
    (url, received)
}

fn stream(body: &str) -> String {
    respond("200 OK", "text/event-stream", body)
}

fn respond(status: &str, content_type: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\nconnection: close\r\n\r\n{body}")
}

/// Returns the values of a header field.
fn header(request: &str, name: &str) -> Vec<String> {
    let lines = request.lines().filter_map(|line| line.split_once(": "));
    let named = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
    named.map(|(_, value)| value.to_owned()).collect()
}

fn next(requests: &Receiver<String>) -> String {
    requests.recv_timeout(PATIENCE).unwrap()
}

/// Polls the stream until its items end, or until this one comes.
async fn until<T>(
    events: &mut (impl Stream<Item = T> + Unpin),
    is_last: impl Fn(&T) -> bool,
) -> Vec<T> {
    let mut items = Vec::new();
    while let Some(item) = timeout(PATIENCE, events.next()).await.unwrap() {
        let is_over = is_last(&item);
        items.push(item);
        if is_over {
            break;
        }
    }
    items
}

fn quick() -> Box<dyn RetryPolicy + Send + Unpin> {
    Box::new(Constant::new(Duration::from_millis(1), None))
}

fn is_refused_status(item: &Result<Event, Error>) -> bool {
    matches!(item, Err(Error::InvalidStatusCode(..)))
}

mod reqwest_eventsource_0_6 {
    use super::*;

    #[tokio::test]
    async fn an_event_without_id_on_a_later_connection_resets_the_last_event_id() {
        let responses = ["id: 1\ndata: a\n\n", "data: b\n\n"].map(stream);
        let gone = respond("204 No Content", "text/plain", "");
        let (url, requests) = serve([responses.to_vec(), vec![gone]].concat());
        let mut events = EventSource::get(url);
        events.set_retry_policy(quick());
        until(&mut events, is_refused_status).await;
        let ids = [0, 1, 2].map(|_| header(&next(&requests), "last-event-id"));
        assert_eq!(
            ids,
            [vec![], vec!["1"], vec![""]]
                .map(|ids: Vec<&str>| ids.iter().map(|id| id.to_string()).collect::<Vec<_>>())
        );
    }

    #[tokio::test]
    async fn an_id_of_the_caller_is_sent_beside_the_own_one() {
        let (url, requests) = serve(vec![
            stream("id: 2\ndata: a\n\n"),
            respond("204 No Content", "text/plain", ""),
        ]);
        let request = reqwest::Client::new().get(url).header("last-event-id", "1");
        let mut events = EventSource::new(request).unwrap();
        events.set_retry_policy(quick());
        until(&mut events, is_refused_status).await;
        next(&requests);
        assert_eq!(header(&next(&requests), "last-event-id"), ["1", "2"]);
    }

    #[tokio::test]
    async fn a_block_without_data_sets_neither_id_nor_reconnection_time() {
        let (url, requests) = serve(vec![
            stream("id: 1\nretry: 60000\n\n"),
            respond("204 No Content", "text/plain", ""),
        ]);
        let mut events = EventSource::get(url);
        events.set_retry_policy(quick());
        until(&mut events, is_refused_status).await;
        next(&requests);
        assert_eq!(header(&next(&requests), "last-event-id"), [""]);
    }

    #[tokio::test]
    async fn a_post_is_repeated_after_a_clean_end() {
        let end = stream("data: [DONE]\n\n");
        let (url, requests) = serve(vec![end.clone(), end]);
        let mut events = reqwest::Client::new()
            .post(url)
            .body("question")
            .eventsource()
            .unwrap();
        events.set_retry_policy(quick());
        let is_connection_refused =
            |item: &Result<Event, Error>| matches!(item, Err(Error::Transport(_)));
        until(&mut events, is_connection_refused).await;
        for _ in 0..2 {
            let request = next(&requests);
            assert!(
                request.starts_with("POST / ") && request.ends_with("question"),
                "{request}"
            );
        }
    }

    #[tokio::test]
    async fn statuses_other_than_200_are_the_last_item() {
        for status in ["204 No Content", "503 Service Unavailable"] {
            let (url, _requests) = serve(vec![respond(status, "text/plain", "")]);
            let mut events = EventSource::get(url);
            let items = until(&mut events, |_| false).await;
            assert!(
                items.len() == 1 && is_refused_status(&items[0]),
                "{items:?}"
            );
            assert_eq!(events.ready_state(), ReadyState::Closed);
        }
    }

    #[tokio::test]
    async fn the_end_of_a_connection_is_an_error_and_not_the_last_item() {
        let (url, _requests) = serve(vec![stream("data: a\n\n"), stream("data: b\n\n")]);
        let mut events = EventSource::get(url);
        events.set_retry_policy(quick());
        let data = |item: &Result<Event, Error>| match item {
            Ok(Event::Open) => "open".to_owned(),
            Ok(Event::Message(message)) => message.data.clone(),
            Err(error) => error.to_string(),
        };
        let items = until(&mut events, |item| data(item) == "b").await;
        let items: Vec<_> = items.iter().map(data).collect();
        assert_eq!(items, ["open", "a", "Stream ended", "open", "b"]);
    }

    #[tokio::test]
    async fn a_limit_of_two_retries_or_more_is_never_reached() {
        for (limit, expected) in [(1, Some(2)), (2, None)] {
            let (url, _requests) = serve(vec![]);
            let mut events = EventSource::get(url);
            let delay = Duration::from_millis(1);
            events.set_retry_policy(Box::new(ExponentialBackoff::new(
                delay,
                1.0,
                None,
                Some(limit),
            )));
            let mut failures = 0;
            let end = loop {
                match timeout(PATIENCE, events.next()).await.unwrap() {
                    None => break Some(failures),
                    Some(_) if failures == 20 => break None,
                    Some(_) => failures += 1,
                }
            };
            assert_eq!(end, expected, "{limit}");
        }
    }
}

mod eventsource_client_0_16 {
    use super::*;

    fn open(url: &str) -> impl Stream<Item = eventsource_client::Result<SSE>> + Unpin {
        let options = ReconnectOptions::reconnect(true)
            .delay(Duration::from_millis(1))
            .backoff_factor(1);
        ClientBuilder::for_url(url)
            .unwrap()
            .reconnect(options.build())
            .build_http()
            .stream()
    }

    fn has_data(item: &eventsource_client::Result<SSE>, data: &str) -> bool {
        matches!(item, Ok(SSE::Event(event)) if event.data == data)
    }

    #[tokio::test]
    async fn an_event_without_id_on_a_later_connection_resets_the_last_event_id() {
        let responses = ["id: 1\ndata: a\n\n", "data: b\n\n", "data: c\n\n"].map(stream);
        let (url, requests) = serve(responses.to_vec());
        until(&mut open(&url), |item| has_data(item, "c")).await;
        let ids = [0, 1, 2].map(|_| header(&next(&requests), "last-event-id").concat());
        assert_eq!(ids, ["", "1", ""]);
    }

    #[tokio::test]
    async fn it_connects_again_after_204_and_after_final_statuses() {
        let refusals = ["204 No Content", "401 Unauthorized", "404 Not Found"];
        let refusals = refusals.map(|status| respond(status, "text/plain", ""));
        let (url, _requests) = serve(
            [
                vec![stream("data: a\n\n")],
                refusals.to_vec(),
                vec![stream("data: b\n\n")],
            ]
            .concat(),
        );
        let items = until(&mut open(&url), |item| has_data(item, "b")).await;
        let opened = items
            .iter()
            .filter(|item| matches!(item, Ok(SSE::Connected(_))));
        assert_eq!(opened.count(), 3, "204 counts as a stream: {items:?}");
    }

    #[tokio::test]
    async fn a_first_connection_that_fails_is_the_end_by_default() {
        let (url, _requests) = serve(vec![respond("503 Service Unavailable", "text/plain", "")]);
        let items = until(&mut open(&url), |_| false).await;
        assert!(items.len() == 1 && items[0].is_err(), "{items:?}");
    }

    #[tokio::test]
    async fn any_content_type_is_read() {
        let (url, _requests) = serve(vec![respond("200 OK", "text/html", "data: a\n\n")]);
        let items = until(&mut open(&url), |item| has_data(item, "a")).await;
        assert_eq!(items.len(), 2, "{items:?}");
    }

    #[tokio::test]
    async fn an_end_is_followed_by_another_connection_although_reconnecting_is_off() {
        let (url, _requests) = serve(vec![stream("data: a\n\n"), stream("data: b\n\n")]);
        let options = ReconnectOptions::reconnect(false).delay(Duration::from_millis(1));
        let client = ClientBuilder::for_url(&url)
            .unwrap()
            .reconnect(options.build())
            .build_http();
        let items = until(&mut client.stream(), |item| has_data(item, "b")).await;
        assert!(has_data(items.last().unwrap(), "b"));
    }

    #[tokio::test]
    async fn a_redirect_carries_the_token_to_another_origin() {
        let (target, redirected) = serve(vec![stream("data: a\n\n")]);
        let redirect = format!(
            "HTTP/1.1 301 Moved Permanently\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n"
        );
        let (url, _requests) = serve(vec![redirect]);
        let client = ClientBuilder::for_url(&url)
            .unwrap()
            .header("authorization", "Bearer secret")
            .unwrap();
        until(&mut client.build_http().stream(), |item| {
            has_data(item, "a")
        })
        .await;
        assert_eq!(
            header(&next(&redirected), "authorization"),
            ["Bearer secret"]
        );
    }
}

mod eventsource_stream_0_2 {
    use super::*;

    fn decode(
        body: &[u8],
    ) -> impl Stream<
        Item = Result<eventsource_stream::Event, eventsource_stream::EventStreamError<()>>,
    > + Unpin {
        futures_util::stream::iter(vec![Ok::<_, ()>(body.to_vec())]).eventsource()
    }

    #[test]
    fn a_byte_order_mark_panics() {
        let read = || {
            decode("\u{feff}data: a\n\n".as_bytes())
                .next()
                .now_or_never()
        };
        assert!(std::panic::catch_unwind(read).is_err());
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_an_error() {
        let event = decode(b"data: \xff\n\n").next().now_or_never().unwrap();
        assert!(event.unwrap().is_err());
    }

    #[test]
    fn the_retry_of_a_block_without_data_is_lost() {
        let event = decode(b"retry: 5\n\ndata: a\n\n").next().now_or_never();
        assert_eq!(event.unwrap().unwrap().unwrap().retry, None);
    }
}
