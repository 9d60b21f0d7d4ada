//! `cargo xtask setup`: installs what is missing; running it again changes nothing.
//!
//! Each function makes sure of one thing, so that a part of the tests asks only for what it needs.
//! Rust and Node.js are taken as given; the rest comes by package name from Debian, from npm by the
//! lock file, and from PyPI.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{self, command, is_installed, read, root};

/// One version for everyone, so that a new dictionary cannot break an old commit.
const TYPOS: &str = "1.52.0";

/// The oldest Node.js whose test runner the browser tests are written for.
const NODE_MAJOR: u32 = 20;

/// Makes sure of everything that `test --all` and `ci` need.
pub(crate) fn everything() -> Result<()> {
    rust_components()?;
    c_compiler()?;
    node_packages()?;
    println!("chromium: {}", chromium()?.display());
    println!("nginx: {}", nginx()?.display());
    println!("typos: {}", typos()?.display());
    Ok(())
}

/// rustfmt and clippy, which rustup's minimal profile leaves out.
pub(crate) fn rust_components() -> Result<()> {
    for (component, tool) in [("rustfmt", "cargo-fmt"), ("clippy", "cargo-clippy")] {
        if !is_installed(tool) || read(Command::new(tool).arg("--version")).is_err() {
            process::run(command("rustup").args(["component", "add", component]))?;
        }
    }
    Ok(())
}

/// A C compiler to link the no_std proof with; `nm` comes with it.
pub(crate) fn c_compiler() -> Result<()> {
    if is_installed("cc") && is_installed("nm") {
        return Ok(());
    }
    apt_install(&["gcc", "libc6-dev"])
}

/// The browser: the one `CHROMIUM` names, else Debian's.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(path) = named_by("CHROMIUM")? {
        return Ok(path);
    }
    let path = PathBuf::from("/usr/bin/chromium");
    if !path.is_file() {
        apt_install(&["chromium"])?;
    }
    Ok(path)
}

/// nginx: the one `NGINX` names, or that is installed, else Debian's, unpacked. Installing it would
/// start a service, now and at every boot.
pub(crate) fn nginx() -> Result<PathBuf> {
    if let Some(path) = named_by("NGINX")? {
        return Ok(path);
    }
    // Not on the search path of who is not root.
    let installed = PathBuf::from("/usr/sbin/nginx");
    if installed.is_file() {
        return Ok(installed);
    }
    let folder = process::metadata()?
        .target_directory
        .join("tools/nginx")
        .into_std_path_buf();
    let program = folder.join("usr/sbin/nginx");
    let runs = || read(Command::new(&program).arg("-v")).is_ok();
    if runs() {
        return Ok(program);
    }
    unpack_package("nginx", &folder)
        .context("nginx is missing: install it, or let NGINX name the program")?;
    if !runs() {
        apt_install(&["libpcre2-8-0", "libssl3", "zlib1g"])?;
    }
    Ok(program)
}

/// The npm packages of the browser tests.
pub(crate) fn node_packages() -> Result<()> {
    node()?;
    npm_packages(&browser_tests())
}

