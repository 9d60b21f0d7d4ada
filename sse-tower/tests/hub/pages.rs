//! A log outside the process, part of which the node has to read again.

use std::sync::{Arc, Mutex, MutexGuard};

use sse_tower::{
    hub::{
        PublishError, Subscription,
        log::{Appended, Log, LogError, LogFuture, LogName, NewEntry, Page, StoredEntry},
    },
    server::Kicked,
};
use tokio::sync::{Notify, Semaphore};
use tokio_stream::StreamExt;

use crate::{
    old_entries::{all_are_read_again, start},
    support::Client,
};

/// A log that can be trimmed, and whose reads wait until the test lets them go on.
#[derive(Clone, Debug)]
struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    entries: Mutex<Entries>,
    appended: Notify,
    reads: Semaphore,
}

#[derive(Debug, Default)]
struct Entries {
    floor: u64,
    all: Vec<StoredEntry>,
}

impl Store {
    fn new() -> Self {
        let entries = Entries {
            floor: 1,
            all: Vec::new(),
        };
        Self(Arc::new(Inner {
            entries: Mutex::new(entries),
            appended: Notify::new(),
            reads: Semaphore::new(0),
        }))
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.entries.lock().unwrap()
    }

    fn page(&self, from: u64) -> Page {
        let entries = self.entries();
        let from = from.max(entries.floor);
        Page {
            epoch: 1,
            floor: entries.floor,
            head: entries.all.len() as u64,
            check_before: None,
            entries: entries.all[from as usize - 1..].to_vec(),
        }
    }
}

impl Log for Store {
    fn append(
        &self,
        _: &LogName,
        new: Vec<NewEntry>,
    ) -> LogFuture<Vec<Result<Appended, PublishError>>> {
        let mut entries = self.entries();
        let append = |entry: NewEntry| {
            let (position, check) = (entries.all.len() as u64 + 1, entry.check);
            entries.all.push(StoredEntry {
                position,
                check,
                topics: entry.topics,
                text: entry.text,
            });
            Ok(Appended {
                epoch: 1,
                position,
                check,
            })
        };
        let appended = new.into_iter().map(append).collect();
        self.0.appended.notify_waiters();
        Box::pin(async { appended })
    }

    fn read(&self, _: &LogName, from: u64) -> LogFuture<Result<Page, LogError>> {
        let store = self.clone();
        Box::pin(async move {
            store.0.reads.acquire().await.unwrap().forget();
            Ok(store.page(from))
        })
    }

    fn tail(&self, _: &LogName, after: Option<u64>) -> LogFuture<Result<Page, LogError>> {
        let store = self.clone();
        Box::pin(async move {
            let Some(after) = after else {
                let mut page = store.page(1);
                page.entries.clear();
                return Ok(page);
            };
            let appended = store.0.appended.notified();
            let page = store.page(after + 1);
            if !page.entries.is_empty() {
                return Ok(page);
            }
            appended.await;
            Ok(store.page(after + 1))
        })
    }
}

/// Reads until the subscription waits for another thing than a read.
async fn read(store: &Store, client: &mut Client, subscription: &mut Subscription) -> Vec<String> {
    store.0.reads.add_permits(100);
    client.read(subscription)
}

#[tokio::test(start_paused = true)]
async fn entries_that_the_node_does_not_keep_are_read_from_the_log() {
    let store = Store::new();
    store.0.reads.add_permits(100);
    all_are_read_again(store).await;
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_trimmed_during_a_read_is_a_gap() {
    let store = Store::new();
    let (hub, ids) = start(store.clone()).await;
    let mut client = Client::default();
    let mut subscription = hub.subscribe("a").after(ids[1].clone());
    assert_eq!(client.read(&mut subscription), [""; 0]);
    store.entries().floor = 6;
    let received = read(&store, &mut client, &mut subscription).await;
    assert_eq!(received, ["gap: trimmed", "6", "7", "8", "9", "10"]);
}

#[tokio::test(start_paused = true)]
async fn a_subscription_that_reads_the_log_can_be_kicked() {
    let store = Store::new();
    let (hub, ids) = start(store.clone()).await;
    let client = Client::default();
    let mut subscription = hub.subscribe("a").after(ids[1].clone()).key("alice");
    assert!(client.poll(&mut subscription).is_pending());
    assert_eq!(hub.kick("alice"), 1);
    store.0.reads.add_permits(1);
    let ended = subscription.next().await.unwrap().unwrap_err();
    assert!(ended.is::<Kicked>());
}
