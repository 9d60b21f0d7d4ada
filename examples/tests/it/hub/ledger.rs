//! Three hubs on one Redis server, 300 clients, and every kind of failure. A ledger compares the events of each client
//! with those of the log.
//!
//! `LEDGER_SECONDS` sets the duration, and `LEDGER_SEED` the order of the failures.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    env,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, StatusCode, header::HOST};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use sse_tower::client::{Backoff, EventSource, HttpClient};
use tokio::{
    net::TcpStream,
    task::JoinHandle,
    time::{sleep, timeout},
};
use tokio_stream::StreamExt;

use super::{
    Hub, command, id,
    network::Network,
    post,
    random::Random,
    redis::{PASSWORD, Redis, free_port},
};
use crate::demo::within;

const NODES: usize = 3;
const CLIENTS: usize = 300;
const TOPICS: [&str; 3] = ["a", "b", "c"];

/// The time between two events of one publisher. There is one for each node.
const PACE: Duration = Duration::from_millis(50);

/// The time within which a node answers, unless it was killed.
const ANSWER_WITHIN: Duration = Duration::from_secs(6);

/// The data of the last event. Each client waits for it.
const LAST: &str = "last";

/// A node: a hub at a port of its own, and its network to Redis.
struct Node {
    hub: Option<Hub>,
    port: u16,
    network: Network,
}

/// An event that a client has received.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Received {
    Event { id: Id, data: String },
    Gap(String),
}

/// The ID of an event, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Id {
    epoch: String,
    position: u64,
}

/// A client with its topics.
struct Client {
    topics: &'static [&'static str],
    received: Arc<Mutex<Vec<Received>>>,
    task: JoinHandle<()>,
}

/// The outcome of publishing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Published,
    NotPublished,
    Unknown,
}

/// A disturbance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Disturbance {
    /// A node is killed, and started again.
    Kill(usize),
    /// A node is drained, and replaced, as in a deployment.
    Roll(usize),
    /// Redis answers nothing.
    Pause,
    /// Redis is killed, and loses all.
    Restart,
    /// A node does not reach Redis.
    Partition(usize),
    Nothing,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_client_loses_an_event_in_silence() {
    let number = |name, default| {
        env::var(name).map_or(default, |value| value.parse().expect("it is a number"))
    };
    let (seconds, seed) = (number("LEDGER_SECONDS", 20), number("LEDGER_SEED", 1));
    println!("LEDGER_SECONDS={seconds} LEDGER_SEED={seed}");
    let port = free_port();
    let mut networks = Vec::new();
    for number in 0..NODES {
        networks.push(Network::new(number, port).await);
    }
    println!("the network of a node: {}", networks[0]);
    let mut bind = vec!["127.0.0.1"];
    bind.extend(networks.iter().map(Network::redis));
    bind.dedup();
    let Some(mut redis) = Redis::start_at(port, &bind).await else {
        return;
    };
    let mut nodes = Vec::new();
    for network in networks {
        nodes.push(Node::start(network).await);
    }
    let addresses: Arc<[String]> = nodes.iter().map(Node::address).collect();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| Client::start(number, &addresses))
        .collect();
    let publishers: Vec<_> = (0..NODES)
        .map(|number| {
            tokio::spawn(publish(
                number,
                addresses.clone(),
                Duration::from_secs(seconds),
            ))
        })
        .collect();

    let end = Instant::now() + Duration::from_secs(seconds);
    let mut random = Random(seed);
    let mut restarts = 0;
    // The short run has each of them once.
    let mut first: Vec<_> = [
        Disturbance::Kill(0),
        Disturbance::Pause,
        Disturbance::Roll(1),
        Disturbance::Partition(2),
        Disturbance::Restart,
    ]
    .to_vec();
    while Instant::now() < end {
        sleep(Duration::from_millis(500 + random.below(1000))).await;
        let disturbance = match first.is_empty() {
            true => Disturbance::any(&mut random),
            false => first.remove(0),
        };
        println!(
            "{:5.1} s left: {disturbance:?}",
            (end - Instant::now()).as_secs_f64()
        );
        restarts += usize::from(disturbance == Disturbance::Restart);
        disturbance
            .happen(&mut nodes, &mut redis, &mut random)
            .await;
    }
    let mut told = HashMap::new();
    for publisher in publishers {
        told.extend(publisher.await.unwrap());
    }
    for topic in TOPICS {
        publish_for_certain(&addresses[0], topic, LAST).await;
    }

    let deadline = Instant::now() + Duration::from_secs(60);
    for client in &clients {
        while !client.is_done() {
            assert!(
                Instant::now() < deadline,
                "no last event: {:?}",
                client.tail()
            );
            sleep(Duration::from_millis(20)).await;
        }
    }
    let log = Log::of(&clients);
    for client in &clients {
        client.task.abort();
        client.judge(&log, restarts);
    }
    let events: usize = clients
        .iter()
        .map(|client| client.received.lock().unwrap().len())
        .sum();
    let count = |outcome| told.values().filter(|told| **told == outcome).count();
    println!(
        "{events} events received; {} published, {} not, {} unknown; Redis restarted {restarts} times",
        count(Told::Published),
        count(Told::NotPublished),
        count(Told::Unknown),
    );
    log.judge(&told, restarts);
}

