//! The task that watches a run for all followers of this node.

use std::{
    ops::ControlFlow,
    sync::{Arc, Weak},
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use crate::{
    redis::{connection::Connection, error::within},
    runs::store::redis::{Inner, RETRY_INTERVAL, failed, link::Link, watch::Watch},
};

/// The time after which a run is read although no message has come, in case that one was lost.
pub(super) const REFRESH: Duration = Duration::from_millis(2500);

/// Watches a run until nobody follows it any more, or it is gone.
pub(super) async fn run(
    store: Weak<Inner>,
    watch: Arc<Watch>,
    mut links: watch::Receiver<Link>,
) -> Option<()> {
    loop {
        let link = links.borrow_and_update().clone();
        match link {
            Link::Opening => links.changed().await.ok()?,
            Link::Down(error) => {
                watch.fail(error);
                // Those who still follow have their own patience.
                if store.upgrade()?.table.remove_unused(&watch) {
                    return None;
                }
                links.changed().await.ok()?;
            }
            Link::Up(connection) => {
                let watching = watch_on(&store, &watch, &mut links, &connection);
                if watching.await?.is_break() {
                    return None;
                }
            }
        }
    }
}

/// Watches a run on one connection. Breaks if that is to end for good.
async fn watch_on(
    store: &Weak<Inner>,
    watch: &Watch,
    links: &mut watch::Receiver<Link>,
    connection: &Connection,
) -> Option<ControlFlow<()>> {
    let channel = store.upgrade()?.channel(&format!("news:{}", watch.id));
    let time = store.upgrade()?.client.target.timeout;
    if let Err(error) = within(time, connection.subscribe(&channel)).await {
        watch.fail(failed(error));
        // If the connection is lost, there will be another one.
        let _another_or_not = timeout(RETRY_INTERVAL, links.changed()).await;
        return Some(ControlFlow::Continue(()));
    }
    loop {
        let inner = store.upgrade()?;
        let reading = watch.begin_read();
        let wait = match reading.is_followed {
            true => REFRESH + Duration::from_millis(500),
            false => Duration::ZERO,
        };
        let mut pause = REFRESH;
        match inner.read(watch.id, reading.after, wait).await {
            Ok(page) => {
                watch.end_read(reading, page.as_ref());
                if page.is_none() {
                    let _lost = within(time, connection.unsubscribe(&channel)).await;
                    inner.table.remove(watch);
                    return Some(ControlFlow::Break(()));
                }
            }
            Err(error) => {
                watch.fail(failed(error));
                pause = RETRY_INTERVAL;
            }
        }
        drop(inner);
        tokio::select! {
            changed = links.changed() => {
                changed.ok()?;
                return Some(ControlFlow::Continue(()));
            }
            () = watch.lagging.notified() => {}
            () = sleep(pause) => if watch.take_unused() {
                let _lost = within(time, connection.unsubscribe(&channel)).await;
                // Meanwhile somebody may have begun to follow it.
                return Some(match store.upgrade()?.table.remove_unused(watch) {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                });
            },
        }
    }
}
