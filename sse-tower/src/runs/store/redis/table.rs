//! The runs that this node watches, and those that it produces.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use crate::runs::{
    run_id::RunId,
    store::redis::{
        message::Message,
        watch::{Followed, Watch},
    },
};

#[derive(Debug, Default)]
pub(super) struct Table(Mutex<Runs>);

#[derive(Debug, Default)]
struct Runs {
    watched: HashMap<RunId, Arc<Watch>>,
    produced: HashMap<RunId, Arc<Notify>>,
}

impl Table {
    fn runs(&self) -> MutexGuard<'_, Runs> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows a run that is watched.
    pub(super) fn follow(&self, id: RunId) -> Option<Followed> {
        self.runs().watched.get(&id).map(Watch::followed)
    }

    /// Follows a run after a position. Returns true if it was not watched before, so that it needs a watcher.
    pub(super) fn watch(&self, id: RunId, position: u64) -> (Followed, bool) {
        match self.runs().watched.entry(id) {
            Entry::Occupied(watch) => (watch.get().followed(), false),
            Entry::Vacant(place) => {
                let watch = place.insert(Arc::new(Watch::new(id, position)));
                (watch.followed(), true)
            }
        }
    }

    /// Removes a run. Returns false if it has a follower again.
    pub(super) fn remove_unused(&self, watch: &Watch) -> bool {
        // Nobody can follow it while the table is locked.
        let mut runs = self.runs();
        let is_unused = watch.take_unused();
        if is_unused {
            runs.watched.remove(&watch.id);
        }
        is_unused
    }

    /// Removes a run, also while it has followers, which keep it.
    pub(super) fn remove(&self, watch: &Watch) {
        self.runs().watched.remove(&watch.id);
    }

    /// Returns what is notified when somebody seals a run of this node.
    pub(super) fn produce(self: &Arc<Self>, id: RunId) -> Produced {
        let seal = self.runs().produced.entry(id).or_default().clone();
        Produced {
            table: self.clone(),
            id,
            seal,
        }
    }

    /// Takes a message. `channel` is the rest of its channel's name.
    pub(super) fn take(&self, channel: &str, text: &[u8]) {
        let id = |text: &str| text.parse::<RunId>().ok();
        if channel == ":seals" {
            let id = std::str::from_utf8(text).ok().and_then(id);
            let seal = id.and_then(|id| self.runs().produced.get(&id).cloned());
            if let Some(seal) = seal {
                seal.notify_one();
            }
        } else if let Some(id) = channel.strip_prefix(":news:").and_then(id) {
            let watch = self.runs().watched.get(&id).cloned();
            if let Some((watch, message)) = watch.zip(Message::parse(text)) {
                watch.take(message);
            }
        }
    }
}

/// A run that this node produces.
#[derive(Debug)]
pub(super) struct Produced {
    table: Arc<Table>,
    id: RunId,
    pub(super) seal: Arc<Notify>,
}

impl Drop for Produced {
    fn drop(&mut self) {
        self.table.runs().produced.remove(&self.id);
    }
}
