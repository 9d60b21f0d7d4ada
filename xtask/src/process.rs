//! Running programs, and where things are.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use xshell::{Cmd, Shell, cmd};

/// Returns a shell at the root of the workspace.
pub(crate) fn shell() -> Result<Shell> {
    let shell = Shell::new()?;
    // Cargo says at run time where this package is: a shared target directory may hold a program
    // that was built in another checkout.
    let package = env::var("CARGO_MANIFEST_DIR").unwrap_or(env!("CARGO_MANIFEST_DIR").into());
    let root = Path::new(&package)
        .parent()
        .context("the package has no parent folder")?;
    shell.change_dir(root);
    Ok(shell)
}

/// Returns the target directory.
pub(crate) fn target(shell: &Shell) -> Result<PathBuf> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .current_dir(shell.current_dir())
        .no_deps()
        .exec()?;
    Ok(metadata.target_directory.into_std_path_buf())
}

/// Whether `program` is on the search path.
pub(crate) fn is_installed(program: &str) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

/// Returns the cargo of another toolchain of rustup's.
pub(crate) fn cargo_of<'a>(shell: &'a Shell, toolchain: &str) -> Cmd<'a> {
    // rustup's proxies remember in these variables which toolchain runs this program.
    ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"]
        .into_iter()
        .fold(cmd!(shell, "rustup run {toolchain} cargo"), Cmd::env_remove)
}