impl Node {
    async fn start(network: Network) -> Self {
        let mut node = Self {
            hub: None,
            // Each life of the node has the same address.
            port: free_port(),
            network,
        };
        node.run().await;
        node
    }

    async fn run(&mut self) {
        let mut command = self.network.command(command());
        let options = [
            ("--port", self.port.to_string()),
            ("--bind", self.network.address().to_owned()),
            (
                "--redis",
                format!("redis://:{PASSWORD}@{}", self.network.redis_for_node()),
            ),
            ("--streams-per-peer", "1000".to_owned()),
            ("--drain", "1".to_owned()),
            (
                "--token",
                "token-of-the-ledger publish:* subscribe:*".to_owned(),
            ),
        ];
        for (name, value) in options {
            command.args([name, &value]);
        }
        self.hub = Some(Hub::run(&mut command).await);
    }

    fn address(&self) -> String {
        format!("{}:{}", self.network.address(), self.port)
    }
}

impl Disturbance {
    fn any(random: &mut Random) -> Self {
        let node = random.below(NODES as u64) as usize;
        match random.below(12) {
            0..3 => Self::Kill(node),
            3..6 => Self::Roll(node),
            6..8 => Self::Pause,
            8..10 => Self::Partition(node),
            10 => Self::Restart,
            _ => Self::Nothing,
        }
    }

    async fn happen(self, nodes: &mut [Node], redis: &mut Redis, random: &mut Random) {
        let time = Duration::from_millis(500 + random.below(2000));
        match self {
            Self::Kill(node) => {
                // A value that is dropped kills its process.
                nodes[node].hub = None;
                sleep(time).await;
                nodes[node].run().await;
            }
            Self::Roll(node) => {
                let hub = nodes[node].hub.take().expect("each node runs");
                hub.stop().await;
                nodes[node].run().await;
            }
            Self::Pause => {
                redis.signal("-STOP");
                sleep(time).await;
                redis.signal("-CONT");
            }
            Self::Restart => {
                redis.restart(time).await;
            }
            Self::Partition(node) => {
                nodes[node].network.cut(random.percent(50)).await;
                sleep(time).await;
                nodes[node].network.mend().await;
            }
            Self::Nothing => sleep(time).await,
        }
    }
}

