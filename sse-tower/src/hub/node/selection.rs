//! The topics of a subscription.

use crate::hub::node::{members::MemberNumber, topics::TopicKey, waiters::Registration};

/// The topics of a subscription, and the places where its waker is registered.
#[derive(Debug)]
pub(crate) struct Selection {
    pub(crate) selected: Selected,
    pub(crate) member: MemberNumber,
}

#[derive(Debug)]
pub(crate) enum Selected {
    All(Registration),
    Topics(Box<[(TopicKey, Registration)]>),
}

impl Selection {
    /// The selection of a subscription that has not begun: no topics.
    pub(crate) fn nothing() -> Self {
        Self {
            selected: Selected::Topics(Box::default()),
            member: MemberNumber::NONE,
        }
    }

    pub(crate) fn is_nothing(&self) -> bool {
        !self.is_all() && self.topics().is_empty()
    }

    /// Returns whether the subscription has a key.
    pub(crate) fn has_key(&self) -> bool {
        self.member != MemberNumber::NONE
    }

    pub(crate) const fn is_all(&self) -> bool {
        matches!(self.selected, Selected::All(_))
    }

    pub(crate) fn topics(&self) -> &[(TopicKey, Registration)] {
        match &self.selected {
            Selected::All(_) => &[],
            Selected::Topics(topics) => topics,
        }
    }
}
