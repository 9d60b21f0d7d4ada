//! Three hubs on one Redis server behind nginx, of which two stop while events are published.

use std::{env, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt, future::join_all};
use http::Request;
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use sse_tower::client::{EventSource, HttpClient};
use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};

use super::{ADMIN, Hub, ORDERS, READER, file, get, id, post, redis::Redis, with};
use crate::{
    demo::text,
    nginx::{self, Nginx},
    program::exchange,
};

const CLIENTS: usize = 24;
const EVENTS: usize = 300;

/// The time after which the test gives up. A client waits up to ten seconds after the end of its stream.
const DEADLINE: Duration = Duration::from_secs(90);

#[tokio::test]
async fn no_event_is_lost_or_doubled_while_hubs_stop() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    if nginx::program().is_none() {
        let help = "nginx is missing: install it, or name the program in NGINX";
        assert!(env::var_os("CI").is_none(), "{help}");
        return println!("left out: {help}");
    }
    let tokens = format!("{ORDERS} publish:orders\n{READER} subscribe:orders\n{ADMIN} admin\n");
    let tokens = file("cluster", &tokens);
    let tokens = tokens.to_str().unwrap();
    let redis = ["--redis", &redis.url];
    let options = ["--tokens", tokens, "--behind-proxy", "--drain", "1"];
    let options = [&redis[..], &options].concat();
    let mut hubs = join_all([0; 3].map(|_| Hub::start(&options))).await;
    let addresses: Vec<_> = hubs.iter().map(|hub| hub.address.clone()).collect();
    let addresses: Vec<_> = addresses.iter().map(String::as_str).collect();
    let nginx = Nginx::start(&addresses, "1.1").unwrap();
    let server = nginx.address();

    let clients = (0..CLIENTS).map(|_| tokio::spawn(receive(server.clone())));
    let clients: Vec<_> = clients.collect();
    timeout(DEADLINE, all_subscribed(&hubs)).await.unwrap();
    let published = tokio::spawn(publish(server.clone()));
    for signal in ["-TERM", "-KILL"] {
        sleep(Duration::from_secs(2)).await;
        let mut hub = hubs.remove(0);
        hub.signal(signal).await;
        timeout(DEADLINE, hub.process.wait())
            .await
            .unwrap()
            .unwrap();
    }
    let published = timeout(DEADLINE, published).await.unwrap().unwrap();
    for received in timeout(DEADLINE, join_all(clients)).await.unwrap() {
        let received = received.unwrap();
        assert_eq!(received, published);
    }
}

/// Waits until the hubs have the streams of all clients.
async fn all_subscribed(hubs: &[Hub]) {
    let admin = format!("Bearer {ADMIN}");
    loop {
        let mut count = 0;
        for hub in hubs {
            let request = with(get("/admin/snapshot"), &[("authorization", &admin)]);
            let snapshot: Value = serde_json::from_str(&hub.answer(request).await.1).unwrap();
            count += snapshot["subscriptions"].as_u64().unwrap();
        }
        if count == CLIENTS as u64 {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// Publishes the events, each again until it is known to be published. Returns IDs and data.
async fn publish(server: String) -> Vec<(String, String)> {
    let authority = server.trim_start_matches("http://");
    let token = format!("Bearer {ORDERS}");
    let fields = [("host", authority), ("authorization", &token)];
    let mut published = Vec::new();
    for n in 0..EVENTS {
        let path = format!("/topics/orders?publish_id={n}");
        loop {
            let request = with(post(&path, &n.to_string()), &fields);
            let request = request.map(|body| Full::new(Bytes::from(body)));
            let socket = TcpStream::connect(authority).await.unwrap();
            let response = exchange(TokioIo::new(socket), request).await;
            let status = response.status();
            let answer = text(response).await;
            if status.is_success() {
                published.push((id(&answer), n.to_string()));
                break;
            }
            assert!(status.is_server_error(), "{status}: {answer}");
        }
        sleep(Duration::from_millis(20)).await;
    }
    published
}

/// Subscribes, and returns IDs and data of all events.
async fn receive(server: String) -> Vec<(String, String)> {
    let url = format!("{server}/events?topic=orders");
    let mut events = EventSource::builder(HttpClient::new().unwrap())
        .heartbeat(Duration::from_secs(15))
        .build(move |_| {
            let request = Request::get(&url).header("authorization", format!("Bearer {READER}"));
            request.body(String::new()).unwrap()
        });
    let mut received = Vec::new();
    while received.len() < EVENTS {
        let event = events.next().await.expect("no end").expect("no error");
        assert_eq!(event.event_type().as_str(), "message", "{}", event.data());
        let id = event.id().map(|id| id.as_str().to_owned());
        received.push((id.unwrap_or_default(), event.data().to_owned()));
    }
    received
}
