use std::{
    fmt, mem,
    sync::{Arc, atomic::Ordering},
    task::{Context, Waker},
};

use super::{Shared, Window};

/// Learns of the start of a drain. It costs a comparison of wakers and one load where nothing has
/// changed.
pub(crate) struct Watch {
    pub(super) shared: Arc<Shared>,
    registered: Option<Waker>,
    /// The key of the registered waker. Nobody has memory for more watches than this can count.
    key: u32,
    /// The starts that are known.
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

    /// The window, if the drain has started. If not, or if the window gets shorter, `cx` is woken.
    pub(crate) fn window(&mut self, cx: &mut Context<'_>) -> Option<Window> {
        // First this: what comes between the two is then noticed by one of them.
        self.register(cx);
        let starts = self.shared.starts.load(Ordering::Acquire);
        match starts {
            0 => None,
            _ => self.shared.state().window,
        }
    }

    /// Whether [`changed`](Self::changed) has something to say.
    #[inline]
    pub(crate) fn has_changed(&self) -> bool {
        self.shared.starts.load(Ordering::Acquire) != self.starts
    }

    /// The window, if that has changed since this was called last.
    pub(crate) fn changed(&mut self) -> Option<Window> {
        let starts = self.shared.starts.load(Ordering::Acquire);
        if starts == self.starts {
            return None;
        }
        self.starts = starts;
        self.shared.state().window
    }

    /// The window, whether or not it has changed.
    pub(crate) fn known_window(&self) -> Option<Window> {
        self.shared.state().window
    }

    /// Sees to it that `cx` is woken by what happens from now on. Returns whether it was already.
    #[inline]
    pub(crate) fn register(&mut self, cx: &mut Context<'_>) -> bool {
        let registered = self.registered.as_ref();
        let is_known = registered.is_some_and(|waker| waker.will_wake(cx.waker()));
        if !is_known {
            self.register_anew(cx);
        }
        is_known
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
                // Only then is the old one dropped: that is foreign code, which may end a stream.
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
            // It is dropped when the lock is free again.
            let _waker = self.shared.state().watches.try_remove(self.key as usize);
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}
