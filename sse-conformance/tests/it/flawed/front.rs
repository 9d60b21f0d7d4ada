//! A front that adds HTTP/2 and TLS to a small server, with a selectable flaw.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use http::{Request, Response};
use rustls::ServerConfig;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, Notify};
use tokio_rustls::TlsAcceptor;

use super::malformed;
use super::window::{Watched, Window};

/// The flaw of a front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    /// Sends another media type than over HTTP/1.1.
    TypePlain,
    /// Sends a field that HTTP/2 forbids.
    ConnectionField,
    /// Refuses more than four streams on a connection.
    FourStreams,
    /// Sends the heads of all streams, but the bodies of only three.
    ThreeBodies,
    /// Closes the connection when one of its streams is reset.
    ResetClosesAll,
    /// Waits for room in the window of one stream before it serves another one.
    WaitsForWindow,
    /// Drops the rest of a piece that does not fit into the window.
    TearsAtWindow,
    /// Sends nothing further on a stream whose window was full.
    SilentAfterWindow,
    /// Sends the pieces that did not fit twice, or in a different order.
    TwiceAfterWindow,
    SwapsAfterWindow,
    /// Closes the connection when the client says that it opens no more streams.
    ClosesAtGoaway,
    /// Ends a stream by resetting it.
    ResetsAtEnd,
    // Right in an unusual way.
    /// Resets a stream whose window is full.
    ResetsTheSlow,
}

/// A running front. Its thread ends with the process.
pub(crate) struct Front {
    pub(crate) address: SocketAddr,
    /// The certificate that a client must trust, in PEM form, if there is TLS.
    pub(crate) certificate: Option<String>,
}

impl Front {
    /// Starts a front without TLS. It speaks HTTP/2 to clients that use it by prior knowledge, and
    /// HTTP/1.1 to others.
    pub(crate) fn clear(behind: SocketAddr, flaw: Flaw) -> Self {
        Self::start(behind, flaw, None)
    }

    /// Starts a front with TLS. The handshake selects the version of HTTP.
    pub(crate) fn tls(behind: SocketAddr, flaw: Flaw) -> Self {
        let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])
            .expect("a certificate for an address");
        Self::tls_as(behind, flaw, own)
    }

    /// Does the same with the certificate of an authority, for another name.
    pub(crate) fn tls_with_authority(behind: SocketAddr) -> Self {
        let mut parameters = rcgen::CertificateParams::new(["app.example".to_owned()])
            .expect("a certificate for a name");
        parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let signing_key = rcgen::KeyPair::generate().expect("a key");
        let cert = parameters.self_signed(&signing_key).expect("a certificate");
        Self::tls_as(
            behind,
            Flaw::None,
            rcgen::CertifiedKey { cert, signing_key },
        )
    }

    fn tls_as(behind: SocketAddr, flaw: Flaw, own: rcgen::CertifiedKey<rcgen::KeyPair>) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions that ring has")
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], own.signing_key.into())
            .expect("a key that fits");
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Self::start(behind, flaw, Some((acceptor, own.cert.pem())))
    }

    fn start(behind: SocketAddr, flaw: Flaw, tls: Option<(TlsAcceptor, String)>) -> Self {
        let (acceptor, certificate) = tls.unzip();
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
                let address = listener.local_addr().expect("an address");
                sender.send(address).expect("somebody who waits for it");
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(accepted(stream, acceptor.clone(), behind, flaw));
                }
            });
        });
        let address = receiver.recv().expect("a front that has started");
        Self {
            address,
            certificate,
        }
    }
}

