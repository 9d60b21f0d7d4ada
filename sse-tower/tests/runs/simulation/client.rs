//! Clients: they lose their connections, come back, and check what they are sent.

use std::{cell::RefCell, collections::BTreeSet, rc::Rc};

use sse_tower::{
    EventFrame,
    error::BoxError,
    runs::{RunErrorKind, RunId, Runs, Seal},
};
use tokio::time::{Instant, sleep, timeout};
use tokio_stream::StreamExt;

use super::{
    super::{random::Random, store::millis, support::Client as Reader},
    Trace,
    producer::Plan,
};

/// A client of one run, over all its connections.
pub(super) struct Client {
    pub(super) name: usize,
    pub(super) run: usize,
    pub(super) id: RunId,
    pub(super) nodes: Vec<Runs>,
    /// The nodes that were killed.
    pub(super) dead: Rc<RefCell<BTreeSet<usize>>>,
    pub(super) random: Random,
    pub(super) trace: Trace,
}

/// The result of a client.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) events: usize,
    pub(super) seal: Seal,
    pub(super) at: Instant,
}

impl Client {
    /// Follows the run to its end.
    pub(super) async fn follow(mut self) -> Outcome {
        let mut reader = Reader::default();
        let mut sealed = None;
        loop {
            let pause = millis(&mut self.random, 1500);
            sleep(pause).await;
            let node = self.random.below(self.nodes.len() as u64) as usize;
            if self.dead.borrow().contains(&node) {
                continue;
            }
            let runs = self.nodes[node].clone();
            let name = self.name;
            self.trace.note(format!(
                "client {name} connects to node {node} after {:?}",
                reader.last_event_id
            ));
            let follower = match reader.connect(&runs, self.id).await {
                Ok(follower) => follower,
                Err(error) => match (error.kind(), sealed) {
                    (RunErrorKind::Unavailable, _) => continue,
                    (RunErrorKind::Complete, Some((seal, at))) => {
                        let events = reader.received.len() - 1;
                        return Outcome { events, seal, at };
                    }
                    _ => panic!("client {name} is refused: {error}"),
                },
            };
            let mut follower = Box::pin(follower);
            let stays = match self.random.percent(50) {
                true => millis(&mut self.random, 15_000),
                false => super::super::support::SECOND * 1000,
            };
            let until = Instant::now() + stays;
            loop {
                // A killed node takes its connections with it.
                let next = timeout(millis(&mut self.random, 400), follower.next()).await;
                if self.dead.borrow().contains(&node) || Instant::now() > until {
                    self.trace.note(format!("client {name} is cut off"));
                    break;
                }
                let Ok(next) = next else {
                    continue;
                };
                match next {
                    Some(frame) => {
                        if !self.receive(&mut reader, frame, &mut sealed) {
                            break;
                        }
                    }
                    None => {
                        self.trace.note(format!("client {name}: its stream ends"));
                        assert!(sealed.is_some(), "only a seal ends the stream");
                        break;
                    }
                }
            }
        }
    }

    /// Takes a frame or a part of it, and checks it. Returns false if the connection is cut.
    fn receive(
        &mut self,
        reader: &mut Reader,
        frame: Result<EventFrame, BoxError>,
        sealed: &mut Option<(Seal, Instant)>,
    ) -> bool {
        let name = self.name;
        let Ok(frame) = frame else {
            self.trace.note(format!("client {name}: its stream fails"));
            return false;
        };
        let is_cut = self.random.percent(10);
        let length = match is_cut {
            true => self.random.below(frame.as_bytes().len() as u64) as usize,
            false => frame.as_bytes().len(),
        };
        let before = reader.received.len();
        reader.take(&frame.as_bytes()[..length]);
        let received = &reader.received;
        self.trace.note(format!(
            "client {name} receives {:?}, cut: {is_cut}",
            &received[before..]
        ));
        for (at, event) in received.iter().enumerate().skip(before) {
            assert!(sealed.is_none(), "{event} after the end");
            match event.strip_suffix('!') {
                None => {
                    assert_eq!(
                        *event,
                        Plan::text(self.run, at),
                        "every event once, in order"
                    );
                }
                Some(seal) => {
                    let seal = Seal::from_name(seal).expect("a seal");
                    *sealed = Some((seal, Instant::now()));
                }
            }
        }
        !is_cut
    }
}
