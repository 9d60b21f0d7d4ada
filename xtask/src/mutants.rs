//! Mutants of the hub: faults that its simulation must find. `TABLE` lists them.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use xshell::{Shell, cmd};

use crate::process::{MEMBERS, cargo, target};

const TABLE: &str = "sse-tower/tests/hub/mutants.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    mutant: Vec<Mutant>,
}

/// A fault: one text in one file of the hub is replaced.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutant {
    name: String,
    breaks: String,
    file: String,
    old: String,
    new: String,
}

impl Mutant {
    fn path(&self) -> String {
        format!("sse-tower/src/hub/{}", self.file)
    }
}

/// Fails with a list of the mutants whose text does not occur exactly once.
pub(crate) fn check(sh: &Shell) -> Result<()> {
    read(sh).map(|_| ())
}

fn read(sh: &Shell) -> Result<Vec<Mutant>> {
    let table: Table = toml::from_str(&sh.read_file(TABLE)?).context(TABLE)?;
    let mut broken = Vec::new();
    for mutant in &table.mutant {
        let count = sh.read_file(mutant.path())?.matches(&mutant.old).count();
        if count != 1 {
            let (name, file) = (&mutant.name, &mutant.file);
            broken.push(format!("{name}: its text occurs {count} times in {file}"));
        }
    }
    let broken = broken.join("\n  ");
    ensure!(broken.is_empty(), "{TABLE}: broken mutants:\n  {broken}");
    Ok(table.mutant)
}

/// Runs the simulation once for each mutant, in a copy of the workspace, and prints the failing seeds. `only`
/// selects mutants by name. Fails with a list of the mutants that survive.
pub(crate) fn run(sh: &Shell, only: &str) -> Result<()> {
    let mutants = read(sh)?;
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
    let seeds = simulate(sh)?;
    ensure!(seeds.is_empty(), "the simulation fails without a mutant");
    let mut alive = Vec::new();
    for mutant in mutants.iter().filter(|mutant| mutant.name.contains(only)) {
        let (path, Mutant { name, old, new, .. }) = (mutant.path(), mutant);
        let original = sh.read_file(&path)?;
        sh.write_file(&path, original.replacen(old, new, 1))?;
        let seeds = simulate(sh).with_context(|| format!("{name} cannot be run"))?;
        sh.write_file(&path, original)?;
        println!("{name:<32} {}", seeds.join(", "));
        if seeds.is_empty() {
            alive.push(format!("{name}: {}", mutant.breaks));
        }
    }
    let alive = alive.join("\n  ");
    ensure!(alive.is_empty(), "mutants survive:\n  {alive}");
    Ok(())
}

/// Runs the simulation. Returns the failing seeds.
fn simulate(sh: &Shell) -> Result<Vec<String>> {
    let test = "test --quiet -p sse-tower --features hub,tokio --test hub";
    cargo(sh, &format!("{test} --no-run")).quiet().run()?;
    let report = cargo(sh, &format!("{test} simulation"));
    let report = report.quiet().ignore_status().ignore_stderr().read()?;
    let is_whole = report.contains("test result: ");
    ensure!(
        is_whole,
        "the simulation does not come to an end:\n{report}"
    );
    let seed = |line: &str| {
        let seed = line.strip_prefix("SSE_HUB_SEED=")?;
        let (seed, _) = seed.split_once(" SSE_HUB_RUNS=1 repeats")?;
        Some(format!("seed {seed}"))
    };
    Ok(report.lines().filter_map(seed).collect())
}
