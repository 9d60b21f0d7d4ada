//! The reconnection state machine, step by step.

mod attempts;
mod property;

use std::time::Duration;

use Input::{Bytes, Close, End, Error, Head, Passed, Waited};
use sse_proto::{
    Chunk, Decoder, EventId, Item,
    reconnect::{Action, Backoff, ReadyState, Reason, ResponseHead, Source, StatusPolicy},
};

const EVENT_STREAM: &str = "text/event-stream";
const SECOND: Duration = Duration::from_secs(1);

/// The inputs of a source.
#[derive(Clone, Copy, Debug)]
enum Input {
    /// A response with this status and the content type of an event stream.
    Head(u16),
    Bytes(&'static str),
    End,
    Error,
    Close,
    /// The time passes that the source wants to wait.
    Waited,
    /// This many seconds pass.
    Passed(u64),
}

const OPEN: Input = Head(200);

/// A source, its clock, and a log of its answers.
struct Driver {
    source: Source,
    now: Duration,
    said: Vec<String>,
}

impl Driver {
    /// Without a failure, the wait is 3 s. The first failure in a row adds up to 1 s, the second up to 2 s, the
    /// third up to 4 s. Here the random number is the largest one, so the whole time is added.
    const RANDOM: u64 = u64::MAX;

    fn new(source: Source) -> Self {
        let mut driver = Self {
            source,
            now: 1000 * SECOND,
            said: Vec::new(),
        };
        driver.poll();
        driver
    }

    fn take(&mut self, input: Input) {
        match input {
            Head(status) => {
                let head = ResponseHead::new(status).with_content_type([EVENT_STREAM]);
                self.source.handle_response(head, self.now, Self::RANDOM);
            }
            Bytes(bytes) => self.decode(bytes),
            End => self.source.handle_end(self.now, Self::RANDOM),
            Error => self.source.handle_error(self.now, Self::RANDOM),
            Close => self.source.close(),
            Waited => {
                if let Action::Wait(time) = self.source.poll(self.now) {
                    self.now += time;
                }
            }
            Passed(seconds) => self.now += Duration::from_secs(seconds),
        }
        self.poll();
    }

    fn decode(&mut self, bytes: &str) {
        let mut chunk = Chunk::new(bytes.as_bytes());
        loop {
            self.said.push(match self.source.decode(&mut chunk) {
                Ok(None) => break,
                Ok(Some(Item::Event(event))) => format!("event {}", event.data()),
                Ok(Some(Item::Retry(time))) => format!("retry {}", time.as_millis()),
                Ok(Some(item)) => format!("{item:?}"),
                Err(_) => "too large".to_owned(),
            });
        }
        assert!(chunk.is_empty());
    }

