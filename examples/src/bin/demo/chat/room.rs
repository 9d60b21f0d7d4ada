//! The people in the chat, and the channel from one of them to all.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::Serialize;
use sse_tower::{Event, EventType};
use tokio::sync::broadcast;

const JOINED: EventType = EventType::from_static("joined");
const LEFT: EventType = EventType::from_static("left");

/// The number of messages that a slow listener can be behind before it loses some.
const BACKLOG: usize = 64;

/// The name of somebody who posts without a stream.
const PASSER_BY: &str = "Passer-by";

/// The only room of the chat. Clones are handles to the same room.
#[derive(Clone)]
pub(super) struct Room(Arc<Mutex<Present>>);

/// The parts that change together: an arrival is announced with a count that includes it.
struct Present {
    /// The name of each ticket. A ticket is known only to its listener, a name to everyone.
    names: HashMap<String, String>,
    arrivals: u64,
    tickets: RandomState,
    ears: broadcast::Sender<Event>,
}

impl Room {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Present {
            names: HashMap::new(),
            arrivals: 0,
            tickets: RandomState::new(),
            ears: broadcast::Sender::new(BACKLOG),
        })))
    }

    /// Adds a listener under a new name, and tells the others.
    pub(super) fn join(&self) -> Listener {
        let mut present = self.present();
        // The hash has random keys of this process, so nobody can compute a ticket from another one.
        let ticket = format!("{:016x}", present.tickets.hash_one(present.arrivals));
        let name = name(present.arrivals);
        present.arrivals += 1;
        present.names.insert(ticket.clone(), name.clone());
        present.announce(JOINED, &name);
        Listener {
            room: self.clone(),
            ears: present.ears.subscribe(),
            listeners: present.names.len(),
            name,
            ticket,
        }
    }

    /// Sends `message` to everyone.
    pub(super) fn say(&self, ticket: &str, message: &str) {
        let present = self.present();
        let name = present.names.get(ticket).map_or(PASSER_BY, String::as_str);
        present.tell(None, &Said { name, message });
    }

    fn leave(&self, ticket: &str) {
        let mut present = self.present();
        if let Some(name) = present.names.remove(ticket) {
            present.announce(LEFT, &name);
        }
    }

    fn present(&self) -> MutexGuard<'_, Present> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A listener. When it is dropped, it leaves the room.
pub(super) struct Listener {
    room: Room,
    ears: broadcast::Receiver<Event>,
    listeners: usize,
    name: String,
    ticket: String,
}

impl Listener {
    pub(super) async fn hear(&mut self) -> Result<Event, broadcast::error::RecvError> {
        self.ears.recv().await
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn ticket(&self) -> &str {
        &self.ticket
    }

    pub(super) fn listeners_at_joining(&self) -> usize {
        self.listeners
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.room.leave(&self.ticket);
    }
}

#[derive(Serialize)]
struct Said<'a> {
    name: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
struct Moved<'a> {
    name: &'a str,
    listeners: usize,
}

impl Present {
    fn announce(&self, event_type: EventType, name: &str) {
        self.tell(
            Some(event_type),
            &Moved {
                name,
                listeners: self.names.len(),
            },
        );
    }

    /// The event is made once. All listeners share its text, which is behind an `Arc`.
    fn tell(&self, event_type: Option<EventType>, data: &impl Serialize) {
        let json = serde_json::to_string(data).expect("strings and numbers become JSON");
        let event = Event::new(json);
        let event = match event_type {
            Some(event_type) => event.with_type(event_type),
            None => event,
        };
        // An error only means that nobody listens.
        let _ = self.ears.send(event);
    }
}

/// Returns a name for the nth arrival. Names repeat after 256.
fn name(arrival: u64) -> String {
    const COLOURS: [&str; 16] = [
        "Amber", "Azure", "Coral", "Crimson", "Emerald", "Golden", "Indigo", "Ivory", "Jade",
        "Lilac", "Ruby", "Russet", "Sable", "Scarlet", "Silver", "Violet",
    ];
    const ANIMALS: [&str; 16] = [
        "Badger", "Crane", "Dolphin", "Falcon", "Finch", "Fox", "Gecko", "Heron", "Ibis", "Lynx",
        "Marten", "Otter", "Owl", "Raven", "Seal", "Wren",
    ];
    let pick = |names: [&'static str; 16], n: u64| names[(n % 16) as usize];
    // 7 and 16 have no common factor, so neighbours look different and every name is used.
    let (colour, animal) = (arrival * 7, arrival * 5 + arrival / 16);
    format!("{} {}", pick(COLOURS, colour), pick(ANIMALS, animal))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::name;

    #[test]
    fn the_first_256_names_differ() {
        let names: HashSet<_> = (0..256).map(name).collect();
        assert_eq!(names.len(), 256);
    }
}
