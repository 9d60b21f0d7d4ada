//! A Redis server of a test, with its files in a folder of its own.

use std::{
    env, fs,
    net::{TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread::{self, sleep},
    time::{Duration, Instant},
};

use redis::{Cmd, Connection, FromRedisValue};
use rustix::process::{Pid, Signal, kill_process};

/// Number of ports that are tried.
const ATTEMPTS: u32 = 5;

/// Time that a server may take to start.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// The name of the file for its messages.
const LOG: &str = "server.log";

const MISSING: &str = "redis-server is missing: install it, run `cargo xtask setup`, or name the program in REDIS_SERVER";

/// A running server. It is killed when this value is dropped, also by a panic.
pub(crate) struct Server {
    child: Child,
    program: PathBuf,
    folder: PathBuf,
    port: u16,
    arguments: Vec<String>,
    password: Option<String>,
}

/// Returns the program: the one that the variable `REDIS_SERVER` names, or an installed one. Debian's package
/// `redis-tools` has it under the name of a tool, and the first argument decides what it does.
fn program() -> Option<PathBuf> {
    let named = env::var_os("REDIS_SERVER").map(PathBuf::from);
    let installed = ["/usr/bin/redis-server", "/usr/bin/redis-check-rdb"].map(PathBuf::from);
    let mut programs = named.into_iter().chain(installed);
    programs.find(|path| path.is_file())
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

impl Server {
    /// Starts a server that saves nothing. Returns `None` if the program is missing, except in CI.
    pub(crate) fn start() -> Option<Self> {
        Self::with(&[])
    }

    /// Starts a server with further settings, such as `["--appendonly", "yes"]`.
    pub(crate) fn with(arguments: &[&str]) -> Option<Self> {
        let Some(program) = program() else {
            assert!(env::var_os("CI").is_none(), "{MISSING}");
            println!("left out: {MISSING}");
            return None;
        };
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("redis-{}-{number}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        let arguments: Vec<_> = arguments.iter().map(|&text| text.to_owned()).collect();
        let password = arguments.iter().position(|name| name == "--requirepass");
        let password = password.map(|at| arguments[at + 1].clone());
        for _ in 0..ATTEMPTS {
            // The server cannot choose a free port itself. This one was free a moment ago.
            let port = free_port();
            let child = spawn(&program, &folder, port, &arguments);
            let mut server = Self {
                child,
                program: program.clone(),
                folder: folder.clone(),
                port,
                arguments: arguments.clone(),
                password: password.clone(),
            };
            if server.is_ready() {
                return Some(server);
            }
        }
        panic!("redis-server did not start in {ATTEMPTS} attempts: its messages above say why")
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        url(self.port, self.password.as_deref())
    }

    /// Runs a command, and returns its answer.
    pub(crate) fn run<T: FromRedisValue>(&self, command: &[&str]) -> T {
        let mut cmd = Cmd::new();
        cmd.arg(command);
        cmd.query(&mut self.connect())
            .unwrap_or_else(|error| panic!("{command:?}: {error}"))
    }

    fn connect(&self) -> Connection {
        let client = redis::Client::open(self.url()).unwrap();
        client.get_connection().unwrap()
    }

    /// Ends the server at once, without saving.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again at the same port and with the same files.
    pub(crate) fn restart(&mut self) {
        self.kill();
        self.child = spawn(&self.program, &self.folder, self.port, &self.arguments);
        assert!(self.is_ready(), "redis-server does not start again");
    }

    /// Stops the process, which then answers nothing although its connections stay open.
    pub(crate) fn pause(&self) {
        self.signal(Signal::STOP);
    }

    pub(crate) fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits until the server answers (true) or has ended (false).
    fn is_ready(&mut self) -> bool {
        let deadline = Instant::now() + START_TIMEOUT;
        while self.child.try_wait().unwrap().is_none() {
            let is_listening = TcpStream::connect(("127.0.0.1", self.port)).is_ok();
            if is_listening && self.answers() {
                return true;
            }
            assert!(
                Instant::now() < deadline,
                "redis-server does not answer after {START_TIMEOUT:?}"
            );
            sleep(Duration::from_millis(10));
        }
        false
    }

    fn answers(&self) -> bool {
        // With TLS only, the port for commands in plain text is another one.
        let client = redis::Client::open(self.url()).unwrap();
        let pong = client
            .get_connection()
            .and_then(|mut connection| redis::cmd("PING").exec(&mut connection));
        // Before its files are loaded it answers with an error.
        pong.is_ok()
    }
}

fn url(port: u16, password: Option<&str>) -> String {
    match password {
        Some(password) => format!("redis://:{password}@127.0.0.1:{port}"),
        None => format!("redis://127.0.0.1:{port}"),
    }
}

fn spawn(program: &Path, folder: &Path, port: u16, arguments: &[String]) -> Child {
    let port = port.to_string();
    let settings = [
        ["--port", &port],
        ["--bind", "127.0.0.1"],
        ["--save", ""],
        ["--loglevel", "warning"],
        ["--logfile", LOG],
        // A replica is served at once.
        ["--repl-diskless-sync-delay", "0"],
    ];
    Command::new(program)
        .arg0("redis-server")
        .args(settings.concat())
        .arg("--dir")
        .arg(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start {}: {error}", program.display()))
}

impl Drop for Server {
    fn drop(&mut self) {
        if thread::panicking() {
            println!(
                "{}",
                fs::read_to_string(self.folder.join(LOG)).unwrap_or_default()
            );
        }
        let _ended_before = self.child.kill();
        let _ended_before = self.child.wait();
        let _used_by_others = fs::remove_dir_all(&self.folder);
    }
}
