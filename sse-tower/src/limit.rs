//! Limits on how many streams are open at once.

use std::{
    collections::HashMap,
    error::Error,
    fmt,
    hash::{BuildHasher, Hash, RandomState},
    num::NonZeroU64,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
};

use http::request::Parts;

use crate::EndReason;

/// Limits how many streams may be open at once: in total, for each key, or both. A key is, for
/// example, a user or the address of a peer.
///
/// Clones share their count, so one limit can cover several services. A stream counts from the
/// moment its response is made until its body ends or is dropped. hyper drops the body as soon as
/// it knows that the client is gone.
///
/// A request beyond a limit is refused in a way that native `EventSource` survives: status 200, a
/// `retry:` of a random length, and the end. On any other status it gives up for good. For other
/// clients there is [503](crate::Settings::refuse_with_503). Under a layer, a refusal also closes
/// an HTTP/1.1 connection, so that a client that waits to come back takes no room.
///
/// # Keys
///
/// A layer computes the key from the request, with the function given to
/// [`per_key`](Self::per_key). A response without a layer does not know its request, so the handler
/// gives the key with [`Sse::limit_key`](crate::Sse::limit_key):
///
/// ```
/// use std::{convert::Infallible, net::Ipv4Addr};
/// use sse_tower::{Event, Limits, Sse};
///
/// let limits = Limits::each(3);
/// let answer = || {
///     let events = tokio_stream::pending::<Result<Event, Infallible>>();
///     Sse::new(events).limits(&limits).limit_key(Ipv4Addr::LOCALHOST).into_http()
/// };
/// let _responses = [answer(), answer(), answer(), answer()];
/// assert_eq!(limits.open_streams(), 3, "the fourth was refused");
/// ```
///
/// A limit without a key, or a key without a limit, would limit nothing. It is a mistake in the
/// server, so it fails on the first request and not under load: each such request is answered with
/// status 500, a text that says what is missing, and
/// [`EndReason::Error`](crate::EndReason::Error) for the hook. This applies to
///
/// - an [`Sse`](crate::Sse) with limits per key and without `limit_key`,
/// - an [`Sse`](crate::Sse) with `limit_key` and without limits per key,
/// - a layer with [`each`](Self::each), which has no function to compute the key.
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
}

#[derive(Clone)]
struct PerKey {
    max: usize,
    /// Absent if only the handler knows the key.
    key_of: Option<Arc<KeyOf>>,
}

type KeyOf = dyn Fn(&Parts) -> Option<Key> + Send + Sync;

/// The hash of a key. Nobody outside can steer it. A key takes eight bytes however long it is, and
/// no user's name stays in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key(NonZeroU64);

impl Key {
    pub(crate) fn of(key: impl Hash) -> Self {
        // One hasher for the process, so that a layer and a response compute the same.
        static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        let hash = HASHER.hash_one(key);
        Self(NonZeroU64::new(hash).unwrap_or(NonZeroU64::MAX))
    }
}

/// The key of a stream, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum StreamKey {
    /// The handler has not given one, and no layer computes it.
    #[default]
    NotGiven,
    /// The layer has no function to compute it.
    NotComputed,
    /// The stream has none, on purpose: it counts only towards the total.
    None,
    Known(Key),
}

/// The open streams. The table has a key only while a stream of that key is open.
#[derive(Debug, Default)]
struct Table {
    open: usize,
    keys: HashMap<Key, usize>,
}

impl Limits {
    /// Allows at most `total` streams.
    #[must_use]
    pub fn new(total: usize) -> Self {
        Self {
            table: Arc::default(),
            total,
            per_key: None,
        }
    }

    /// Allows at most `max` streams for each key that [`Sse::limit_key`](crate::Sse::limit_key)
    /// gives. The total has no limit unless [`total`](Self::total) sets one.
    ///
    /// A layer needs [`per_key`](Self::per_key) instead.
    ///
    /// ```
    /// use sse_tower::Limits;
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
    /// [`Sse::limit_key`](crate::Sse::limit_key). A panic of `key` is a panic of the service, like one
    /// of a handler.
    ///
    /// ```
    /// use sse_tower::{Limits, Settings};
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
        self.per_key = Some(PerKey {
            max,
            key_of: Some(Arc::new(move |request| key(request).map(Key::of))),
        });
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

    /// Returns whether both count in the same table.
    pub(crate) fn shares_count_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.table, &other.table)
    }

    /// Counts one more stream, unless that exceeds a limit. `counted` holds the keys under which
    /// responses inside this one already count the stream: none if they do not count it at all.
    pub(crate) fn open(&self, key: StreamKey, counted: &[Option<Key>]) -> Result<Permit, Refusal> {
        let key = match (&self.per_key, key) {
            (None, StreamKey::Known(_)) => return Err(KeyError::Unused.into()),
            (Some(_), StreamKey::NotGiven) => return Err(KeyError::NotGiven.into()),
            (Some(_), StreamKey::NotComputed) if counted.is_empty() => {
                return Err(KeyError::NotComputed.into());
            }
            (Some(per_key), StreamKey::Known(key)) => Some((key, per_key.max)),
            _ => None,
        };
        let is_counted = !counted.is_empty();
        let mut table = self.table();
        if !is_counted && table.open >= self.total {
            return Err(EndReason::Limit.into());
        }
        let mut added_key = None;
        if let Some((key, max)) = key {
            let is_key_counted = counted.contains(&Some(key));
            let open = table.keys.get(&key).copied().unwrap_or_default();
            if open - usize::from(is_key_counted) >= max {
                return Err(EndReason::Limit.into());
            }
            if !is_key_counted {
                table.keys.insert(key, open + 1);
                added_key = Some(key);
            }
        }
        table.open += usize::from(!is_counted);
        Ok(Permit {
            limits: self.table.clone(),
            is_in_total: !is_counted,
            key: added_key,
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
            .field("per_key", &self.per_key.as_ref().map(|limit| limit.max))
            .field("open", &self.open_streams())
            .finish()
    }
}

/// One open stream in the count, until this is dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    limits: Arc<Mutex<Table>>,
    is_in_total: bool,
    key: Option<Key>,
}

