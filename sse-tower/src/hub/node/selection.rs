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
    /// The selection of a subscription that has not begun.
    pub(crate) const fn new() -> Self {
        Self {
            selected: Selected::All(Registration::NONE),
            member: MemberNumber::NONE,
        }
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
