//! A connection to the server, in the clear or under TLS.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;

use super::address::Address;
use crate::suite::server::Unreachable;

/// Bytes in both directions.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// Which HTTP is spoken over a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

/// Opens connections to one address.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) address: Address,
    resolved: Vec<SocketAddr>,
    roots: Option<Arc<RootCertStore>>,
}

impl Link {
    /// # Errors
    ///
    /// Where the host is not known, is remote though `remote` is false, or the file of certificates
    /// cannot be read.
    pub(crate) async fn new(
        address: Address,
        remote: bool,
        certificates: Option<&Path>,
    ) -> Result<Self, Unreachable> {
        let resolved = address.resolve(remote).await?;
        let roots = match address.secure {
            true => Some(Arc::new(
                trusted(certificates).map_err(Unreachable::Target)?,
            )),
            false => None,
        };
        Ok(Self {
            address,
            resolved,
            roots,
        })
    }

    /// Connects.
    ///
    /// # Errors
    ///
    /// Why there is no connection.
    pub(crate) async fn connect(&self, protocol: Protocol) -> Result<Box<dyn Duplex>, String> {
        self.connect_with(protocol, false).await
    }

    /// Connects, with a small receive buffer if it is to be `narrow`: then a reader that stalls is
    /// felt soon by who writes.
    pub(crate) async fn connect_with(
        &self,
        protocol: Protocol,
        narrow: bool,
    ) -> Result<Box<dyn Duplex>, String> {
        let mut last = String::new();
        for address in &self.resolved {
            match connected(*address, narrow).await {
                Ok(stream) => return self.secured(stream, protocol).await,
                Err(error) => last = format!("cannot connect to {address}: {error}"),
            }
        }
        Err(last)
    }

    async fn secured(
        &self,
        stream: TcpStream,
        protocol: Protocol,
    ) -> Result<Box<dyn Duplex>, String> {
        let _ = stream.set_nodelay(true);
        let Some(roots) = &self.roots else {
            return Ok(Box::new(stream));
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("no TLS: {error}"))?
            .with_root_certificates(roots.clone())
            .with_no_client_auth();
        let offered: &[u8] = match protocol {
            Protocol::Http1 => b"http/1.1",
            Protocol::Http2 => b"h2",
        };
        config.alpn_protocols = vec![offered.to_vec()];
        let host = self.address.bare_host().to_owned();
        let name = ServerName::try_from(host)
            .map_err(|error| format!("no certificate can be for this host: {error}"))?;
        let stream = TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
            .map_err(|error| format!("the TLS handshake failed: {error}"))?;
        let agreed = stream.get_ref().1.alpn_protocol();
        if protocol == Protocol::Http2 && agreed != Some(b"h2") {
            return Err("the server does not offer HTTP/2 in its TLS handshake".to_owned());
        }
        Ok(Box::new(stream))
    }
}

async fn connected(address: SocketAddr, narrow: bool) -> std::io::Result<TcpStream> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    if narrow {
        socket.set_recv_buffer_size(4096)?;
    }
    socket.connect(address).await
}

/// The certificates of a file, or else those that this machine trusts.
fn trusted(file: Option<&Path>) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    let Some(file) = file else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(roots);
    };
    let shown = file.display();
    let certificates = CertificateDer::pem_file_iter(file)
        .map_err(|error| format!("cannot read the certificates in {shown}: {error}"))?;
    for certificate in certificates {
        certificate
            .map_err(|error| error.to_string())
            .and_then(|certificate| roots.add(certificate).map_err(|error| error.to_string()))
            .map_err(|error| format!("{shown} has a certificate that cannot be used: {error}"))?;
    }
    if roots.is_empty() {
        return Err(format!("{shown} has no certificate in PEM form"));
    }
    Ok(roots)
}
