//! The commands that runs in Redis cost.

use std::{env, time::Duration};

use sse_tower::{Event, LastEventId, error::BoxError, runs::Runs};
use tokio::time::{Instant, sleep_until};

use crate::{
    runs::{read, say, start},
    server::Server,
};

/// The commands that only scripts call, and those of the test itself.
const OF_SCRIPTS: [&str; 17] = [
    "hmget",
    "hset",
    "llen",
    "rpush",
    "lrange",
    "zadd",
    "zrange",
    "zrangebyscore",
    "zrem",
    "zremrangebyscore",
    "zcard",
    "pexpireat",
    "pttl",
    "del",
    "time",
    "publish",
    "info",
];

/// Returns the number of commands that the clients have sent, and a list of them.
fn commands(server: &Server) -> (u64, String) {
    let stats: String = server.run(&["INFO", "commandstats"]);
    let mut list = Vec::new();
    let mut sum = 0;
    for line in stats.lines() {
        let Some((name, stats)) = line
            .strip_prefix("cmdstat_")
            .and_then(|line| line.split_once(":calls="))
        else {
            continue;
        };
        let calls = stats.split(',').next().unwrap();
        if OF_SCRIPTS.contains(&name) || name.starts_with("config") || name == "client|setinfo" {
            continue;
        }
        sum += calls.parse::<u64>().unwrap();
        list.push(format!("{name} {calls}"));
    }
    (sum, list.join(", "))
}

/// Two nodes whose connections are open, and whose scripts the server knows.
async fn two_nodes(server: &Server) -> (Runs, Runs) {
    let producing = Runs::redis(&server.url()).await.unwrap();
    let watching = Runs::redis(&server.url()).await.unwrap();
    let (id, model) = start(&producing).await;
    say(&model, "1");
    drop(model);
    read(&watching, id, LastEventId::none()).await;
    server.run::<()>(&["CONFIG", "RESETSTAT"]);
    (producing, watching)
}

/// 50 tokens a second for 2 seconds, or for as many as the variable `RUN_SECONDS` says. 40 seconds may cost 450 commands.
#[tokio::test]
async fn tokens_that_arrive_one_by_one_cost_eleven_commands_a_second() {
    let seconds = env::var("RUN_SECONDS").map_or(2, |seconds| seconds.parse().unwrap());
    let Some(server) = Server::start() else {
        return;
    };
    let (producing, watching) = two_nodes(&server).await;
    let (id, model) = start(&producing).await;
    let reading = tokio::spawn(async move { read(&watching, id, LastEventId::none()).await });
    let begin = Instant::now();
    let tokens = u32::try_from(seconds * 50).unwrap();
    for number in 0..tokens {
        sleep_until(begin + number * Duration::from_millis(20)).await;
        say(&model, &number.to_string());
    }
    drop(model);
    let text = reading.await.unwrap();
    assert_eq!(text.matches("data: ").count() as u64, u64::from(tokens) + 1);
    let (sum, list) = commands(&server);
    println!(
        "{tokens} tokens in {seconds} s with a follower on another node: {sum} commands ({list})"
    );
    // Ten writes a second, and a read of the follower's node every 2.5 seconds. The rest is for start and end.
    let max = 10 * seconds + seconds / 2 + 30;
    assert!(sum <= max, "{sum} commands, at most {max}: {list}");
}

#[tokio::test]
async fn tokens_that_are_ready_at_once_cost_at_most_twenty_commands() {
    let Some(server) = Server::start() else {
        return;
    };
    let (producing, watching) = two_nodes(&server).await;
    let tokens = (0..2000).map(|number| Ok::<_, BoxError>(Event::new(number.to_string())));
    let run = producing.start(tokio_stream::iter(tokens)).await.unwrap();
    let id = run.id();
    let reading = tokio::spawn(async move { read(&watching, id, LastEventId::none()).await });
    run.drive().await.unwrap();
    let text = reading.await.unwrap();
    assert_eq!(text.matches("data: ").count(), 2001);
    let (sum, list) = commands(&server);
    println!("2000 tokens at once with a follower on another node: {sum} commands ({list})");
    assert!(sum <= 20, "{sum} commands: {list}");
}