    fn poll(&mut self) {
        let state = self.source.ready_state();
        let (said, expected) = match self.source.poll(self.now) {
            Action::Receive => return,
            Action::Connect { last_event_id } => (
                format!("connect {}", last_event_id.unwrap_or("without")),
                ReadyState::Connecting,
            ),
            Action::Wait(time) => (format!("wait {}", time.as_millis()), ReadyState::Connecting),
            Action::Closed(reason) => (format!("closed {reason:?}"), ReadyState::Closed),
        };
        assert_eq!(state, expected, "{said}");
        // An answer that repeats is logged once.
        if said.starts_with("connect") || self.said.last() != Some(&said) {
            self.said.push(said);
        }
    }
}

fn said(source: Source, inputs: &[Input]) -> Vec<String> {
    let mut driver = Driver::new(source);
    for input in inputs {
        driver.take(*input);
    }
    driver.said
}

fn assert_table(table: &[(&[Input], &[&str])]) {
    for (inputs, expected) in table {
        assert_eq!(said(Source::default(), inputs), *expected, "{inputs:?}");
    }
}

#[test]
fn every_status_under_both_policies() {
    for status in (0..=700).chain([999, u16::MAX]) {
        let passes = [
            408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529, 530,
        ];
        let passes = passes.contains(&status);
        for (policy, is_waited_out) in [
            (StatusPolicy::Standard, false),
            (StatusPolicy::Resilient, passes),
        ] {
            let source = Source::default().with_status_policy(policy);
            let mut expected = vec!["connect without".to_owned()];
            if is_waited_out {
                expected.push("wait 4000".to_owned());
            } else if status != 200 {
                expected.push(format!("closed Status({status})"));
            }
            assert_eq!(said(source, &[Head(status)]), expected, "{policy:?}");
        }
    }
}

#[test]
fn the_default_policy_is_the_resilient_one() {
    assert_eq!(StatusPolicy::default(), StatusPolicy::Resilient);
    assert_table(&[(&[Head(503)], &["connect without", "wait 4000"])]);
}

#[test]
fn only_the_content_type_of_an_event_stream_opens() {
    for (content_type, opens) in [
        (&["text/event-stream"][..], true),
        (&["TEXT/Event-STREAM"], true),
        (&["text/event-stream;charset=utf-8"], true),
        (&["text/event-stream ; charset=\"iso-8859-1\""], true),
        (&["text/html", "text/event-stream"], true),
        (&["text/event-stream", "nonsense"], true),
        (&["text/event-stream, */*"], true),
        (&[], false),
        (&[""], false),
        (&["text/html"], false),
        (&["text/event-stream-ish"], false),
        (&["application/json;x=text/event-stream"], false),
        (&["text/event-stream", "text/html"], false),
        (&["text/event-stream, text/html"], false),
    ] {
        for policy in [StatusPolicy::Standard, StatusPolicy::Resilient] {
            let mut source = Source::default().with_status_policy(policy);
            let _ = source.poll(SECOND);
            let head = ResponseHead::new(200).with_content_type(content_type);
            source.handle_response(head, SECOND, 0);
            let expected = if opens {
                Action::Receive
            } else {
                Action::Closed(Reason::ContentType)
            };
            assert_eq!(source.poll(SECOND), expected, "{content_type:?}");
            assert_eq!(source.ready_state() == ReadyState::Open, opens);
        }
    }
}

#[test]
fn a_response_without_a_content_type_does_not_open() {
    let mut source = Source::default();
    let _ = source.poll(SECOND);
    source.handle_response(ResponseHead::new(200), SECOND, 0);
    let closed = Action::Closed(Reason::ContentType);
    assert_eq!(source.poll(SECOND), closed);
}

#[test]
fn the_content_type_of_another_status_has_no_effect() {
    for content_type in [&[][..], &["text/html"], &[EVENT_STREAM]] {
        for (status, expected) in [
            (503, Action::Wait(4 * SECOND)),
            (404, Action::Closed(Reason::Status(404))),
            (204, Action::Closed(Reason::Status(204))),
        ] {
            let mut source = Source::default();
            let _ = source.poll(SECOND);
            let head = ResponseHead::new(status).with_content_type(content_type);
            source.handle_response(head, SECOND, u64::MAX);
            assert_eq!(source.poll(SECOND), expected);
        }
    }
}

#[test]
fn a_lost_connection_is_made_again() {
    assert_table(&[
        // Before the response.
        (&[Error], &["connect without", "wait 4000"]),
        (&[End], &["connect without", "wait 4000"]),
        (
            &[Error, Waited],
            &["connect without", "wait 4000", "connect without"],
        ),
        // Before the first event.
        (&[OPEN, Error], &["connect without", "wait 4000"]),
        (&[OPEN, End], &["connect without", "wait 4000"]),
        (
            &[OPEN, Bytes(":\n\nid\n\nda"), End],
            &["connect without", "wait 4000"],
        ),
        // After the first event: a clean end does not count as a failure, an error is the first failure.
        (
            &[OPEN, Bytes("data\n\n"), End],
            &["connect without", "event ", "wait 3000"],
        ),
        (
            &[OPEN, Bytes("data\n\n"), Error],
            &["connect without", "event ", "wait 4000"],
        ),
        (
            &[
                OPEN,
                Bytes("data: 1\n\ndata: half"),
                End,
                Waited,
                OPEN,
                Bytes("\n\ndata: 2\n\n"),
            ],
            &[
                "connect without",
                "event 1",
                "wait 3000",
                "connect without",
                "event 2",
            ],
        ),
        // A quiet connection that lasted resets them as well.
        (&[OPEN, Passed(5), End], &["connect without", "wait 3000"]),
        (&[OPEN, Passed(5), Error], &["connect without", "wait 4000"]),
        (&[OPEN, Passed(4), End], &["connect without", "wait 4000"]),
        (&[Passed(5), OPEN, End], &["connect without", "wait 4000"]),
        (&[Passed(5), End], &["connect without", "wait 4000"]),
    ]);
}

#[test]
fn each_failure_in_a_row_makes_the_wait_longer() {
    let mut driver = Driver::new(Source::default());
    let ways: [&[Input]; 4] = [&[Error], &[Head(503)], &[OPEN, Error], &[OPEN, End]];
    for (failures, seconds) in (1_u32..).zip([4, 5, 7, 11, 19, 33, 33, 33]) {
        for input in ways[failures as usize % ways.len()] {
            driver.take(*input);
        }
        assert_eq!(driver.source.failures(), failures);
        assert_eq!(
            driver.source.poll(driver.now),
            Action::Wait(seconds * SECOND)
        );
        driver.take(Waited);
    }
    // The events that end the row of failures.
    for (good, input, failures) in [
        (Bytes("data\n\n"), End, 0),
        (Bytes("data\n\n"), Error, 1),
        (Passed(5), End, 0),
        (Passed(5), Error, 1),
        (Passed(4), End, 2),
        (Bytes("retry: 3000\n: no event\n\n"), End, 3),
        (Bytes("data\n\n"), Error, 1),
    ] {
        for input in [OPEN, good, input] {
            driver.take(input);
        }
        assert_eq!(driver.source.failures(), failures, "{good:?} {input:?}");
        driver.take(Waited);
    }
}

#[test]
fn the_random_number_chooses_within_the_back_off() {
    for (random, milliseconds) in [(0, 3000), (u64::MAX / 2, 3499), (u64::MAX, 4000)] {
        let mut source = Source::default();
        let _ = source.poll(SECOND);
        source.handle_error(SECOND, random);
        let Action::Wait(time) = source.poll(SECOND) else {
            panic!("no wait");
        };
        assert_eq!(time.as_millis(), milliseconds);
    }
}

#[test]
fn the_back_off_and_the_reconnection_time_can_be_set() {
    let source = || Source::default().with_reconnection_time(10 * SECOND);
    let two_to_five = Backoff::new(2 * SECOND, 5 * SECOND);
    for (source, waits) in [
        (source(), [11, 12, 14]),
        (source().with_backoff(two_to_five), [12, 14, 15]),
        (source().with_backoff(Backoff::NONE), [10, 10, 10]),
    ] {
        let mut driver = Driver::new(source);
        for seconds in waits {
            driver.take(Error);
            let wait = driver.source.poll(driver.now);
            assert_eq!(wait, Action::Wait(seconds * SECOND));
            driver.take(Waited);
        }
    }
}

#[test]
fn an_id_is_kept_over_any_number_of_reconnects() {
    let mut driver = Driver::new(Source::default());
    for input in [OPEN, Bytes("id: 7\ndata\n\nid: 8\ndata: half")] {
        driver.take(input);
    }
    let ways: [&[Input]; 8] = [
        &[End],
        &[Error],
        &[Head(503)],
        &[OPEN, End],
        &[OPEN, Error],
        &[OPEN, Bytes("data\n\n"), End],
        &[OPEN, Bytes("id: 9\n"), Error],
        &[OPEN, Bytes("id: a\0b\n\n"), End],
    ];
    for round in 0..1000 {
        for input in ways[round % ways.len()] {
            driver.take(*input);
        }
        assert_eq!(driver.source.last_event_id(), "7");
        driver.take(Waited);
        assert_eq!(driver.said.last().map(String::as_str), Some("connect 7"));
    }
}

#[test]
fn an_id_is_set_reset_and_known_from_the_start() {
    for (bytes, connect) in [
        ("", "connect 7"),
        ("data\n\n", "connect 7"),
        ("id: 8\n\n", "connect 8"),
        ("id: 8\n\nid: 9", "connect 8"),
        ("id: 8\n\nid: 9\n", "connect 8"),
        ("id: 8\n\nid: 9\r\r", "connect 9"),
        ("id: 8\u{20ac}\u{1}\n\n", "connect 8\u{20ac}\u{1}"),
        ("id\n\n", "connect without"),
        ("id:\ndata\n\n", "connect without"),
        ("id: 8\n\nid: \n\n", "connect without"),
        ("id:\n", "connect 7"),
    ] {
        let decoder = Decoder::new().with_last_event_id(&EventId::from(7));
        let said = said(Source::new(decoder), &[OPEN, Bytes(bytes), End, Waited]);
        assert_eq!(said.first().map(String::as_str), Some("connect 7"));
        assert_eq!(said.last().map(String::as_str), Some(connect), "{bytes:?}");
    }
}

#[test]
fn a_reset_id_is_not_sent_again() {
    assert_table(&[(
        &[
            OPEN,
            Bytes("id: 7\n\n"),
            Error,
            Waited,
            OPEN,
            Bytes("id\n\n"),
            Error,
            Waited,
            Error,
            Waited,
        ],
        &[
            "connect without",
            "wait 4000",
            "connect 7",
            "wait 5000",
            "connect without",
            "wait 7000",
            "connect without",
        ],
    )]);
}

#[test]
fn closing_is_final_at_every_moment() {
    let life = [
        Passed(1),
        OPEN,
        Bytes("data: 1\nid: 7\n\ndata: 2\n"),
        Bytes("\n"),
        End,
        Passed(1),
        Waited,
        Head(503),
        Waited,
        Error,
        Waited,
        OPEN,
    ];
    let afterwards = [
        OPEN,
        Bytes("data: 3\n\n"),
        End,
        Error,
        Passed(100),
        Waited,
        Head(404),
        Close,
    ];
    for moment in 0..=life.len() {
        let mut driver = Driver::new(Source::default());
        for input in &life[..moment] {
            driver.take(*input);
        }
        let mut before = driver.said.clone();
        before.push("closed ByCaller".to_owned());
        driver.take(Close);
        for input in afterwards.iter().chain(&life).chain(&afterwards) {
            driver.take(*input);
            assert_eq!(driver.source.ready_state(), ReadyState::Closed);
        }
        assert_eq!(driver.said, before, "closed after {moment} of {life:?}");
    }
}

#[test]
fn closing_within_a_chunk_holds_back_the_rest() {
    let mut source = Source::default();
    let _ = source.poll(SECOND);
    let head = ResponseHead::new(200).with_content_type([EVENT_STREAM]);
    source.handle_response(head, SECOND, 0);
    let mut chunk = Chunk::new(b"id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n");
    assert!(source.decode(&mut chunk).is_ok_and(|item| item.is_some()));
    source.close();
    assert_eq!(source.decode(&mut chunk), Ok(None));
    assert!(chunk.is_empty());
    assert_eq!(source.last_event_id(), "1");
}

#[test]
fn the_first_reason_stays() {
    let mut driver = Driver::new(Source::default());
    for input in [Head(204), Close, OPEN, Error, Head(404)] {
        driver.take(input);
    }
    assert_eq!(driver.said, ["connect without", "closed Status(204)"]);
}

#[test]
fn the_server_sets_the_wait() {
    assert_table(&[
        (
            &[OPEN, Bytes("retry: 10\ndata\n\n"), End],
            &["connect without", "retry 10", "event ", "wait 10"],
        ),
        // The time is set at once, without a blank line. The last one counts. A value that is not a number does
        // not count.
        (
            &[
                OPEN,
                Bytes("data\n\nretry: 10\nretry: 20\nretry: 5s\nretry: 3"),
                End,
            ],
            &[
                "connect without",
                "event ",
                "retry 10",
                "retry 20",
                "wait 20",
            ],
        ),
        (
            &[OPEN, Bytes("retry: 60000\n"), Error],
            &["connect without", "retry 60000", "wait 61000"],
        ),
        // The time stays.
        (
            &[
                OPEN,
                Bytes("retry: 0\ndata\n\n"),
                End,
                Waited,
                Error,
                Waited,
                Head(503),
            ],
            &[
                "connect without",
                "retry 0",
                "event ",
                "connect without",
                "wait 1000",
                "connect without",
                "wait 2000",
            ],
        ),
    ]);
}

#[test]
fn bytes_of_a_lost_connection_are_ignored() {
    let late = Bytes("retry: 10\nid: 9\ndata: late\n\n");
    assert_table(&[
        // While waiting, and before the response of the next connection.
        (
            &[
                OPEN,
                Bytes("id: 7\n\n"),
                Error,
                late,
                Waited,
                late,
                OPEN,
                Error,
                Waited,
            ],
            &[
                "connect without",
                "wait 4000",
                "connect 7",
                "wait 5000",
                "connect 7",
            ],
        ),
        (&[late, Error], &["connect without", "wait 4000"]),
    ]);
}

#[test]
fn an_incomplete_event_is_dropped() {
    for half in [
        "data: half",
        "event: a\ndata: half\n",
        "data: half\r",
        "\u{feff}",
        "\u{feff}: ",
    ] {
        let inputs = [OPEN, Bytes(half), Error, Waited, OPEN];
        let mut driver = Driver::new(Source::default());
        for input in inputs {
            driver.take(input);
        }
        let mut chunk = Chunk::new("\u{feff}data: x\n\n".as_bytes());
        let Ok(Some(Item::Event(event))) = driver.source.decode(&mut chunk) else {
            panic!("no event after {half:?}");
        };
        assert_eq!((event.event_type(), event.data()), ("message", "x"));
    }
}

#[test]
fn retry_after_is_waited_if_it_is_longer() {
    for (retry, retry_after, expected) in [
        (3, 0, 4),
        (3, 1, 4),
        (3, 3, 4),
        (3, 10, 11),
        (60, 10, 61),
        (60, 100_000, 100_001),
    ] {
        for status in [408, 429, 503] {
            let source = Source::default().with_reconnection_time(retry * SECOND);
            let mut driver = Driver::new(source.with_max_requested_wait(Duration::MAX));
            let head = ResponseHead::new(status).with_retry_after(retry_after * SECOND);
            driver.source.handle_response(head, driver.now, u64::MAX);
            let wait = driver.source.poll(driver.now);
            assert_eq!(wait, Action::Wait(expected * SECOND));
            // `Retry-After` applies only once.
            driver.take(Waited);
            driver.take(Error);
            let wait = driver.source.poll(driver.now);
            assert_eq!(wait, Action::Wait((retry + 2) * SECOND));
        }
    }
}

#[test]
fn retry_after_opens_nothing_and_holds_nothing_open() {
    for (status, expected) in [
        (200, Action::Receive),
        (204, Action::Closed(Reason::Status(204))),
        (404, Action::Closed(Reason::Status(404))),
    ] {
        let mut driver = Driver::new(Source::default());
        let head = ResponseHead::new(status)
            .with_content_type([EVENT_STREAM])
            .with_retry_after(SECOND);
        driver.source.handle_response(head, driver.now, 0);
        assert_eq!(driver.source.poll(driver.now), expected);
    }
}

#[test]
fn unexpected_inputs_are_ignored() {
    let waits = ["connect without", "wait 4000"];
    for input in [OPEN, Head(404), Bytes("data: x\n\n"), End, Error] {
        let said = said(Source::default(), &[Error, input, input]);
        assert_eq!(said, waits, "{input:?} while waiting");
    }
    for input in [OPEN, Head(503), Head(404)] {
        let said = said(Source::default(), &[OPEN, input, Bytes("data: x\n\n")]);
        assert_eq!(said, ["connect without", "event x"], "{input:?} while open");
    }
    let said = said(
        Source::default(),
        &[Passed(1), Waited, Passed(1), OPEN, Waited],
    );
    assert_eq!(said, ["connect without"]);
}

#[test]
fn an_early_poll_returns_the_remaining_wait() {
    assert_table(&[(
        &[Error, Passed(1), Passed(1), Passed(1), Passed(1)],
        &[
            "connect without",
            "wait 4000",
            "wait 3000",
            "wait 2000",
            "wait 1000",
            "connect without",
        ],
    )]);
    assert_table(&[(
        &[Error, Passed(100)],
        &["connect without", "wait 4000", "connect without"],
    )]);
}

#[test]
fn a_clock_that_goes_backwards_makes_no_wait_shorter() {
    let mut source = Source::default();
    let _ = source.poll(100 * SECOND);
    source.handle_error(100 * SECOND, 0);
    for now in [100, 50, 0] {
        assert_eq!(source.poll(now * SECOND), Action::Wait(3 * SECOND));
    }
}

#[test]
fn everything_saturates() {
    let longest = Duration::from_millis(u64::MAX);
    for retry in [
        "retry: 18446744073709551615\n",
        "retry: 99999999999999999999999\n",
    ] {
        for now in [Duration::ZERO, Duration::MAX - SECOND, Duration::MAX] {
            let source = Source::default().with_max_requested_wait(Duration::MAX);
            let mut driver = Driver::new(source);
            driver.now = now;
            for input in [OPEN, Bytes(retry), Error] {
                driver.take(input);
            }
            let wait = driver.source.poll(now);
            assert_eq!(wait, Action::Wait(longest + SECOND));
            // The clock is at its end, so the wait never ends.
            let left = longest + SECOND - (Duration::MAX - now).min(longest);
            assert_eq!(
                driver.source.poll(now + (Duration::MAX - now).min(longest)),
                Action::Wait(left)
            );
        }
    }
    let mut driver = Driver::new(Source::default().with_reconnection_time(Duration::MAX));
    driver.take(Error);
    assert_eq!(driver.source.poll(driver.now), Action::Wait(Duration::MAX));
    assert_eq!(driver.source.poll(Duration::MAX), Action::Wait(driver.now));

    let mut driver = Driver::new(Source::default().with_max_requested_wait(Duration::MAX));
    let head = ResponseHead::new(503).with_retry_after(Duration::MAX);
    driver.source.handle_response(head, driver.now, u64::MAX);
    assert_eq!(driver.source.poll(driver.now), Action::Wait(Duration::MAX));
}

#[test]
fn a_server_cannot_send_a_client_away_for_longer_than_the_limit() {
    for (limit, retry, milliseconds, expected) in [
        (None, "retry: 300000\n", 300_000, 300),
        (None, "retry: 300001\n", 300_001, 300),
        (None, "retry: 18446744073709551615\n", u64::MAX, 300),
        (None, "retry: 99999999999999999999999\n", u64::MAX, 300),
        (Some(60), "retry: 59000\n", 59_000, 59),
        (Some(60), "retry: 61000\n", 61_000, 60),
        (Some(0), "retry: 3000\n", 3000, 0),
    ] {
        let source = || match limit {
            None => Source::default(),
            Some(limit) => Source::default().with_max_requested_wait(limit * SECOND),
        };
        let mut driver = Driver::new(source());
        for input in [OPEN, Bytes(retry), Error] {
            driver.take(input);
        }
        let wait = Action::Wait(expected * SECOND + SECOND);
        assert_eq!(driver.source.poll(driver.now), wait, "{retry}");
        assert_eq!(driver.source.reconnection_time(), expected * SECOND);

        let mut driver = Driver::new(source().with_reconnection_time(Duration::ZERO));
        let retry_after = Duration::from_millis(milliseconds);
        let head = ResponseHead::new(429).with_retry_after(retry_after);
        driver.source.handle_response(head, driver.now, u64::MAX);
        assert_eq!(driver.source.poll(driver.now), wait, "{retry_after:?}");
    }
    // The reconnection time of the caller is not limited.
    let mut driver = Driver::new(Source::default().with_reconnection_time(3600 * SECOND));
    driver.take(Error);
    let wait = Action::Wait(3601 * SECOND);
    assert_eq!(driver.source.poll(driver.now), wait);
}

#[test]
fn an_event_that_is_too_large_does_not_close() {
    let decoder = || Decoder::builder().limit(16).build();
    let stream = Bytes("id: 1\n\nid: 2\ndata: 0123456789\n\ndata: x\n\n");
    assert_eq!(
        said(Source::new(decoder()), &[OPEN, stream, End, Waited]),
        [
            "connect without",
            "too large",
            "event x",
            "wait 3000",
            "connect 1"
        ]
    );
    // It does not count as an event, and only the rest of this connection is discarded.
    let inputs = [
        OPEN,
        Bytes("data: 0123456789abc"),
        End,
        Waited,
        OPEN,
        Bytes("data: x\n\n"),
    ];
    assert_eq!(
        said(Source::new(decoder()), &inputs),
        [
            "connect without",
            "too large",
            "wait 4000",
            "connect without",
            "event x"
        ]
    );
}

#[test]
fn the_first_action_is_to_connect_whatever_the_clock() {
    for now in [Duration::ZERO, SECOND, Duration::MAX] {
        let mut source = Source::default().with_reconnection_time(Duration::MAX);
        assert_eq!(source.ready_state(), ReadyState::Connecting);
        let last_event_id = None;
        assert_eq!(source.poll(now), Action::Connect { last_event_id });
        assert_eq!(source.poll(now), Action::Receive);
    }
}

#[test]
fn the_current_reconnection_time_is_returned() {
    let mut driver = Driver::new(Source::default());
    assert_eq!(driver.source.reconnection_time(), 3 * SECOND);
    for input in [OPEN, Bytes("retry: 1000\n")] {
        driver.take(input);
    }
    assert_eq!(driver.source.reconnection_time(), SECOND);
}

#[test]
fn reasons_say_what_was_wrong() {
    for (reason, text) in [
        (Reason::ByCaller, "the event source was closed by its user"),
        (
            Reason::Status(404),
            "the server answered with status 404, after which an event source does not reconnect",
        ),
        (
            Reason::ContentType,
            "the server's response is not an event stream: its Content-Type must be text/event-stream",
        ),
    ] {
        assert_eq!(reason.to_string(), text);
    }
}
