use std::{
    fmt, mem,
    sync::{Arc, atomic::Ordering},
    task::{Context, Waker},
};

use super::{Shared, Window};

/// Notices the start of a drain. While nothing changes, this costs a comparison of wakers and one
/// atomic load.
pub(crate) struct Watch {
    pub(super) shared: Arc<Shared>,
    registered: Option<Waker>,
    /// The key of the registered waker. A `u32` is enough, because memory runs out before that many
    /// watches exist.
    key: u32,
    /// The number of starts that this watch has seen.
    starts: u32,
}

impl Watch {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            registered: None,
            key: 0,
            starts: 0,
        }
    }

    /// Returns the window if the drain has started. Otherwise, `cx` is woken when it starts. If a
    /// later start shortens the window, `cx` is woken as well.
    pub(crate) fn window(&mut self, cx: &mut Context<'_>) -> Option<Window> {
        // Register first and check afterwards, so that a start between the two is not missed.
        self.register(cx);
        let starts = self.shared.starts.load(Ordering::Acquire);
        match starts {
            0 => None,
            _ => self.shared.state().window,
        }
    }

    /// Returns whether [`changed`](Self::changed) will return a window.
    #[inline]
    pub(crate) fn has_changed(&self) -> bool {
        self.shared.starts.load(Ordering::Acquire) != self.starts
    }

    /// Returns the window if it has changed since the last call.
    pub(crate) fn changed(&mut self) -> Option<Window> {
        let starts = self.shared.starts.load(Ordering::Acquire);
        if starts == self.starts {
            return None;
        }
        self.starts = starts;
        self.shared.state().window
    }

    /// Returns the window, even if it has not changed.
    pub(crate) fn current_window(&self) -> Option<Window> {
        self.shared.state().window
    }

    /// Registers `cx` to be woken by the next start, and when the last stream ends. Returns whether
    /// it was already registered.
    #[inline]
    pub(crate) fn register(&mut self, cx: &mut Context<'_>) -> bool {
        let registered = self.registered.as_ref();
        let is_registered = registered.is_some_and(|waker| waker.will_wake(cx.waker()));
        if !is_registered {
            self.register_anew(cx);
        }
        is_registered
    }

    #[cold]
    fn register_anew(&mut self, cx: &mut Context<'_>) {
        match &mut self.registered {
            Some(waker) => {
                waker.clone_from(cx.waker());
                let mut state = self.shared.state();
                let replaced = state
                    .watches
                    .get_mut(self.key as usize)
                    .map(|registered| mem::replace(registered, waker.clone()));
                // Drop the old waker after the lock is released: its code is foreign and may end a
                // stream, which takes the lock.
                drop(state);
                drop(replaced);
            }
            None => {
                let waker = cx.waker().clone();
                let key = self.shared.state().watches.insert(waker.clone());
                self.key = u32::try_from(key).unwrap_or(u32::MAX);
                self.registered = Some(waker);
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.registered.is_some() {
            // The waker is dropped after the lock is released.
            let _waker = self.shared.state().watches.try_remove(self.key as usize);
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}
