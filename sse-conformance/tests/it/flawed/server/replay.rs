//! The start of a stream: the events that the client missed, if it sends an ID.

use super::{Entry, Flaw, Hub, State};

impl Flaw {
    fn leaves_out_ids(self) -> bool {
        [Flaw::SkipsIds, Flaw::SkipsAtGap].contains(&self)
    }

    /// Returns the number that an event is sent with: 1, 3, 4, 6, 7, 9 if some are left out.
    pub(super) fn shown(self, id: u64) -> u64 {
        if self.leaves_out_ids() {
            id + id / 2
        } else {
            id
        }
    }
}

impl Hub {
    /// Returns the event that was sent with this number.
    pub(super) fn number_of(&self, shown: u64) -> u64 {
        let id = match self.flaw.leaves_out_ids() {
            true => shown - shown / 3,
            false => shown,
        };
        if self.is(Flaw::SkipsAtGap) && self.flaw.shown(id + 1) != shown + 1 {
            // This flaw looks for the next number, and does not find it.
            return self.state().newest();
        }
        id
    }

    /// Returns the missed events, and what the client is told first.
    pub(super) fn replay(&self, state: &State, resumes: bool, after: Option<u64>) -> Vec<Entry> {
        let oldest = match self.flaw {
            Flaw::ShortLog | Flaw::ShortLogIsSilent | Flaw::EndsAfterEachShortLog => {
                state.newest().saturating_sub(6)
            }
            _ => 0,
        };
        let oldest = oldest.max(state.base);
        let known = after.filter(|after| (oldest..=state.newest()).contains(after));
        let gap: &[u8] = match self.flaw {
            Flaw::GapLooksOrdinary => b"data: some events may be missing\n\n",
            Flaw::GapInJson => b"data: {\"missed\":true}\n\n",
            _ => b"event: gap\ndata: some events may be missing\n\n",
        };
        let manner = self.flaw.manner();
        let mut text = gap.to_vec();
        if manner.events.is_some() {
            // A client that came back with the unknown ID again would make no progress.
            text.splice(0..0, format!("id: {}\n", state.newest()).into_bytes());
        }
        let gap = Entry {
            id: 0,
            text,
            untyped: Vec::new(),
        };
        let is_old = after.is_some_and(|after| after < oldest);
        let silent = [Flaw::OldIdIsSilent, Flaw::ShortLogIsSilent].contains(&self.flaw);
        if is_old && silent {
            return state.log[(oldest - state.base) as usize..].to_vec();
        }
        let nothing = [Flaw::Minimal, Flaw::NothingAgain].contains(&self.flaw);
        if nothing || self.flaw.ticks() || manner.id_every.is_none() {
            return Vec::new();
        }
        if self.is(Flaw::Prologue) && !resumes {
            let text = b"retry: 2000\nid: 0\n\nevent: welcome\ndata: hello\n\n".to_vec();
            return vec![Entry { text, ..gap }];
        }
        let Some(after) = known else {
            if self.is(Flaw::GreetsEverybody) {
                let text = b"event: welcome\ndata: hello\n\n".to_vec();
                return vec![Entry { text, ..gap }];
            }
            return if resumes && !self.is(Flaw::SilentGap) {
                vec![gap]
            } else {
                Vec::new()
            };
        };
        let from = match self.flaw {
            Flaw::SkipsOne => after + 1,
            Flaw::RepeatsOne => after.saturating_sub(1),
            Flaw::RepeatsAll => 0,
            Flaw::NewestRepeatsAll if after == state.newest() => 0,
            _ => after,
        };
        let from = from.saturating_sub(state.base) as usize;
        let mut entries: Vec<_> = state.log.iter().skip(from).cloned().collect();
        let loses = self.is(Flaw::EndsAfterEachAndLoses);
        entries.retain(|entry| entry.id > 0 && !(loses && entry.id.is_multiple_of(17)));
        if self.is(Flaw::Backwards) {
            entries.reverse();
        }
        if self.is(Flaw::AgainWithoutId) {
            for entry in &mut entries {
                let text = String::from_utf8_lossy(&entry.text).into_owned();
                let lines = text
                    .split_inclusive('\n')
                    .filter(|line| !line.starts_with("id:"));
                entry.text = lines.collect::<String>().into_bytes();
            }
        }
        if self.is(Flaw::AgainWithoutType) {
            for entry in &mut entries {
                entry.text = std::mem::take(&mut entry.untyped);
            }
        }
        entries
    }
}
