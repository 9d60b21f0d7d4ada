//! Heartbeat, drain and guard on another runtime: smol's timer, over real TCP, without tokio.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use http::{Request, Response};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::service::TowerToHyperService;
use smol::{
    Timer as SmolSleep, future,
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use smol_hyper::rt::FuturesIo;
use sse_tower::{
    Drain, Event, Heartbeat, Settings, SseLayer,
    connection::ConnectionGuard,
    rt::{Sleep, Timer},
};
use tower::{Layer, service_fn};

const MS: Duration = Duration::from_millis(1);

#[derive(Debug)]
struct SmolTimer;

impl Timer for SmolTimer {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(SleepUntil(SmolSleep::at(deadline)))
    }
}

struct SleepUntil(SmolSleep);

impl Future for SleepUntil {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        ready!(Pin::new(&mut self.0).poll(cx));
        Poll::Ready(())
    }
}

impl Sleep for SleepUntil {
    fn reset(mut self: Pin<&mut Self>, deadline: Instant) {
        self.0.set_at(deadline);
    }
}

/// Reads up to and including `text`.
async fn read_up_to(socket: &mut TcpStream, text: &str) -> String {
    let mut seen = Vec::new();
    let mut buffer = [0; 1024];
    while !seen.ends_with(text.as_bytes()) {
        let read = socket.read(&mut buffer).await.unwrap();
        assert_ne!(read, 0, "{}", seen.escape_ascii());
        seen.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8(seen).unwrap()
}

#[test]
fn a_body_and_its_connection_run_under_smol() {
    let drain = Drain::with_timer(SmolTimer);
    let settings = Settings::with_timer(SmolTimer)
        .heartbeat(Heartbeat::every(50 * MS))
        .drain(&drain);
    let guard = ConnectionGuard::with_timer(SmolTimer).drain(&drain);
    let test = async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serve = async {
            let (socket, _) = listener.accept().await.unwrap();
            let service =
                SseLayer::with(settings).layer(service_fn(|_: Request<Incoming>| async {
                    let once = tokio_stream::once(Ok::<_, Infallible>(Event::new("hello")));
                    let events = tokio_stream::StreamExt::chain(once, tokio_stream::pending());
                    Ok::<_, Infallible>(Response::new(events))
                }));
            http1::Builder::new()
                .serve_connection(
                    guard.guard(FuturesIo::new(socket)),
                    TowerToHyperService::new(service),
                )
                .await
        };
        let read = async {
            let mut socket = TcpStream::connect(address).await.unwrap();
            socket
                .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                .await
                .unwrap();
            let start = read_up_to(&mut socket, "data: hello\n\n\r\n").await;
            assert!(start.contains("retry: 3000\n"), "{start}");
            for _ in 0..3 {
                read_up_to(&mut socket, ":\n\r\n").await;
            }
            let drained = drain.start(2000 * MS);
            let end = read_up_to(&mut socket, "0\r\n\r\n").await;
            assert!(end.contains("retry: "), "{end}");
            assert_eq!(drained.await.ended_cleanly(), 1);
            // The connection stays open for another request, until the guard closes it.
            assert_eq!(socket.read(&mut [0]).await.unwrap(), 0);
        };
        let (served, ()) = future::zip(serve, read).await;
        let error = served.expect_err("the guard fails it");
        assert!(format!("{error:?}").contains("drain"), "{error:?}");
    };
    let patience = async {
        SmolSleep::after(Duration::from_secs(120)).await;
        panic!("it does not end");
    };
    smol::block_on(future::or(test, patience));
}
