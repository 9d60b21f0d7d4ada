//! Certificates in files.

use std::fs;
use std::path::PathBuf;

/// Writes a certificate to a file.
pub(crate) fn certificate(pem: &str, name: &str) -> PathBuf {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.pem"));
    fs::write(&file, pem).expect("a file");
    file
}
