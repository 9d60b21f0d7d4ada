//! Server-Sent Events, shown in a browser.
//!
//! `cargo run -p examples` starts the server and prints the address of its page. Each module is one
//! demonstration and starts with its `router`.
//!
//! | module | stream | shows |
//! |---|---|---|
//! | [`clock`] | `/clock` | the connection: state, reconnection time, last event ID |
//! | [`chat`] | `/chat` | a hub: history on joining, and who is here |
//! | [`notifications`] | `/notifications` | a hub: topics that share a connection, resuming without loss or duplicate |
//! | [`slow`] | `/readings` | a hub: what happens to a client that does not read |
//! | [`stop`] | `/ticks` | ending a stream for good |
//! | [`raw`] | `/raw` | the bytes: comments, heartbeats, blocks |
//! | [`origins`] | `/origins/…` | CORS and cookies |
//! | [`metrics`] | none: `/metrics` | the numbers of all streams and hubs |
//!
//! All of them use [`streams`]: limits, lifetime, heartbeat, and the record of ended streams. [`hubs`] makes the
//! hubs, and [`visitor`] checks the names of those who listen. [`mod@serve`] stops the server, and [`source`] shows this code on the page.
#![forbid(unsafe_code)]

use std::{net::IpAddr, process::ExitCode};

use anyhow::Context;
use axum::Router;
use clap::Parser;
use sse_tower::Drain;

use hubs::Hubs;
use origins::Addresses;
use serve::{drain_on_ctrl_c, listen, serve};
use streams::{Bounds, Streams};

mod chat;
mod clock;
mod hubs;
mod metrics;
mod notifications;
mod origins;
mod page;
mod raw;
mod serve;
mod slow;
mod source;
mod stop;
mod streams;
mod visitor;

/// A server that demonstrates Server-Sent Events.
#[derive(Parser)]
struct Options {
    /// The address to listen on
    #[arg(long, env = "BIND", default_value = "127.0.0.1")]
    bind: IpAddr,
    /// The port of the page; 0 chooses a free one
    #[arg(long, env = "PORT", default_value_t = 3000)]
    port: u16,
    /// The port of the second origin; 0 chooses a free one [default: the one after the page's]
    #[arg(long, env = "SECOND_PORT")]
    second_port: Option<u16>,
    /// Keeps chat and notifications in the Redis server of this URL (redis: or rediss:), so that several servers share
    /// them
    #[arg(long, env = "REDIS", hide_env_values = true, value_name = "URL")]
    redis: Option<String>,
    #[command(flatten)]
    bounds: Bounds,
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
    let recorder = metrics::install()?;
    let hubs = match &options.redis {
        Some(url) => Hubs::on_redis(url).await?,
        None => Hubs::in_memory(),
    };
    let first = listen(options.bind, options.port, "--port").await?;
    let second = listen(options.bind, options.second_port(), "--second-port").await?;
    let addresses = Addresses {
        server: first.local_addr()?,
        other: second.local_addr()?,
    };

    println!("Server-Sent Events, live: http://{}/", addresses.server);
    println!("the second origin:        http://{}/", addresses.other);
    println!("Ctrl-C stops both.");

    let drain = Drain::new();
    let streams = Streams::new(&options.bounds, &drain);
    let page = demonstrations(&streams, hubs, addresses)?;
    let page = page.merge(metrics::router(recorder.clone()));
    let other_page = page::other_origin().merge(origins::ports(addresses));
    let upkeep = tokio::spawn(metrics::upkeep(recorder));
    let served = tokio::try_join!(
        serve(first, page, &drain),
        serve(second, other_page, &drain),
        drain_on_ctrl_c(&drain),
    );
    upkeep.abort();
    served.map(drop).context("the server failed")
}

fn demonstrations(streams: &Streams, hubs: Hubs, addresses: Addresses) -> anyhow::Result<Router> {
    Ok(page::router()
        .merge(source::router())
        .merge(streams::router(streams))
        .merge(clock::router(streams))
        .merge(chat::router(streams, hubs.chat))
        .merge(notifications::router(streams, hubs.notifications))
        .merge(slow::router(streams, hubs.readings))
        .merge(stop::router(streams))
        .merge(raw::router(streams))
        .merge(origins::router(streams, addresses)?)
        .merge(origins::ports(addresses)))
}
