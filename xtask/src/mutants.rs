//! Mutants of the hub, of runs and of their store in Redis: faults that their tests must find. A table in the folder of the tests lists them.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use xshell::{Shell, cmd};

use crate::{
    process::{MEMBERS, cargo, target},
    setup,
};

/// The modules of sse-tower that have mutants.
const SUBJECTS: [Subject; 3] = [
    Subject {
        module: "hub",
        source: "hub",
        features: "hub,tokio",
        tests: "simulation",
        seed: "SSE_HUB_SEED=",
    },
    Subject {
        module: "runs",
        source: "runs",
        features: "axum,runs,tokio",
        tests: "",
        seed: "SSE_RUNS_SEED=",
    },
    Subject {
        module: "redis",
        source: "runs/store/redis",
        features: "redis,runs",
        tests: "runs",
        seed: "SSE_RUNS_SEED=",
    },
];

/// The time after which tests are ended: with some mutants they would run for ever.
const LIMIT: Duration = Duration::from_secs(600);

/// A module whose mutants its tests must find.
struct Subject {
    /// The name of the program with its tests.
    module: &'static str,
    /// The folder of the code.
    source: &'static str,
    features: &'static str,
    /// Selects tests by name.
    tests: &'static str,
    /// The text before the seed in the output of a simulation.
    seed: &'static str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    mutant: Vec<Mutant>,
}

/// A fault: one text in one file of the module is replaced.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutant {
    name: String,
    breaks: String,
    file: String,
    old: String,
    new: String,
}

impl Subject {
    fn table(&self) -> String {
        format!("sse-tower/tests/{}/mutants.toml", self.module)
    }

    fn path(&self, mutant: &Mutant) -> String {
        format!("sse-tower/src/{}/{}", self.source, mutant.file)
    }
}

/// Fails with a list of the mutants whose text does not occur exactly once.
pub(crate) fn check(sh: &Shell) -> Result<()> {
    for subject in &SUBJECTS {
        read(sh, subject)?;
    }
    Ok(())
}

fn read(sh: &Shell, subject: &Subject) -> Result<Vec<Mutant>> {
    let path = subject.table();
    let table: Table = toml::from_str(&sh.read_file(&path)?).with_context(|| path.clone())?;
    let mut broken = Vec::new();
    for mutant in &table.mutant {
        let text = sh.read_file(subject.path(mutant))?;
        let count = text.matches(&mutant.old).count();
        if count != 1 {
            let (name, file) = (&mutant.name, &mutant.file);
            broken.push(format!("{name}: its text occurs {count} times in {file}"));
        }
    }
    let broken = broken.join("\n  ");
    ensure!(broken.is_empty(), "{path}: broken mutants:\n  {broken}");
    Ok(table.mutant)
}

/// Runs the tests once for each mutant, in a copy of the workspace, and prints the failing seeds and tests. `only`
/// selects mutants by name, or all of a module. Fails with a list of the mutants that survive.
pub(crate) fn run(sh: &Shell, only: &str) -> Result<()> {
    check(sh)?;
    let _redis = sh.push_env("REDIS_SERVER", setup::redis(sh)?);
    let copy = target(sh)?.join("mutants");
    sh.remove_path(&copy)?;
    sh.create_dir(&copy)?;
    cmd!(
        sh,
        "cp -R Cargo.toml Cargo.lock README.md docs {MEMBERS...} {copy}"
    )
    .run()?;
    let _target = sh.push_env("CARGO_TARGET_DIR", copy.with_file_name("mutants-build"));
    let _level = sh.push_env("CARGO_PROFILE_DEV_OPT_LEVEL", "1");
    // More runs than CI has: some mutants need a rare order of events.
    let _runs = sh.push_env("SSE_HUB_RUNS", "5000");
    // A mutant leaves code unused.
    let _lints = sh.push_env("RUSTFLAGS", "--cap-lints allow");
    let _folder = sh.push_dir(copy);
    let mut alive = Vec::new();
    for subject in &SUBJECTS {
        try_all(sh, subject, only, &mut alive)?;
    }
    let alive = alive.join("\n  ");
    ensure!(alive.is_empty(), "mutants survive:\n  {alive}");
    Ok(())
}

/// Tries the mutants of a module, and adds those that survive.
fn try_all(sh: &Shell, subject: &Subject, only: &str, alive: &mut Vec<String>) -> Result<()> {
    let mut mutants = read(sh, subject)?;
    mutants.retain(|mutant| subject.module == only || mutant.name.contains(only));
    if mutants.is_empty() {
        return Ok(());
    }
    let failing = run_tests(sh, subject)?;
    ensure!(
        failing.is_empty(),
        "the tests of {} fail without a mutant: {}",
        subject.module,
        failing.join(", ")
    );
    for mutant in &mutants {
        let (path, Mutant { name, old, new, .. }) = (subject.path(mutant), mutant);
        let original = sh.read_file(&path)?;
        sh.write_file(&path, original.replacen(old, new, 1))?;
        let failing = run_tests(sh, subject).with_context(|| format!("{name} cannot be run"))?;
        sh.write_file(&path, original)?;
        println!("{name:<36} {}", failing.join(", "));
        if failing.is_empty() {
            alive.push(format!("{name}: {}", mutant.breaks));
        }
    }
    Ok(())
}

/// Runs the tests of a module. Returns the failing seeds and then the failing tests.
fn run_tests(sh: &Shell, subject: &Subject) -> Result<Vec<String>> {
    let Subject {
        module,
        features,
        tests,
        seed,
        ..
    } = subject;
    let test = format!("test --quiet -p sse-tower --features {features} --test {module}");
    cargo(sh, &format!("{test} --no-run")).quiet().run()?;
    let limit = LIMIT.as_secs().to_string();
    let test = format!("{test} {tests}");
    let test = test.split_whitespace();
    let report = cmd!(sh, "timeout --signal=KILL {limit} cargo {test...}");
    let report = report.quiet().ignore_status().ignore_stderr().read()?;
    if !report.contains("test result: ") {
        return Ok(vec!["the tests do not come to an end".to_owned()]);
    }
    let seeds = report.lines().filter_map(|line| {
        let (number, rest) = line.strip_prefix(seed)?.split_once(' ')?;
        let is_failure = rest.ends_with(" repeats this run");
        is_failure.then(|| format!("seed {number}"))
    });
    // The list of failures at the end names each test in a line of its own.
    let names = report.lines().filter_map(|line| {
        let name = line.strip_prefix("    ")?;
        let is_name = name.contains("::") && !name.contains(' ');
        is_name.then(|| name.to_owned())
    });
    Ok(seeds.chain(names).collect())
}
