//! A connection to the server, with or without TLS.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::driver::address::Address;
use crate::driver::target::Target;
use crate::driver::tls;
use crate::driver::tls::Trust;
use crate::driver::unreachable::Unreachable;

/// Bytes in both directions.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// The version of HTTP that is used on a connection.
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
    tls: Option<ClientConfig>,
}

impl Link {
    /// # Errors
    ///
    /// Fails if the host is unknown, if it is remote although the target does not allow that, or if
    /// the file of certificates cannot be read.
    pub(crate) async fn new(address: Address, target: &Target) -> Result<Self, Unreachable> {
        let resolved = address.resolve(target.remote).await?;
        let trust = match &target.certificates {
            _ if target.insecure => Trust::Any,
            Some(file) => Trust::File(file),
            None => Trust::Machine,
        };
        let tls = match address.secure {
            true => Some(tls::client(&trust).map_err(Unreachable::Target)?),
            false => None,
        };
        Ok(Self {
            address,
            resolved,
            tls,
        })
    }

    /// Returns whether the server speaks TLS although the URL is not an https URL.
    pub(crate) async fn speaks_tls(&self, within: Duration) -> bool {
        let (None, Ok(config)) = (&self.tls, tls::client(&Trust::Any)) else {
            return false;
        };
        let secured = Self {
            tls: Some(config),
            ..self.clone()
        };
        let connected = timeout(within, secured.connect(Protocol::Http1)).await;
        matches!(connected, Ok(Ok(_)))
    }

    /// Connects.
    ///
    /// # Errors
    ///
    /// Returns why there is no connection.
    pub(crate) async fn connect(&self, protocol: Protocol) -> Result<Box<dyn Duplex>, String> {
        self.connect_with(protocol, false).await
    }

    /// Connects. If `narrow`, the receive buffer is small, so that the server soon notices when the
    /// client stops reading.
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
        let Some(config) = &self.tls else {
            return Ok(Box::new(stream));
        };
        let mut config = config.clone();
        let offered: &[u8] = match protocol {
            Protocol::Http1 => b"http/1.1",
            Protocol::Http2 => b"h2",
        };
        config.alpn_protocols = vec![offered.to_vec()];
        let host = self.address.bare_host().to_owned();
        let name = ServerName::try_from(host)
            .map_err(|error| format!("no certificate can be issued for this host: {error}"))?;
        let stream = TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
            .map_err(|error| tls::failure(&error, &self.address.with_other_scheme()))?;
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
