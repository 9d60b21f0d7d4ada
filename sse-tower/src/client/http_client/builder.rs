//! The settings of the ready-made client.

use std::{sync::Arc, time::Duration};

use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::{
    client::legacy::{
        Client,
        connect::{Connect, HttpConnector},
    },
    rt::{TokioExecutor, TokioTimer},
};

use super::{HttpClient, Pool};
use crate::tls::{TlsError, Trust};

/// Settings for an [`HttpClient`].
#[derive(Clone, Debug)]
#[must_use]
pub struct HttpClientBuilder {
    trust: Trust,
    connect_timeout: Duration,
    ping_interval: Duration,
    ping_timeout: Duration,
    decodes_gzip: bool,
}

impl HttpClientBuilder {
    pub(super) const fn new() -> Self {
        Self {
            trust: Trust {
                of_system: true,
                pem: Vec::new(),
            },
            connect_timeout: Duration::from_secs(10),
            ping_interval: Duration::from_secs(20),
            ping_timeout: Duration::from_secs(10),
            decodes_gzip: false,
        }
    }

    /// Also trusts the certificates in this PEM text, such as those of an organisation, or a bundle for
    /// systems without certificates. The text may hold several.
    pub fn trust_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.trust.pem.push(pem.into());
        self
    }

    /// Trusts only the certificates of [`trust_pem`](Self::trust_pem), and not those of the operating
    /// system.
    pub fn without_system_certificates(mut self) -> Self {
        self.trust.of_system = false;
        self
    }

    /// Limits the time until a TCP connection is open. The default is 10 seconds.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how often an HTTP/2 connection with open streams sends a PING. The default is 20 seconds.
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.ping_interval = interval;
        self
    }

    /// Limits how long the answer to a PING may take. The default is 10 seconds. Without an answer, the
    /// connection and all its streams fail.
    pub fn ping_timeout(mut self, timeout: Duration) -> Self {
        self.ping_timeout = timeout;
        self
    }

    /// Asks for bodies that are coded with gzip, and decodes them while they stream. It is off by
    /// default.
    ///
    /// An event arrives in time only if the server flushes its encoder after each event. Many proxies do
    /// not.
    #[cfg(feature = "client-gzip")]
    pub fn gzip(mut self, decodes: bool) -> Self {
        self.decodes_gzip = decodes;
        self
    }

    /// Returns the client.
    ///
    /// # Errors
    ///
    /// Fails if a text of [`trust_pem`](Self::trust_pem) holds no valid certificate.
    pub fn build(self) -> Result<HttpClient, TlsError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(self.connect_timeout));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(self.trust.config()?)
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(tcp);
        Ok(self.build_with_connector(connector))
    }

    /// Returns a client that opens its connections with this connector of hyper-util, for example through a
    /// proxy. The settings of TLS and the connect timeout do not apply.
    pub fn build_with_connector<C>(self, connector: C) -> HttpClient
    where
        C: Connect + Clone + Send + Sync + 'static,
    {
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .http2_keep_alive_interval(self.ping_interval)
            .http2_keep_alive_timeout(self.ping_timeout)
            .build(connector);
        HttpClient(Arc::new(Pool {
            client,
            decodes_gzip: self.decodes_gzip,
        }))
    }
}
