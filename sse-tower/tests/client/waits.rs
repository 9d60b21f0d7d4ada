//! Waits between attempts.

use std::time::Duration;

use sse_tower::client::Backoff;

use crate::script::{Answer, Notices, Server, all, broken, get, open, status, stream, take};

const NONE: Backoff = Backoff::NONE;

/// The waits between the requests that these answers lead to, in milliseconds, without back-off.
async fn waits(answers: impl IntoIterator<Item = Answer>) -> Vec<u128> {
    let server = Server::new(answers);
    let _ = all(&mut get(server.client().backoff(NONE))).await;
    server
        .times()
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .collect()
}

#[tokio::test(start_paused = true)]
async fn the_server_sets_the_wait() {
    for (answers, expected) in [
        (vec![stream("data: 1\n\n"), status(204)], vec![3000]),
        (
            vec![stream("retry: 1500\n"), stream(""), status(204)],
            vec![1500, 1500],
        ),
        (
            vec![stream("retry: 7000\n"), stream("retry: 600\n"), status(204)],
            vec![7000, 600],
        ),
        // Retry-After counts once, and only if it is longer.
        (
            vec![
                status(503).header("retry-after", "20"),
                status(503),
                status(204),
            ],
            vec![20_000, 3000],
        ),
        (
            vec![status(429).header("retry-after", "1"), status(204)],
            vec![3000],
        ),
        (
            vec![
                stream("retry: 10000\n"),
                status(503).header("retry-after", "5"),
                status(204),
            ],
            vec![10_000, 10_000],
        ),
        // Both are capped.
        (
            vec![stream("retry: 18446744073709551615\n"), status(204)],
            vec![300_000],
        ),
        (
            vec![status(503).header("retry-after", "86400"), status(204)],
            vec![300_000],
        ),
    ] {
        assert_eq!(waits(answers.clone()).await, expected, "{answers:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_closes_at_once_is_not_flooded() {
    let closes = || (0..6).map(|_| stream("retry: 0\n\n")).chain([status(204)]);
    assert_eq!(waits(closes()).await, [0, 0, 500, 500, 500, 500]);
    let events = || {
        (0..6)
            .map(|_| stream("retry: 0\ndata: 1\n\n"))
            .chain([status(204)])
    };
    assert_eq!(waits(events()).await, [0, 0, 500, 500, 500, 500]);
}

#[tokio::test(start_paused = true)]
async fn the_back_off_grows_and_is_random() {
    let mut longest = 0;
    for _ in 0..20 {
        let server = Server::new((0..5).map(|_| Answer::Unreachable).chain([status(204)]));
        let _ = all(&mut server.get()).await;
        let times = server.times();
        for (failure, pair) in times.windows(2).enumerate() {
            let wait = pair[1] - pair[0];
            let most = 3000 + 1000 * (1 << failure);
            assert!((3000..=most).contains(&wait), "{wait} after {failure}");
            longest = longest.max(wait);
        }
    }
    assert!(longest > 6000, "{longest}");
}

#[tokio::test(start_paused = true)]
async fn a_hook_is_told_of_each_attempt() {
    let server = Server::new([
        status(503),
        Answer::Unreachable,
        broken(": hello\nretry: 5\ndata: 1\n\n"),
        stream("data: 2\n\n"),
        status(204),
    ]);
    let notices = Notices::default();
    let builder = server.client().backoff(NONE).on_notice(notices.hook());
    let (data, _) = all(&mut get(builder)).await;
    assert_eq!(data, ["1", "2"]);
    assert_eq!(
        notices.lines(),
        [
            "connecting 1",
            "waiting 3000 ms: the server answered with status 503 Service Unavailable",
            "connecting 2",
            "waiting 3000 ms: the server could not be reached",
            "connecting 3",
            "open 3 200 OK",
            "Comment(\"hello\")",
            "ReconnectionTime(5ms)",
            "waiting 5 ms: the connection broke while the stream was read",
            "connecting 4",
            "open 4 200 OK",
            "waiting 5 ms: the server ended the stream",
            "connecting 5",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_failed_response_of_many_lines_is_one_failure() {
    let lines = "error: overloaded\n".repeat(10);
    let refusal = Answer::Response(
        503,
        vec![("content-type", "text/plain".to_owned())],
        vec![crate::script::Part::Bytes(lines)],
    );
    assert_eq!(waits([refusal, status(204)]).await, [3000]);
}

#[tokio::test(start_paused = true)]
async fn settings_change_the_waits() {
    let server = Server::new([
        stream(""),
        stream("retry: 60000\n"),
        stream("retry: 0\n"),
        stream(""),
        stream(""),
        status(204),
    ]);
    let builder = server
        .client()
        .backoff(NONE)
        .reconnection_time(Duration::from_secs(1))
        .max_requested_wait(Duration::from_secs(20))
        .min_interval(Duration::from_secs(7));
    let _ = all(&mut get(builder)).await;
    // After a quiet time three attempts may follow each other, then one in 7 s.
    assert_eq!(server.times(), [0, 1000, 21_000, 21_000, 21_000, 28_000]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_can_be_cancelled() {
    let server = Server::new([status(503), open("data: 1\n\n")]);
    let mut events = get(server.client().backoff(NONE));
    for _ in 0..10 {
        let waited = tokio::time::timeout(Duration::from_millis(250), take(&mut events, 1)).await;
        assert!(waited.is_err());
    }
    assert_eq!(take(&mut events, 1).await, ["1"]);
    assert_eq!(server.times(), [0, 3000]);
}
