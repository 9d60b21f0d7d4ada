//! The topics of a subscription.

use crate::hub::node::{topics::TopicKey, waiters::Registration};

/// The topics of a subscription, and where its waker is registered for each of them.
#[derive(Debug)]
pub(crate) enum Selection {
    All(Registration),
    Topics(Box<[(TopicKey, Registration)]>),
}

impl Selection {
    pub(crate) fn topics(&self) -> &[(TopicKey, Registration)] {
        match self {
            Self::All(_) => &[],
            Self::Topics(topics) => topics,
        }
    }
}
