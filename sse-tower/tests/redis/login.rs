//! Connecting: TLS, passwords, rights, roles and settings of the server.

use std::{error::Error, fs, path::Path, time::Duration};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use sse_tower::hub::{
    Hub,
    log::{
        Log, LogError, LogName,
        redis::{RedisError, RedisErrorKind, RedisLog, RedisOptions, RedisWarning},
    },
};

use tokio::{net::TcpListener, time::sleep};

use crate::server::{Server, free_port};

/// The rights in the documentation.
const RIGHTS: &str =
    "~sse:* +@stream +@hash +get +set +eval +evalsha +script|load +info +time +@connection";

async fn connect(url: &str) -> Result<RedisLog, RedisError> {
    RedisLog::connect(url, RedisOptions::new()).await
}

async fn kind_of(url: &str) -> RedisErrorKind {
    connect(url).await.unwrap_err().kind()
}

/// Returns the kind of the error that the log has met.
fn cause(error: &LogError) -> RedisErrorKind {
    let cause = error.source().unwrap().downcast_ref::<RedisError>();
    cause.unwrap().kind()
}

#[tokio::test]
async fn tls_is_used_with_the_certificates_that_are_trusted() {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("tls-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, text: String| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (certificate, key) = (
        write("cert.pem", cert.pem()),
        write("key.pem", signing_key.serialize_pem()),
    );
    let port = free_port().to_string();
    let settings = [
        ["--tls-port", &port],
        ["--tls-cert-file", &certificate],
        ["--tls-key-file", &key],
        ["--tls-ca-cert-file", &certificate],
        ["--tls-auth-clients", "no"],
    ];
    let Some(_server) = Server::with(&settings.concat()) else {
        return;
    };
    let url = format!("rediss://127.0.0.1:{port}");
    assert_eq!(kind_of(&url).await, RedisErrorKind::Tls);
    let options = RedisOptions::new().trust_only_given().trust_pem(cert.pem());
    let log = RedisLog::connect(&url, options).await.unwrap();
    log.tail(&LogName::new("log"), None).await.unwrap();
    let bad = RedisOptions::new().trust_pem("no certificate");
    let error = RedisLog::connect(&url, bad).await.unwrap_err();
    assert_eq!(error.kind(), RedisErrorKind::InvalidCertificates);
    fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_wrong_login_is_told() {
    let Some(server) = Server::with(&["--requirepass", "secret"]) else {
        return;
    };
    let port = server.port();
    for (login, expected) in [
        ("", Some(RedisErrorKind::LoginRefused)),
        (":wrong@", Some(RedisErrorKind::LoginRefused)),
        ("nobody:secret@", Some(RedisErrorKind::LoginRefused)),
        (":secret@", None),
        ("default:secret@", None),
    ] {
        let error = connect(&format!("redis://{login}127.0.0.1:{port}"))
            .await
            .err();
        assert_eq!(error.map(|error| error.kind()), expected, "{login}");
    }
    assert_eq!(
        kind_of(&format!("redis://127.0.0.1:{}", free_port())).await,
        RedisErrorKind::Unreachable
    );
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    for login in ["", ":secret@"] {
        let options = RedisOptions::new().timeout(Duration::from_millis(200));
        let url = format!("redis://{login}{address}");
        let error = RedisLog::connect(&url, options).await.unwrap_err();
        assert_eq!(error.kind(), RedisErrorKind::TimedOut, "{login}");
    }
}

/// Builds a hub with a user that has these rights. Returns the kind of error.
async fn build_with(server: &Server, rights: &str) -> Option<RedisErrorKind> {
    let mut command = vec!["ACL", "SETUSER", "hub", "reset", "on", ">pass"];
    command.extend(rights.split(' '));
    server.run::<()>(&command);
    server.run::<()>(&["FLUSHALL"]);
    let log = match connect(&format!("redis://hub:pass@127.0.0.1:{}", server.port())).await {
        Ok(log) => log,
        Err(error) => return Some(error.kind()),
    };
    let built = Hub::builder().build_on(log, LogName::new("log")).await;
    built.err().map(|error| cause(&error))
}

#[tokio::test]
async fn missing_rights_are_told_when_the_hub_is_built() {
    let Some(server) = Server::start() else {
        return;
    };
    assert_eq!(build_with(&server, RIGHTS).await, None);
    for right in RIGHTS.split(' ') {
        let rest = RIGHTS.split(' ').filter(|other| *other != right);
        let rest = rest.collect::<Vec<_>>().join(" ");
        let error = build_with(&server, &rest).await;
        // These are used only for publish IDs, or not as long as the server keeps the scripts.
        let is_needed = !["+get", "+set", "+script|load", "+@connection"].contains(&right);
        assert_eq!(
            error,
            is_needed.then_some(RedisErrorKind::MissingRight),
            "without {right}"
        );
    }
    assert_eq!(
        build_with(&server, &RIGHTS.replace("sse", "other")).await,
        Some(RedisErrorKind::MissingRight)
    );
    let message = RedisError::to_string(
        &connect(&format!("redis://x:y@127.0.0.1:{}", server.port()))
            .await
            .unwrap_err(),
    );
    assert!(message.contains("check user and password"), "{message}");
}

#[tokio::test]
async fn a_replica_is_refused() {
    let Some((primary, replica)) = Server::start().zip(Server::start()) else {
        return;
    };
    let log = connect(&replica.url()).await.unwrap();
    let name = LogName::new("log");
    log.tail(&name, None).await.unwrap();
    replica.run::<()>(&["REPLICAOF", "127.0.0.1", &primary.port().to_string()]);
    assert_eq!(kind_of(&replica.url()).await, RedisErrorKind::Replica);
    // A connection from before is told as well.
    let error = log.tail(&name, Some(0)).await.unwrap_err();
    assert_eq!(cause(&error), RedisErrorKind::Replica, "{error:?}");
}

/// Makes a server a replica of another one, and waits until it has its keys.
async fn replicate(replica: &Server, primary: &Server) {
    replica.run::<()>(&["REPLICAOF", "127.0.0.1", &primary.port().to_string()]);
    let is_up = || {
        replica
            .run::<String>(&["INFO", "replication"])
            .contains("link_status:up")
    };
    while !is_up() {
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_primary_that_becomes_a_replica_is_refused_although_it_knows_the_log() {
    let Some((old, new)) = Server::start().zip(Server::start()) else {
        return;
    };
    let log = connect(&old.url()).await.unwrap();
    let name = LogName::new("log");
    log.tail(&name, None).await.unwrap();
    replicate(&new, &old).await;
    new.run::<()>(&["REPLICAOF", "NO", "ONE"]);
    replicate(&old, &new).await;
    // Nobody has used the new primary yet, so the log still has the run ID of the old one.
    for page in [log.tail(&name, Some(0)).await, log.read(&name, 1).await] {
        assert_eq!(cause(&page.unwrap_err()), RedisErrorKind::Replica);
    }
}

#[tokio::test]
async fn a_server_that_may_remove_a_log_is_warned_of() {
    let Some(server) = Server::start() else {
        return;
    };
    for (policy, expected) in [
        ("noeviction", None),
        ("volatile-lru", None),
        ("allkeys-lru", Some(RedisWarning::EvictsLogs)),
        ("allkeys-random", Some(RedisWarning::EvictsLogs)),
    ] {
        server.run::<()>(&["CONFIG", "SET", "maxmemory-policy", policy]);
        let log = connect(&server.url()).await.unwrap();
        assert_eq!(log.warning(), expected, "{policy}");
    }
}

#[tokio::test]
async fn a_key_of_another_program_is_no_log() {
    let Some(server) = Server::start() else {
        return;
    };
    let log = connect(&server.url()).await.unwrap();
    for key in ["log", "meta"] {
        server.run::<()>(&["SET", &format!("sse:{{{key}}}:{key}"), "1"]);
        let error = log.tail(&LogName::new(key), None).await.unwrap_err();
        assert_eq!(cause(&error), RedisErrorKind::Refused);
    }
}
