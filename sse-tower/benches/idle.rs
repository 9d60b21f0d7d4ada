//! Measures the resident memory of an idle stream with its connection on `axum::serve`, compared to
//! axum's own `Sse`.
//!
//! ```text
//! cargo bench -p sse-tower --features axum --bench idle
//! ```
//!
//! Each row is measured in a process of its own. Its clients are plain sockets, which take only
//! kernel memory, and that is not counted.
#![forbid(unsafe_code)]

use std::{
    convert::Infallible,
    env, fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    process::Command,
    time::Duration,
};

use axum::{Router, response::sse, routing::get};
use sse_tower::{
    Drain, Event, RelayLayer, Settings, Sse, connection::ConnectionGuard, server::Limits,
};
use tokio::net::TcpListener;

const WAYS: [&str; 6] = [
    "axum's Sse with KeepAlive",
    "axum's Sse with KeepAlive, guarded",
    "Sse with the defaults",
    "Sse, everything on, not guarded",
    "Sse, everything on, guarded",
    "axum's Sse under RelayLayer, everything on, guarded",
];

const FEW: usize = 500;
const MANY: usize = 4500;

fn main() {
    let program = env::current_exe().expect("this program");
    match env::var("IDLE_WAY") {
        Ok(way) => println!("{:.2}", measure(&way)),
        Err(_) => {
            println!("| | KiB for each idle stream |\n|---|---|");
            for way in WAYS {
                let output = Command::new(&program).env("IDLE_WAY", way).output();
                let output = output.expect("this program starts again");
                let text = String::from_utf8_lossy(&output.stdout).into_owned();
                println!("| {way} | {} |", text.trim());
            }
        }
    }
}

/// Returns the KiB per stream, without the streams that were opened first.
fn measure(way: &str) -> f64 {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let listener = runtime
        .block_on(TcpListener::bind("127.0.0.1:0"))
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    runtime.spawn(serve(way.to_owned(), listener));
    let mut open: Vec<_> = (0..FEW).map(|_| connect(address)).collect();
    let before = resident();
    open.extend((0..MANY).map(|_| connect(address)));
    std::thread::sleep(Duration::from_millis(500));
    let after = resident();
    drop(open);
    (after - before) / MANY as f64
}

async fn serve(way: String, listener: TcpListener) {
    let drain = Drain::new();
    let settings = match way.contains("everything") {
        false => Settings::new(),
        true => Settings::new()
            .retry(Duration::from_secs(2))
            .lifetime(Duration::from_secs(3600))
            .drain(&drain)
            .limits(&Limits::new(100_000))
            .on_notice(|_| {}),
    };
    let is_axum = way.starts_with("axum");
    let is_relayed = way.contains("RelayLayer");
    let relayed = settings.clone();
    let answer = get(move || async move {
        match is_axum {
            true => {
                let events = tokio_stream::pending::<Result<sse::Event, Infallible>>();
                Err(sse::Sse::new(events).keep_alive(sse::KeepAlive::default()))
            }
            false => {
                let events = tokio_stream::pending::<Result<Event, Infallible>>();
                Ok(Sse::with(events, settings))
            }
        }
    });
    let mut app = Router::new().route("/", answer);
    if is_relayed {
        app = app.layer(RelayLayer::with(relayed));
    }
    let guard = ConnectionGuard::new().drain(&drain);
    let served = match way.ends_with(", guarded") {
        true => axum::serve(guard.listen(listener), app).await,
        false => axum::serve(listener, app).await,
    };
    served.expect("it serves");
}

/// Opens a stream and waits for its first byte.
fn connect(address: SocketAddr) -> TcpStream {
    let mut socket = TcpStream::connect(address).expect("a connection");
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    socket.write_all(request).expect("a request is sent");
    socket.read_exact(&mut [0]).expect("an answer comes");
    socket
}

/// Returns the resident memory of this process in KiB.
fn resident() -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok());
    number.expect("a number of KiB")
}
