//! Server-Sent Events, shown in a browser.
//!
//! `cargo run -p examples` starts the server and prints the address of its page. Each module is
//! one demonstration, and each begins with its `router`.
//!
//! | module | stream | shows |
//! |---|---|---|
//! | [`clock`] | `/clock` | the connection: state, reconnection time, last event ID |
//! | [`chat`] | `/chat` | one event for many listeners; noticing that one is gone |
//! | [`notifications`] | `/notifications` | resuming without loss or duplicate |
//! | [`stop`] | `/ticks` | ending a stream for good |
//! | [`raw`] | `/raw` | the bytes: comments, heartbeats, blocks |
//! | [`origins`] | `/origins/…` | CORS and cookies |
#![forbid(unsafe_code)]

use std::{
    net::{IpAddr, SocketAddr},
    process::ExitCode,
    time::Duration,
};

use anyhow::Context;
use axum::Router;
use clap::Parser;
use tokio::{net::TcpListener, time::sleep};

use origins::Addresses;
use streams::Streams;

mod chat;
mod clock;
mod notifications;
mod origins;
mod page;
mod raw;
mod stop;
mod streams;

/// How long a stopping server waits for clients that do not read.
const PATIENCE: Duration = Duration::from_secs(5);

/// A server that shows Server-Sent Events at work.
#[derive(Parser)]
struct Options {
    /// The address to listen on
    #[arg(long, env = "BIND", default_value = "127.0.0.1")]
    bind: IpAddr,
    /// The port of the page; 0 takes a free one
    #[arg(long, env = "PORT", default_value_t = 3000)]
    port: u16,
    /// The port of the second origin; 0 takes a free one [default: the one after the page's]
    #[arg(long, env = "SECOND_PORT")]
    second_port: Option<u16>,
}

impl Options {
    fn second_port(&self) -> u16 {
        let next = if self.port == 0 {
            0
        } else {
            self.port.wrapping_add(1)
        };
        self.second_port.unwrap_or(next)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> anyhow::Result<()> {
    let first = listen(options.bind, options.port, "--port").await?;
    let second = listen(options.bind, options.second_port(), "--second-port").await?;
    let addresses = Addresses {
        server: first.local_addr()?,
        other: second.local_addr()?,
    };

    println!("Server-Sent Events, live: http://{}/", addresses.server);
    println!("the second origin:        http://{}/", addresses.other);
    println!("Ctrl-C stops both.");

    let streams = Streams::new();
    let server = axum::serve(first, demonstrations(&streams, addresses)?)
        .with_graceful_shutdown(streams.closed());
    let other = axum::serve(
        second,
        page::other_origin().merge(origins::ports(addresses)),
    )
    .with_graceful_shutdown(streams.closed());
    let both = async { tokio::try_join!(server.into_future(), other.into_future()) };

    tokio::spawn(close_on_ctrl_c(streams.clone()));
    tokio::select! {
        served = both => served.map(drop).context("the server failed"),
        () = patience(&streams) => Ok(()),
    }
}

async fn close_on_ctrl_c(streams: Streams) {
    if tokio::signal::ctrl_c().await.is_ok() {
        streams.close();
    }
}

async fn patience(streams: &Streams) {
    streams.closed().await;
    sleep(PATIENCE).await;
}

fn demonstrations(streams: &Streams, addresses: Addresses) -> anyhow::Result<Router> {
    Ok(page::router()
        .merge(streams::router(streams))
        .merge(clock::router(streams))
        .merge(chat::router(streams))
        .merge(notifications::router(streams))
        .merge(stop::router(streams))
        .merge(raw::router(streams))
        .merge(origins::router(streams, addresses)?)
        .merge(origins::ports(addresses)))
}

async fn listen(bind: IpAddr, port: u16, option: &str) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::new(bind, port);
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address} (choose another port with {option})"))
}
