use std::io;

use axum::serve::Listener;

use super::{ConnectionGuard, GuardedIo};

impl ConnectionGuard {
    /// Wraps a listener for `axum::serve`, so that each accepted connection is guarded.
    pub fn listen<L>(self, listener: L) -> GuardedListener<L> {
        GuardedListener {
            listener,
            guard: self,
        }
    }
}

/// A listener that guards each connection it accepts.
///
/// Created by [`ConnectionGuard::listen`]. See [`ConnectionGuard`] for an example.
#[derive(Debug)]
pub struct GuardedListener<L> {
    listener: L,
    guard: ConnectionGuard,
}

impl<L: Listener> Listener for GuardedListener<L> {
    type Io = GuardedIo<L::Io>;
    type Addr = L::Addr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (io, address) = self.listener.accept().await;
        (self.guard.guard(io), address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
