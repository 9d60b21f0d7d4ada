//! The log itself, without a hub.

use std::time::Duration;

use sse_tower::hub::{
    PublishErrorKind, PublishId, Topic,
    log::{
        Log, LogName, NewEntry,
        redis::{RedisLog, RedisOptions},
    },
};

use crate::server::Server;

fn name() -> LogName {
    LogName::new("log")
}

fn entry(number: u32) -> NewEntry {
    sized(number, 10)
}

fn sized(number: u32, length: usize) -> NewEntry {
    let text = format!("data: {}\n", "x".repeat(length));
    NewEntry::new(vec![Topic::from_static("a")], text, number)
}

async fn connect(server: &Server, options: RedisOptions) -> RedisLog {
    RedisLog::connect(&server.url(), options).await.unwrap()
}

/// Appends entries, whose positions follow one another. Returns the position of the last one.
async fn append(log: &RedisLog, entries: Vec<NewEntry>) -> u64 {
    let results = log.append(&name(), entries).await;
    let positions: Vec<_> = results
        .into_iter()
        .map(|result| result.unwrap().position)
        .collect();
    assert!(positions.windows(2).all(|pair| pair[0] + 1 == pair[1]));
    positions[positions.len() - 1]
}

/// Returns floor, head, and the check bits of the entries from `from` on.
async fn read(log: &RedisLog, from: u64) -> (u64, u64, Vec<u32>) {
    let page = log.read(&name(), from).await.unwrap();
    let first = from.max(page.floor);
    let positions = page.entries.iter().map(|entry| entry.position);
    assert!(positions.eq((first..).take(page.entries.len())), "{page:?}");
    let checks = page.entries.iter().map(|entry| entry.check).collect();
    (page.floor, page.head, checks)
}

#[tokio::test]
async fn entries_come_back_as_they_were() {
    let Some(server) = Server::start() else {
        return;
    };
    let log = connect(&server, RedisOptions::new()).await;
    assert_eq!(read(&log, 1).await, (1, 0, vec![]));
    let topics = ["a", "b/é", "c"].map(|topic| Topic::new(topic).unwrap());
    let text = "event: \u{1F600}\ndata: 1\ndata:\n".to_owned();
    let new = NewEntry::new(topics.to_vec(), text.clone(), u32::MAX);
    assert_eq!(append(&log, vec![entry(0), new, entry(7)]).await, 3);
    let page = log.tail(&name(), Some(1)).await.unwrap();
    assert_eq!((page.floor, page.head, page.check_before), (1, 3, Some(0)));
    assert_eq!(page.entries.len(), 2);
    let stored = &page.entries[0];
    assert_eq!((stored.position, stored.check), (2, u32::MAX));
    assert_eq!((&*stored.topics, &stored.text), (&topics[..], &text));
    let ends = log.tail(&name(), None).await.unwrap();
    assert_eq!((ends.floor, ends.head, ends.entries.len()), (1, 3, 0));
    assert_eq!(ends.epoch, page.epoch);
}

#[tokio::test]
async fn pages_and_batches_are_bounded() {
    let Some(server) = Server::start() else {
        return;
    };
    let log = connect(&server, RedisOptions::new()).await;
    assert_eq!(append(&log, (0..1000).map(entry).collect()).await, 1000);
    for from in [1, 2, 256, 257, 900, 1000] {
        let (floor, head, checks) = read(&log, from).await;
        assert_eq!((floor, head), (1, 1000));
        let length = (1001 - from).min(256);
        let expected: Vec<_> = (from as u32 - 1..).take(length as usize).collect();
        assert_eq!(checks, expected);
    }
    assert_eq!(read(&log, 1001).await, (1, 1000, vec![]));

    // Pages of at most a MiB, or of one entry.
    let sizes = [400_000, 400_000, 400_000, 1_500_000, 1_500_000, 10];
    let entries = sizes.iter().zip(0..).map(|(&size, n)| sized(n, size));
    append(&log, entries.collect()).await;
    let mut lengths = Vec::new();
    let mut from = 1001;
    while from <= 1006 {
        let (_, _, checks) = read(&log, from).await;
        lengths.push(checks.len());
        from += checks.len() as u64;
    }
    assert_eq!(lengths, [2, 1, 1, 1, 1]);
}

#[tokio::test]
async fn the_oldest_entries_are_removed() {
    let Some(server) = Server::start() else {
        return;
    };
    let log = connect(&server, RedisOptions::new().max_events(3)).await;
    append(&log, (1..=10).map(entry).collect()).await;
    assert_eq!(read(&log, 1).await, (8, 10, vec![8, 9, 10]));
    // The bounds are those of the process that has created the log.
    let other = connect(&server, RedisOptions::new()).await;
    append(&other, vec![entry(11)]).await;
    assert_eq!(read(&other, 1).await, (9, 11, vec![9, 10, 11]));

    // An entry takes 128 bytes besides its topics and its text.
    let Some(server) = Server::start() else {
        return;
    };
    let log = connect(&server, RedisOptions::new().max_bytes(2000)).await;
    let length = |bytes: usize| bytes - 128 - "a".len() - "data: \n".len();
    for n in 0..30 {
        append(&log, vec![sized(n, length(200))]).await;
        let (floor, head, _) = read(&log, 1).await;
        assert_eq!(head - floor + 1, u64::from(n + 1).min(10));
    }
    append(&log, vec![sized(30, length(1801))]).await;
    assert_eq!(read(&log, 1).await, (31, 31, vec![30]));
    append(&log, vec![sized(31, length(199))]).await;
    assert_eq!(read(&log, 1).await, (31, 32, vec![30, 31]));
    append(&log, vec![sized(32, length(2000))]).await;
    assert_eq!(read(&log, 1).await, (33, 33, vec![32]));
    let results = log
        .append(&name(), vec![sized(33, length(2001)), entry(34)])
        .await;
    let kinds: Vec<_> = results
        .iter()
        .map(|result| {
            result
                .as_ref()
                .map(|at| at.position)
                .map_err(|error| error.kind())
        })
        .collect();
    assert_eq!(kinds, [Err(PublishErrorKind::NotPublished), Ok(34)]);
}

