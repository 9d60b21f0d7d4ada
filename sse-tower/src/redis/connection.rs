//! A connection to a server.

use std::{sync::Arc, time::Duration};

use ::redis::{
    AsyncConnectionConfig, Cmd, ErrorKind, ServerErrorKind, Value, aio::MultiplexedConnection,
};
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
                None => self.log_in(socket).await,
                Some(name) => {
                    let connector = TlsConnector::from(self.tls.clone());
                    let socket = connector.connect(name.clone(), socket).await;
                    self.log_in(
                        socket.map_err(|error| RedisError::new(RedisErrorKind::Tls, error))?,
                    )
                    .await
                }
            }
        };
        within(self.timeout, connect).await
    }

    async fn log_in(
        &self,
        socket: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    ) -> Result<Connection, RedisError> {
        // Each command has a time limit of its own.
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let login = &self.server.login;
        let opened = MultiplexedConnection::new_with_config(login, socket, config).await;
        let (redis, driver) = opened.map_err(RedisError::of_driver)?;
        let task = tokio::spawn(driver);
        Ok(Connection { redis, task })
    }
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
