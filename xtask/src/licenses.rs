//! Compares the licences of all third-party crates with the list in `deny.toml`. cargo-deny does the
//! same in `ci --full`, but takes minutes to install.

use anyhow::{Context, Result, ensure};
use cargo_metadata::{MetadataCommand, Package};
use spdx::{Expression, Licensee, ParseMode};
use xshell::Shell;

/// Fails and names each crate that has no licence expression, or one that the list does not allow.
pub(crate) fn check(sh: &Shell) -> Result<()> {
    let allowed = allowed(&sh.read_file("deny.toml")?)?;
    let packages = MetadataCommand::new().exec()?.packages;
    let is_refused = |package: &&Package| {
        let expression = package.license.as_deref().unwrap_or_default();
        !permits(expression, &allowed)
    };
    let refused: Vec<_> = packages
        .iter()
        .filter(is_refused)
        .map(|package| {
            format!(
                "{} {}: {:?}",
                package.name, package.version, package.license
            )
        })
        .collect();
    let refused = refused.join("\n  ");
    ensure!(
        refused.is_empty(),
        "licences that deny.toml does not allow:\n  {refused}"
    );
    println!(
        "deny.toml allows the licences of all {} crates",
        packages.len()
    );
    Ok(())
}

fn permits(expression: &str, allowed: &[Licensee]) -> bool {
    // Lax, because crates published long ago write `MIT/Apache-2.0`.
    Expression::parse_mode(expression, ParseMode::LAX).is_ok_and(|expression| {
        expression.evaluate(|required| allowed.iter().any(|license| license.satisfies(required)))
    })
}

fn allowed(deny: &str) -> Result<Vec<Licensee>> {
    let deny: toml::Table = deny.parse().context("deny.toml is not valid TOML")?;
    let names = deny.get("licenses").and_then(|table| table.get("allow"));
    let names = names.and_then(|list| list.as_array());
    let names = names.context("deny.toml has no list [licenses] allow")?;
    let parse = |name: &toml::Value| {
        Licensee::parse(name.as_str().unwrap_or_default())
            .with_context(|| format!("deny.toml: {name:?} is not a licence"))
    };
    names.iter().map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_evaluated() {
        let allowed = allowed("[licenses]\nallow = ['MIT', 'Apache-2.0']").unwrap();
        for (expression, permitted) in [
            ("MIT", true),
            ("MIT/Apache-2.0", true),
            ("Unlicense OR MIT", true),
            ("GPL-3.0-only", false),
            ("MIT AND Unicode-3.0", false),
            ("(MIT OR GPL-3.0-only) AND Apache-2.0", true),
            ("no licence", false),
            ("", false),
        ] {
            assert_eq!(permits(expression, &allowed), permitted, "{expression}");
        }
    }
}
