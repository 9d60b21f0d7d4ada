//! A row in the tables of cases.

use crate::driver::capability::Capability;
use crate::rule::{Level, Section};
use crate::suite::server::judges::judged::Judged;
use crate::suite::server::observation::seen::Observation;
use crate::suite::server::scenes::scene::Scene;

/// One case.
///
/// `explain` and the reports describe a case by its row:
///
/// - The steps are those of its scene, in `scenes/steps.rs`. A new scene or question does not
///   compile without its steps.
/// - The clause is that of its section. [`Row::at`] makes it more exact. A row that rests on an RFC
///   must have it, which a test checks.
/// - The expectation is the rule up to the colon. [`Row::expects`] replaces it if the rule does not
///   say what the suite looks for.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) id: &'static str,
    pub(crate) level: Level,
    pub(crate) section: Section,
    /// The part of the section. See [`Section::clause`].
    pub(crate) part: Option<&'static str>,
    pub(crate) expects: Option<&'static str>,
    pub(crate) rule: &'static str,
    pub(crate) needs: Option<Capability>,
    pub(crate) scene: Scene,
    pub(crate) judge: fn(&Observation) -> Judged,
}

pub(crate) const fn row(
    id: &'static str,
    level: Level,
    section: Section,
    scene: Scene,
    judge: fn(&Observation) -> Judged,
    rule: &'static str,
) -> Row {
    Row {
        id,
        level,
        section,
        part: None,
        expects: None,
        rule,
        needs: None,
        scene,
        judge,
    }
}

impl Row {
    pub(crate) const fn needs(mut self, capability: Capability) -> Self {
        self.needs = Some(capability);
        self
    }

    /// Names the part of the section that the row rests on: `.at("8.3")` for a section of an RFC,
    /// an anchor for any other standard, or a whole URL.
    pub(crate) const fn at(mut self, part: &'static str) -> Self {
        self.part = Some(part);
        self
    }

    /// Sets the expectation of the suite, in one sentence.
    pub(crate) const fn expects(mut self, expects: &'static str) -> Self {
        self.expects = Some(expects);
        self
    }
}
