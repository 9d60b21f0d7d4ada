//! The contents of a node, for people: who is there, and how far behind.

use crate::hub::{
    node::{
        Node,
        members::Member,
        selection::Selection,
        topics::{State, TopicKey},
        waiters::Woken,
    },
    presence::{Presence, Subscriber},
    snapshot::{HubSnapshot, SubscriberSnapshot, TopicSnapshot},
};

impl Node {
    /// Returns who is subscribed to a topic by its name.
    pub(crate) fn presence(&self, topic: &str) -> Presence {
        let Some(key) = self.topics.find(topic) else {
            return Presence::default();
        };
        let mut presence = Presence {
            subscriptions: self.topics.state(key).map_or(0, State::subscriptions),
            ..Presence::default()
        };
        for member in self.members.iter() {
            if member
                .topics
                .as_ref()
                .is_some_and(|topics| topics.contains(&key))
            {
                *presence.keys.entry(member.key.clone()).or_default() += 1;
            }
        }
        presence
    }

    /// Notes for the [snapshot](Self::snapshot) where a subscription is.
    pub(crate) fn set_position(&mut self, selection: &Selection, position: u64) {
        self.members.set_position(selection.member, position);
    }

    /// Returns the contents of the node. `max_rows` limits each of the two lists.
    pub(crate) fn snapshot(&self, max_rows: usize) -> HubSnapshot {
        let mut topics: Vec<&State> = self.topics.iter().collect();
        topics.sort_by(|a, b| {
            let order = b.subscriptions().cmp(&a.subscriptions());
            order.then_with(|| a.name.as_str().cmp(b.name.as_str()))
        });
        let topic = |state: &&State| TopicSnapshot {
            name: state.name.as_str().to_owned(),
            events: state.events(),
            subscriptions: state.subscriptions(),
        };
        // An event of several of its topics counts for each of them.
        let lag = |member: &Member| match &member.topics {
            None => self.head.saturating_sub(member.position),
            Some(topics) => {
                let states = topics.iter().filter_map(|key| self.topics.state(*key));
                states
                    .map(|state| state.events_after(member.position) as u64)
                    .sum()
            }
        };
        let mut members: Vec<_> = self
            .members
            .iter()
            .map(|member| (lag(member), member))
            .collect();
        members.sort_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.key.cmp(&other.key)));
        let name = |key: &TopicKey| Some(self.topics.state(*key)?.name.as_str().to_owned());
        let subscriber = |(lag, member): &(u64, &Member)| SubscriberSnapshot {
            key: member.key.as_ref().to_owned(),
            topics: member
                .topics
                .as_ref()
                .map(|topics| topics.iter().filter_map(name).collect()),
            position: member.position,
            lag: *lag,
        };
        HubSnapshot {
            head: self.head().text(),
            published: self.head,
            floor: self.floor,
            events: self.head + 1 - self.first_framed,
            bytes: self.bytes,
            subscriptions: self.subscriptions,
            topic_count: topics.len(),
            topics: topics.iter().take(max_rows).map(topic).collect(),
            subscribers: members.iter().take(max_rows).map(subscriber).collect(),
        }
    }

    /// Returns the subscriptions that have a key.
    pub(crate) fn subscribers(&self) -> Vec<Subscriber> {
        let name = |key: &TopicKey| Some(self.topics.state(*key)?.name.clone());
        let subscriber = |member: &Member| Subscriber {
            key: member.key.clone(),
            topics: member
                .topics
                .as_ref()
                .map(|topics| topics.iter().filter_map(name).collect()),
            serial: member.serial,
        };
        self.members.iter().map(subscriber).collect()
    }

    /// Ends the subscriptions for which `is_meant` returns true. Returns their number.
    pub(crate) fn kick(
        &mut self,
        is_meant: impl FnMut(&Member) -> bool,
        woken: &mut Woken,
    ) -> usize {
        self.members.kick(is_meant, woken)
    }
}
