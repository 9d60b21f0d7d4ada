//! Compares the licences of all third-party crates with the list in `deny.toml`. cargo-deny does the
//! same in `ci --full`, but takes minutes to install.

use anyhow::{Context, Result, bail};
use cargo_metadata::{MetadataCommand, Package};
use spdx::{Expression, Licensee, ParseMode};
use xshell::Shell;

/// Fails and names each crate that has no licence expression, or one that the list does not allow.
pub(crate) fn check(sh: &Shell) -> Result<()> {
    let allowed = allowed(&sh.read_file("deny.toml")?)?;
    let metadata = MetadataCommand::new().exec()?;
    let crates = metadata
        .packages
        .iter()
        .filter(|package| package.source.is_some());
    let (mut checked, mut refused) = (0, Vec::new());
    for package in crates {
        checked += 1;
        if let Err(error) = judge(package, &allowed) {
            refused.push(format!("{} {}: {error:#}", package.name, package.version));
        }
    }
    if !refused.is_empty() {
        bail!(
            "licences that deny.toml does not allow:\n  {}",
            refused.join("\n  ")
        );
    }
    println!("{checked} crates, all under licences that deny.toml allows");
    Ok(())
}

fn judge(package: &Package, allowed: &[Licensee]) -> Result<()> {
    let expression = package
        .license
        .as_deref()
        .context("has no licence expression")?;
    if !permits(expression, allowed)? {
        bail!("{expression}");
    }
    Ok(())
}

fn permits(expression: &str, allowed: &[Licensee]) -> Result<bool> {
    // Lax, because crates published long ago write `MIT/Apache-2.0`.
    let expression = Expression::parse_mode(expression, ParseMode::LAX)
        .with_context(|| format!("`{expression}` is not a licence expression"))?;
    Ok(expression.evaluate(|required| allowed.iter().any(|license| license.satisfies(required))))
}

fn allowed(deny: &str) -> Result<Vec<Licensee>> {
    let deny: toml::Table = deny.parse().context("deny.toml is not valid TOML")?;
    let names = deny
        .get("licenses")
        .and_then(|table| table.get("allow"))
        .and_then(|list| list.as_array());
    let names = names.context("deny.toml has no list [licenses] allow")?;
    let licensee = |name: &toml::Value| {
        let name = name
            .as_str()
            .context("[licenses] allow in deny.toml must hold strings")?;
        Licensee::parse(name).with_context(|| format!("deny.toml: `{name}` is not a licence"))
    };
    names.iter().map(licensee).collect()
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
        ] {
            assert_eq!(
                permits(expression, &allowed).unwrap(),
                permitted,
                "{expression}"
            );
        }
        assert!(permits("no licence", &allowed).is_err());
    }
}
