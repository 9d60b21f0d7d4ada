//! How many streams may be open at once.

use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasher, Hash, RandomState},
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
};

use http::request::Parts;

/// How many streams may be open at once: in all, and for each key, such as a peer's address or a
/// user.
///
/// Clones share the count, so that one limit can stand over several services. A stream counts from
/// the moment it is answered until its body ends or is dropped, which hyper does as soon as it
/// learns that the client is gone.
///
/// One more than that is refused in a way that native `EventSource` survives: status 200, a
/// `retry:` of a random length, and the end. It gives up for good on any other status. For clients
/// that know better there is [503](crate::Settings::refuse_with_503). Under a layer a refusal closes
/// the connection, too, if that is one of HTTP/1: what waits to come back takes no room.
///
/// ```
/// use sse_tower::{Limits, Settings};
///
/// // Of one user as many as a browser opens to one origin.
/// let limits = Limits::new(20_000).per_key(6, |request| {
///     request.headers.get("x-user").cloned()
/// });
/// let settings = Settings::new().limits(&limits);
/// # let _ = settings;
/// ```
///
/// In axum a peer's address is in the extensions, `ConnectInfo<SocketAddr>`. Of an IPv6 address take
/// the first 64 bits: the rest is the peer's to choose.
#[derive(Clone)]
pub struct Limits {
    table: Arc<Mutex<Table>>,
    total: usize,
    per_key: Option<PerKey>,
}

#[derive(Clone)]
struct PerKey {
    most: usize,
    key_of: Arc<KeyOf>,
}

type KeyOf = dyn Fn(&Parts) -> Option<Key> + Send + Sync;

/// Keys are known by a hash that nobody outside can steer, so that they take the same room however
/// long they are, and no user's name stays in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key(u64);

impl Key {
    pub(crate) fn of(key: impl Hash) -> Self {
        // One for the process, so that a key is the same wherever it is said.
        static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        Self(HASHER.hash_one(key))
    }
}

/// It has a key only while a stream of that key is open, so the total bounds it as well.
#[derive(Debug, Default)]
struct Table {
    open: usize,
    keys: HashMap<Key, usize>,
}

impl Limits {
    /// At most `total` streams.
    #[must_use]
    pub fn new(total: usize) -> Self {
        Self {
            table: Arc::default(),
            total,
            per_key: None,
        }
    }

    /// And at most `most` of each key. A request of which `key` makes `None` is bounded by the total
    /// only.
    ///
    /// A panic of `key` is a panic of the service, as that of a handler.
    ///
    /// A layer asks for each request. Without a layer, [`Sse::limit_key`](crate::Sse::limit_key)
    /// says it.
    #[must_use]
    pub fn per_key<K: Hash>(
        mut self,
        most: usize,
        key: impl Fn(&Parts) -> Option<K> + Send + Sync + 'static,
    ) -> Self {
        self.per_key = Some(PerKey {
            most,
            key_of: Arc::new(move |request| key(request).map(Key::of)),
        });
        self
    }

    /// How many streams are open.
    #[must_use]
    pub fn open_streams(&self) -> usize {
        self.table().open
    }

    pub(crate) fn key_of(&self, request: &Parts) -> Option<Key> {
        (self.per_key.as_ref()?.key_of)(request)
    }

    /// Counts one more stream, unless there are as many as may be.
    pub(crate) fn open(&self, key: Option<Key>) -> Option<Permit> {
        let mut table = self.table();
        if table.open >= self.total {
            return None;
        }
        if let (Some(key), Some(per_key)) = (key, &self.per_key) {
            let of_key = table.keys.get(&key).copied().unwrap_or_default();
            if of_key >= per_key.most {
                return None;
            }
            table.keys.insert(key, of_key + 1);
        }
        table.open += 1;
        Some(Permit {
            limits: self.table.clone(),
            key: key.filter(|_| self.per_key.is_some()),
        })
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        lock(&self.table)
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits")
            .field("total", &self.total)
            .field("per_key", &self.per_key.as_ref().map(|limit| limit.most))
            .field("open", &self.open_streams())
            .finish()
    }
}

/// One open stream, counted until this is dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    limits: Arc<Mutex<Table>>,
    key: Option<Key>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut table = lock(&self.limits);
        table.open -= 1;
        let Some(key) = self.key else { return };
        match table.keys.get_mut(&key) {
            Some(open) if *open > 1 => *open -= 1,
            _ => {
                table.keys.remove(&key);
            }
        }
    }
}

fn lock(table: &Mutex<Table>) -> MutexGuard<'_, Table> {
    // Nothing panics while it is held.
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_and_the_key_both_count() {
        let limits = Limits::new(3).per_key(2, |_| Some(()));
        let [a, b] = ["a", "b"].map(|key| Some(Key::of(key)));
        let first = limits.open(a).unwrap();
        let second = limits.open(a).unwrap();
        assert!(limits.open(a).is_none(), "two of this key");
        let third = limits.open(b).unwrap();
        assert!(limits.open(None).is_none(), "three in all");
        assert_eq!(limits.open_streams(), 3);
        drop(third);
        drop(first);
        let fourth = limits.clone().open(a).unwrap();
        assert!(limits.open(a).is_none(), "the second still counts");
        drop((second, fourth));
        assert_eq!(limits.open_streams(), 0);
        assert!(limits.table().keys.is_empty(), "no key stays behind");
    }

    #[test]
    fn without_a_limit_per_key_none_is_kept() {
        let limits = Limits::new(2);
        let _permit = limits.open(Some(Key(7))).unwrap();
        assert!(limits.table().keys.is_empty());
        assert!(limits.open(Some(Key(7))).is_some());
        assert!(Limits::new(0).open(None).is_none());
    }
}
