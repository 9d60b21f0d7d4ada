//! A server on a free port that answers with bytes that a test has written down.

use std::sync::Arc;

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpListener,
    sync::Mutex,
};
use tokio_rustls::TlsAcceptor;

/// A request as it arrived: the first line, the fields in lower case, and the body.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) line: String,
    pub(crate) fields: String,
    pub(crate) body: String,
}

/// A server on a free port that answers each request with these bytes and closes the connection.
pub(crate) struct Server {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub(crate) async fn start(answer: impl Fn(&Request) -> String + Send + Sync + 'static) -> Self {
        Self::start_with(None, answer).await
    }

    /// Starts a server that speaks TLS if there is an acceptor.
    pub(crate) async fn start_with(
        tls: Option<TlsAcceptor>,
        answer: impl Fn(&Request) -> String + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}/api", listener.local_addr().unwrap());
        let requests = Arc::<Mutex<Vec<Request>>>::default();
        let log = requests.clone();
        let answer = Arc::new(answer);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (answer, log, tls) = (answer.clone(), log.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => exchange(socket, &*answer, &log).await,
                        // A client that does not trust the certificate ends the handshake.
                        Some(tls) => {
                            if let Ok(socket) = tls.accept(socket).await {
                                exchange(socket, &*answer, &log).await;
                            }
                        }
                    }
                });
            }
        });
        Self { url, requests }
    }

    pub(crate) async fn requests(&self) -> Vec<Request> {
        self.requests.lock().await.clone()
    }
}

/// Reads a request, answers it, and closes the connection.
async fn exchange(
    socket: impl AsyncRead + AsyncWrite + Unpin,
    answer: &impl Fn(&Request) -> String,
    log: &Mutex<Vec<Request>>,
) {
    let mut socket = BufReader::new(socket);
    let request = read(&mut socket).await;
    let answer = answer(&request);
    log.lock().await.push(request);
    socket.write_all(answer.as_bytes()).await.unwrap();
    socket.shutdown().await.unwrap();
}

pub(crate) async fn read(socket: &mut BufReader<impl AsyncRead + Unpin>) -> Request {
    let mut line = String::new();
    socket.read_line(&mut line).await.unwrap();
    let mut fields = String::new();
    while !fields.ends_with("\r\n\r\n") && fields != "\r\n" {
        socket.read_line(&mut fields).await.unwrap();
    }
    let fields = fields.to_lowercase();
    let length = fields.split("content-length: ").nth(1);
    let length = length.map_or(0, |rest| rest.lines().next().unwrap().parse().unwrap());
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await.unwrap();
    Request {
        line: line.trim_end().to_owned(),
        fields,
        body: String::from_utf8(body).unwrap(),
    }
}

pub(crate) fn answer(status: &str, fields: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{fields}connection: close\r\n\r\n{body}")
}

pub(crate) fn stream(body: &str) -> String {
    answer("200 OK", "content-type: text/event-stream\r\n", body)
}

/// A stream whose connection breaks after this text.
pub(crate) fn broken(body: &str) -> String {
    let fields = "content-type: text/event-stream\r\ncontent-length: 999999\r\n";
    answer("200 OK", fields, body)
}

pub(crate) fn json(body: &str, fields: &str) -> String {
    answer(
        "200 OK",
        &format!("content-type: application/json\r\n{fields}"),
        body,
    )
}
