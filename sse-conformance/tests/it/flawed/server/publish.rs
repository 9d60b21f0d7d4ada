//! Publishes events: writes the block and sends it to every client.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use sse_conformance::suite::server::{Answer, Event};

use super::{Entry, Flaw, Hub, Message, State};

impl Hub {
    pub(super) fn publish(&self, event: &Event<'_>) -> Answer {
        let breaks =
            |text: Option<&str>| text.is_some_and(|text| text.contains(['\n', '\r', '\0']));
        let raw_id = [Flaw::RawId, Flaw::StripsLfFromId].contains(&self.flaw) && breaks(event.id);
        let raw_type =
            [Flaw::RawType, Flaw::RawTypeLast, Flaw::StripsLfFromType].contains(&self.flaw);
        if breaks(event.event_type) && !raw_type {
            return Answer::Refused;
        }
        if self.is(Flaw::RefusesTypes) && event.event_type.is_some() {
            return Answer::Refused;
        }
        if self.is(Flaw::CarelessHead) {
            thread::sleep(Duration::from_millis(1200));
        }
        if self.is(Flaw::DiesOfNulId) && event.id.is_some_and(|id| id.contains('\0')) {
            self.dead.store(true, Ordering::SeqCst);
            self.state().readers.clear();
            return Answer::Done;
        }
        if breaks(event.id) && !raw_id {
            return Answer::Refused;
        }
        let is_together = self.takes_its_time();
        let mut state = self.state();
        let is_long = event.data.len() > 16 * 1024;
        if self.is(Flaw::WaitsForTheSlowAtOnce) && is_long && state.readers.len() > 1 {
            // As if not even the first event had been written to the socket.
            self.sleep();
        }
        let id = state.newest() + 1;
        let shown = if self.is(Flaw::CarelessStream) {
            "é\0".to_owned()
        } else if raw_id {
            let id = event.id.unwrap_or_default();
            match self.flaw {
                Flaw::StripsLfFromId => id.replace('\n', ""),
                _ => id.to_owned(),
            }
        } else {
            self.flaw.shown(id).to_string()
        };
        let event_type = self.type_of(&mut state, event.event_type);
        let entry = Entry {
            id,
            text: self.written(event, event_type.as_deref(), &shown),
            untyped: self.written(event, None, &shown),
        };
        if !self.is(Flaw::ForgetsWhileAway) || !state.readers.is_empty() {
            state.log.push(entry.clone());
        } else {
            let gone = Entry {
                id: 0,
                ..entry.clone()
            };
            state.log.push(gone);
        }
        if self.is(Flaw::Coalesces) {
            state.held = Some(entry);
            drop(state);
            thread::sleep(Duration::from_millis(20));
            let mut state = self.state();
            // The newest event replaces those that came meanwhile.
            if let Some(newest) = state.held.take() {
                self.deliver(&mut state, newest);
            }
            return Answer::Done;
        }
        if self.is(Flaw::CoalescesTwice) && is_together {
            self.deliver(&mut state, entry.clone());
        }
        self.deliver(&mut state, entry);
        Answer::Done
    }

    /// Waits while other events are published. Returns whether there were any.
    fn takes_its_time(&self) -> bool {
        if !self.is(Flaw::CoalescesTwice) {
            return false;
        }
        self.state().publishing += 1;
        thread::sleep(Duration::from_millis(20));
        let is_together = self.state().publishing > 1;
        thread::sleep(Duration::from_millis(20));
        self.state().publishing -= 1;
        is_together
    }

