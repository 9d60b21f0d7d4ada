//! `list` and `explain`, which show the cases of the suites.

use clap::Args;
use sse_conformance::rule::Rule;
use sse_conformance::{report, suite};

use crate::cli::outcome::{Outcome, Stop};
use crate::cli::run::{Selection, near};
use crate::cli::text::{self, print};

/// Returns every rule of every suite, in the order of `list`.
pub(super) fn rules() -> Vec<Rule> {
    [
        suite::decoder::rules(),
        suite::encoder::rules(),
        suite::server::rules(),
        suite::log::rules(),
    ]
    .concat()
}

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    selection: Selection,
    /// Print everything about the cases as a JSON array
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(&self) -> Outcome {
        let options = self.selection.options();
        let all = rules();
        let rules: Vec<Rule> = all
            .iter()
            .filter(|rule| options.selects(rule))
            .cloned()
            .collect();
        if rules.is_empty() {
            return Err(self.selection.selects_nothing(&all));
        }
        if self.json {
            print(report::rules_json(&rules).trim_end());
            return Ok(true);
        }
        // A narrow terminal has no room for everything in one line.
        let narrow = text::width().is_some_and(|width| width < WIDE);
        for rule in rules {
            let level = rule.level.to_string();
            let line = match narrow {
                true => format!("{} ({level})\n    {}", rule.id, rule.text),
                false => format!("{:<48} {level:<6} {}", rule.id, rule.text),
            };
            print(text::for_stdout(&line));
        }
        Ok(true)
    }
}

/// The narrowest terminal on which the list has one line per case.
const WIDE: usize = 140;

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The ID of a case
    case: String,
}

impl Explain {
    pub(super) fn run(&self) -> Outcome {
        let rules = rules();
        let Some(rule) = rules.iter().find(|rule| rule.id == self.case) else {
            let near = near(&self.case, &rules);
            let hint = match near.join(", ") {
                near if near.is_empty() => "`sse-conformance list` shows all cases".to_owned(),
                near => format!("did you mean {near}?"),
            };
            return Err(Stop::Usage(format!(
                "no case has the ID {}: {hint}",
                self.case
            )));
        };
        explain(rule);
        Ok(true)
    }
}

/// Prints everything about a case.
fn explain(rule: &Rule) {
    print(format_args!("{}\n", rule.id));
    let line = |name: &str, text: &str| {
        print(text::for_stdout(&format!("{name:<9} {text}")));
    };
    line("rule", &rule.text);
    line(
        "level",
        &format!("{}: {}", rule.level, rule.level.meaning()),
    );
    line("clause", &rule.clause.title);
    line("", &rule.clause.url);
    if let Some(capability) = rule.capability {
        line("needs", capability);
    }
    for (index, step) in rule.steps.iter().enumerate() {
        let name = if index == 0 { "steps" } else { "" };
        line(name, &format!("{}. {step}", index + 1));
    }
    line("expects", &rule.expects);
    for (name, text) in &rule.example() {
        line(name, text);
    }
}