impl Client {
    fn start(number: usize, addresses: &Arc<[String]>) -> Self {
        // Two thirds of the clients see the whole log.
        let topics = if number.is_multiple_of(3) {
            &TOPICS[..1]
        } else {
            &TOPICS[..]
        };
        let query: Vec<_> = topics
            .iter()
            .map(|topic| format!("topic={topic}"))
            .collect();
        let path = format!("/events?{}", query.join("&"));
        let (addresses, next) = (addresses.clone(), AtomicUsize::new(number));
        let service = HttpClient::new().unwrap();
        let mut source = EventSource::builder(service)
            .backoff(Backoff::new(
                Duration::from_millis(100),
                Duration::from_secs(1),
            ))
            .heartbeat(Duration::from_secs(15))
            .build(move |_| {
                // A client that comes back goes to another node.
                let node = next.fetch_add(1, Ordering::Relaxed) % NODES;
                let url = format!("http://{}{path}", addresses[node]);
                let request = Request::get(url).header("authorization", TOKEN);
                request.body(String::new()).unwrap()
            });
        let received = Arc::new(Mutex::new(Vec::new()));
        let sink = received.clone();
        let task = tokio::spawn(async move {
            while let Some(event) = source.next().await {
                let event = event.expect("a client that goes on for ever");
                let data = event.data().to_owned();
                let received = match event.event_type().as_str() {
                    "gap" => Received::Gap(data),
                    _ => Received::Event {
                        id: Id::of(event.id().expect("each event has an ID").as_str()),
                        data,
                    },
                };
                sink.lock().unwrap().push(received);
            }
        });
        Self {
            topics,
            received,
            task,
        }
    }

    /// Returns whether it has received the last event of each of its topics.
    fn is_done(&self) -> bool {
        let received = self.received.lock().unwrap();
        let is_last = |received: &&Received| matches!(received, Received::Event { data, .. } if data.starts_with(LAST));
        received.iter().filter(is_last).count() >= self.topics.len()
    }

    fn tail(&self) -> Vec<Received> {
        let received = self.received.lock().unwrap();
        received[received.len().saturating_sub(5)..].to_vec()
    }

    /// Compares the events of this client with the log. They must have the order of the log, without repetitions, and
    /// a gap event must stand for each loss.
    fn judge(&self, log: &Log, restarts: usize) {
        let received = self.received.lock().unwrap();
        let (mut last, mut is_after_gap, mut gaps) = (None::<&Id>, false, Vec::new());
        for (at, received) in received.iter().enumerate() {
            let (id, data) = match received {
                Received::Event { id, data } => (id, data),
                Received::Gap(gap) => {
                    is_after_gap = true;
                    gaps.push(gap);
                    continue;
                }
            };
            assert_eq!(log.data(id), Some(data), "{at}: {id:?}");
            if let Some(last) = last {
                let missed = match last.epoch == id.epoch {
                    true => {
                        assert!(last.position < id.position, "{at}: {last:?}, then {id:?}");
                        log.between(last, id, self.topics)
                    }
                    false => vec!["the end of the epoch".to_owned()],
                };
                assert!(
                    missed.is_empty() || is_after_gap,
                    "{at}: no {missed:?} before {id:?}"
                );
            }
            (last, is_after_gap) = (Some(id), false);
        }
        // Each life of Redis is a log of its own.
        assert!(gaps.len() <= restarts, "{restarts} restarts: {gaps:?}");
    }
}

/// The entries that any client has received, by epoch and position.
struct Log(HashMap<String, BTreeMap<u64, String>>);

impl Log {
    fn of(clients: &[Client]) -> Self {
        let mut log: HashMap<String, BTreeMap<u64, String>> = HashMap::new();
        for client in clients {
            for received in &*client.received.lock().unwrap() {
                if let Received::Event { id, data } = received {
                    let entries = log.entry(id.epoch.clone()).or_default();
                    entries.entry(id.position).or_insert_with(|| data.clone());
                }
            }
        }
        Self(log)
    }

    fn data(&self, id: &Id) -> Option<&String> {
        self.0.get(&id.epoch)?.get(&id.position)
    }

