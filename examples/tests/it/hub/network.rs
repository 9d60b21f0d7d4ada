//! The network between a node and Redis: a namespace of its own if the machine allows that, otherwise a proxy.

use std::{fmt, process::Stdio};

use tokio::process::Command;

use super::proxy::{self, Proxy};

/// The network of a node. It can be cut, without a sign to either side.
pub(super) enum Network {
    /// The node runs in a network namespace, with a link to this machine for clients and one for Redis.
    Namespace(Namespace),
    /// The node reaches Redis through a proxy.
    Proxy { proxy: Proxy, redis: u16 },
}

/// A network namespace, which is removed when this is dropped.
pub(super) struct Namespace {
    name: String,
    /// The address of the node for clients.
    address: String,
    /// The address of this machine at the link to Redis.
    redis: String,
    port: u16,
    /// This machine's end of that link.
    link: String,
}

impl Network {
    /// Makes the network of a node to a port of this machine.
    pub(super) async fn new(number: usize, redis: u16) -> Self {
        match Namespace::new(number, redis).await {
            Some(namespace) => Self::Namespace(namespace),
            None => Self::Proxy {
                proxy: Proxy::to(redis).await,
                redis,
            },
        }
    }

    /// Returns the address at which clients reach the node.
    pub(super) fn address(&self) -> &str {
        match self {
            Self::Namespace(namespace) => &namespace.address,
            Self::Proxy { .. } => "127.0.0.1",
        }
    }

    /// Returns the address at which Redis has to listen.
    pub(super) fn redis(&self) -> &str {
        match self {
            Self::Namespace(namespace) => &namespace.redis,
            Self::Proxy { .. } => "127.0.0.1",
        }
    }

    /// Returns the host and the port at which the node reaches Redis.
    pub(super) fn redis_for_node(&self) -> String {
        match self {
            Self::Namespace(namespace) => format!("{}:{}", namespace.redis, namespace.port),
            Self::Proxy { proxy, .. } => format!("127.0.0.1:{}", proxy.port()),
        }
    }

    /// Returns the command that runs a program in this network.
    pub(super) fn command(&self, program: Command) -> Command {
        let Self::Namespace(namespace) = self else {
            return program;
        };
        let program = program.into_std();
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &namespace.name]);
        command.arg(program.get_program()).args(program.get_args());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.kill_on_drop(true);
        command
    }

    /// Loses all packets from now on. A proxy can also close the connections.
    pub(super) async fn cut(&self, closes: bool) {
        match self {
            Self::Namespace(namespace) => assert!(namespace.cut().await),
            Self::Proxy { proxy, .. } if closes => proxy.set(proxy::Network::Closed),
            Self::Proxy { proxy, .. } => proxy.set(proxy::Network::Silent),
        }
    }

    pub(super) async fn mend(&self) {
        match self {
            Self::Namespace(namespace) => assert!(namespace.mend().await),
            Self::Proxy { proxy, redis } => proxy.set(proxy::Network::To(*redis)),
        }
    }
}

impl Namespace {
    /// Returns `None` if the machine does not allow it: it needs the program `ip`, and the rights to use it.
    async fn new(number: usize, redis: u16) -> Option<Self> {
        let name = format!("sse{}-{number}", std::process::id() % 100_000);
        if !run("ip", &["netns", "add", &name]).await {
            return None;
        }
        // From here on, a failure removes it.
        let link = |kind: char| format!("{name}{kind}");
        // Addresses for tests of networks (RFC 5737, section 3).
        let network = |third: usize, last: usize| format!("198.51.100.{}", third * 4 + last);
        let (outside, inside) = (network(2 * number, 1), network(2 * number, 2));
        let (redis_outside, redis_inside) =
            (network(2 * number + 1, 1), network(2 * number + 1, 2));
        let namespace = Self {
            address: inside.clone(),
            redis: redis_outside.clone(),
            port: redis,
            link: link('r'),
            name: name.clone(),
        };
        for (kind, outside, inside) in [
            ('c', &outside, &inside),
            ('r', &redis_outside, &redis_inside),
        ] {
            let (here, there) = (link(kind), format!("{}i", link(kind)));
            let prefixes = [outside, inside].map(|address| format!("{address}/30"));
            let commands: [&[&str]; 5] = [
                &[
                    "link", "add", &here, "type", "veth", "peer", "name", &there, "netns", &name,
                ],
                &["address", "add", &prefixes[0], "dev", &here],
                &["link", "set", &here, "up"],
                &["-n", &name, "address", "add", &prefixes[1], "dev", &there],
                &["-n", &name, "link", "set", &there, "up"],
            ];
            for command in commands {
                if !run("ip", command).await {
                    return None;
                }
            }
        }
        (namespace.cut().await && namespace.mend().await).then_some(namespace)
    }

    /// Takes the link to Redis down, as if its cable was pulled.
    async fn cut(&self) -> bool {
        run("ip", &["link", "set", &self.link, "down"]).await
    }

    async fn mend(&self) -> bool {
        run("ip", &["link", "set", &self.link, "up"]).await
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // Its links go with it.
        let _removed = std::process::Command::new("ip")
            .args(["netns", "delete", &self.name])
            .status();
    }
}

async fn run(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().await.is_ok_and(|status| status.success())
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Namespace(namespace) => write!(f, "the namespace {}", namespace.name),
            Self::Proxy { proxy, .. } => write!(f, "a proxy at {}", proxy.url()),
        }
    }
}
