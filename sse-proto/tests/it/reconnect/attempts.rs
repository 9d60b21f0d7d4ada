//! Attempts: verdicts of the caller, the pace, and connections that deliver nothing.

use std::time::Duration;

use sse_proto::{
    Chunk, Decoder,
    reconnect::{Action, Backoff, Reason, ResponseHead, Source, StatusPolicy, Verdict},
};

const SECOND: Duration = Duration::from_secs(1);
const OPEN: &str = "text/event-stream";

/// A source that has connected once, at the time 0.
fn connecting(source: Source) -> Source {
    let mut source = source.with_backoff(Backoff::NONE);
    assert_eq!(
        source.poll(Duration::ZERO),
        Action::Connect {
            last_event_id: None
        }
    );
    source
}

/// Runs a source until it closes. Each connection is open for `open` and delivers the next one of `streams`.
/// After the last one, connections deliver nothing. Returns the number of connections.
fn connections(mut source: Source, open: Duration, streams: &[&str]) -> (usize, Reason) {
    let mut now = Duration::ZERO;
    let mut count = 0;
    loop {
        match source.poll(now) {
            Action::Connect { .. } => {
                let head = ResponseHead::new(200).with_content_type([OPEN]);
                source.handle_response(head, now, 0);
            }
            Action::Receive => {
                let stream = streams.get(count).copied().unwrap_or_default();
                count += 1;
                let mut chunk = Chunk::new(stream.as_bytes());
                while source.decode(&mut chunk).expect("short").is_some() {}
                now += open;
                source.handle_end(now, 0);
            }
            Action::Wait(time) => now += time,
            Action::Closed(reason) => return (count, reason),
        }
        if count > 100 {
            source.close();
        }
    }
}

#[test]
fn a_verdict_overrides_both_policies() {
    for policy in [StatusPolicy::Standard, StatusPolicy::Resilient] {
        for status in [204, 401, 404, 503] {
            for (verdict, expected) in [
                (Verdict::Final, Action::Closed(Reason::Status(status))),
                (Verdict::Wait, Action::Wait(3 * SECOND)),
                (
                    Verdict::Again,
                    Action::Connect {
                        last_event_id: None,
                    },
                ),
            ] {
                let mut source = connecting(Source::default().with_status_policy(policy));
                let head = ResponseHead::new(status).with_verdict(verdict);
                source.handle_response(head, Duration::ZERO, 0);
                assert_eq!(
                    source.poll(Duration::ZERO),
                    expected,
                    "{status} {verdict:?}"
                );
                let failures = u32::from(verdict == Verdict::Wait);
                assert_eq!(source.failures(), failures);
            }
        }
    }
}

#[test]
fn a_verdict_does_not_change_200() {
    for verdict in [Verdict::Final, Verdict::Wait, Verdict::Again] {
        for (content_type, expected) in [
            (OPEN, Action::Receive),
            ("text/html", Action::Closed(Reason::ContentType)),
        ] {
            let mut source = connecting(Source::default());
            let head = ResponseHead::new(200).with_content_type([content_type]);
            source.handle_response(head.with_verdict(verdict), Duration::ZERO, 0);
            assert_eq!(source.poll(Duration::ZERO), expected, "{verdict:?}");
        }
    }
}

#[test]
fn a_request_is_repeated_at_once_only_once_in_a_row() {
    let again = |status| ResponseHead::new(status).with_verdict(Verdict::Again);
    let now = Duration::ZERO;
    let mut source = connecting(Source::default());
    source.handle_response(again(401), now, 0);
    assert!(matches!(source.poll(now), Action::Connect { .. }));
    source.handle_response(again(403), now, 0);
    assert_eq!(source.poll(now), Action::Closed(Reason::Status(403)));

    // After any other response, the request can be repeated again.
    let mut source = connecting(Source::default());
    source.handle_response(again(401), now, 0);
    let _ = source.poll(now);
    source.handle_response(ResponseHead::new(503), now, 0);
    assert_eq!(source.poll(now), Action::Wait(3 * SECOND));
    let _ = source.poll(3 * SECOND);
    source.handle_response(again(401), 3 * SECOND, 0);
    assert!(matches!(source.poll(3 * SECOND), Action::Connect { .. }));
}

