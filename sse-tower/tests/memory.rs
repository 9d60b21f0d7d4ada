//! Tests of the memory that many clients and slow clients take, over real TCP. They have a test
//! binary of their own, because the crate that counts allocations replaces the allocator. It counts
//! one thread, so the server and the clients run on the same thread.
#![forbid(unsafe_code)]

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use allocation_counter::{AllocationInfo, measure};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use sse_tower::{
    Event, EventFrame, Settings, SseLayer, connection::ConnectionGuard, server::Limits,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_stream::Stream;
use tower::{Layer, service_fn};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// The time after which a test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A stream of endless events, as fast as the connection takes them.
struct Flood(EventFrame);

impl Stream for Flood {
    type Item = Result<EventFrame, Infallible>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(Some(Ok(self.0.clone())))
    }
}

/// Serves floods with `settings` on the runtime's thread.
async fn serve(settings: Settings) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answer = |_: Request<Incoming>| async {
        let flood = Flood(Event::new("x".repeat(1000)).into());
        Ok::<_, Infallible>(Response::new(flood))
    };
    let service = TowerToHyperService::new(SseLayer::with(settings).layer(service_fn(answer)));
    tokio::spawn(async move {
        let guard = ConnectionGuard::new();
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let (io, service) = (TokioIo::new(guard.guard(socket)), service.clone());
            tokio::spawn(async move {
                let builder = auto::Builder::new(TokioExecutor::new());
                let _gone = builder.serve_connection(io, service).await;
            });
        }
    });
    address
}

/// Opens a stream and reads only its first byte.
async fn open(address: SocketAddr) -> TcpStream {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(REQUEST).await.unwrap();
    socket.read_u8().await.unwrap();
    socket
}

/// Connects `clients` clients, fifty at a time. Each of them is refused.
async fn storm(address: SocketAddr, clients: usize) {
    let mut under_way = JoinSet::new();
    for _ in 0..clients {
        if under_way.len() == 50 {
            under_way.join_next().await.unwrap().unwrap();
        }
        under_way.spawn(async move {
            let mut socket = open(address).await;
            let mut answer = String::new();
            socket.read_to_string(&mut answer).await.unwrap();
            assert!(answer.contains("retry: "), "{answer}");
            assert!(!answer.contains("xxxx"), "{answer}");
        });
    }
    while let Some(client) = under_way.join_next().await {
        client.unwrap();
    }
    // Wait for the server's side of the last connections.
    sleep(Duration::from_millis(100)).await;
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// Measures the allocations of `future`.
fn heap(runtime: &Runtime, future: impl Future<Output = ()>) -> AllocationInfo {
    measure(|| {
        runtime
            .block_on(async { timeout(PATIENCE, future).await })
            .expect("the test ends in time")
    })
}

#[test]
fn bad_input_a_storm_beyond_the_limits_leaves_memory_flat() {
    let runtime = runtime();
    let limits = Limits::new(2);
    let (address, held) = runtime.block_on(async {
        let address = serve(Settings::new().limits(&limits)).await;
        let held = [open(address).await, open(address).await];
        // The first clients cause the allocations that happen only once, such as the runtime's
        // queues.
        storm(address, 200).await;
        (address, held)
    });
    let rounds = [(); 2].map(|()| heap(&runtime, storm(address, 2000)));
    for info in &rounds {
        println!(
            "{} bytes more at most, {} at the end",
            info.bytes_max, info.bytes_current
        );
        assert!(info.bytes_current.abs() < 64 * 1024, "{info:?}");
        // Fifty clients at a time, each with the buffers of hyper.
        assert!(info.bytes_max < 50 * 64 * 1024, "{info:?}");
    }
    assert_eq!(limits.open_streams(), 2);
    drop(held);
}

#[test]
fn bad_input_a_reader_that_reads_nothing_never_grows_memory() {
    let runtime = runtime();
    let address = runtime.block_on(serve(Settings::new()));
    let clients = 20;
    let mut held = Vec::new();
    let info = heap(&runtime, async {
        for _ in 0..clients {
            held.push(open(address).await);
        }
    });
    let mut most = info.bytes_max;
    // Wait until the buffers of the connections are full. Then nothing more is allocated, although
    // the stream always has events.
    loop {
        let info = heap(&runtime, async { sleep(Duration::from_secs(1)).await });
        most += info.bytes_max;
        assert!(most < clients * 1024 * 1024, "{most} bytes");
        if info.bytes_max < 64 * 1024 {
            break;
        }
    }
    println!("{} bytes for each", most / clients);
}

/// A kind of server for idle streams.
#[cfg(feature = "axum")]
#[derive(Clone, Copy, Debug)]
enum Server {
    Axum,
    AxumGuarded,
    Hyper,
    /// hyper with buffers of at most 8 KiB. This changes nothing, because its initial buffers are
    /// not larger.
    HyperSmall,
}

#[cfg(feature = "axum")]
impl Server {
    async fn serve(self) -> SocketAddr {
        use axum::routing::get;
        use hyper::server::conn::http1;
        use sse_tower::Sse;

        let idle = || async { Sse::new(tokio_stream::pending::<Result<Event, Infallible>>()) };
        let app = axum::Router::new().route("/", get(idle));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let guard = ConnectionGuard::new();
        tokio::spawn(async move {
            match self {
                Self::Axum => return axum::serve(listener, app).await.unwrap(),
                Self::AxumGuarded => {
                    return axum::serve(guard.listen(listener), app).await.unwrap();
                }
                Self::Hyper | Self::HyperSmall => {}
            }
            let mut builder = http1::Builder::new();
            if matches!(self, Self::HyperSmall) {
                builder.max_buf_size(8192);
            }
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let io = TokioIo::new(guard.guard(socket));
                let service = TowerToHyperService::new(app.clone());
                let connection = builder.serve_connection(io, service);
                tokio::spawn(async move { drop(connection.await) });
            }
        });
        address
    }
}

#[cfg(feature = "axum")]
#[test]
fn an_idle_stream_costs_what_the_guide_says() {
    const STREAMS: usize = 200;
    for (server, kibibytes) in [
        (Server::Axum, 25..36),
        (Server::AxumGuarded, 25..36),
        (Server::Hyper, 15..26),
        (Server::HyperSmall, 15..26),
    ] {
        let runtime = runtime();
        let (address, _first) = runtime.block_on(async {
            let address = server.serve().await;
            (address, open(address).await)
        });
        let mut held = Vec::with_capacity(STREAMS);
        let info = heap(&runtime, async {
            for _ in 0..STREAMS {
                held.push(open(address).await);
            }
            sleep(Duration::from_millis(100)).await;
        });
        let each = info.bytes_current as f64 / STREAMS as f64 / 1024.0;
        println!("{server:?}: {each:.1} KiB of heap for each idle stream and its client");
        assert!(kibibytes.contains(&(each as usize)), "{server:?}: {each}");
    }
}
