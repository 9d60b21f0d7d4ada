//! nginx as a proxy, with its defaults but for the version of HTTP towards the upstream.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::{process, setup};

/// How often another port is tried.
const ATTEMPTS: u32 = 5;

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(20);

/// A proxy that ends with this value. It needs no privileges and writes to a folder of its own.
pub(crate) struct Nginx {
    child: Child,
    port: u16,
}

impl Nginx {
    /// Starts nginx before `upstream`, which it asks by this version of HTTP.
    pub(crate) fn start(upstream: &str, version: &str) -> Result<Self> {
        let program = setup::nginx()?;
        let target = process::metadata()?.target_directory.into_std_path_buf();
        let folder = target.join(format!("nginx-{version}"));
        fs::create_dir_all(&folder)?;
        for _ in 0..ATTEMPTS {
            // nginx cannot be told to take a free port. This one was free just now.
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            let config = folder.join("nginx.conf");
            fs::write(&config, configuration(port, upstream, version))?;
            let child = Command::new(&program)
                .args(["-e", "stderr", "-p"])
                .args([&folder, Path::new("-c"), &config])
                .spawn()
                .with_context(|| format!("cannot start {}", program.display()))?;
            let mut nginx = Self { child, port };
            if nginx.is_ready()? {
                return Ok(nginx);
            }
        }
        bail!("nginx did not start {ATTEMPTS} times: it says above why")
    }

    /// Where it listens: scheme, host and port.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Waits until it listens, or has ended.
    fn is_ready(&mut self) -> Result<bool> {
        let deadline = Instant::now() + PATIENCE;
        while self.child.try_wait()?.is_none() {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return Ok(true);
            }
            if Instant::now() > deadline {
                bail!("nginx does not listen within {PATIENCE:?}");
            }
            sleep(Duration::from_millis(20));
        }
        Ok(false)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One process, so that it ends with the one that was started. Paths are relative to its folder.
fn configuration(port: u16, upstream: &str, version: &str) -> String {
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
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass {upstream};
            proxy_http_version {version};
        }}
    }}
}}
"
    )
}
