//! The suite for logs judges Redis.

use std::{sync::Mutex, time::Duration};

use sse_conformance::suite::log::{Action, Answer};
use sse_tower::hub::log::redis::{RedisLog, RedisOptions};
use tokio::runtime::Runtime;

use crate::{log_adapter::judged, server::Server};

/// Shorter than the default, because the suite stalls the server many times.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The longest time of a call: it may have to connect, to read, to wait, and to read again.
const MAX_CALL_TIME: Duration = Duration::from_secs(10);

#[test]
fn redis_passes_the_suite_for_logs() {
    let Some(server) = Server::start() else {
        return;
    };
    let runtime = Runtime::new().unwrap();
    let url = server.url();
    let options = RedisOptions::new().timeout(TIMEOUT);
    let log = runtime.block_on(RedisLog::connect(&url, options));
    let log = log.unwrap();
    let server = Mutex::new(server);
    let control = move |action: &Action<'_>| {
        let mut server = server.lock().unwrap();
        match *action {
            Action::Trim { log, floor } => {
                let epoch: u64 = server.run(&["HGET", &format!("sse:{{{log}}}:meta"), "epoch"]);
                let stream = format!("sse:{{{log}}}:log");
                server.run::<()>(&["XTRIM", &stream, "MINID", &format!("{epoch}-{floor}")]);
            }
            Action::Delete { log } => {
                let keys = ["log", "meta"].map(|part| format!("sse:{{{log}}}:{part}"));
                server.run::<()>(&["DEL", &keys[0], &keys[1]]);
            }
            Action::Save => server.run(&["SAVE"]),
            Action::Restore | Action::Restart => server.restart(),
            Action::Stall => server.pause(),
            Action::Resume => server.resume(),
            _ => return Ok(Answer::Unsupported),
        }
        Ok(Answer::Done)
    };
    let report = judged(runtime.handle(), log, MAX_CALL_TIME, control);
    println!("{report}");
    let counts = report.counts();
    assert_eq!((counts.fail, counts.warn), (0, 0), "{report}");
}