/// The npm packages of `folder`, exactly as its lock file has them.
pub(crate) fn npm_packages(folder: &Path) -> Result<()> {
    let lock = folder.join("package-lock.json");
    let lock = fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    // npm empties the folder before it installs, so this copy exists only beside what it describes.
    let installed = folder.join("node_modules/.installed-lock.json");
    if fs::read(&installed).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    process::run(
        command("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(folder),
    )?;
    fs::create_dir_all(folder.join("node_modules"))?;
    fs::write(&installed, lock).with_context(|| format!("cannot write {}", installed.display()))
}

/// Python with the packages that `requirements` lists, in an environment of its own.
pub(crate) fn python_packages(requirements: &Path, environment: &Path) -> Result<PathBuf> {
    let program = environment.join("bin/python");
    let wanted = fs::read_to_string(requirements)
        .with_context(|| format!("cannot read {}", requirements.display()))?;
    // A copy beside what was installed from it: another list is installed anew.
    let installed = environment.join("requirements.txt");
    if fs::read_to_string(&installed).ok().as_ref() == Some(&wanted) {
        return Ok(program);
    }
    make_python_environment(environment)?;
    let mut pip = Command::new(&program);
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps"])
        .args(["--disable-pip-version-check", "-r"])
        .arg(requirements);
    process::run(&mut pip)?;
    fs::write(installed, &wanted)?;
    Ok(program)
}

/// The folder of the browser tests.
pub(crate) fn browser_tests() -> PathBuf {
    root().join("examples/tests/browser")
}

/// The spelling checker, in an environment of its own: Debian's Python refuses packages from PyPI.
pub(crate) fn typos() -> Result<PathBuf> {
    let folder = process::metadata()?
        .target_directory
        .join("tools/typos")
        .into_std_path_buf();
    let program = folder.join("bin/typos");
    if read(Command::new(&program).arg("--version"))
        .is_ok_and(|said| said.trim_end().ends_with(TYPOS))
    {
        return Ok(program);
    }
    make_python_environment(&folder)?;
    process::run(
        Command::new(folder.join("bin/python"))
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(["--only-binary", ":all:"])
            .arg(format!("typos=={TYPOS}")),
    )?;
    Ok(program)
}

fn make_python_environment(folder: &Path) -> Result<()> {
    let make = || {
        process::run(
            command("python3")
                .args(["-m", "venv", "--clear"])
                .arg(folder),
        )
    };
    if is_installed("python3") && make().is_ok() {
        return Ok(());
    }
    // Debian's python3 alone has no pip to put into an environment.
    apt_install(&["python3", "python3-venv"])?;
    make()
}

fn node() -> Result<()> {
    let help = "the browser tests need Node.js 20 or newer with npm: see https://nodejs.org";
    let version = read(command("node").arg("--version")).context(help)?;
    let major = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|text| text.parse().ok());
    if major.is_none_or(|major: u32| major < NODE_MAJOR) {
        bail!("found Node.js {}: {help}", version.trim_end());
    }
    if !is_installed("npm") {
        bail!("npm is not installed: {help}");
    }
    Ok(())
}

/// The program that an environment variable names, if it is set.
fn named_by(variable: &str) -> Result<Option<PathBuf>> {
    let Some(path) = env::var_os(variable).map(PathBuf::from) else {
        return Ok(None);
    };
    if !path.is_file() {
        bail!("{variable} names {}, which does not exist", path.display());
    }
    Ok(Some(path))
}

/// Unpacks Debian's package into an empty `folder`, without installing it.
fn unpack_package(package: &str, folder: &Path) -> Result<()> {
    if !is_installed("apt-get") {
        bail!("cannot fetch {package} without apt-get");
    }
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let download = || {
        let mut apt_get = Command::new("apt-get");
        process::run(apt_get.args(["download", package]).current_dir(folder))
    };
    if download().is_err() {
        process::run(apt_get()?.arg("update"))?;
        download()?;
    }
    for entry in fs::read_dir(folder)? {
        process::run(
            Command::new("dpkg")
                .arg("-x")
                .arg(entry?.path())
                .arg(folder),
        )?;
    }
    Ok(())
}

fn apt_install(packages: &[&str]) -> Result<()> {
    if !is_installed("apt-get") {
        bail!(
            "cannot install {} without apt-get: please install it by hand",
            packages.join(", ")
        );
    }
    let install = || {
        let mut install = apt_get()?;
        install
            .args(["install", "-y", "--no-install-recommends"])
            .args(packages);
        process::run(&mut install)
    };
    // A fresh machine has no package lists, an old one stale lists: both show as a failure.
    if install().is_ok() {
        return Ok(());
    }
    process::run(apt_get()?.arg("update"))?;
    install()
}

/// `apt-get` as root, without questions, waiting for another one to finish.
fn apt_get() -> Result<Command> {
    let mut apt_get = if read(command("id").arg("-u"))?.trim_end() == "0" {
        command("env")
    } else if is_installed("sudo") {
        let mut sudo = command("sudo");
        sudo.arg("env");
        sudo
    } else {
        bail!("cannot install packages: neither root nor sudo");
    };
    apt_get.args([
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "-o",
        "DPkg::Lock::Timeout=300",
    ]);
    Ok(apt_get)
}
