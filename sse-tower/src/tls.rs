//! TLS with rustls.

use std::{error::Error, fmt, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::error::BoxError;

/// The certificates that a client trusts.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    pub(crate) of_system: bool,
    /// Further certificates, as PEM.
    pub(crate) pem: Vec<Vec<u8>>,
}

impl Trust {
    /// Returns the configuration of TLS. A system without certificates is accepted, because a program may
    /// not need TLS.
    pub(crate) fn config(&self) -> Result<ClientConfig, TlsError> {
        let mut roots = RootCertStore::empty();
        if self.of_system {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        for pem in &self.pem {
            let before = roots.len();
            for certificate in CertificateDer::pem_slice_iter(pem) {
                roots
                    .add(certificate.map_err(TlsError::new)?)
                    .map_err(TlsError::new)?;
            }
            if roots.len() == before {
                return Err(TlsError::new("the text holds no certificate"));
            }
        }
        let provider = Arc::new(ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(TlsError::new)?;
        Ok(config.with_root_certificates(roots).with_no_client_auth())
    }
}

/// TLS could not be set up, because a text of `trust_pem` is not PEM or does not hold a valid certificate.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "client-http"),
    allow(unreachable_pub, reason = "only the client exports it")
)]
pub struct TlsError(BoxError);

impl TlsError {
    fn new(cause: impl Into<BoxError>) -> Self {
        Self(cause.into())
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TLS could not be set up with the certificates that were given")
    }
}

impl Error for TlsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}