    /// Returns the data of the entries of these topics between two others.
    fn between(&self, last: &Id, next: &Id, topics: &[&str]) -> Vec<String> {
        let entries = self.0[&last.epoch].range(last.position + 1..next.position);
        let is_meant = |data: &&String| {
            topics
                .iter()
                .any(|topic| data.ends_with(&format!(" {topic}")))
        };
        let missed = entries.map(|(_, data)| data).filter(is_meant).cloned();
        let mut missed: Vec<_> = missed.collect();
        let known = self.0[&last.epoch]
            .range(last.position + 1..next.position)
            .count() as u64;
        if topics.len() == TOPICS.len() && known < next.position - last.position - 1 {
            missed.push("entries that nobody has received".to_owned());
        }
        missed
    }

    /// Compares the entries with the answers to the publishers.
    fn judge(&self, told: &HashMap<String, Told>, restarts: usize) {
        let mut seen = HashSet::new();
        for data in self.0.values().flat_map(BTreeMap::values) {
            assert!(seen.insert(data), "published twice: {data}");
            let told = told.get(data);
            assert_ne!(told, Some(&Told::NotPublished), "{data}");
        }
        for (data, _) in told.iter().filter(|(_, told)| **told == Told::Published) {
            // If Redis is killed, it may lose entries that it has confirmed and that nobody has read yet.
            assert!(seen.contains(data) || restarts > 0, "lost: {data}");
        }
    }
}

impl Id {
    fn of(text: &str) -> Self {
        let mut parts = text.split('-');
        let (epoch, position) = (parts.next().unwrap(), parts.next().unwrap());
        Self {
            epoch: epoch.to_owned(),
            position: position.parse().unwrap(),
        }
    }
}

const TOKEN: &str = "Bearer token-of-the-ledger";

/// Publishes events at one node, and notes what it was told. The data ends with the topic.
async fn publish(node: usize, addresses: Arc<[String]>, time: Duration) -> Vec<(String, Told)> {
    let (mut told, end) = (Vec::new(), Instant::now() + time);
    while Instant::now() < end {
        let topic = TOPICS[told.len() % TOPICS.len()];
        let data = format!("{node} {} {topic}", told.len());
        let outcome = publish_once(&addresses[node], topic, &data).await;
        told.push((data, outcome));
        sleep(PACE).await;
    }
    told
}

async fn publish_once(address: &str, topic: &str, data: &str) -> Told {
    match try_publish(address, with_token(post(&format!("/topics/{topic}"), data))).await {
        Ok((StatusCode::OK, answer)) => {
            assert!(!id(&answer).is_empty());
            Told::Published
        }
        Ok((StatusCode::GATEWAY_TIMEOUT, _)) => Told::Unknown,
        Ok((StatusCode::SERVICE_UNAVAILABLE, _)) => Told::NotPublished,
        Ok((status, answer)) => panic!("{status}: {answer}"),
        // The node was killed. It may have published before.
        Err(_) => Told::Unknown,
    }
}

/// Sends a request. Returns the status and the text of the answer.
async fn try_publish(
    address: &str,
    request: Request<String>,
) -> Result<(StatusCode, String), Box<dyn std::error::Error + Send + Sync>> {
    let mut request = request.map(|body| Full::new(Bytes::from(body)));
    request.headers_mut().insert(HOST, address.parse()?);
    let socket = timeout(ANSWER_WITHIN, TcpStream::connect(address)).await??;
    let (mut sender, connection) = http1::handshake(TokioIo::new(socket)).await?;
    tokio::spawn(connection);
    let response = timeout(ANSWER_WITHIN, sender.send_request(request)).await??;
    let status = response.status();
    let body = timeout(ANSWER_WITHIN, response.collect())
        .await??
        .to_bytes();
    Ok((status, String::from_utf8(body.to_vec())?))
}

async fn publish_for_certain(address: &str, topic: &str, data: &str) {
    within(async {
        let data = format!("{data} {topic}");
        while publish_once(address, topic, &data).await != Told::Published {
            sleep(Duration::from_millis(100)).await;
        }
    })
    .await;
}

fn with_token(request: Request<String>) -> Request<String> {
    super::with(request, &[("authorization", TOKEN)])
}
