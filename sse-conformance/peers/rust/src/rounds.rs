//! Times that a busy machine disturbs little: all take turns many times, and the medians count.

use std::time::{Duration, Instant};

use anyhow::Result;

/// Does its work this many times and returns the time that it took.
pub type Work<'a> = Box<dyn FnMut(u64) -> Result<Duration> + 'a>;

/// The total time.
#[derive(Clone, Copy, Debug)]
pub struct Rounds {
    /// The number of turns of each.
    pub count: usize,
    /// The shortest time of a turn.
    pub turn: Duration,
}

impl Rounds {
    /// Returns the seconds that each of `everyone` takes to do its work once: the median of its
    /// turns.
    ///
    /// # Errors
    /// Fails if the work fails.
    pub fn medians(self, everyone: &mut [Work<'_>]) -> Result<Vec<f64>> {
        let mut times = Vec::new();
        for work in &mut *everyone {
            times.push(self.fill_a_turn(work)?);
        }
        let mut seconds = vec![Vec::new(); everyone.len()];
        for round in 0..self.count {
            for turn in 0..everyone.len() {
                // Another one goes first in each round.
                let who = (turn + round) % everyone.len();
                let time = everyone[who](times[who])?;
                seconds[who].push(time.as_secs_f64() / times[who] as f64);
            }
        }
        Ok(seconds.into_iter().map(median).collect())
    }

    /// Returns how many times the work must be done to fill a turn. Afterwards, caches are warm.
    fn fill_a_turn(self, work: &mut Work<'_>) -> Result<u64> {
        let mut times = 1;
        loop {
            let time = work(times)?;
            if time >= self.turn {
                return Ok(times);
            }
            let factor = self.turn.as_secs_f64() / time.as_secs_f64().max(1e-9);
            times = (times as f64 * factor.clamp(1.2, 100.0)).ceil() as u64;
        }
    }
}

/// Returns `run` as work that is timed here.
pub fn timed<'a>(mut run: impl FnMut() + 'a) -> Work<'a> {
    Box::new(move |times| {
        let start = Instant::now();
        for _ in 0..times {
            run();
        }
        Ok(start.elapsed())
    })
}

/// Returns the median, or NaN without values.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => values[length / 2],
        length => values[length / 2 - 1].midpoint(values[length / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
    }

    #[test]
    fn each_has_its_own_number_of_times_and_every_round() {
        let rounds = Rounds {
            count: 3,
            turn: Duration::from_millis(10),
        };
        let mut calls = [Vec::new(), Vec::new()];
        let [fast, slow] = &mut calls;
        let mut everyone: [Work<'_>; 2] = [
            Box::new(|times| {
                fast.push(times);
                Ok(Duration::from_millis(times))
            }),
            Box::new(|times| {
                slow.push(times);
                Ok(Duration::from_millis(5 * times))
            }),
        ];
        assert_eq!(rounds.medians(&mut everyone).unwrap(), [0.001, 0.005]);
        drop(everyone);
        assert_eq!(calls, [vec![1, 10, 10, 10, 10], vec![1, 2, 2, 2, 2]]);
    }
}
