//! A client of one server, whose commands share a connection.

use std::{sync::Arc, time::Duration};

use crate::{
    redis::{
        connection::{Connection, Target},
        error::{RedisError, RedisErrorKind, within},
        server::Server,
    },
    tls::Trust,
};

/// A server, and the connection for all commands that do not wait.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) target: Target,
    shared: tokio::sync::Mutex<Option<Arc<Connection>>>,
}

impl Client {
    /// Reads the URL. The connection is opened when it is needed.
    pub(crate) fn new(url: &str, trust: &Trust, timeout: Duration) -> Result<Self, RedisError> {
        let tls = trust
            .config()
            .map_err(|error| RedisError::new(RedisErrorKind::InvalidCertificates, error))?;
        let target = Target {
            server: Server::parse(url)?,
            tls: Arc::new(tls),
            timeout,
        };
        let shared = tokio::sync::Mutex::new(None);
        Ok(Self { target, shared })
    }

    /// Does something with the shared connection, within the time limit.
    pub(crate) async fn with_shared<T>(
        &self,
        call: impl AsyncFnOnce(&Connection) -> Result<T, RedisError>,
    ) -> Result<T, RedisError> {
        let mut used = None;
        let call = async {
            let connection = used.insert(self.connection().await?);
            call(connection).await
        };
        let result = within(self.target.timeout, call).await;
        if let (Err(error), Some(used)) = (&result, used)
            && error.kind() == RedisErrorKind::TimedOut
        {
            // The connection may be broken without a sign, so the next command opens another one.
            let mut shared = self.shared.lock().await;
            shared.take_if(|connection| Arc::ptr_eq(connection, &used));
        }
        result
    }

    /// Returns the shared connection, and opens it if it is closed.
    async fn connection(&self) -> Result<Arc<Connection>, RedisError> {
        let mut shared = self.shared.lock().await;
        if let Some(connection) = shared.as_ref().filter(|connection| connection.is_open()) {
            return Ok(connection.clone());
        }
        let connection = Arc::new(self.target.connect().await?);
        *shared = Some(connection.clone());
        Ok(connection)
    }
}