async fn accepted(
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    behind: SocketAddr,
    flaw: Flaw,
) {
    let _ = stream.set_nodelay(true);
    let Some(acceptor) = acceptor else {
        let mut start = [0; 3];
        loop {
            match stream.peek(&mut start).await {
                // No method of HTTP/1.1 begins like the preface of HTTP/2.
                Ok(3) => break,
                Ok(1..) => tokio::task::yield_now().await,
                _ => return,
            }
        }
        return serve(stream, start == *b"PRI", behind, flaw).await;
    };
    if let Ok(stream) = acceptor.accept(stream).await {
        let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        serve(stream, is_http2, behind, flaw).await;
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    mut stream: S,
    is_http2: bool,
    behind: SocketAddr,
    flaw: Flaw,
) {
    if !is_http2 {
        if let Ok(mut behind) = TcpStream::connect(behind).await {
            // Either side may close the connection without notice.
            let _ = tokio::io::copy_bidirectional(&mut stream, &mut behind).await;
        }
        return;
    }
    if flaw == Flaw::ConnectionField {
        let _ = malformed::serve(stream).await;
        return;
    }
    let stream = Watched {
        stream,
        ends_at_goaway: flaw == Flaw::ClosesAtGoaway,
    };
    let Ok(mut connection) = h2::server::handshake(stream).await else {
        return;
    };
    let turn = Arc::new(Mutex::new(()));
    let is_over = Arc::new(Notify::new());
    let open = Arc::new(AtomicUsize::new(0));
    loop {
        let request = tokio::select! {
            () = is_over.notified() => return,
            request = connection.accept() => request,
        };
        let Some(Ok((request, mut respond))) = request else {
            return;
        };
        let number = open.fetch_add(1, Ordering::SeqCst);
        if flaw == Flaw::FourStreams && number >= 4 {
            respond.send_reset(Reason::REFUSED_STREAM);
            continue;
        }
        let has_body = flaw != Flaw::ThreeBodies || number < 3;
        let is_over = is_over.clone();
        let window = Window {
            // The tests stop reading from nine streams, and read from a tenth.
            flaw: if number < 9 || flaw == Flaw::ResetsAtEnd {
                flaw
            } else {
                Flaw::None
            },
            turn: (flaw == Flaw::WaitsForWindow).then(|| turn.clone()),
            held: None,
        };
        tokio::spawn(async move {
            let was_reset = forward(request, respond, behind, (flaw, window), has_body).await;
            if was_reset.is_none() && flaw == Flaw::ResetClosesAll {
                is_over.notify_one();
            }
        });
    }
}

/// Forwards one request. `None` if the stream was reset or the server is gone.
async fn forward(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    behind: SocketAddr,
    (flaw, mut window): (Flaw, Window),
    has_body: bool,
) -> Option<()> {
    let mut stream = TcpStream::connect(behind).await.ok()?;
    let is_head = request.method() == "HEAD";
    stream.write_all(&written(request).await?).await.ok()?;
    let mut lines = BufReader::new(stream);
    let (head, mut framing) = read_head(&mut lines, flaw).await?;
    if is_head {
        return respond.send_response(head, true).ok().map(drop);
    }
    let mut body = respond.send_response(head, false).ok()?;
    loop {
        let piece = tokio::select! {
            _ = poll_fn(|cx| body.poll_reset(cx)) => return None,
            piece = read_piece(&mut lines, &mut framing), if has_body => piece,
        };
        match piece {
            Some(bytes) if bytes.is_empty() && flaw == Flaw::ResetsAtEnd => {
                body.send_reset(Reason::CANCEL);
                return Some(());
            }
            Some(bytes) if bytes.is_empty() => return body.send_data(Bytes::new(), true).ok(),
            Some(bytes) => window.send(&mut body, bytes).await?,
            None => {
                body.send_reset(Reason::INTERNAL_ERROR);
                return Some(());
            }
        }
    }
}

/// Returns the request as HTTP/1.1.
async fn written(request: Request<RecvStream>) -> Option<Vec<u8>> {
    let (head, mut body) = request.into_parts();
    let mut content = Vec::new();
    while let Some(bytes) = body.data().await {
        content.extend_from_slice(&bytes.ok()?);
    }
    let path = head.uri.path_and_query()?;
    let mut text = format!("{} {path} HTTP/1.1\r\n", head.method).into_bytes();
    for (name, value) in head
        .headers
        .iter()
        .filter(|(name, _)| *name != "content-length")
    {
        text.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    text.extend(format!("content-length: {}\r\n\r\n", content.len()).as_bytes());
    text.extend(content);
    Some(text)
}

/// The end of an HTTP/1.1 body.
enum Framing {
    Chunked,
    Length(usize),
    UntilClose,
}

async fn read_head(
    lines: &mut BufReader<TcpStream>,
    flaw: Flaw,
) -> Option<(Response<()>, Framing)> {
    let status = read_line(lines).await?;
    let mut head = Response::builder().status(status.split(' ').nth(1)?);
    let mut framing = Framing::UntilClose;
    loop {
        let line = read_line(lines).await?;
        let Some((name, value)) = line.split_once(": ") else {
            return Some((head.body(()).ok()?, framing));
        };
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "transfer-encoding" => framing = Framing::Chunked,
            "content-length" => framing = Framing::Length(value.parse().ok()?),
            _ => {}
        }
        match name.as_str() {
            "transfer-encoding" | "connection" => {}
            "content-type" if flaw == Flaw::TypePlain => {
                head = head.header("content-type", "text/plain");
            }
            name => head = head.header(name, value),
        }
    }
}

/// Returns the next part of a body. It is empty at the end, and `None` if the body is cut off.
async fn read_piece(lines: &mut BufReader<TcpStream>, framing: &mut Framing) -> Option<Vec<u8>> {
    match framing {
        Framing::Length(0) => Some(Vec::new()),
        Framing::Chunked => {
            let length = usize::from_str_radix(&read_line(lines).await?, 16).ok()?;
            let mut bytes = vec![0; length + 2];
            lines.read_exact(&mut bytes).await.ok()?;
            bytes.truncate(length);
            Some(bytes)
        }
        Framing::Length(_) | Framing::UntilClose => {
            let bytes = lines.fill_buf().await.ok()?.to_vec();
            lines.consume(bytes.len());
            match framing {
                // The server has closed the connection too early.
                Framing::Length(_) if bytes.is_empty() => return None,
                Framing::Length(rest) => *rest = rest.saturating_sub(bytes.len()),
                _ => {}
            }
            Some(bytes)
        }
    }
}

async fn read_line(lines: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let length = lines.read_line(&mut line).await.ok()?;
    (length > 0).then(|| line.trim_end().to_owned())
}
