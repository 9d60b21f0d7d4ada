//! `list` and `explain`: what the suites ask.

use clap::Args;
use sse_conformance::rule::Rule;

use super::run::Selection;
use super::{Outcome, Stop, print, rules};

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    selection: Selection,
}

impl List {
    pub(super) fn run(&self) -> Outcome {
        let options = self.selection.options();
        let rules: Vec<Rule> = rules()
            .into_iter()
            .filter(|rule| options.selects(rule))
            .collect();
        if rules.is_empty() {
            return Err(self.selection.selects_nothing());
        }
        for rule in rules {
            let level = rule.level.to_string();
            print(format_args!("{:<48} {level:<6} {}", rule.id, rule.text));
        }
        Ok(true)
    }
}

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The id of a case
    case: String,
}

impl Explain {
    pub(super) fn run(&self) -> Outcome {
        let rules = rules();
        let Some(rule) = rules.iter().find(|rule| rule.id == self.case) else {
            let word = self.case.rsplit('/').next().unwrap_or_default();
            let near: Vec<&str> = rules
                .iter()
                .map(|rule| rule.id.as_str())
                .filter(|id| !word.is_empty() && id.contains(word))
                .take(5)
                .collect();
            let hint = match near.join(", ") {
                near if near.is_empty() => "see `sse-conformance list`".to_owned(),
                near => format!("there is {near}"),
            };
            return Err(Stop::Usage(format!(
                "there is no case {}: {hint}",
                self.case
            )));
        };
        explain(rule);
        Ok(true)
    }
}

/// Prints all there is to know about a case.
fn explain(rule: &Rule) {
    print(format_args!("{}\n", rule.id));
    let line = |name: &str, text: &str| print(format_args!("{name:<9} {text}"));
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
