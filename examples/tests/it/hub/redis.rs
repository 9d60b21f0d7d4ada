//! Several hubs on one Redis server.

use std::{
    env, fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use http::StatusCode;
use tokio::time::sleep;

use super::{Hub, command, get, message, next, post, with};
use crate::{certificate::Certificate, demo::within};

/// A running Redis server, which saves nothing. It is killed when this value is dropped.
pub(crate) struct Redis {
    child: Child,
    program: PathBuf,
    folder: PathBuf,
    port: u16,
    /// Options of its command line.
    settings: Vec<String>,
    pub(crate) url: String,
}

impl Redis {
    /// Starts a server with a password. Returns `None` if the program is missing, except in CI.
    pub(crate) async fn start() -> Option<Self> {
        Self::start_at(free_port(), &["127.0.0.1"]).await
    }

    /// Starts a server with a password at this port of several addresses.
    pub(crate) async fn start_at(port: u16, bind: &[&str]) -> Option<Self> {
        Self::start_with(port, &[&["--bind"], bind].concat()).await
    }

    /// Starts a server with a password and further settings.
    async fn start_with(port: u16, settings: &[&str]) -> Option<Self> {
        let named = env::var_os("REDIS_SERVER").map(PathBuf::from);
        // Debian's package `redis-tools` has the server under the name of a tool.
        let installed = ["/usr/bin/redis-server", "/usr/bin/redis-check-rdb"].map(PathBuf::from);
        let mut programs = named.into_iter().chain(installed);
        let Some(program) = programs.find(|path| path.is_file()) else {
            assert!(env::var_os("CI").is_none(), "redis-server is missing");
            println!("left out: redis-server is missing");
            return None;
        };
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("hub-redis-{}-{number}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        let settings: Vec<_> = settings.iter().map(|&word| word.to_owned()).collect();
        let redis = Self {
            child: spawn(&program, &folder, port, &settings),
            program,
            folder,
            port,
            settings,
            url: format!("redis://:{PASSWORD}@127.0.0.1:{port}"),
        };
        redis.answers().await;
        Some(redis)
    }

    /// Kills the server, and starts it again after a while. It has lost everything.
    pub(crate) async fn restart(&mut self, after: Duration) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        sleep(after).await;
        self.child = spawn(&self.program, &self.folder, self.port, &self.settings);
        self.answers().await;
    }

    async fn answers(&self) {
        within(async {
            while !answers(self.port) {
                sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    }

    /// Stops the process (`-STOP`), which then answers nothing although its connections stay open, or lets it go on
    /// (`-CONT`).
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args([name, &id]).status();
        assert!(status.unwrap().success());
    }
}

fn spawn(program: &Path, folder: &Path, port: u16, settings: &[String]) -> Child {
    Command::new(program)
        .arg0("redis-server")
        .args(["--port", &port.to_string(), "--save", ""])
        .args(settings)
        .args(["--requirepass", PASSWORD, "--loglevel", "warning"])
        .arg("--dir")
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Returns a port that was free a moment ago: the server cannot choose one itself.
pub(crate) fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().port()
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ended_before = self.child.kill();
        let _ended_before = self.child.wait();
        let _left_behind = fs::remove_dir_all(&self.folder);
    }
}

pub(crate) const PASSWORD: &str = "password-of-the-server";

fn answers(port: u16) -> bool {
    let Ok(mut socket) = TcpStream::connect(("127.0.0.1", port)) else {
        return false;
    };
    let asked = socket.write_all(b"PING\r\n");
    let mut answer = [0; 7];
    asked.and_then(|()| socket.read_exact(&mut answer)).is_ok() && answer.starts_with(b"-NOAUTH")
}

/// Waits until `/readyz` answers this status, and returns its text.
async fn becomes(hub: &Hub, status: StatusCode) -> String {
    let begun = Instant::now();
    loop {
        let (answered, text) = hub.answer(get("/readyz")).await;
        if answered == status {
            return text;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{text}");
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn an_event_reaches_the_clients_of_every_node() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let options = ["--redis", &redis.url];
    let (one, two) = (Hub::start(&options).await, Hub::start(&options).await);
    assert!(
        one.greeting
            .contains("log: in Redis, under the name \"hub\"\n")
    );
    let other = Hub::start(&["--redis", &redis.url, "--log", "other"]).await;
    let mut at_two = two.listen(get("/events?topic=a")).await;
    let mut at_other = other.listen(get("/events?topic=a")).await;
    let first = one.publish("a", "one").await;
    assert_eq!(next(&mut at_two).await, message(&first, "one"));
    // The client of a node that stops goes on at another one.
    drop(at_two);
    two.stop().await;
    let second = one.publish("a", "two").await;
    let resumed = with(get("/events?topic=a"), &[("last-event-id", &first)]);
    let mut at_one = one.listen(resumed).await;
    assert_eq!(next(&mut at_one).await, message(&second, "two"));
    // A log of another name has other events.
    let elsewhere = other.publish("a", "elsewhere").await;
    assert_eq!(next(&mut at_other).await, message(&elsewhere, "elsewhere"));
    for hub in [one, other] {
        let words = hub.stop().await;
        assert!(!words.contains(PASSWORD), "{words}");
    }
}

#[tokio::test]
async fn a_hub_whose_log_does_not_answer_is_not_ready() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let hub = Hub::start(&["--redis", &redis.url]).await;
    assert_eq!(becomes(&hub, StatusCode::OK).await, "ready\n");
    let mut stream = hub.listen(get("/events?topic=a")).await;
    redis.signal("-STOP");
    // The command may have been read by the server, so the event may be published.
    let (status, text) = hub.answer(post("/topics/a", "lost?")).await;
    assert_eq!(status, StatusCode::GATEWAY_TIMEOUT, "{text}");
    let text = becomes(&hub, StatusCode::SERVICE_UNAVAILABLE).await;
    assert!(text.starts_with("the log is failing for "), "{text}");
    assert_eq!(hub.answer(get("/healthz")).await.0, StatusCode::OK);
    redis.signal("-CONT");
    becomes(&hub, StatusCode::OK).await;
    // The stream is still open.
    let id = hub.publish("a", "after").await;
    let mut event = next(&mut stream).await;
    if event.2 == "lost?" {
        event = next(&mut stream).await;
    }
    assert_eq!(event, message(&id, "after"));
}

#[tokio::test]
async fn a_server_that_cannot_be_used_is_a_message_and_a_status() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let wrong = redis.url.replace(PASSWORD, "wrong-password");
    let nobody = format!("redis://127.0.0.1:{}", free_port());
    for (url, status, says) in [
        (
            &wrong,
            2,
            "hub: --redis: the Redis server refuses the login",
        ),
        (
            &nobody,
            1,
            "hub: --redis: the Redis server cannot be reached",
        ),
    ] {
        let run = command().args(["--port", "0", "--redis", url]).output();
        let output = within(run).await.unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.starts_with(says), "{said}");
        assert!(!said.contains("wrong-password"), "{said}");
        assert_eq!(output.status.code(), Some(status), "{said}");
    }
}

#[tokio::test]
async fn a_server_is_reached_over_tls_with_a_certificate_to_trust() {
    let certificate = Certificate::new("hub-redis");
    let (pem, key) = (&certificate.certificate, &certificate.key);
    let (pem, key) = (pem.to_str().unwrap(), key.to_str().unwrap());
    let port = free_port();
    let tls = port.to_string();
    let settings = [
        ["--bind", "127.0.0.1"],
        ["--tls-port", &tls],
        ["--tls-cert-file", pem],
        ["--tls-key-file", key],
        ["--tls-ca-cert-file", pem],
        ["--tls-auth-clients", "no"],
    ];
    let Some(_redis) = Redis::start_with(free_port(), &settings.concat()).await else {
        return;
    };
    let url = format!("rediss://:{PASSWORD}@127.0.0.1:{port}");
    let hub = Hub::start(&["--redis", &url, "--redis-ca", pem]).await;
    let mut stream = hub.listen(get("/events?topic=a")).await;
    let id = hub.publish("a", "over TLS").await;
    assert_eq!(next(&mut stream).await, message(&id, "over TLS"));
    let run = command().args(["--port", "0", "--redis", &url]).output();
    let output = within(run).await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let expected = "hub: --redis-ca: no TLS connection to the Redis server: if its certificate";
    assert!(said.starts_with(expected), "{said}");
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(!said.contains(PASSWORD), "{said}");
}
