//! sse-proto with every combination of its features: each builds without a warning, and passes the
//! same tests.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};

use crate::process::{self, cargo};

type Features = BTreeSet<String>;

/// What each feature of a package switches on.
type Table = BTreeMap<String, Vec<String>>;

/// Checks each combination, also when one has failed, and names those that did.
pub(crate) fn check() -> Result<()> {
    let metadata = process::metadata()?;
    let packages = metadata.workspace_packages();
    let package = packages
        .iter()
        .find(|package| package.name == "sse-proto")
        .context("sse-proto is no member of the workspace")?;
    let combinations = combinations(&package.features);
    let target = metadata.target_directory.join("combinations");

    let mut refused = Vec::new();
    for (number, features) in combinations.iter().enumerate() {
        let features: Vec<_> = features.iter().map(String::as_str).collect();
        let features = features.join(",");
        println!("-- {} of {}: {features}", number + 1, combinations.len());
        let select = format!("-p sse-proto --no-default-features --target-dir {target}");
        let clippy = format!("clippy --quiet {select} --features={features} -- -D warnings");
        let test = format!("test --quiet {select} --features={features} --lib --tests");
        for arguments in [clippy, test] {
            let mut command = cargo(&arguments);
            // There are dozens of test programs: they should be small, and run three times as fast.
            command.envs([
                ("CARGO_INCREMENTAL", "0"),
                ("CARGO_PROFILE_DEV_DEBUG", "0"),
                ("CARGO_PROFILE_DEV_OPT_LEVEL", "1"),
            ]);
            if process::run(&mut command).is_err() {
                refused.push(arguments);
            }
        }
    }
    if !refused.is_empty() {
        bail!(
            "these did not pass:\n  cargo {}",
            refused.join("\n  cargo ")
        );
    }
    Ok(())
}

/// All sets of features that differ in what they switch on.
fn combinations(table: &Table) -> BTreeSet<Features> {
    let features = table.keys().filter(|name| *name != "default");
    let mut sets = BTreeSet::from([Features::new()]);
    for feature in features {
        let with_it: Vec<_> = sets
            .iter()
            .map(|set| set.union(&implied(table, feature)).cloned().collect())
            .collect();
        sets.extend::<Vec<Features>>(with_it);
    }
    sets
}

/// `feature` and what it switches on in the same package.
fn implied(table: &Table, feature: &str) -> Features {
    let mut all = Features::from([feature.to_owned()]);
    let entries = table.get(feature).into_iter().flatten();
    for entry in entries.filter(|entry| table.contains_key(*entry)) {
        all.extend(implied(table, entry));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_that_switch_on_the_same_are_one() {
        let table = [
            ("default", &["std"][..]),
            ("std", &["alloc", "memchr/std", "bytes?/std"]),
            ("alloc", &[]),
            ("bytes", &["alloc", "dep:bytes"]),
            ("fast", &["dep:fast"]),
        ];
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let table = table.map(|(name, entries)| (name.to_owned(), owned(entries)));
        let found = combinations(&Table::from(table));
        let found: Vec<_> = found
            .into_iter()
            .map(|set| set.into_iter().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(
            found,
            [
                "",
                "alloc",
                "alloc bytes",
                "alloc bytes fast",
                "alloc bytes fast std",
                "alloc bytes std",
                "alloc fast",
                "alloc fast std",
                "alloc std",
                "fast",
            ]
        );
    }
}
