//! The suites: what is run against an implementation, and what came of it.
//!
//! [`decoder::run`] judges a reader of event streams, [`encoder::run`] a writer. Both take
//! [`Options`] and return a [`Report`]. A run depends on nothing but its options and the
//! implementation, so that equal options give equal reports.

pub mod decoder;
pub mod encoder;

mod caught;
mod generated;
mod report;

pub use report::{Case, Counts, Failure, Report, Verdict};

/// How a suite is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Seeds the random cuts and the generated cases.
    pub seed: u64,
    /// How many streams or values each generated case tries.
    pub cases: u32,
    /// Run only the cases whose id contains this text.
    pub filter: Option<String>,
}

impl Default for Options {
    /// Every case, 256 values for each generated one, and a fixed seed.
    fn default() -> Self {
        Self {
            seed: 0,
            cases: 256,
            filter: None,
        }
    }
}

impl Options {
    pub(crate) fn selects(&self, id: &str) -> bool {
        self.filter
            .as_deref()
            .is_none_or(|filter| id.contains(filter))
    }
}
