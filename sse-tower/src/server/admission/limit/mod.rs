//! Limits on the number of open streams.

use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasher, Hash, RandomState},
    num::NonZeroU64,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::request::Parts;
use slab::Slab;

mod turn;

use turn::Turn;

use crate::{
    foreign::Guarded,
    rt::moment::Moment,
    server::admission::refusal::{KeyError, Refusal, RefusalReason},
};

/// Limits the number of streams that are open at once: in total, for each key, or both. A key is,
/// for example, a user or the address of a peer.
///
/// Clones share their count, so one limit can cover several services. A stream counts from the
/// moment its response is created until its body ends or is dropped. hyper drops the body as soon
/// as it notices that the client has gone away.
///
/// A request beyond a limit is refused in a way that a native `EventSource` survives: with status
/// 200, a `retry:` of random length, and the end of the stream. With any other status, it would
/// never reconnect. For other clients there is [503](crate::Settings::refuse_with_503). Under a
/// layer, a refusal also closes an HTTP/1.1 connection, so that a client that waits to reconnect
/// takes no resources.
///
/// # Keys
///
/// A layer computes the key from the request with the function given to [`per_key`](Self::per_key).
/// A response without a layer does not know its request, so the handler sets the key with
/// [`Sse::limit_key`](crate::Sse::limit_key):
///
/// ```
/// use std::{convert::Infallible, net::Ipv4Addr};
/// use sse_tower::{Event, Settings, Sse, server::Limits};
///
/// let limits = Limits::each(3);
/// let settings = Settings::new().limits(&limits);
/// let answer = || {
///     let events = tokio_stream::pending::<Result<Event, Infallible>>();
///     Sse::with(events, settings.clone()).limit_key(Ipv4Addr::LOCALHOST).into_http()
/// };
/// let _responses = [answer(), answer(), answer(), answer()];
/// assert_eq!(limits.open_streams(), 3, "the fourth was refused");
/// ```
///
/// A limit per key has no effect without a key, and a key has none without such a limit. Both are
/// mistakes in the server. They should show on the first request and not only under load, so each
/// such request is answered with status 500 and a text that says what is missing. The hook gets
/// [`RefusalReason::Mistake`](crate::server::RefusalReason::Mistake). This applies to
///
/// - an [`Sse`](crate::Sse) with limits per key and without `limit_key`,
/// - an [`Sse`](crate::Sse) with `limit_key` and without limits per key,
/// - a layer with [`each`](Self::each), which has no function to compute the key.
///
/// # Clients that do not read
///
/// If a client does not read and nothing closes its connection, its stream would keep its place
/// forever. An example is an HTTP/2 stream without a flow-control window. So a stream that would be
/// refused takes the place of one that is [stalled](Self::stalled_after).
///
/// # In a response and in a layer around it
///
/// If an [`Sse`](crate::Sse) or [`SseLayer`](crate::SseLayer) and a
/// [`RelayLayer`](crate::RelayLayer) around it have the same limits, a stream counts once.
#[derive(Clone)]
pub struct Limits {
    table: Arc<Mutex<Table>>,
    total: usize,
    per_key: Option<PerKey>,
    stalled_after: Duration,
}

/// The default of [`Limits::stalled_after`]. It equals the default write timeout of a connection
/// guard.
const DEFAULT_STALLED_AFTER: Duration = Duration::from_secs(30);

/// The minimum time between two searches for stalled streams. Each search visits all streams.
const SEARCH_INTERVAL: Duration = Duration::from_secs(1);

#[derive(Clone)]
struct PerKey {
    max: usize,
    /// `None` if only the handler knows the key.
    key_of: Option<Arc<KeyOf>>,
}

type KeyOf = dyn Fn(&Parts) -> Option<Key> + Send + Sync;

/// The hash of a key. Clients cannot predict it. A key takes eight bytes regardless of its length,
/// and no user names stay in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key(NonZeroU64);

impl Key {
    pub(crate) fn of(key: impl Hash) -> Self {
        // One hasher for the process, so that a layer and a response compute the same hash.
        static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        let hash = HASHER.hash_one(key);
        Self(NonZeroU64::new(hash).unwrap_or(NonZeroU64::MAX))
    }
}

/// The key of a stream, if it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum StreamKey {
    /// The handler has not set one, and no layer computes it.
    #[default]
    NotGiven,
    /// The layer has no function that computes it.
    NotComputed,
    /// The stream has no key on purpose. It counts only towards the total.
    None,
    Known(Key),
}

