use std::io;

use axum::serve::Listener;

use super::{ConnectionGuard, GuardedIo};

impl ConnectionGuard {
    /// Guards each connection that `listener` accepts, for `axum::serve`.
    pub fn listen<L>(self, listener: L) -> GuardedListener<L> {
        GuardedListener {
            listener,
            guard: self,
        }
    }
}

/// A listener whose connections are guarded.
///
/// Made by [`ConnectionGuard::listen`], which has the example.
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
