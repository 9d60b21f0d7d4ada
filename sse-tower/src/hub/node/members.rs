//! The subscriptions that have a key: who is there, and who has to go.

use std::{sync::Arc, task::Waker};

use slab::Slab;

use crate::hub::node::{topics::TopicKey, waiters::Woken};

/// The number of a subscription that has a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MemberNumber(u32);

impl MemberNumber {
    /// The number of a subscription without a key.
    pub(crate) const NONE: Self = Self(u32::MAX);
}

/// The subscriptions that have a key.
#[derive(Debug, Default)]
pub(crate) struct Members {
    members: Slab<Member>,
    /// The number of members that there were.
    count: u64,
}

/// A subscription that has a key.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) key: Arc<str>,
    /// `None` for all topics.
    pub(crate) topics: Option<Box<[TopicKey]>>,
    /// Tells this member from another one that gets its number later.
    pub(crate) serial: u64,
    /// The position of the last event that was sent.
    pub(crate) position: u64,
    is_kicked: bool,
    waker: Option<Waker>,
}

impl Members {
    pub(crate) fn insert(
        &mut self,
        key: Arc<str>,
        topics: Option<Box<[TopicKey]>>,
    ) -> MemberNumber {
        self.count += 1;
        let number = self.members.insert(Member {
            key,
            topics,
            serial: self.count,
            position: 0,
            is_kicked: false,
            waker: None,
        });
        // Nobody has memory for more members than this can count.
        MemberNumber(u32::try_from(number).unwrap_or(u32::MAX))
    }

    pub(crate) fn remove(&mut self, number: MemberNumber) -> Option<Waker> {
        self.members.try_remove(number.0 as usize)?.waker
    }

    pub(crate) fn register(&mut self, number: MemberNumber, waker: &Waker) {
        if number == MemberNumber::NONE {
            return;
        }
        if let Some(member) = self.members.get_mut(number.0 as usize) {
            match &mut member.waker {
                Some(registered) => registered.clone_from(waker),
                None => member.waker = Some(waker.clone()),
            }
        }
    }

    pub(crate) fn set_position(&mut self, number: MemberNumber, position: u64) {
        if let Some(member) = self.members.get_mut(number.0 as usize) {
            member.position = position;
        }
    }

    pub(crate) fn is_kicked(&self, number: MemberNumber) -> bool {
        let member = self.members.get(number.0 as usize);
        member.is_some_and(|member| member.is_kicked)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().map(|(_, member)| member)
    }

    /// Ends the subscriptions for which `is_meant` returns true. Returns their number.
    pub(crate) fn kick(
        &mut self,
        mut is_meant: impl FnMut(&Member) -> bool,
        woken: &mut Woken,
    ) -> usize {
        let mut count = 0;
        for (_, member) in &mut self.members {
            if !member.is_kicked && is_meant(member) {
                member.is_kicked = true;
                woken.push(member.waker.take());
                count += 1;
            }
        }
        count
    }
}
