//! The bytes on an idle stream.

use std::time::Duration;

use crate::driver::recording::Recording;
use crate::suite::server::observation::blocks::{Block, blocks};

/// Returns the number of moments at which bytes arrived. Bytes within a fifth of a second count as
/// one moment.
pub(crate) fn signs_of_life(recording: &Recording) -> usize {
    moments(recording).len()
}

pub(crate) fn moments(recording: &Recording) -> Vec<Duration> {
    let mut moments: Vec<Duration> = Vec::new();
    for (_, at) in &recording.arrivals {
        if moments
            .last()
            .is_none_or(|last| *at > *last + Duration::from_millis(200))
        {
            moments.push(*at);
        }
    }
    moments
}

/// Returns the IDs that come with heartbeats. IDs do not count if they come with an event, in a
/// separate block after an event, or at the start, where they tell a new client its place.
pub(crate) fn idle_ids(recording: &Recording) -> Vec<String> {
    let early = |block: &Block| {
        let end = block.lines.last().map_or(0, |line| line.end);
        let arrival = recording.arrivals.iter().find(|(length, _)| *length >= end);
        arrival.is_some_and(|(_, at)| *at < recording.head_at + Duration::from_millis(100))
    };
    let mut ids = Vec::new();
    let mut is_after_event = false;
    for block in blocks(&recording.bytes)
        .iter()
        .filter(|block| block.is_ended)
    {
        let is_heartbeat = block.is_heartbeat();
        let is_of_event = !is_heartbeat || is_after_event && !block.has("data");
        let own = block.values("id").map(str::to_owned);
        if !is_of_event && !early(block) {
            ids.extend(own);
        }
        is_after_event = match block.has("id") {
            true => false,
            false => is_after_event || !is_heartbeat,
        };
    }
    ids
}

/// Returns whether bytes arrived on the idle stream after the greeting.
pub(crate) fn has_come(recording: &Recording) -> bool {
    let greeted = recording.head_at + Duration::from_millis(200);
    moments(recording).into_iter().any(|at| at > greeted)
}
