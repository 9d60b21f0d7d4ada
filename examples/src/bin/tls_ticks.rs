//! TLS, with HTTP/1.1 and HTTP/2: `cargo run -p examples --bin tls_ticks [ADDRESS [FILE]]`.
//!
//! The certificate, which it makes for itself, goes to FILE or is printed: `curl -N --cacert FILE`.
#![forbid(unsafe_code)]

use std::{convert::Infallible, env, fs, sync::Arc, time::Duration};

use axum::{Router, routing::get};
use examples::{listen, numbers, seen, sockets};
use futures_util::StreamExt;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::{conn::auto, graceful::GracefulShutdown};
use hyper_util::service::TowerToHyperService;
use sse_tower::{ConnectionGuard, Drain, Event, LastEventId, Settings, Sse};
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let own = rcgen::generate_simple_self_signed(["localhost".into(), "127.0.0.1".into()])?;
    match env::args().nth(2) {
        Some(file) => fs::write(file, own.cert.pem())?,
        None => print!("{}", own.cert.pem()),
    }
    let mut tls = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], own.signing_key.into())?;
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(tls));

    let drain = Drain::new();
    let settings = Settings::new().drain(&drain);
    let ticks = async |last: LastEventId| {
        let event = |n: u64| Event::new(format!("tick {n}")).with_id(n);
        let events = numbers(seen(&last)).map(move |n| Ok::<_, Infallible>(event(n)));
        Sse::with(events, settings)
    };
    let service = TowerToHyperService::new(Router::new().route("/ticks", get(ticks)));
    // Between TLS and the socket: what TLS has to write is bounded by the write deadline, too.
    let guard = ConnectionGuard::new().drain(&drain);
    let connections = GracefulShutdown::new();
    let builder = auto::Builder::new(TokioExecutor::new());
    let mut sockets = sockets(listen("https://*/ticks").await?);
    while let Some(socket) = sockets.next().await {
        let handshake = acceptor.accept(guard.guard(socket));
        let (builder, service) = (builder.clone(), service.clone());
        let watcher = connections.watcher();
        tokio::spawn(async move {
            if let Ok(Ok(io)) = timeout(Duration::from_secs(10), handshake).await {
                let connection = builder.serve_connection(TokioIo::new(io), service);
                let _gone = watcher.watch(connection).await;
            }
        });
    }
    tokio::join!(drain.start(Duration::from_secs(2)), connections.shutdown());
    Ok(())
}
