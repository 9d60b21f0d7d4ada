//! A hub and the client over TCP. The server is killed or drained and comes back, and the client gets each event once.

use std::{net::SocketAddr, time::Duration};

use axum::{Router, extract::State, routing::get};
use http::Request;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use sse_tower::{
    Drain, Event, EventId, LastEventId, Settings, Sse,
    client::{Backoff, EventSource, HttpClient},
    hub::{Gap, GapReason, Hub, Subscription},
};
use tokio::{
    net::TcpListener,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_stream::StreamExt;

/// The test has failed if it takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

async fn feed(last: LastEventId, State((hub, drain)): State<(Hub, Drain)>) -> Sse<Subscription> {
    let settings = Settings::new().drain(&drain);
    let settings = settings.retry(Duration::from_millis(1));
    Sse::with(hub.subscribe("numbers").after(last), settings)
}

/// Serves the hub at `address` until the set is dropped, which closes all connections at once.
async fn serve(hub: &Hub, drain: &Drain, address: SocketAddr) -> (JoinSet<()>, SocketAddr) {
    let listener = TcpListener::bind(address).await.unwrap();
    let address = listener.local_addr().unwrap();
    let state = (hub.clone(), drain.clone());
    let app = Router::new().route("/", get(feed)).with_state(state);
    let mut server = JoinSet::new();
    server.spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let service = TowerToHyperService::new(app.clone());
            connections.spawn(async move {
                let builder = auto::Builder::new(TokioExecutor::new());
                let _closed = builder
                    .serve_connection(TokioIo::new(socket), service)
                    .await;
            });
        }
    });
    (server, address)
}

fn connect(address: SocketAddr, last_event_id: EventId) -> EventSource {
    EventSource::builder(HttpClient::new().unwrap())
        .last_event_id(last_event_id)
        .backoff(Backoff::new(
            Duration::from_millis(1),
            Duration::from_millis(10),
        ))
        .min_interval(Duration::ZERO)
        // A drain asks for seconds.
        .max_requested_wait(Duration::from_millis(10))
        .build(move |_| {
            Request::get(format!("http://{address}/"))
                .body(String::new())
                .unwrap()
        })
}

/// Publishes until the client has received an event, so that it has a position.
async fn receive_first(client: &mut EventSource, hub: &Hub) {
    let publish = async {
        loop {
            hub.publish("numbers", Event::new("first")).await.unwrap();
            sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        event = client.next() => assert_eq!(event.unwrap().unwrap().data(), "first"),
        () = publish => {}
    }
}

#[tokio::test]
async fn a_client_gets_each_event_once_over_servers_that_are_killed() {
    const EVENTS: usize = 300;
    let hub = Hub::new();
    let (mut server, address) = serve(&hub, &Drain::new(), "127.0.0.1:0".parse().unwrap()).await;
    let mut client = connect(address, EventId::default());
    let test = async {
        receive_first(&mut client, &hub).await;
        let publisher = hub.clone();
        let publishing = tokio::spawn(async move {
            for n in 0..EVENTS {
                sleep(Duration::from_millis(1)).await;
                publisher
                    .publish("numbers", Event::new(n.to_string()))
                    .await
                    .unwrap();
            }
        });
        let restarts = async {
            while !publishing.is_finished() {
                sleep(Duration::from_millis(20)).await;
                server.shutdown().await;
                (server, _) = serve(&hub, &Drain::new(), address).await;
            }
        };
        let receiving = async {
            let mut received = Vec::new();
            while received.last().is_none_or(|last| *last != EVENTS - 1) {
                let event = client.next().await.unwrap().unwrap();
                if event.data() != "first" {
                    received.push(event.data().parse::<usize>().unwrap());
                }
            }
            received
        };
        tokio::join!(receiving, restarts).0
    };
    let received = timeout(PATIENCE, test).await.unwrap();
    assert_eq!(received, (0..EVENTS).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_drain_in_the_middle_of_a_replay_loses_nothing() {
    const EVENTS: usize = 4000;
    let hub = Hub::builder().max_bytes(64 * 1024 * 1024).build();
    let first = hub.publish_now("numbers", Event::new("first")).unwrap();
    // These are more than the buffers of a connection hold, so the replay takes as long as the client reads.
    let padding = "x".repeat(4096);
    for n in 0..EVENTS {
        let event = Event::new(format!("{n} {padding}"));
        hub.publish_now("numbers", event).unwrap();
    }
    let drain = Drain::new();
    let (mut server, address) = serve(&hub, &drain, "127.0.0.1:0".parse().unwrap()).await;
    let mut client = connect(address, first);
    let receiving = async {
        let mut received = Vec::new();
        while received.last().is_none_or(|last| *last != EVENTS - 1) {
            let event = client.next().await.unwrap().unwrap();
            let (n, _) = event.data().split_once(' ').unwrap();
            received.push(n.parse::<usize>().unwrap());
            if received.len() % 100 == 0 {
                sleep(Duration::from_millis(20)).await;
            }
        }
        received
    };
    let restart = async {
        sleep(Duration::from_millis(50)).await;
        let drained = drain.start(Duration::from_millis(100)).await;
        server.shutdown().await;
        (server, _) = serve(&hub, &Drain::new(), address).await;
        drained
    };
    let test = async { tokio::join!(receiving, restart) };
    let (received, drained) = timeout(PATIENCE, test).await.unwrap();
    assert_eq!(received, (0..EVENTS).collect::<Vec<_>>());
    assert_eq!((drained.streams(), drained.ended_cleanly()), (1, 1));
}

#[tokio::test]
async fn a_client_of_a_server_that_has_lost_its_log_is_told_so() {
    let hub = Hub::new();
    let (mut server, address) = serve(&hub, &Drain::new(), "127.0.0.1:0".parse().unwrap()).await;
    let mut client = connect(address, EventId::default());
    let test = async {
        receive_first(&mut client, &hub).await;
        server.shutdown().await;
        let restarted = Hub::new();
        restarted
            .publish("numbers", Event::new("new"))
            .await
            .unwrap();
        (server, _) = serve(&restarted, &Drain::new(), address).await;
        loop {
            let event = client.next().await.unwrap().unwrap();
            if event.event_type().as_str() == "gap" {
                break (event, client.next().await.unwrap().unwrap());
            }
            assert_eq!(event.data(), "first");
        }
    };
    let (gap, next) = timeout(PATIENCE, test).await.unwrap();
    let gap: Gap = serde_json::from_str(gap.data()).unwrap();
    assert_eq!(gap.reason(), GapReason::Epoch);
    assert_eq!(next.data(), "new");
}
