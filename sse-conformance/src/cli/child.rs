//! The suites whose testee is a child process.

use std::ffi::OsString;
use std::fmt;
use std::marker::PhantomData;
use std::ops::ControlFlow;

use clap::Args;
use sse_conformance::child::{self, Command, Unreachable};
use sse_conformance::rule::Rule;
use sse_conformance::suite::{Case, Options, Report, decoder, encoder};

use crate::cli::outcome::Stop;
use crate::cli::run::Suite;

/// The program under test.
#[derive(Args)]
pub(super) struct Testee<S: Send + Sync + Clone + 'static> {
    /// The program under test and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
    #[arg(skip)]
    suite: PhantomData<S>,
}

impl<S: Send + Sync + Clone> fmt::Debug for Testee<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.command.fmt(f)
    }
}

/// A suite for child processes.
pub(super) trait ChildSuite: Send + Sync + Clone + 'static {
    const NAME: &'static str;

    fn rules() -> Vec<Rule>;

    fn run(
        options: &Options,
        command: &Command,
        watch: &mut dyn FnMut(&Case) -> ControlFlow<()>,
    ) -> Result<Report, Unreachable>;
}

#[derive(Clone, Debug)]
pub(super) enum Decoder {}

impl ChildSuite for Decoder {
    const NAME: &'static str = "decoder";

    fn rules() -> Vec<Rule> {
        decoder::rules()
    }

    fn run(
        options: &Options,
        command: &Command,
        watch: &mut dyn FnMut(&Case) -> ControlFlow<()>,
    ) -> Result<Report, Unreachable> {
        child::decoder::run(options, command, watch)
    }
}

#[derive(Clone, Debug)]
pub(super) enum Encoder {}

impl ChildSuite for Encoder {
    const NAME: &'static str = "encoder";

    fn rules() -> Vec<Rule> {
        encoder::rules()
    }

    fn run(
        options: &Options,
        command: &Command,
        watch: &mut dyn FnMut(&Case) -> ControlFlow<()>,
    ) -> Result<Report, Unreachable> {
        child::encoder::run(options, command, watch)
    }
}

impl<S: ChildSuite> Suite for Testee<S> {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn rules(&self) -> Vec<Rule> {
        S::rules()
    }

    fn arguments(&self) -> Vec<String> {
        let words = self.command.iter().map(|word| word.to_string_lossy());
        ["--".to_owned()]
            .into_iter()
            .chain(words.map(|word| word.into_owned()))
            .collect()
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn run(
        &self,
        options: &Options,
        watch: &mut dyn FnMut(&Case) -> ControlFlow<()>,
    ) -> Result<Report, Stop> {
        let command = Command {
            words: self.command.clone(),
            timeout: options.timeout,
        };
        S::run(options, &command, watch).map_err(|error| Stop::Unreachable(error.to_string()))
    }
}
