//! The tasks that wait for news.

use std::{mem, task::Waker};

use slab::Slab;

/// The wakers of the subscriptions that wait for the same news.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    wakers: Slab<Waker>,
    /// The number of times that all wakers were taken. Registrations from before that are void.
    round: u32,
}

/// The place of a waker among others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Registration {
    round: u32,
    key: u32,
}

impl Registration {
    pub(crate) const NONE: Self = Self {
        round: 0,
        key: u32::MAX,
    };
}

impl Waiters {
    /// Registers `waker` instead of the one that `registration` stands for.
    pub(crate) fn register(&mut self, registration: &mut Registration, waker: &Waker) {
        match self.registered(*registration) {
            Some(registered) => registered.clone_from(waker),
            None => {
                let key = self.wakers.insert(waker.clone());
                *registration = Registration {
                    round: self.round,
                    // Nobody has memory for more wakers than this can count.
                    key: u32::try_from(key).unwrap_or(u32::MAX),
                };
            }
        }
    }

    pub(crate) fn remove(&mut self, registration: Registration) -> Option<Waker> {
        self.registered(registration)?;
        self.wakers.try_remove(registration.key as usize)
    }

    /// Takes all wakers, to wake them once no lock is held.
    pub(crate) fn take(&mut self, woken: &mut Woken) {
        if !self.wakers.is_empty() {
            self.round = self.round.wrapping_add(1);
            let room = Slab::with_capacity(self.wakers.len());
            woken.all.push(mem::replace(&mut self.wakers, room));
        }
    }

    fn registered(&mut self, registration: Registration) -> Option<&mut Waker> {
        match registration.round == self.round {
            true => self.wakers.get_mut(registration.key as usize),
            false => None,
        }
    }
}

/// Wakers to wake once no lock is held: a waker may run code that takes the same lock.
#[derive(Debug, Default)]
#[must_use = "the subscriptions must be woken"]
pub(crate) struct Woken {
    all: Vec<Slab<Waker>>,
    single: Vec<Waker>,
}

impl Woken {
    pub(crate) fn push(&mut self, waker: Option<Waker>) {
        self.single.extend(waker);
    }

    pub(crate) fn wake(self) {
        for mut wakers in self.all {
            for waker in wakers.drain() {
                waker.wake();
            }
        }
        for waker in self.single {
            waker.wake();
        }
    }
}
