//! `cargo xtask setup`: installs what is missing. A second run changes nothing.
//!
//! Each function provides one tool, so that each part of the tests installs only its own tools. Rust and
//! Node.js must be installed already. Everything else comes as packages of Debian, npm and PyPI.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use xshell::{Shell, cmd};

use crate::process::{cargo, is_installed, target};

/// The version is fixed, so that a new dictionary cannot break an old commit.
const TYPOS: &str = "typos==1.52.0";

/// The oldest Node.js whose test runner can run the browser tests.
const NODE_MAJOR: u32 = 20;

/// Provides everything that `test --all` and `ci` need.
pub(crate) fn everything(sh: &Shell) -> Result<()> {
    rust_components(sh)?;
    c_compiler(sh)?;
    browser_tests(sh)?;
    peers(sh)?;
    println!("chromium: {}", chromium(sh)?.display());
    println!("curl: {}", curl(sh)?.display());
    println!("nginx: {}", nginx(sh)?.display());
    println!("redis: {}", redis(sh)?.display());
    println!("typos: {}", typos(sh)?.display());
    Ok(())
}

/// Provides rustfmt and clippy, which rustup's minimal profile leaves out.
pub(crate) fn rust_components(sh: &Shell) -> Result<()> {
    for (component, tool) in [("rustfmt", "cargo-fmt"), ("clippy", "cargo-clippy")] {
        if !is_installed(tool) || cmd!(sh, "{tool} --version").quiet().read().is_err() {
            cmd!(sh, "rustup component add {component}").run()?;
        }
    }
    Ok(())
}

/// Provides a C compiler, which links the no_std proof.
pub(crate) fn c_compiler(sh: &Shell) -> Result<()> {
    if is_installed("cc") && is_installed("size") {
        return Ok(());
    }
    apt_install(sh, &["gcc", "libc6-dev"])
}

/// Returns the browser: the one that `CHROMIUM` names, or Debian's.
pub(crate) fn chromium(sh: &Shell) -> Result<PathBuf> {
    if let Some(program) = named_by("CHROMIUM")? {
        return Ok(program);
    }
    let program = PathBuf::from("/usr/bin/chromium");
    if !program.is_file() {
        apt_install(sh, &["chromium"])?;
    }
    Ok(program)
}

/// Returns curl: the one that `CURL` names, or Debian's.
pub(crate) fn curl(sh: &Shell) -> Result<PathBuf> {
    if let Some(program) = named_by("CURL")? {
        return Ok(program);
    }
    let program = PathBuf::from("/usr/bin/curl");
    if !program.is_file() {
        apt_install(sh, &["curl"])?;
    }
    Ok(program)
}

/// Returns nginx: the one that `NGINX` names, the installed one, or Debian's. Debian's is unpacked
/// and not installed: the installation would start a service, now and at every boot.
pub(crate) fn nginx(sh: &Shell) -> Result<PathBuf> {
    if let Some(program) = named_by("NGINX")? {
        return Ok(program);
    }
    // Only root has this folder on the search path.
    let installed = PathBuf::from("/usr/sbin/nginx");
    if installed.is_file() {
        return Ok(installed);
    }
    let folder = target(sh)?.join("tools/nginx");
    let program = folder.join("usr/sbin/nginx");
    let runs = || {
        cmd!(sh, "{program} -v")
            .quiet()
            .ignore_stderr()
            .run()
            .is_ok()
    };
    if !runs() {
        apt_unpack(sh, "nginx", &folder)
            .context("nginx is missing: install it, or name the program in NGINX")?;
    }
    if !runs() {
        apt_install(sh, &["libpcre2-8-0", "libssl3", "zlib1g"])?;
    }
    Ok(program)
}

/// Returns the Redis server: the one that `REDIS_SERVER` names, or Debian's. The package `redis-tools` has the
/// program, under the name of a tool. The package `redis-server` would start a service.
pub(crate) fn redis(sh: &Shell) -> Result<PathBuf> {
    if let Some(program) = named_by("REDIS_SERVER")? {
        return Ok(program);
    }
    let installed = ["/usr/bin/redis-server", "/usr/bin/redis-check-rdb"].map(PathBuf::from);
    let find = || installed.iter().find(|program| program.is_file());
    if find().is_none() {
        apt_install(sh, &["redis-tools"])?;
    }
    let found = find().context("redis-tools has no server: name the program in REDIS_SERVER")?;
    Ok(found.clone())
}

/// Provides the npm packages of the browser tests, and returns the folder of the tests.
pub(crate) fn browser_tests(sh: &Shell) -> Result<PathBuf> {
    let folder = sh.current_dir().join("examples/tests/browser");
    npm_packages(sh, &folder)?;
    Ok(folder)
}

/// Provides the parsers and servers of other projects. Sets the variables by which the tests of
/// sse-conformance find them.
pub(crate) fn peers(sh: &Shell) -> Result<()> {
    let peers = sh.current_dir().join("sse-conformance/peers");
    let target = target(sh)?;
    npm_packages(sh, &peers.join("node"))?;
    npm_packages(sh, &peers.join("servers/node"))?;
    let lists = ["python", "servers/python"].map(|name| peers.join(name).join("requirements.txt"));
    sh.set_var(
        "PEERS_PYTHON",
        python_packages(sh, &target.join("tools/peers"), &lists)?,
    );
    let build = target.join("peers-servers");
    cargo(sh, "build --locked --manifest-path")
        .arg(peers.join("servers/rust/Cargo.toml"))
        .arg("--target-dir")
        .arg(&build)
        .run()?;
    sh.set_var("PEERS_AXUM", build.join("debug/axum-sse-server"));
    Ok(())
}

