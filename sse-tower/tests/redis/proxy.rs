//! A network that can be cut, and be connected to another server.

use std::io;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

/// The state of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    /// It connects to this port. Connections to another port are closed.
    To(u16),
    /// It loses all packets. Connections stay open.
    Silent,
    /// It closes all connections.
    Closed,
}

/// Forwards the connections to a port of its own.
pub(crate) struct Proxy {
    port: u16,
    network: watch::Sender<Network>,
    task: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let network = watch::Sender::new(Network::To(port));
        let receiver = network.subscribe();
        Self {
            port: listener.local_addr().unwrap().port(),
            network,
            task: tokio::spawn(async move {
                while let Ok((socket, _)) = listener.accept().await {
                    tokio::spawn(forward(socket, receiver.clone()));
                }
            }),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn set(&self, network: Network) {
        self.network.send_replace(network);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn forward(client: TcpStream, mut network: watch::Receiver<Network>) {
    // A connection that is opened while packets are lost is not accepted by the server before the network is back.
    let is_up = |network: &Network| *network != Network::Silent;
    let up = network.wait_for(is_up).await.map(|network| *network);
    let Ok(Network::To(port)) = up else {
        return;
    };
    let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else {
        return;
    };
    let ((from_client, to_client), (from_server, to_server)) =
        (client.into_split(), server.into_split());
    let is_another = |network: &Network| ![Network::Silent, Network::To(port)].contains(network);
    tokio::select! {
        _ended = pump(from_client, to_server, network.clone()) => {}
        _ended = pump(from_server, to_client, network.clone()) => {}
        () = async { network.wait_for(is_another).await.map(drop).unwrap_or_default() } => {}
    }
}

async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut network: watch::Receiver<Network>,
) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        // Lost packets are sent again when the network is back.
        let is_up = |network: &Network| *network != Network::Silent;
        let _ended = network.wait_for(is_up).await.map(drop);
        to.write_all(&buffer[..length]).await?;
    }
}
