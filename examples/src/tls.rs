//! HTTP/1.1 and HTTP/2 over TLS, with a certificate that the program makes itself.

use std::{env, fs, sync::Arc, time::Duration};

use axum::Router;
use futures_util::StreamExt;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use sse_tower::{
    Drain,
    connection::{ConnectionGuard, SocketOptions},
};
use tokio::{net::TcpListener, time::timeout};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

use crate::sockets;

/// The longest time for a TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// The time in which the streams end.
const WINDOW: Duration = Duration::from_secs(2);

/// Makes a certificate for these `names`. Writes it to the file in the program's second argument, or
/// prints it. This happens before the program [listens](crate::listen), so the file exists when the
/// address is printed.
pub fn certified(names: &[&str]) -> anyhow::Result<ServerConfig> {
    let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
    let own = rcgen::generate_simple_self_signed(names)?;
    match env::args().nth(2) {
        Some(file) => fs::write(file, own.cert.pem())?,
        None => print!("{}", own.cert.pem()),
    }
    let mut tls = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], own.signing_key.into())?;
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

/// Serves `app` until Ctrl-C, and then starts the drain of its streams.
pub async fn serve(listener: TcpListener, tls: ServerConfig, app: Router, drain: Drain) {
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let service = TowerToHyperService::new(app);
    // Between TLS and the socket: the write timeout also bounds the writes of TLS.
    let guard = ConnectionGuard::new().drain(&drain);
    let connections = GracefulShutdown::new();
    let builder = auto::Builder::new(TokioExecutor::new());
    let mut sockets = sockets(listener);
    while let Some(socket) = sockets.next().await {
        // A system that refuses an option still serves the connection.
        let _ = SocketOptions::new().apply(&socket);
        let handshake = acceptor.accept(guard.guard(socket));
        let (builder, service) = (builder.clone(), service.clone());
        let watcher = connections.watcher();
        tokio::spawn(async move {
            if let Ok(Ok(io)) = timeout(HANDSHAKE, handshake).await {
                let connection = builder.serve_connection(TokioIo::new(io), service);
                let _gone = watcher.watch(connection).await;
            }
        });
    }
    tokio::join!(drain.start(WINDOW), connections.shutdown());
}
