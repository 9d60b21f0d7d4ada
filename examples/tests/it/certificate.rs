//! A certificate of 127.0.0.1 that has signed itself, for servers that tests start.

use std::{fs, path::Path, path::PathBuf, sync::Arc};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

/// A certificate and its key, as files of this test run.
pub(crate) struct Certificate {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) acceptor: TlsAcceptor,
}

impl Certificate {
    /// Makes a certificate whose files have this name.
    pub(crate) fn new(name: &str) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let write = |ending: &str, text: String| {
            let name = format!("{name}-{}.{ending}.pem", std::process::id());
            let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let (certificate, key) = (
            write("certificate", cert.pem()),
            write("key", signing_key.serialize_pem()),
        );
        let tls = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], signing_key.into())
            .unwrap();
        Self {
            certificate,
            key,
            acceptor: TlsAcceptor::from(Arc::new(tls)),
        }
    }
}

impl Drop for Certificate {
    fn drop(&mut self) {
        for path in [&self.certificate, &self.key] {
            let _left_behind = fs::remove_file(path);
        }
    }
}
