//! TLS, with HTTP/1.1 and HTTP/2: `cargo run -p examples --bin tls_ticks [ADDRESS]`.
//!
//! It prints the certificate it has made for itself: `curl -N --cacert FILE` takes it.
#![forbid(unsafe_code)]

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{Router, routing::get};
use examples::{listen, numbers, seen};
use futures_util::{Stream, StreamExt};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use sse_tower::{ConnectionGuard, Event, LastEventId, Sse};
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let listener = listen("https://*/ticks").await?;
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let own = rcgen::generate_simple_self_signed(names)?;
    print!("{}", own.cert.pem());
    let mut tls = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], own.signing_key.into())?;
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];

    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let service = TowerToHyperService::new(Router::new().route("/ticks", get(ticks)));
    // Between TLS and the socket: what TLS has to write is bounded by the write deadline, too.
    let guard = ConnectionGuard::new();
    loop {
        let (socket, _) = listener.accept().await?;
        let (handshake, service) = (acceptor.accept(guard.guard(socket)), service.clone());
        tokio::spawn(async move {
            let Ok(Ok(io)) = timeout(Duration::from_secs(10), handshake).await else {
                return;
            };
            let builder = auto::Builder::new(TokioExecutor::new());
            let _gone = builder.serve_connection(TokioIo::new(io), service).await;
        });
    }
}

async fn ticks(last: LastEventId) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let event = |n: u64| Event::new(format!("tick {n}")).with_id(n);
    Sse::new(numbers(seen(&last)).map(move |n| Ok(event(n))))
}