/// The open streams. A key is in the table only while one of its streams is open.
#[derive(Debug, Default)]
struct Table {
    open: usize,
    keys: HashMap<Key, usize>,
    streams: Slab<Arc<OpenStream>>,
    next_search: Option<Moment>,
}

/// An open stream, shared by its permit and its table in a single allocation.
struct OpenStream {
    table: Arc<Mutex<Table>>,
    /// The index of the stream in the table.
    index: usize,
    is_in_total: bool,
    key: Option<Key>,
    turn: Turn,
}

impl fmt::Debug for OpenStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenStream")
            .field("is_in_total", &self.is_in_total)
            .field("key", &self.key)
            .field("turn", &self.turn)
            .finish_non_exhaustive()
    }
}

impl Limits {
    /// Allows at most `total` streams.
    #[must_use]
    pub fn new(total: usize) -> Self {
        Self {
            table: Arc::default(),
            total,
            per_key: None,
            stalled_after: DEFAULT_STALLED_AFTER,
        }
    }

    /// Allows at most `max` streams for each key that is set by
    /// [`Sse::limit_key`](crate::Sse::limit_key). The total has no limit unless
    /// [`total`](Self::total) sets one.
    ///
    /// A layer needs [`per_key`](Self::per_key) instead.
    ///
    /// ```
    /// use sse_tower::server::Limits;
    ///
    /// // A user may open as many streams as a browser opens to one origin.
    /// let limits = Limits::each(6).total(20_000);
    /// # let _ = limits;
    /// ```
    #[must_use]
    pub fn each(max: usize) -> Self {
        let mut limits = Self::new(usize::MAX);
        limits.per_key = Some(PerKey { max, key_of: None });
        limits
    }

    /// Allows at most `max` streams in total.
    #[must_use]
    pub fn total(mut self, max: usize) -> Self {
        self.total = max;
        self
    }

    /// Also allows at most `max` streams per key. Requests for which `key` returns `None` count only
    /// towards the total.
    ///
    /// A layer calls `key` for each request. Without a layer, call
    /// [`Sse::limit_key`](crate::Sse::limit_key). If `key` panics, the panic reaches the caller of
    /// the service, like a panic in a handler.
    ///
    /// ```
    /// use sse_tower::{Settings, server::Limits};
    ///
    /// // Requests without a user share one key, so that they are limited as well.
    /// let limits = Limits::new(20_000).per_key(6, |request| {
    ///     Some(request.headers.get("x-user").cloned())
    /// });
    /// let settings = Settings::new().limits(&limits);
    /// # let _ = settings;
    /// ```
    ///
    /// In axum, the extensions hold the address of the peer as `ConnectInfo<SocketAddr>`. Use only the
    /// first 64 bits of an IPv6 address: the peer can choose the rest.
    #[must_use]
    pub fn per_key<K: Hash>(
        mut self,
        max: usize,
        key: impl Fn(&Parts) -> Option<K> + Send + Sync + 'static,
    ) -> Self {
        let key = Guarded::new(key);
        let key_of = move |request: &Parts| key.as_ref()?(request).map(Key::of);
        self.per_key = Some(PerKey {
            max,
            key_of: Some(Arc::new(key_of)),
        });
        self
    }

    /// Sets how long a connection may leave its stream unpolled before the stream counts as
    /// stalled. The default is 30 seconds.
    ///
    /// A stalled stream keeps its place until another stream would be refused. Then it no longer
    /// counts. If its client reads again, it gets a `retry:` of random length and the end of the
    /// stream. Until then, or until its connection is closed, the stream stays in memory, because
    /// only the connection can drop it. The hook gets the reason
    /// [`Stalled`](crate::server::EndReason::Stalled). Searching for stalled streams takes time
    /// proportional to the number of streams, at most once a second.
    #[must_use]
    pub const fn stalled_after(mut self, time: Duration) -> Self {
        self.stalled_after = time;
        self
    }

    /// Returns the number of open streams.
    #[must_use]
    pub fn open_streams(&self) -> usize {
        self.table().open
    }

    /// Computes the key of a request for a layer.
    pub(crate) fn key_of(&self, request: &Parts) -> StreamKey {
        let Some(per_key) = &self.per_key else {
            return StreamKey::None;
        };
        match &per_key.key_of {
            None => StreamKey::NotComputed,
            Some(key_of) => key_of(request).map_or(StreamKey::None, StreamKey::Known),
        }
    }

