//! When a source gives a connection up.

use std::time::Duration;

use sse_tower::client::{Backoff, ErrorKind, EventSourceBuilder};
use tokio::time::Instant;
use tokio_stream::StreamExt;

use crate::script::{Answer, Notices, Part, Server, all, get, open, parts, status, stream, take};

const SECOND: Duration = Duration::from_secs(1);

fn bytes(text: &str) -> Part {
    Part::Bytes(text.to_owned())
}

/// The reasons that a source gives for waiting, and the times of its requests.
async fn reasons(
    answers: impl IntoIterator<Item = Answer>,
    settings: impl FnOnce(EventSourceBuilder<Server>) -> EventSourceBuilder<Server>,
) -> (Vec<String>, Vec<u128>) {
    let server = Server::new(answers);
    let notices = Notices::default();
    let builder = server
        .client()
        .backoff(Backoff::NONE)
        .on_notice(notices.hook());
    let _ = all(&mut get(settings(builder))).await;
    let waiting = notices
        .lines()
        .into_iter()
        .filter(|line| line.starts_with("waiting"));
    let reasons = waiting.map(|line| line.split_once(": ").unwrap().1.to_owned());
    (reasons.collect(), server.times())
}

#[tokio::test(start_paused = true)]
async fn a_server_has_30_seconds_to_answer() {
    let (told, times) = reasons([Answer::Silent, status(204)], |builder| builder).await;
    assert_eq!(told, ["the server did not answer within 30s"]);
    assert_eq!(times, [0, 33_000]);
    let (told, times) = reasons([Answer::Silent, status(204)], |builder| {
        builder.response_timeout(2 * SECOND)
    })
    .await;
    assert_eq!(told, ["the server did not answer within 2s"]);
    assert_eq!(times, [0, 5000]);
}

#[tokio::test(start_paused = true)]
async fn any_byte_resets_the_idle_timeout() {
    let beats = [bytes(":\n"), Part::Sleep(9 * SECOND)];
    let quiet = beats.into_iter().cycle().take(10).chain([Part::Hang]);
    let (told, times) = reasons([parts(quiet), status(204)], |builder| {
        builder.idle_timeout(10 * SECOND)
    })
    .await;
    assert_eq!(
        told,
        [
            "the connection was silent for 10s; the server should send heartbeats more often than that"
        ]
    );
    // The last byte came after 36 s, and then 9 of the 10 s were slept.
    assert_eq!(times, [0, 36_000 + 10_000 + 3000]);
}

#[tokio::test(start_paused = true)]
async fn the_idle_timeout_is_two_and_a_half_heartbeats() {
    let (_, times) = reasons([open(""), status(204)], |builder| {
        builder.heartbeat(4 * SECOND)
    })
    .await;
    assert_eq!(times, [0, 13_000]);
}

#[tokio::test(start_paused = true)]
async fn without_an_idle_timeout_silence_is_waited_out() {
    let day = Part::Sleep(24 * 3600 * SECOND);
    let server = Server::new([
        parts([bytes("data: 1\n\n"), day, bytes("data: 2\n\n")]),
        status(204),
    ]);
    let (data, _) = all(&mut server.get()).await;
    assert_eq!(data, ["1", "2"]);
}

#[tokio::test(start_paused = true)]
async fn a_slow_caller_is_not_silence() {
    let server = Server::new([parts([
        bytes("data: 1\n\n"),
        Part::Sleep(SECOND),
        bytes("data: 2\n\n"),
        Part::Sleep(5 * SECOND),
        bytes("data: 3\n\n"),
        Part::Hang,
    ])]);
    let mut events = get(server.client().idle_timeout(10 * SECOND));
    take(&mut events, 1).await;
    tokio::time::sleep(60 * SECOND).await;
    take(&mut events, 1).await;
    tokio::time::sleep(60 * SECOND).await;
    take(&mut events, 1).await;
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_first_event_has_a_timeout_of_its_own() {
    let late = || {
        parts([
            bytes(":\n\n"),
            Part::Sleep(4 * SECOND),
            bytes("data: 1\n\n"),
            Part::Hang,
        ])
    };
    let (told, times) = reasons([late(), status(204)], |builder| {
        builder.first_event_timeout(3 * SECOND)
    })
    .await;
    assert_eq!(told, ["the first event did not come within 3s"]);
    assert_eq!(times, [0, 6000]);
    // Once it has come, there is no such timeout.
    let server = Server::new([late()]);
    let mut events = get(server.client().first_event_timeout(5 * SECOND));
    take(&mut events, 1).await;
    let more = tokio::time::timeout(100 * SECOND, events.next()).await;
    assert!(more.is_err());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_total_timeout_is_an_error_whatever_the_source_does() {
    for (answers, data) in [
        (vec![Answer::Silent], 0),
        (vec![open("data: 1\n\n")], 1),
        (vec![stream("data: 1\n\nretry: 60000\n\n")], 1),
        (vec![status(503).header("retry-after", "60")], 0),
        (
            vec![parts(
                [bytes(":\n"), Part::Sleep(SECOND)]
                    .into_iter()
                    .cycle()
                    .take(60),
            )],
            0,
        ),
    ] {
        let server = Server::new(answers.clone());
        let start = Instant::now();
        let builder = server
            .client()
            .total_timeout(20 * SECOND)
            .idle_timeout(15 * SECOND);
        let builder = builder.reconnection_time(50 * SECOND);
        let (seen, error) = all(&mut get(builder)).await;
        let error = error.unwrap();
        assert_eq!(
            (seen.len(), error.kind()),
            (data, ErrorKind::TotalTimeout),
            "{answers:?}"
        );
        assert_eq!(error.to_string(), "the total timeout of 20s is over");
        assert_eq!(start.elapsed(), 20 * SECOND, "{answers:?}");
    }
}

/// A connection that says only comments for ever leaves room for other tasks.
#[tokio::test(start_paused = true)]
async fn a_flood_without_events_does_not_keep_the_worker() {
    let server = Server::new([parts((0..100_000).map(|_| bytes(":\n")))]);
    let mut events = server.get();
    let mut turns = 0;
    tokio::select! {
        biased;
        _ = all(&mut events) => panic!("it has no end"),
        () = async {
            while turns < 100 {
                turns += 1;
                tokio::task::yield_now().await;
            }
        } => {}
    }
}
