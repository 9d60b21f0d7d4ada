//! Errors of a server and of its connections.

use std::{error::Error, fmt, time::Duration};

use ::redis::{ErrorKind, RedisError as DriverError};

use crate::error::BoxError;

/// The rights that the user of a hub needs.
const RIGHTS_OF_HUB: &str =
    "~sse:* +@stream +@hash +get +set +eval +evalsha +script|load +info +time +@connection";

/// The rights that the user of runs needs.
#[cfg(feature = "runs")]
const RIGHTS_OF_RUNS: &str = "~sse:* &sse:* +@hash +@list +@sortedset +del +pttl +pexpireat +eval +evalsha \
    +script|load +info +time +publish +subscribe +unsubscribe +@connection";

/// A Redis server cannot be used, or has not answered.
///
/// The message says what to do. [`kind`](Self::kind) tells the cases apart.
#[derive(Debug)]
pub struct RedisError {
    kind: RedisErrorKind,
    rights: &'static str,
    cause: Option<BoxError>,
}

/// Why a Redis server cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RedisErrorKind {
    /// The URL is not one of a server. The caller's mistake.
    InvalidUrl,
    /// A text of `trust_pem` holds no valid certificate. The caller's mistake.
    InvalidCertificates,
    /// The server does not speak TLS, or its certificate is not trusted.
    Tls,
    /// No connection could be made, or it was closed.
    Unreachable,
    /// The server has not answered in time.
    TimedOut,
    /// The name or the password is wrong.
    LoginRefused,
    /// The user lacks a right.
    MissingRight,
    /// The server is a replica.
    Replica,
    /// The server does not tell its run ID. Without it, a restart would not be noticed.
    NoRunId,
    /// The server has refused the command for another reason, such as a lack of memory.
    Refused,
    /// The server's answer could not be understood.
    UnexpectedAnswer,
}

impl RedisError {
    /// Returns what kind of error this is.
    #[must_use]
    pub const fn kind(&self) -> RedisErrorKind {
        self.kind
    }

    pub(crate) fn new(kind: RedisErrorKind, cause: impl Into<BoxError>) -> Self {
        Self {
            kind,
            rights: RIGHTS_OF_HUB,
            cause: Some(cause.into()),
        }
    }

    /// Lets the message tell the rights for runs.
    #[cfg(feature = "runs")]
    pub(crate) const fn for_runs(mut self) -> Self {
        self.rights = RIGHTS_OF_RUNS;
        self
    }

    pub(crate) const fn timed_out() -> Self {
        Self {
            kind: RedisErrorKind::TimedOut,
            rights: RIGHTS_OF_HUB,
            cause: None,
        }
    }

    /// Returns whether the server has sent this error, instead of doing what it was told.
    pub(crate) const fn is_refusal(&self) -> bool {
        matches!(
            self.kind,
            RedisErrorKind::LoginRefused
                | RedisErrorKind::MissingRight
                | RedisErrorKind::Replica
                | RedisErrorKind::NoRunId
                | RedisErrorKind::Refused
        )
    }

    /// Makes an error of the driver's one, whose type is not public here.
    pub(crate) fn of_driver(error: DriverError) -> Self {
        let kind = match error.kind() {
            ErrorKind::AuthenticationFailed => RedisErrorKind::LoginRefused,
            ErrorKind::Server(_) | ErrorKind::Extension => {
                let texts = [error.code(), error.detail()].map(Option::unwrap_or_default);
                RedisErrorKind::of_reply(&texts.join(" "))
            }
            ErrorKind::Io if error.is_timeout() => RedisErrorKind::TimedOut,
            ErrorKind::Io | ErrorKind::Client => RedisErrorKind::Unreachable,
            _ => RedisErrorKind::UnexpectedAnswer,
        };
        Self::new(kind, error)
    }

    /// Makes the error of a text that the server has sent.
    pub(crate) fn of_reply(reply: impl Into<String>) -> Self {
        let reply = reply.into();
        Self::new(RedisErrorKind::of_reply(&reply), reply)
    }
}

impl RedisErrorKind {
    fn of_reply(reply: &str) -> Self {
        let has = |texts: &[&str]| texts.iter().any(|text| reply.contains(text));
        // Within a script a server tells some of these without their code.
        if has(&["WRONGPASS", "NOAUTH", "invalid password", "ERR AUTH"]) {
            Self::LoginRefused
        } else if has(&["NOPERM", "can't run this command", "no permissions"]) {
            Self::MissingRight
        } else if has(&["READONLY", "SSEREPLICA"]) {
            Self::Replica
        } else if has(&["SSENORUNID"]) {
            Self::NoRunId
        } else {
            Self::Refused
        }
    }
}

impl fmt::Display for RedisError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            RedisErrorKind::InvalidUrl => f.write_str(
                "not the URL of a Redis server: write redis://[user:password@]host[:port][/database], or rediss:// for TLS",
            ),
            RedisErrorKind::InvalidCertificates => f.write_str(
                "the certificates to trust cannot be read: each text of `trust_pem` needs one in PEM",
            ),
            RedisErrorKind::Tls => f.write_str(
                "no TLS connection to the Redis server: if its certificate is your own, give it to \
                 the option `trust_pem`",
            ),
            RedisErrorKind::Unreachable => f.write_str("the Redis server cannot be reached"),
            RedisErrorKind::TimedOut => f.write_str("the Redis server has not answered in time"),
            RedisErrorKind::LoginRefused => {
                f.write_str("the Redis server refuses the login: check user and password of the URL")
            }
            RedisErrorKind::MissingRight => write!(
                f,
                "the Redis user lacks a right: it needs {}, with the prefix of the keys instead of `sse` if you have set one",
                self.rights
            ),
            RedisErrorKind::Replica => f.write_str(
                "the Redis server is a replica: connect to the primary, since a replica may lag",
            ),
            RedisErrorKind::NoRunId => f.write_str(
                "the Redis server does not tell its run_id in a script, without which lost events would not be \
                 noticed: use another server",
            ),
            RedisErrorKind::Refused => f.write_str("the Redis server has refused the command"),
            RedisErrorKind::UnexpectedAnswer => {
                f.write_str("the Redis server has sent an answer that is not one of its scripts")
            }
        }
    }
}

impl Error for RedisError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

/// Waits for at most `time`.
pub(crate) async fn within<T>(
    time: Duration,
    future: impl Future<Output = Result<T, RedisError>>,
) -> Result<T, RedisError> {
    let timeout = tokio::time::timeout(time, future).await;
    timeout.unwrap_or_else(|_elapsed| Err(RedisError::timed_out()))
}
