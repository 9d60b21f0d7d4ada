//! The feed of the guide's chapter on resuming, tested with everything that loses events.

use std::{pin::Pin, thread};

use http::Request;
use sse_tower::{
    Sse,
    server::SseBody,
    testing::{EventReader, Received},
};

// The code of the chapter.
include!("../../src/guide/feed.rs");

type Frames = Pin<Box<dyn Stream<Item = Result<EventFrame, Lagged>>>>;
type Reader = EventReader<SseBody<Frames>>;

/// Connects a client with `id`. An empty ID is a new client.
fn connect(feed: &Feed, id: &str) -> Reader {
    let request = Request::get("/").header("last-event-id", id).body(());
    let events: Frames = Box::pin(feed.subscribe(&LastEventId::of(&request.unwrap())));
    EventReader::new(Sse::new(events).into_http())
}

/// Disconnects and connects again, as `EventSource` does.
fn reconnect(feed: &Feed, reader: Reader) -> Reader {
    let client = reader.disconnect();
    connect(feed, client.last_event_id().as_str())
}

async fn texts(reader: &mut Reader, count: usize) -> Vec<String> {
    let mut texts = Vec::new();
    while texts.len() < count {
        texts.push(reader.event().await.data().to_owned());
    }
    texts
}

fn publish(feed: &Feed, numbers: impl IntoIterator<Item = u64>) {
    for number in numbers {
        feed.publish(&number.to_string());
    }
}

fn numbered(numbers: impl IntoIterator<Item = u64>) -> Vec<String> {
    numbers.into_iter().map(|n| n.to_string()).collect()
}

/// Checks that the client gets a gap event, and then the event that is published next.
async fn expect_gap(feed: &Feed, id: &str) {
    let mut reader = connect(feed, id);
    feed.publish("next");
    let gap = reader.event().await;
    assert_eq!(gap.event_type(), &GAP, "{id}");
    assert_eq!(reader.event().await.data(), "next", "{id}");
    // It resumes after that event.
    let mut reader = reconnect(feed, reader);
    feed.publish("after");
    assert_eq!(reader.event().await.data(), "after", "{id}");
}

#[tokio::test]
async fn a_client_gets_the_events_it_missed_and_none_twice() {
    let feed = Feed::new();
    publish(&feed, 1..=3);
    let mut reader = connect(&feed, "");
    publish(&feed, 4..=8);
    assert_eq!(texts(&mut reader, 2).await, numbered(4..=5));
    let mut reader = reconnect(&feed, reader);
    publish(&feed, 9..=10);
    assert_eq!(texts(&mut reader, 5).await, numbered(6..=10));
    // The client has seen everything.
    let mut reader = reconnect(&feed, reader);
    publish(&feed, [11]);
    assert_eq!(texts(&mut reader, 1).await, ["11"]);
}

#[tokio::test]
async fn a_client_that_loses_its_connection_before_its_first_event_resumes() {
    let feed = Feed::new();
    publish(&feed, 1..=3);
    let mut reader = connect(&feed, "");
    tokio::select! {
        biased;
        received = reader.next() => panic!("{received:?}"),
        // The first block has been read. It contains only an ID.
        () = tokio::task::yield_now() => {}
    }
    publish(&feed, 4..=5);
    let mut reader = reconnect(&feed, reader);
    assert_eq!(texts(&mut reader, 2).await, numbered(4..=5));
}

#[tokio::test]
async fn a_restart_is_a_gap_no_matter_how_long_the_new_log_is() {
    for before in [0, 3, 500] {
        for after in [0, 2, 3, 8, 500, 1500] {
            let feed = Feed::new();
            publish(&feed, 1..=before);
            let id = feed.log().newest_id();
            let restarted = Feed::new();
            publish(&restarted, 1..=after);
            expect_gap(&restarted, id.as_str()).await;
        }
    }
}

#[tokio::test]
async fn an_event_that_has_left_the_log_is_a_gap() {
    const NEWEST: u64 = KEPT as u64 + 6;
    let feed = Feed::new();
    let epoch = feed.log().epoch.clone();
    publish(&feed, 1..=NEWEST);
    for seen in [6, 7, NEWEST - 1, NEWEST] {
        let mut reader = connect(&feed, &format!("{epoch}-{seen}"));
        let missed = texts(&mut reader, (NEWEST - seen) as usize).await;
        assert_eq!(missed, numbered(seen + 1..=NEWEST), "after {seen}");
    }
    for seen in [5, 4, 1, 0] {
        expect_gap(&feed, &format!("{epoch}-{seen}")).await;
    }
}

