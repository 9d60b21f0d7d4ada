//! The connection on which the server tells what happens to runs. Each node has one.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ::redis::{PushInfo, PushKind, Value};
use tokio::{sync::Notify, time::sleep};

use crate::{
    redis::{
        connection::Connection,
        error::{RedisError, within},
    },
    runs::store::{
        StoreError,
        redis::{Inner, RETRY_INTERVAL, failed},
    },
};

/// The time after which a connection without messages is tested.
const TEST_AFTER: Duration = Duration::from_secs(10);

/// The state of the connection.
#[derive(Clone, Debug)]
pub(super) enum Link {
    Opening,
    Up(Arc<Connection>),
    Down(StoreError),
}

/// An open connection.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) connection: Arc<Connection>,
    events: Arc<Events>,
}

#[derive(Debug, Default)]
struct Events {
    is_lost: Notify,
    has_heard: AtomicBool,
}

impl Inner {
    /// Opens the connection, and subscribes to the channel of all seals.
    pub(super) async fn open_link(&self) -> Result<Opened, RedisError> {
        let events = Arc::<Events>::default();
        let (table, base, told) = (self.table.clone(), self.base.clone(), events.clone());
        let on_push = move |push: PushInfo| match push.kind {
            PushKind::Disconnection => told.is_lost.notify_one(),
            PushKind::Message => {
                told.has_heard.store(true, Ordering::Relaxed);
                if let [Value::BulkString(channel), Value::BulkString(text)] = &*push.data
                    && let Ok(channel) = std::str::from_utf8(channel)
                    && let Some(channel) = channel.strip_prefix(&*base)
                {
                    table.take(channel, text);
                }
            }
            _ => {}
        };
        let target = &self.client.target;
        let connection = Arc::new(target.connect_for_messages(on_push).await?);
        let seals = self.channel("seals");
        within(target.timeout, connection.subscribe(&seals)).await?;
        Ok(Opened { connection, events })
    }

    /// Fails unless the user has the rights for all that is done with channels.
    pub(super) async fn check_channels(&self, link: &Opened) -> Result<(), RedisError> {
        let channel = self.channel("news:");
        within(self.client.target.timeout, async {
            link.connection.subscribe(&channel).await?;
            link.connection.unsubscribe(&channel).await?;
            let mut publish = ::redis::cmd("PUBLISH");
            publish.arg(&channel).arg("");
            link.connection.run(&publish).await.map(drop)
        })
        .await
    }
}

/// Opens the connection again whenever it is lost, as long as there is a store.
pub(super) async fn keep(store: Weak<Inner>, mut opened: Option<Opened>) {
    loop {
        if let Some(opened) = opened.take() {
            wait_until_lost(&store, &opened).await;
        }
        let Some(inner) = store.upgrade() else {
            return;
        };
        let link = match inner.open_link().await {
            Ok(link) => {
                let up = Link::Up(link.connection.clone());
                opened = Some(link);
                up
            }
            Err(error) => Link::Down(failed(error)),
        };
        inner.link.send_replace(link);
        drop(inner);
        if opened.is_none() {
            sleep(RETRY_INTERVAL).await;
        }
    }
}

/// A network that loses all packets does not close the connection, so it is tested.
async fn wait_until_lost(store: &Weak<Inner>, Opened { connection, events }: &Opened) {
    let test = async {
        loop {
            sleep(TEST_AFTER).await;
            let Some(inner) = store.upgrade() else {
                return;
            };
            if !events.has_heard.swap(false, Ordering::Relaxed) {
                let ping = ::redis::cmd("PING");
                let ping = within(inner.client.target.timeout, connection.run(&ping));
                if ping.await.is_err() {
                    return;
                }
            }
        }
    };
    tokio::select! {
        () = events.is_lost.notified() => {}
        () = test => {}
    }
    if let Some(inner) = store.upgrade() {
        inner.link.send_replace(Link::Opening);
    }
}
