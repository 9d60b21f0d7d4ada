//! nginx as a reverse proxy with its default settings.

use std::{
    env, fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

/// Number of ports that are tried.
const ATTEMPTS: u32 = 5;

/// Time that nginx may take to start.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// Returns the program: the one that the variable `NGINX` names, or the installed one.
pub(crate) fn program() -> Option<PathBuf> {
    let named = env::var_os("NGINX").map(PathBuf::from);
    let installed = || Some(PathBuf::from("/usr/sbin/nginx")).filter(|path| path.is_file());
    named.or_else(installed)
}

/// A running nginx. It needs no privileges and writes to a folder of its own. It is killed when this
/// value is dropped.
pub(crate) struct Nginx {
    child: Child,
    port: u16,
    folder: PathBuf,
}

impl Nginx {
    /// Starts nginx in front of servers, each named by host and port. It sends its requests in this version of HTTP.
    pub(crate) fn start(servers: &[&str], version: &str) -> Result<Self> {
        let program = program().context("nginx is missing")?;
        let name = format!("nginx-{}-{version}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder)?;
        for _ in 0..ATTEMPTS {
            // nginx cannot choose a free port itself. This one was free a moment ago.
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            let config = folder.join("nginx.conf");
            fs::write(&config, configuration(port, servers, version))?;
            let child = Command::new(&program)
                // nginx itself reads sockets from a variable of this name.
                .env_remove("NGINX")
                .args(["-e", "stderr", "-p"])
                .args([&folder, Path::new("-c"), &config])
                .spawn()
                .with_context(|| format!("cannot start {}", program.display()))?;
            let mut nginx = Self {
                child,
                port,
                folder: folder.clone(),
            };
            if nginx.is_ready()? {
                return Ok(nginx);
            }
        }
        bail!("nginx did not start in {ATTEMPTS} attempts: its messages above say why")
    }

    /// Returns scheme, host and port.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Waits until nginx listens (true) or has ended (false).
    fn is_ready(&mut self) -> Result<bool> {
        let deadline = Instant::now() + START_TIMEOUT;
        while self.child.try_wait()?.is_none() {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return Ok(true);
            }
            if Instant::now() > deadline {
                bail!("nginx does not listen after {START_TIMEOUT:?}");
            }
            sleep(Duration::from_millis(20));
        }
        Ok(false)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // nginx may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Runs nginx as one process, which ends when it is killed. Paths are relative to its folder.
fn configuration(port: u16, servers: &[&str], version: &str) -> String {
    let servers = servers.iter().map(|server| format!("server {server};"));
    let servers: String = servers.collect();
    format!(
        "daemon off;
master_process off;
pid nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path client_body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    upstream servers {{ {servers} }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://servers;
            proxy_http_version {version};
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }}
    }}
}}
"
    )
}