#[tokio::test]
async fn an_id_from_the_future_is_a_gap() {
    let feed = Feed::new();
    let epoch = feed.log().epoch.clone();
    for ahead in [1, 2, 1000, u64::MAX - 20] {
        let newest = feed.log().newest;
        expect_gap(&feed, &format!("{epoch}-{}", newest + ahead)).await;
    }
    for number in ["18446744073709551615", "18446744073709551616"] {
        expect_gap(&feed, &format!("{epoch}-{number}")).await;
    }
}

#[tokio::test]
async fn an_id_of_another_form_is_a_gap() {
    let feed = Feed::new();
    publish(&feed, 1..=3);
    let epoch = feed.log().epoch.clone();
    let [bare, open, negative, twice] =
        ["", "-", "--1", "-1-1"].map(|rest| format!("{epoch}{rest}"));
    let long = "9".repeat(2000);
    for id in [
        "1",
        "0",
        "-1",
        "abc",
        "größer",
        "18446744073709551615",
        "0000000000000000-1",
        &*bare,
        &open,
        &negative,
        &twice,
        &long,
    ] {
        expect_gap(&feed, id).await;
    }
}

/// Each client reads a few events, reconnects and continues, while two threads publish.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_publishers_and_clients_that_reconnect_lose_nothing() {
    const ALL: usize = KEPT;
    let feed = Feed::new();
    let first = feed.log().newest_id();
    let publishers = ["a", "b"].map(|name| {
        let feed = feed.clone();
        thread::spawn(move || {
            for number in 1..=ALL / 2 {
                feed.publish(&format!("{name} {number}"));
            }
        })
    });
    let mut orders = Vec::new();
    for stretch in [1, 7, 150, ALL] {
        let (mut ids, mut seen) = (vec![first.clone()], Vec::new());
        while seen.len() < ALL {
            let mut reader = connect(&feed, ids[ids.len() - 1].as_str());
            for _ in 0..stretch.min(ALL - seen.len()) {
                // The stream ends if the client is too far behind.
                let Some(received) = reader.next().await else {
                    break;
                };
                let Received::Event(event) = received else {
                    continue;
                };
                seen.push(event.data().to_owned());
                ids.push(event.id().unwrap().clone());
            }
        }
        let epoch = feed.log().epoch.clone();
        let dense: Vec<_> = (0..=ALL).map(|n| format!("{epoch}-{n}")).collect();
        assert_eq!(ids.iter().map(EventId::as_str).collect::<Vec<_>>(), dense);
        orders.push(seen);
    }
    for publisher in publishers {
        publisher.join().unwrap();
    }
    for order in &orders {
        assert_eq!(order, &orders[0], "all clients see one order");
    }
    for name in ["a ", "b "] {
        let own = orders[0].iter().filter_map(|text| text.strip_prefix(name));
        assert!(own.eq(numbered(1..=ALL as u64 / 2)));
    }
}

#[tokio::test]
async fn a_slow_client_resumes_from_the_log() {
    let feed = Feed::new();
    let mut reader = connect(&feed, "");
    publish(&feed, 1..=2);
    assert_eq!(texts(&mut reader, 2).await, numbered(1..=2));
    publish(&feed, 3..=2 + 3 * BEHIND as u64);
    assert_eq!(reader.rest().await, [], "the stream ends");
    let mut reader = reconnect(&feed, reader);
    let missed = texts(&mut reader, 3 * BEHIND).await;
    assert_eq!(missed, numbered(3..=2 + 3 * BEHIND as u64));
}

#[tokio::test]
async fn a_panic_under_the_lock_stops_nobody_else() {
    let feed = Feed::new();
    let poisoned = feed.clone();
    let panicked = thread::spawn(move || {
        let _log = poisoned.log();
        panic!("poisons the mutex, as the test wants");
    });
    panicked.join().unwrap_err();
    let mut reader = connect(&feed, "");
    publish(&feed, [1]);
    assert!(matches!(reader.next().await, Some(Received::Event(_))));
}
