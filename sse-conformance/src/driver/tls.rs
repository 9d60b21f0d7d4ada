//! TLS: the certificates that are accepted, and error messages.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{self, CryptoProvider};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

/// The certificates that are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trust<'p> {
    /// Those that this machine trusts.
    Machine,
    /// Those in a file, and certificates that they have signed.
    File(&'p Path),
    /// Any certificate.
    Any,
}

/// Returns the configuration of a TLS client.
///
/// # Errors
///
/// Fails if the file of certificates cannot be used.
pub(crate) fn client(trust: &Trust<'_>) -> Result<ClientConfig, String> {
    let provider = Arc::new(crypto::ring::default_provider());
    let (roots, named) = match trust {
        Trust::Any => (RootCertStore::empty(), Vec::new()),
        Trust::Machine => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            (roots, Vec::new())
        }
        Trust::File(file) => named(file)?,
    };
    // A verifier needs a root. Without one, only the certificates in the file are accepted.
    let by_chain = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .ok();
    let verifier = Verifier {
        provider: provider.clone(),
        any: *trust == Trust::Any,
        named,
        by_chain,
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be set up: {error}"))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(config)
}

/// Returns the certificates of a file, both as roots and as they are.
fn named(file: &Path) -> Result<(RootCertStore, Vec<CertificateDer<'static>>), String> {
    let shown = file.display();
    let certificates = CertificateDer::pem_file_iter(file)
        .map_err(|error| format!("cannot read the certificates in {shown}: {error}"))?;
    let mut roots = RootCertStore::empty();
    let mut named = Vec::new();
    for certificate in certificates {
        certificate
            .map_err(|error| error.to_string())
            .and_then(|certificate| {
                named.push(certificate.clone());
                roots.add(certificate).map_err(|error| error.to_string())
            })
            .map_err(|error| format!("{shown} has a certificate that cannot be used: {error}"))?;
    }
    if named.is_empty() {
        return Err(format!("{shown} has no certificate in PEM form"));
    }
    Ok((roots, named))
}

/// Accepts a server's certificate if any is accepted, if it is in the file, or if one of the roots
/// has signed it.
///
/// A self-signed certificate is often marked as an authority, which chain verification rejects for
/// a server. So the certificates in the file are also compared directly.
#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    any: bool,
    named: Vec<CertificateDer<'static>>,
    by_chain: Option<Arc<WebPkiServerVerifier>>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.any || self.named.iter().any(|named| named == certificate) {
            return Ok(ServerCertVerified::assertion());
        }
        match &self.by_chain {
            Some(chain) => chain.verify_server_cert(certificate, intermediates, name, ocsp, now),
            None => Err(CertificateError::UnknownIssuer.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

/// Returns why a handshake failed, and what to do about it. `http` is the URL without TLS.
pub(crate) fn failure(error: &std::io::Error, http: &str) -> String {
    let inner = error.get_ref().and_then(|error| error.downcast_ref());
    let why = match inner {
        Some(Error::InvalidCertificate(error)) => {
            return format!(
                "the server's certificate is not accepted, because {}. Name it, or the authority \
                 that has signed it, with `--ca FILE`, or accept any with `--insecure`",
                objection(error)
            );
        }
        Some(Error::InvalidMessage(_)) => {
            return format!("the server does not answer in TLS: try {http}");
        }
        Some(Error::AlertReceived(alert)) => {
            format!(
                "the server refuses the handshake with the alert `{}`",
                words(&format!("{alert:?}"))
            )
        }
        Some(Error::PeerIncompatible(reason)) => {
            format!(
                "no agreement with the server: {}",
                words(&format!("{reason:?}"))
            )
        }
        Some(error) => error.to_string(),
        // A server without TLS may also simply close the connection.
        None if [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset].contains(&error.kind()) => {
            format!("the server closed the connection: if it does not speak TLS, try {http}")
        }
        None => error.to_string(),
    };
    format!("the TLS handshake failed: {why}")
}

fn objection(error: &CertificateError) -> String {
    use CertificateError as Wrong;
    match error {
        Wrong::UnknownIssuer | Wrong::BadSignature => {
            "no authority that is trusted here has signed it".to_owned()
        }
        Wrong::NotValidForName | Wrong::NotValidForNameContext { .. } => {
            "it is for another host".to_owned()
        }
        Wrong::Expired | Wrong::ExpiredContext { .. } => "it has expired".to_owned(),
        Wrong::NotValidYet | Wrong::NotValidYetContext { .. } => "it is not valid yet".to_owned(),
        Wrong::Revoked => "it was revoked".to_owned(),
        Wrong::Other(_) => "it is not valid for a server".to_owned(),
        other => words(&format!("{other:?}")),
    }
}

/// Returns a name such as `HandshakeFailure` in words, up to its first bracket.
fn words(name: &str) -> String {
    let mut words = String::new();
    for character in name
        .chars()
        .take_while(|character| character.is_alphanumeric())
    {
        if character.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(character.to_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words() {
        assert_eq!(words("HandshakeFailure"), "handshake failure");
        assert_eq!(words("Unknown(7)"), "unknown");
    }
}
