//! A connection to a server.

use std::{sync::Arc, time::Duration};

use ::redis::{
    AsyncConnectionConfig, Cmd, ErrorKind, RedisConnectionInfo, ServerErrorKind, Value,
    aio::MultiplexedConnection,
};
#[cfg(feature = "runs")]
use ::redis::{ProtocolVersion, PushInfo};
use rustls::ClientConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    task::JoinHandle,
};
use tokio_rustls::TlsConnector;

use crate::redis::{
    error::{RedisError, RedisErrorKind, within},
    script::Script,
    server::Server,
};

/// The server, and how to connect to it.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) server: Server,
    pub(crate) tls: Arc<ClientConfig>,
    pub(crate) timeout: Duration,
}

/// A connection. Its task ends with it, so that a command that blocks does not outlive it.
pub(crate) struct Connection {
    redis: MultiplexedConnection,
    task: JoinHandle<()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Target {
    /// Opens a connection and logs in.
    pub(crate) async fn connect(&self) -> Result<Connection, RedisError> {
        let login = self.server.login.clone();
        self.open(login, AsyncConnectionConfig::new()).await
    }

    /// Opens a connection for subscriptions. `on_push` is called for each message, and once the connection is lost.
    #[cfg(feature = "runs")]
    pub(crate) async fn connect_for_messages(
        &self,
        on_push: impl Fn(PushInfo) + Send + Sync + 'static,
    ) -> Result<Connection, RedisError> {
        let login = self.server.login.clone();
        let config = AsyncConnectionConfig::new().set_push_sender(move |push| {
            on_push(push);
            Ok::<_, ()>(())
        });
        self.open(login.set_protocol(ProtocolVersion::RESP3), config)
            .await
    }

    async fn open(
        &self,
        login: RedisConnectionInfo,
        config: AsyncConnectionConfig,
    ) -> Result<Connection, RedisError> {
        // Each command has a time limit of its own.
        let config = config.set_response_timeout(None);
        let Server {
            host,
            port,
            tls_name,
            ..
        } = &self.server;
        let unreachable =
            |error: std::io::Error| RedisError::new(RedisErrorKind::Unreachable, error);
        let connect = async {
            let socket = TcpStream::connect((&**host, *port)).await;
            let socket = socket.map_err(unreachable)?;
            socket.set_nodelay(true).map_err(unreachable)?;
            match tls_name {
                None => log_in(socket, &login, config).await,
                Some(name) => {
                    let connector = TlsConnector::from(self.tls.clone());
                    let socket = connector.connect(name.clone(), socket).await;
                    let socket =
                        socket.map_err(|error| RedisError::new(RedisErrorKind::Tls, error))?;
                    log_in(socket, &login, config).await
                }
            }
        };
        within(self.timeout, connect).await
    }
}

async fn log_in(
    socket: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    login: &RedisConnectionInfo,
    config: AsyncConnectionConfig,
) -> Result<Connection, RedisError> {
    let opened = MultiplexedConnection::new_with_config(login, socket, config).await;
    let (redis, driver) = opened.map_err(RedisError::of_driver)?;
    let task = tokio::spawn(driver);
    Ok(Connection { redis, task })
}

impl Connection {
    /// Returns whether a command can be written. If not, it is certain that none is.
    pub(crate) fn is_open(&self) -> bool {
        !self.task.is_finished()
    }

    pub(crate) async fn run(&self, command: &Cmd) -> Result<Value, RedisError> {
        let mut redis = self.redis.clone();
        let answer = redis.send_packed_command(command).await;
        answer
            .and_then(Value::extract_error)
            .map_err(RedisError::of_driver)
    }

    /// Subscribes to a channel. The connection has to be one of
    /// [`connect_for_messages`](Target::connect_for_messages).
    #[cfg(feature = "runs")]
    pub(crate) async fn subscribe(&self, channel: &str) -> Result<(), RedisError> {
        let mut redis = self.redis.clone();
        let subscribed = redis.subscribe(channel).await;
        subscribed.map_err(RedisError::of_driver)
    }

    #[cfg(feature = "runs")]
    pub(crate) async fn unsubscribe(&self, channel: &str) -> Result<(), RedisError> {
        let mut redis = self.redis.clone();
        let unsubscribed = redis.unsubscribe(channel).await;
        unsubscribed.map_err(RedisError::of_driver)
    }

    /// Runs a script. The server keeps it, so that most calls send only its hash.
    pub(crate) async fn call(
        &self,
        script: &Script,
        call: impl Fn(&mut Cmd),
    ) -> Result<Value, RedisError> {
        let mut redis = self.redis.clone();
        let mut command = ::redis::cmd("EVALSHA");
        call(command.arg(script.hash()));
        let answer = redis.send_packed_command(&command).await;
        match answer.and_then(Value::extract_error) {
            // The server has restarted, or its scripts were flushed.
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                let mut command = ::redis::cmd("EVAL");
                call(command.arg(script.text()));
                self.run(&command).await
            }
            answer => answer.map_err(RedisError::of_driver),
        }
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("is_open", &self.is_open())
            .finish_non_exhaustive()
    }
}