    /// Publishes several events at once.
    pub(super) fn batch(&self, events: &[Event<'_>]) -> Answer {
        let mut events = events.to_vec();
        match self.flaw {
            Flaw::LastOfBatch => drop(events.drain(..events.len() - 1)),
            Flaw::BatchBackwards => events.reverse(),
            Flaw::BatchTwice => events.extend(events.clone()),
            Flaw::BatchInOneBlock => {
                let all: Vec<&str> = events.iter().map(|event| event.data).collect();
                return self.publish(&Event {
                    data: &all.join("\n"),
                    ..events[0]
                });
            }
            _ => {}
        }
        for event in &events {
            self.publish(event);
        }
        Answer::Done
    }

    /// Returns the type that an event is written with.
    fn type_of(&self, state: &mut State, event_type: Option<&str>) -> Option<String> {
        if self.is(Flaw::TypeLeaks) && event_type.is_none() {
            return state.last_type.clone();
        }
        let is_mark = |char: char| char.is_ascii_punctuation();
        let changed = event_type.map(|event_type| match self.flaw {
            Flaw::LowersType => event_type.to_ascii_lowercase(),
            Flaw::DropsMarksOfType => event_type.replace(is_mark, ""),
            Flaw::TrimsType => event_type.trim().to_owned(),
            Flaw::DropsTypeMessage if event_type == "message" => "update".to_owned(),
            Flaw::StripsLfFromType => event_type.replace('\n', ""),
            _ => event_type.to_owned(),
        });
        state.last_type = changed.clone();
        changed.filter(|_| !self.is(Flaw::DropsType))
    }

    fn deliver(&self, state: &mut State, entry: Entry) {
        let send = |state: &State, entry: &Entry| {
            for reader in state.readers.values() {
                let _ = reader.send(Message::Event(entry.clone()));
            }
        };
        match self.flaw {
            Flaw::HoldsUntilTheNext => {
                if let Some(held) = state.held.replace(entry) {
                    send(state, &held);
                }
            }
            Flaw::Twice => {
                send(state, &entry);
                send(state, &entry);
            }
            Flaw::LosesEveryThird if entry.id.is_multiple_of(3) => {}
            Flaw::LosesInABurst if entry.id.is_multiple_of(17) => {}
            Flaw::Swaps => match state.held.take() {
                Some(held) => {
                    send(state, &entry);
                    send(state, &held);
                }
                None if entry.id % 20 == 19 => state.held = Some(entry),
                None => send(state, &entry),
            },
            Flaw::RoundRobin => {
                state.turn += 1;
                let index = state.turn as usize % state.readers.len().max(1);
                if let Some(reader) = state.readers.values().nth(index) {
                    let _ = reader.send(Message::Event(entry));
                }
            }
            _ => send(state, &entry),
        }
    }

    /// Returns the block of an event.
    fn written(&self, event: &Event<'_>, event_type: Option<&str>, id: &str) -> Vec<u8> {
        let end = if self.is(Flaw::CrLf) { "\r\n" } else { "\n" };
        let space = if self.is(Flaw::NoSpace) { "" } else { " " };
        let mut data = event.data.to_owned();
        match self.flaw {
            Flaw::TrimsData => data = data.trim_end().to_owned(),
            Flaw::JoinsSpaces => data = data.replace("  ", " "),
            Flaw::StripsBom => data = data.trim_start_matches('\u{feff}').to_owned(),
            Flaw::EscapesMarkup => data = data.replace('<', "&lt;"),
            Flaw::WrapsInJson => data = format!("[\"{}\"]", data.replace('\n', "\\n")),
            Flaw::StopsAtNul => data.truncate(data.find('\0').unwrap_or(data.len())),
            Flaw::CutsAt16K => data.truncate(16 * 1024),
            Flaw::SplitsAtUnicode => data = data.replace(['\u{2028}', '\u{2029}', '\u{85}'], "\n"),
            _ => {}
        }
        let lines: Vec<String> = match self.flaw {
            Flaw::DropsEmptyData if data.is_empty() => vec![],
            Flaw::RawData => vec![data],
            Flaw::SplitsAtLfOnly => data.split('\n').map(str::to_owned).collect(),
            Flaw::DoublesCrLf => data.split(['\n', '\r']).map(str::to_owned).collect(),
            _ => data
                .replace("\r\n", "\n")
                .replace('\r', "\n")
                .split('\n')
                .map(str::to_owned)
                .collect(),
        };
        let mut text = String::new();
        if self.is(Flaw::BomBeforeEachEvent) {
            text.push('\u{feff}');
        }
        let type_field = event_type.map(|event_type| format!("event: {event_type}{end}"));
        let type_field = type_field.unwrap_or_default();
        if !self.is(Flaw::RawTypeLast) {
            text.push_str(&type_field);
        }
        let manner = self.flaw.manner();
        let has_id = match id.parse() {
            Ok(number) => manner
                .id_every
                .is_some_and(|every| every > 0 && u64::is_multiple_of(number, every)),
            Err(_) => manner.id_every.is_some(),
        };
        if has_id && !manner.id_in_block {
            text.push_str(&format!("id: {id}{end}"));
        }
        for line in lines {
            match line.strip_prefix(':') {
                Some(_) if self.is(Flaw::ColonIsComment) => text.push_str(&format!("{line}{end}")),
                _ => text.push_str(&format!("data:{space}{line}{end}")),
            }
        }
        if self.is(Flaw::RawTypeLast) {
            text.push_str(&type_field);
        }
        text.push_str(end);
        if has_id && manner.id_in_block {
            text.push_str(&format!("id: {id}{end}{end}"));
        }
        let fits = text.chars().all(|char| char as u32 <= 0xff);
        match self.flaw {
            Flaw::AsciiOnly => text.chars().map(|char| char as u32 as u8).collect(),
            Flaw::Latin1IfItFits if fits => text.chars().map(|char| char as u32 as u8).collect(),
            Flaw::CutsCharacters => text
                .as_bytes()
                .chunks(4096)
                .flat_map(|part| String::from_utf8_lossy(part).into_owned().into_bytes())
                .collect(),
            _ => text.into_bytes(),
        }
    }
}
