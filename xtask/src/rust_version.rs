//! Compares the oldest Rust that each dependency promises with that of the libraries. A build with the oldest Rust
//! shows the same in `ci --full`, but needs that Rust, and minutes.

use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result, ensure};
use cargo_metadata::{
    CargoOpt, DependencyKind, Metadata, MetadataCommand, PackageId, semver::Version,
};
use xshell::Shell;

/// The packages that promise an oldest Rust.
const PROMISE: [&str; 3] = ["sse-proto", "sse-tower", "sse-conformance"];

/// Fails and names each normal dependency that needs a newer Rust than the libraries promise.
pub(crate) fn check(sh: &Shell) -> Result<()> {
    let mut metadata = MetadataCommand::new();
    let metadata = metadata
        .current_dir(sh.current_dir())
        .features(CargoOpt::AllFeatures)
        .exec()?;
    let needed = needed(&metadata)?;
    let packages = metadata.packages.iter();
    let promised = packages
        .clone()
        .find(|package| PROMISE.contains(&package.name.as_str()))
        .and_then(|package| package.rust_version.clone())
        .context("the libraries promise no version of Rust")?;
    let is_newer = |version: &Version| *version > promised;
    let newer: Vec<_> = packages
        .filter(|package| needed.contains(&package.id))
        .filter_map(|package| {
            Some((
                package,
                package.rust_version.as_ref().filter(|v| is_newer(v))?,
            ))
        })
        .map(|(package, version)| format!("{} {}: {version}", package.name, package.version))
        .collect();
    ensure!(
        newer.is_empty(),
        "dependencies that need a newer Rust than {promised}:\n  {}",
        newer.join("\n  ")
    );
    println!("all {} dependencies support Rust {promised}", needed.len());
    Ok(())
}

/// Returns the libraries and everything that their users build with them.
fn needed(metadata: &Metadata) -> Result<HashSet<PackageId>> {
    let resolved = metadata
        .resolve
        .as_ref()
        .context("no dependencies are resolved")?;
    let nodes: HashMap<_, _> = resolved.nodes.iter().map(|node| (&node.id, node)).collect();
    let libraries = metadata.packages.iter();
    let libraries = libraries.filter(|package| PROMISE.contains(&package.name.as_str()));
    let mut to_visit: Vec<_> = libraries.map(|package| package.id.clone()).collect();
    let mut needed = HashSet::new();
    while let Some(id) = to_visit.pop() {
        let node = nodes
            .get(&id)
            .context("a package is not among the resolved ones")?;
        if needed.insert(id) {
            let dependencies = node.deps.iter().filter(|dependency| {
                let mut kinds = dependency.dep_kinds.iter();
                kinds.any(|info| info.kind != DependencyKind::Development)
            });
            to_visit.extend(dependencies.map(|dependency| dependency.pkg.clone()));
        }
    }
    Ok(needed)
}