#[tokio::test]
async fn old_entries_are_removed_although_nothing_is_published() {
    let Some(server) = Server::start() else {
        return;
    };
    let age = Duration::from_millis(500);
    let log = connect(&server, RedisOptions::new().max_age(age)).await;
    append(&log, vec![entry(1), entry(2)]).await;
    assert_eq!(read(&log, 1).await, (1, 2, vec![1, 2]));
    tokio::time::sleep(age + Duration::from_millis(10)).await;
    assert_eq!(read(&log, 1).await, (3, 2, vec![]));
    append(&log, vec![entry(3)]).await;
    assert_eq!(read(&log, 1).await, (3, 3, vec![3]));
}

#[tokio::test]
async fn a_reader_waits_for_the_next_entry() {
    let Some(server) = Server::start() else {
        return;
    };
    let log = connect(&server, RedisOptions::new()).await;
    let mut after = 0;
    for n in 0..20 {
        let tail = log.tail(&name(), Some(after));
        let publish = async {
            tokio::time::sleep(Duration::from_millis(n % 3)).await;
            append(&log, vec![entry(n as u32)]).await
        };
        let (page, position) = tokio::join!(tail, publish);
        let page = page.unwrap();
        assert_eq!(page.entries.len(), 1, "{page:?}");
        assert_eq!(page.entries[0].position, position);
        after = position;
    }
    // A page without entries, after a while.
    let page = log.tail(&name(), Some(after)).await.unwrap();
    assert_eq!((page.head, page.entries.len()), (20, 0));
    assert_eq!(page.check_before, Some(19));
}

#[tokio::test]
async fn a_publish_id_is_remembered_for_a_while_and_over_a_new_epoch() {
    let Some(server) = Server::start() else {
        return;
    };
    let publish = async |log: &RedisLog, number: u32, id: &str| {
        let mut new = entry(number);
        new.publish_id = Some(PublishId::new(id).unwrap());
        let results = log.append(&name(), vec![new.clone(), new]).await;
        let [Ok(first), Ok(second)] = &results[..] else {
            panic!("{results:?}");
        };
        // The second one of the same batch is a repetition.
        assert_eq!(first, second);
        *first
    };
    let log = connect(&server, RedisOptions::new()).await;
    let first = publish(&log, 1, "a").await;
    assert_eq!((first.position, first.check), (1, 1));
    let other_node = connect(&server, RedisOptions::new()).await;
    assert_eq!(publish(&other_node, 2, "a").await, first);
    assert_eq!(read(&log, 1).await, (1, 1, vec![1]));

    // A new epoch has other entries. The answer names the old one.
    server.run::<()>(&["DEL", "sse:{log}:log", "sse:{log}:meta"]);
    let next = publish(&log, 3, "b").await;
    assert_eq!(publish(&log, 4, "a").await, first);
    assert!(next.epoch > first.epoch);
    assert_eq!(read(&log, 1).await, (1, 1, vec![3]));

    // Each log has its own.
    let mut new = entry(5);
    new.publish_id = Some(PublishId::new("a").unwrap());
    let elsewhere = log.append(&LogName::new("other"), vec![new]).await;
    assert_eq!(elsewhere[0].as_ref().unwrap().check, 5);

    // It expires.
    let window = Duration::from_millis(200);
    let brief = connect(&server, RedisOptions::new().publish_id_window(window)).await;
    let first = publish(&brief, 6, "c").await;
    tokio::time::sleep(window + Duration::from_millis(50)).await;
    assert_ne!(publish(&brief, 7, "c").await, first);
}

#[tokio::test]
async fn nothing_is_appended_after_an_entry_that_is_refused() {
    let Some(server) = Server::start() else {
        return;
    };
    let log = connect(&server, RedisOptions::new()).await;
    // The server refuses to read this publish ID.
    server.run::<u64>(&["LPUSH", "sse:{log}:publish-id:x", "1"]);
    let mut refused = entry(2);
    refused.publish_id = Some(PublishId::new("x").unwrap());
    let results = log
        .append(&name(), vec![entry(1), refused, entry(3)])
        .await
        .into_iter()
        .map(|result| result.map(|at| at.position).map_err(|error| error.kind()));
    let refused = Err(PublishErrorKind::NotPublished);
    assert_eq!(results.collect::<Vec<_>>(), [Ok(1), refused, refused]);
    assert_eq!(read(&log, 1).await, (1, 1, vec![1]));
    assert_eq!(append(&log, vec![entry(4)]).await, 2);
}
