//! The events that a server has published, and how it writes them.

use crate::random::Random;

/// Numbered events, from 1. The number is the ID.
#[derive(Clone, Copy, Debug)]
pub(crate) struct History {
    seed: u64,
    pub(crate) length: u64,
}

impl History {
    pub(crate) fn new(seed: u64, length: u64) -> Self {
        Self { seed, length }
    }

    /// The data of an event.
    pub(crate) fn data(&self, number: u64) -> String {
        let mut random = Random(self.seed ^ number.wrapping_mul(0xA076_1D64_78BD_642F));
        let lines = 1 + random.below(3);
        let words = ["", "a", "é", "\u{1F600}", ": x", "id: 7", "data", "tail "];
        let lines: Vec<_> = (0..lines)
            .map(|line| {
                let word = words[random.below(words.len() as u64) as usize];
                format!("{number}.{line} {word}")
            })
            .collect();
        lines.join("\n")
    }

    /// The data of all events.
    pub(crate) fn all(&self) -> Vec<String> {
        (1..=self.length).map(|number| self.data(number)).collect()
    }

    /// The block of an event, written in one of the ways that mean the same.
    pub(crate) fn block(&self, number: u64, random: &mut Random) -> String {
        let end = ["\n", "\r\n", "\r"][random.below(3) as usize];
        let mut fields: Vec<_> = self
            .data(number)
            .split('\n')
            .map(|line| format!("data: {line}"))
            .collect();
        let place = random.below(fields.len() as u64 + 1) as usize;
        fields.insert(place, format!("id: {number}"));
        if random.percent(20) {
            fields.insert(0, ": a comment".to_owned());
        }
        if random.percent(10) {
            fields.push(format!("retry: {}", random.below(2000)));
        }
        if random.percent(10) {
            fields.push("unknown: field".to_owned());
        }
        let mut block: String = fields.into_iter().map(|field| field + end).collect();
        block.push_str(end);
        block
    }
}