#[test]
fn a_source_that_repeats_its_request_can_be_closed() {
    let mut source = connecting(Source::default());
    let head = ResponseHead::new(401).with_verdict(Verdict::Again);
    source.handle_response(head, Duration::ZERO, 0);
    // The source has no connection, so inputs about one are ignored.
    source.handle_error(Duration::ZERO, 0);
    source.handle_end(Duration::ZERO, 0);
    assert_eq!(source.failures(), 0);
    source.close();
    let closed = Action::Closed(Reason::ByCaller);
    assert_eq!(source.poll(Duration::ZERO), closed);
}

/// Checks that a repeated request is sent at once, and does not count for the pace.
#[test]
fn attempts_keep_their_pace_whatever_the_server_requests() {
    let no_time = Source::default().with_reconnection_time(Duration::ZERO);
    let mut source = connecting(no_time);
    let mut starts = Vec::new();
    let mut now = Duration::ZERO;
    while starts.len() < 7 {
        let head = ResponseHead::new(401).with_verdict(Verdict::Again);
        source.handle_response(head, now, 0);
        assert!(matches!(source.poll(now), Action::Connect { .. }));
        source.handle_error(now, 0);
        while let Action::Wait(time) = source.poll(now) {
            now += time;
        }
        starts.push(now.as_millis());
    }
    assert_eq!(starts, [0, 0, 500, 1000, 1500, 2000, 2500]);
}

#[test]
fn connections_without_progress_are_counted() {
    let short = Duration::from_millis(4999);
    let limited = |max| Source::default().with_max_without_progress(max);
    for (max, open, streams, expected) in [
        (3, short, &[][..], 3),
        (1, short, &[], 1),
        (0, short, &[], 1),
        // A comment and a reconnection time do not count as progress.
        (2, short, &[": hi\n\n", "retry: 1\n\n"], 2),
        (2, short, &["", "data: 1\n\n"], 4),
        (2, short, &["", "id: 1\n\n"], 4),
        // The same ID again is not progress, but its reset is.
        (2, short, &["id: 1\n\n", "id: 1\n\n"], 3),
        (2, short, &["id: 1\n\n", "id: 2\n\n", "", "id\n\n"], 6),
        // An incomplete event is not progress.
        (2, short, &["data: 1\n", "data: 1"], 2),
    ] {
        let closed = (expected, Reason::NoProgress);
        assert_eq!(
            connections(limited(max), open, streams),
            closed,
            "{streams:?}"
        );
    }
    // Connections that last do not count, and do not reset the count.
    let lasting = connections(limited(2), 5 * SECOND, &[]);
    assert_eq!(lasting, (101, Reason::ByCaller));
    let unlimited = connections(Source::default(), short, &[]);
    assert_eq!(unlimited, (101, Reason::ByCaller));
}

#[test]
fn a_refused_attempt_does_not_count_as_a_connection() {
    let mut source = connecting(Source::default().with_max_without_progress(1));
    source.handle_response(ResponseHead::new(503), Duration::ZERO, 0);
    assert_eq!(source.poll(Duration::ZERO), Action::Wait(3 * SECOND));
    let _ = source.poll(3 * SECOND);
    source.handle_error(3 * SECOND, 0);
    assert!(matches!(source.poll(3 * SECOND), Action::Wait(_)));
}

#[test]
fn the_first_connection_after_a_known_id_has_progress_if_the_id_changes() {
    let decoder = Decoder::new().with_last_event_id(&7_u64.into());
    let source = Source::new(decoder).with_max_without_progress(1);
    assert_eq!(
        connections(source, SECOND, &["id: 7\n\n"]),
        (1, Reason::NoProgress)
    );
}