    /// Returns whether both use the same table.
    pub(crate) fn shares_count_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.table, &other.table)
    }

    /// Counts another stream, unless that exceeds a limit and no other stream is stalled. `counted`
    /// contains the keys under which responses inside this one already count the stream. It is
    /// empty if they do not count it.
    pub(crate) fn open(
        &self,
        key: StreamKey,
        counted: &[Option<Key>],
        now: Moment,
    ) -> Result<Permit, Refusal> {
        let key = match (&self.per_key, key) {
            (None, StreamKey::Known(_)) => return Err(KeyError::Unused.into()),
            (Some(_), StreamKey::NotGiven) => return Err(KeyError::NotGiven.into()),
            (Some(_), StreamKey::NotComputed) if counted.is_empty() => {
                return Err(KeyError::NotComputed.into());
            }
            (Some(per_key), StreamKey::Known(key)) => Some((key, per_key.max)),
            _ => None,
        };
        let mut table = self.table();
        if !table.has_room(self.total, key, counted) {
            table.drop_stalled(now, self.stalled_after);
            if !table.has_room(self.total, key, counted) {
                return Err(RefusalReason::Limit.into());
            }
        }
        let is_in_total = counted.is_empty();
        let key = key.map(|(key, _)| key);
        let key = key.filter(|key| !counted.contains(&Some(*key)));
        table.open += usize::from(is_in_total);
        if let Some(key) = key {
            *table.keys.entry(key).or_default() += 1;
        }
        let entry = table.streams.vacant_entry();
        let stream = Arc::new(OpenStream {
            table: self.table.clone(),
            index: entry.key(),
            is_in_total,
            key,
            turn: Turn::new(now),
        });
        entry.insert(stream.clone());
        Ok(Permit(stream))
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        lock(&self.table)
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits")
            .field("total", &self.total)
            .field("per_key", &self.per_key.as_ref().map(|limit| limit.max))
            .field("stalled_after", &self.stalled_after)
            .field("open", &self.open_streams())
            .finish()
    }
}

impl Table {
    fn has_room(&self, total: usize, key: Option<(Key, usize)>, counted: &[Option<Key>]) -> bool {
        let total_has_room = !counted.is_empty() || self.open < total;
        let key_has_room = key.is_none_or(|(key, max)| {
            let open = self.keys.get(&key).copied().unwrap_or_default();
            let is_counted = counted.contains(&Some(key));
            open.saturating_sub(usize::from(is_counted)) < max
        });
        total_has_room && key_has_room
    }

    /// Removes the stalled streams from the count.
    fn drop_stalled(&mut self, now: Moment, stalled_after: Duration) {
        if self.next_search.is_some_and(|next| now < next) {
            return;
        }
        self.next_search = Some(now.saturating_add(SEARCH_INTERVAL));
        let mut streams = std::mem::take(&mut self.streams);
        streams.retain(|_, stream| {
            let is_stalled = stream.turn.revoke(now, stalled_after);
            if is_stalled {
                self.uncount(stream);
            }
            !is_stalled
        });
        self.streams = streams;
    }

    fn uncount(&mut self, stream: &OpenStream) {
        self.open -= usize::from(stream.is_in_total);
        let Some(key) = stream.key else { return };
        match self.keys.get_mut(&key) {
            Some(open) if *open > 1 => *open -= 1,
            _ => {
                self.keys.remove(&key);
            }
        }
    }
}

/// Keeps an open stream counted until it is dropped or its place is given to another stream.
#[derive(Debug)]
pub(crate) struct Permit(Arc<OpenStream>);

impl Permit {
    pub(crate) fn key(&self) -> Option<Key> {
        self.0.key
    }

    /// Records that the connection has taken a frame, and now has to ask for the next one.
    #[inline]
    pub(crate) fn handed_over(&self, now: Moment) {
        self.0.turn.hand_over(now);
    }

    /// Records that the connection asks for a frame. Returns whether the place was given to another
    /// stream.
    #[inline]
    pub(crate) fn is_revoked(&self) -> bool {
        self.0.turn.take_back()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut table = lock(&self.0.table);
        // Places are revoked only while the table is locked.
        if self.0.turn.is_revoked() {
            return;
        }
        if let Some(stream) = table.streams.try_remove(self.0.index) {
            table.uncount(&stream);
        }
    }
}

fn lock(table: &Mutex<Table>) -> MutexGuard<'_, Table> {
    // No code panics while it holds the lock, so it is never poisoned.
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
