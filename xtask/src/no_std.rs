//! The proof that sse-proto needs neither std nor, without its feature `alloc`, an allocator:
//! `sse-proto/no_std` is built into a static library, linked into a C program and run.
//!
//! The compiler refuses to build the library otherwise. It has a panic handler, which std would
//! define a second time, and without the feature it has no allocator, which the crate alloc requires.

use anyhow::Result;
use xshell::{Shell, cmd};

use crate::process::{cargo, target};
use crate::setup;

/// Builds, links and runs the proof without and with an allocator.
pub(crate) fn prove(sh: &Shell) -> Result<()> {
    setup::c_compiler(sh)?;
    let target = target(sh)?.join("no_std");
    let library = target.join("release/libsse_proto_no_std.a");
    let _folder = sh.push_dir("sse-proto/no_std");
    for (name, features) in [("without-alloc", ""), ("alloc", "--features=alloc")] {
        let build = cargo(
            sh,
            &format!("build --release --locked {features} --target-dir"),
        );
        build.arg(&target).run()?;
        let program = target.join(name);
        let options = [
            "-std=c11",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-O2",
            "-Wl,--gc-sections",
        ];
        cmd!(sh, "cc {options...} main.c {library} -o {program}").run()?;
        cmd!(sh, "{program}").run()?;
        cmd!(sh, "size {program}").run()?;
    }
    Ok(())
}
