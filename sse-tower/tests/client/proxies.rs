//! Event sources through an HTTP proxy, as the guide sets them up.

use std::sync::{Arc, Mutex};

use http::Request;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::connect::{HttpConnector, proxy::Tunnel};
use sse_tower::client::{EventSource, HttpClient};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio_stream::StreamExt;

use crate::ready_made::{describe, serve_tls};

/// The first lines of the requests that the proxy got.
type Lines = Arc<Mutex<Vec<String>>>;

/// Serves a proxy, which opens tunnels and forwards other requests. Returns its URL.
async fn proxy() -> (String, Lines) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let lines = Lines::default();
    let seen = lines.clone();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(forward(socket, seen.clone()));
        }
    });
    (url, lines)
}

async fn forward(mut client: TcpStream, lines: Lines) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match client.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let text = String::from_utf8(head.clone()).unwrap();
    let line = text.lines().next().unwrap().to_owned();
    let target = line.split(' ').nth(1).unwrap().to_owned();
    let is_tunnel = line.starts_with("CONNECT ");
    lines.lock().unwrap().push(line);
    let authority = target.trim_start_matches("http://");
    let authority = authority.split('/').next().unwrap();
    let mut server = TcpStream::connect(authority).await.unwrap();
    match is_tunnel {
        true => client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap(),
        false => server.write_all(&head).await.unwrap(),
    }
    let _gone = copy_bidirectional(&mut client, &mut server).await;
}

#[tokio::test]
async fn a_connector_of_the_user_goes_through_a_tunnel() {
    let (port, pem) = serve_tls(describe).await;
    let (proxy, lines) = proxy().await;
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
        .unwrap();
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tunnel = Tunnel::new(proxy.parse().unwrap(), HttpConnector::new());
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_only()
        .enable_all_versions()
        .wrap_connector(tunnel);
    let client = HttpClient::builder().build_with_connector(connector);
    let mut events = EventSource::builder(client).build(move |_| {
        let request = Request::get(format!("https://localhost:{port}/"));
        request.body(String::new()).unwrap()
    });
    let event = events.next().await.unwrap().unwrap();
    assert_eq!(event.data(), "HTTP/2.0 identity");
    let expected = format!("CONNECT localhost:{port} HTTP/1.1");
    assert_eq!(*lines.lock().unwrap(), [expected]);
}

#[cfg(feature = "reqwest")]
#[tokio::test]
async fn a_client_of_reqwest_goes_through_its_proxy() {
    let port = crate::reqwest::serve().await;
    let (proxy, lines) = proxy().await;
    let client = reqwest::Client::builder()
        .proxy(reqwest::Proxy::all(proxy).unwrap())
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let url = format!("http://127.0.0.1:{port}/feed");
    let expected = format!("GET {url} HTTP/1.1");
    let mut events = EventSource::builder(sse_tower::client::ReqwestClient::new(client))
        .build(move |_| Request::get(&url).body(String::new()).unwrap());
    let event = events.next().await.unwrap().unwrap();
    assert!(event.data().starts_with("GET "), "{event:?}");
    assert_eq!(*lines.lock().unwrap(), [expected]);
}