impl Permit {
    pub(crate) fn key(&self) -> Option<Key> {
        self.key
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut table = lock(&self.limits);
        table.open -= usize::from(self.is_in_total);
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

/// Why a stream is refused.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal {
    pub(crate) reason: EndReason,
    /// Set if the server, and not the load, is the cause.
    pub(crate) error: Option<KeyError>,
}

impl From<EndReason> for Refusal {
    fn from(reason: EndReason) -> Self {
        let error = None;
        Self { reason, error }
    }
}

impl From<KeyError> for Refusal {
    fn from(error: KeyError) -> Self {
        Self {
            reason: EndReason::Error,
            error: Some(error),
        }
    }
}

/// A mistake in the server: a key without a limit, or a limit without a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyError {
    NotGiven,
    NotComputed,
    Unused,
}

impl KeyError {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::NotGiven => {
                "the limits are per key, but this response has no key: call `Sse::limit_key`, or \
                 give the limits to a layer instead, which computes the key with the function of \
                 `Limits::per_key`"
            }
            Self::NotComputed => {
                "the limits are per key, but this layer cannot compute the key: replace \
                 `Limits::each` by `Limits::per_key`, or give the limits to `Sse` and call \
                 `Sse::limit_key`"
            }
            Self::Unused => {
                "this response has a key, but its limits are not per key: give it `Limits::each` \
                 or `Limits::per_key`, or remove `Sse::limit_key`"
            }
        }
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl Error for KeyError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(key: &str) -> StreamKey {
        StreamKey::Known(Key::of(key))
    }

    #[test]
    fn the_total_and_the_key_both_count() {
        let limits = Limits::new(3).per_key(2, |_| Some(()));
        let open = |key| limits.open(key, &[]).ok();
        let first = open(known("a")).unwrap();
        let second = open(known("a")).unwrap();
        assert!(open(known("a")).is_none(), "two of this key");
        let third = open(known("b")).unwrap();
        assert!(open(StreamKey::None).is_none(), "three in all");
        assert_eq!(limits.open_streams(), 3);
        drop(third);
        drop(first);
        let fourth = open(known("a")).unwrap();
        assert!(open(known("a")).is_none(), "the second still counts");
        drop((second, fourth));
        assert_eq!(limits.open_streams(), 0);
        assert!(limits.table().keys.is_empty(), "no key stays behind");
    }

    #[test]
    fn without_a_limit_per_key_none_is_kept() {
        let limits = Limits::new(2);
        for key in [StreamKey::NotGiven, StreamKey::NotComputed, StreamKey::None] {
            assert!(limits.open(key, &[]).is_ok(), "{key:?}");
        }
        assert!(limits.table().keys.is_empty());
        assert!(Limits::new(0).open(StreamKey::None, &[]).is_err());
    }

    #[test]
    fn a_key_without_a_limit_and_a_limit_without_a_key_are_errors() {
        let each = Limits::each(1);
        let per_key = Limits::new(1).per_key(1, |_| Some(()));
        let error = |limits: &Limits, key| limits.open(key, &[]).unwrap_err().error;
        for limits in [&each, &per_key] {
            assert_eq!(error(limits, StreamKey::NotGiven), Some(KeyError::NotGiven));
        }
        let not_computed = error(&each, StreamKey::NotComputed);
        assert_eq!(not_computed, Some(KeyError::NotComputed));
        let unused = error(&Limits::new(1), known("a"));
        assert_eq!(unused, Some(KeyError::Unused));
    }

    #[test]
    fn only_what_is_not_counted_yet_is_added() {
        let [a, b] = ["a", "b"].map(Key::of);
        let limits = Limits::new(1).per_key(1, |_| Some(()));
        let _inner = limits.open(StreamKey::Known(a), &[]).unwrap();
        // (keys counted inside, own key, whether it is let in, streams of `b` after that)
        for (counted, key, is_let_in, of_b) in [
            (&[][..], StreamKey::Known(b), false, 0),
            (&[Some(a)], StreamKey::Known(a), true, 0),
            (&[Some(a)], StreamKey::Known(b), true, 1),
            (&[Some(a)], StreamKey::None, true, 0),
            (&[Some(a)], StreamKey::NotComputed, true, 0),
            // Another stream of the key is open.
            (&[None], StreamKey::Known(a), false, 0),
            (&[Some(b), Some(a)], StreamKey::Known(a), true, 0),
        ] {
            let outer = limits.open(key, counted);
            assert_eq!(outer.is_ok(), is_let_in, "{counted:?} {key:?}");
            assert_eq!(limits.open_streams(), 1);
            assert_eq!(
                limits.table().keys.get(&b).copied().unwrap_or_default(),
                of_b
            );
            drop(outer);
            assert_eq!(limits.table().keys.len(), 1);
        }
    }
}