/// Provides the npm packages of `folder`, exactly as its lock file lists them.
pub(crate) fn npm_packages(sh: &Shell, folder: &Path) -> Result<()> {
    let help = format!("Node.js {NODE_MAJOR} or newer with npm is needed: see https://nodejs.org");
    let version = cmd!(sh, "node --version").quiet().read();
    let version = version.with_context(|| help.clone())?;
    let major = version.trim_start_matches('v').split('.').next();
    let major: Option<u32> = major.and_then(|major| major.parse().ok());
    ensure!(major >= Some(NODE_MAJOR), "found Node.js {version}: {help}");
    ensure!(is_installed("npm"), "npm is not installed: {help}");

    let lock = sh.read_file(folder.join("package-lock.json"))?;
    // npm empties the folder before it installs, so this copy exists only beside its packages.
    let installed = folder.join("node_modules/.installed-lock.json");
    if is_in(sh, &installed, &lock) {
        return Ok(());
    }
    let _folder = sh.push_dir(folder);
    cmd!(sh, "npm ci --ignore-scripts --no-audit --no-fund").run()?;
    Ok(sh.write_file(installed, lock)?)
}

/// Returns a Python that has the packages of these lists, in an environment of its own: Debian's
/// Python refuses packages from PyPI.
pub(crate) fn python_packages(
    sh: &Shell,
    environment: &Path,
    lists: &[PathBuf],
) -> Result<PathBuf> {
    let python = environment.join("bin/python");
    let wanted: Result<Vec<_>, _> = lists.iter().map(|list| sh.read_file(list)).collect();
    let wanted = wanted?.concat();
    let installed = environment.join("installed.txt");
    if is_in(sh, &installed, &wanted) {
        return Ok(python);
    }
    let make = || cmd!(sh, "python3 -m venv --clear {environment}").run();
    if !is_installed("python3") || make().is_err() {
        // Debian's python3 alone cannot put pip into an environment.
        apt_install(sh, &["python3", "python3-venv"])?;
        make()?;
    }
    let requirements = environment.join("requirements.txt");
    sh.write_file(&requirements, &wanted)?;
    let pip = "-m pip install --quiet --disable-pip-version-check --no-deps -r";
    cmd!(sh, "{python}")
        .args(pip.split(' '))
        .arg(&requirements)
        .run()?;
    sh.write_file(installed, wanted)?;
    Ok(python)
}

/// Returns the spelling checker.
pub(crate) fn typos(sh: &Shell) -> Result<PathBuf> {
    let tools = target(sh)?.join("tools");
    let list = tools.join("typos.txt");
    sh.write_file(&list, TYPOS)?;
    let python = python_packages(sh, &tools.join("typos"), &[list])?;
    Ok(python.with_file_name("typos"))
}

/// Returns true if the file exists and has this text.
fn is_in(sh: &Shell, file: &Path, text: &str) -> bool {
    sh.read_file(file).is_ok_and(|found| found == text)
}

/// Returns the program that an environment variable names, if it is set.
fn named_by(variable: &str) -> Result<Option<PathBuf>> {
    let program = env::var_os(variable).map(PathBuf::from);
    if let Some(program) = &program {
        let name = program.display();
        ensure!(
            program.is_file(),
            "{variable} names {name}, which does not exist"
        );
    }
    Ok(program)
}

/// Unpacks Debian's package into an empty `folder`, without installing it.
fn apt_unpack(sh: &Shell, package: &str, folder: &Path) -> Result<()> {
    ensure!(
        is_installed("apt-get"),
        "cannot fetch {package} without apt-get"
    );
    sh.remove_path(folder)?;
    sh.create_dir(folder)?;
    let _folder = sh.push_dir(folder);
    let download = || cmd!(sh, "apt-get download {package}").run();
    if download().is_err() {
        apt_get(sh, &["update"])?;
        download()?;
    }
    for archive in sh.read_dir(folder)? {
        cmd!(sh, "dpkg -x {archive} {folder}").run()?;
    }
    Ok(())
}

fn apt_install(sh: &Shell, packages: &[&str]) -> Result<()> {
    let arguments = [&["install", "-y", "--no-install-recommends"], packages].concat();
    // A fresh machine has no package lists, and an old one stale lists: both make this fail.
    if apt_get(sh, &arguments).is_ok() {
        return Ok(());
    }
    apt_get(sh, &["update"])
        .and_then(|()| apt_get(sh, &arguments))
        .with_context(|| format!("cannot install {}: install it by hand", packages.join(", ")))
}

/// Runs `apt-get` as root without questions. It waits until another apt-get has finished.
fn apt_get(sh: &Shell, arguments: &[&str]) -> Result<()> {
    ensure!(is_installed("apt-get"), "apt-get is not installed");
    let is_root = cmd!(sh, "id -u").quiet().read()? == "0";
    ensure!(
        is_root || is_installed("sudo"),
        "cannot install packages: neither root nor sudo"
    );
    let program = if is_root { "env" } else { "sudo" };
    let env = (!is_root).then_some("env");
    let apt_get = cmd!(
        sh,
        "{program} {env...} DEBIAN_FRONTEND=noninteractive apt-get"
    );
    let apt_get = apt_get.args(["-o", "DPkg::Lock::Timeout=300"]);
    Ok(apt_get.args(arguments).run()?)
}
