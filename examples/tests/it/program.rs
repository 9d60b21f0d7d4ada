//! Starts a small example, and clients for it: HTTP/1.1, HTTP/2, TLS.

use std::{process::Stdio, sync::Arc};

use bytes::Bytes;
use http::{Method, Request, Response, Version};
use http_body_util::Full;
use hyper::{
    body::Incoming,
    client::conn::{http1, http2},
    rt,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpStream,
    process::{Child, ChildStdout, Command},
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

use crate::demo::within;

const HTTP_1: &[Version] = &[Version::HTTP_11];
const HTTP_2: &[Version] = &[Version::HTTP_2];
const BOTH: &[Version] = &[Version::HTTP_11, Version::HTTP_2];

/// Each program, the paths of its event streams, and the HTTP versions that it serves.
pub(crate) const EXAMPLES: [(&str, &[&str], &[Version]); 6] = [
    (env!("CARGO_BIN_EXE_hyper_http1"), &["/ticks"], HTTP_1),
    (env!("CARGO_BIN_EXE_hyper_http2"), &["/ticks"], HTTP_2),
    (
        env!("CARGO_BIN_EXE_axum_ticks"),
        &["/ticks", "/relayed"],
        BOTH,
    ),
    (
        env!("CARGO_BIN_EXE_warp_ticks"),
        &["/ticks", "/relayed"],
        BOTH,
    ),
    (env!("CARGO_BIN_EXE_tonic_ticks"), &["/ticks"], BOTH),
    (env!("CARGO_BIN_EXE_tls_ticks"), &["/ticks"], BOTH),
];

/// A running example. It is killed when this value is dropped.
pub(crate) struct Program {
    pub(crate) name: String,
    /// Host and port.
    pub(crate) address: String,
    pub(crate) process: Child,
    tls: Option<ClientConfig>,
    _stdout: BufReader<ChildStdout>,
}

impl Program {
    pub(crate) async fn start(path: &str) -> Self {
        Self::start_with(path, &[]).await
    }

    /// Starts the program with these environment variables.
    pub(crate) async fn start_with(path: &str, variables: &[(&str, &str)]) -> Self {
        let mut process = Command::new(path)
            .arg("127.0.0.1:0")
            .envs(variables.iter().copied())
            .kill_on_drop(true)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        // A program that has a certificate prints it first.
        let mut said = String::new();
        while !said.contains("://") {
            let read = within(stdout.read_line(&mut said)).await.unwrap();
            assert_ne!(read, 0, "{path} printed no address: {said}");
        }
        let (before, rest) = said.split_once("://").unwrap();
        let address = rest.split(['/', '\n']).next().unwrap();
        let tls = before.strip_suffix("https").map(tls);
        Self {
            name: path.rsplit('/').next().unwrap_or(path).to_owned(),
            address: address.to_owned(),
            process,
            tls,
            _stdout: stdout,
        }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        within(TcpStream::connect(&self.address)).await.unwrap()
    }

    /// Sends a request over a new connection and returns the answer.
    pub(crate) async fn send(
        &self,
        version: Version,
        method: Method,
        path: &str,
        last_event_id: &str,
    ) -> Response<Incoming> {
        let mut request = Request::builder().method(method).version(version);
        if !last_event_id.is_empty() {
            request = request.header("last-event-id", last_event_id);
        }
        request = match version {
            Version::HTTP_2 => request.uri(format!("http://{}{path}", self.address)),
            _ => request.uri(path).header("host", &self.address),
        };
        let request = request.body(Full::default()).unwrap();
        if self.tls.is_none() {
            return exchange(TokioIo::new(self.connect().await), request).await;
        }
        let offered: &[u8] = match version {
            Version::HTTP_2 => b"h2",
            _ => b"http/1.1",
        };
        let tls = self.connect_tls(&[offered]).await;
        exchange(TokioIo::new(tls), request).await
    }

    /// Opens a TLS connection on which the client offers these protocols.
    pub(crate) async fn connect_tls(&self, offered: &[&[u8]]) -> TlsStream<TcpStream> {
        let mut tls = ClientConfig::clone(self.tls.as_ref().expect("a program with TLS"));
        tls.alpn_protocols = offered.iter().map(|name| name.to_vec()).collect();
        let name = ServerName::try_from("localhost").unwrap();
        let connecting = TlsConnector::from(Arc::new(tls)).connect(name, self.connect().await);
        within(connecting).await.unwrap()
    }
}

/// Sends a request over a new connection, in the HTTP version of the request, and returns the answer.
pub(crate) async fn exchange<IO>(io: IO, request: Request<Full<Bytes>>) -> Response<Incoming>
where
    IO: rt::Read + rt::Write + Unpin + Send + 'static,
{
    if request.version() == Version::HTTP_2 {
        let handshake = http2::handshake(TokioExecutor::new(), io);
        let (mut sender, connection) = within(handshake).await.unwrap();
        tokio::spawn(connection);
        return within(sender.send_request(request)).await.unwrap();
    }
    let (mut sender, connection) = within(http1::handshake(io)).await.unwrap();
    tokio::spawn(connection);
    within(sender.send_request(request)).await.unwrap()
}

/// Makes a client that trusts only this certificate.
fn tls(pem: &str) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
        .unwrap();
    ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth()
}
