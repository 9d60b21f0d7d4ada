//! The guarantees, under random inputs in random order.

use std::time::Duration;

use proptest::{collection::vec, prelude::*, sample::select};
use sse_conformance::{model, strategies};
use sse_proto::{
    Chunk, Decoder, Item,
    reconnect::{Action, Backoff, ReadyState, ResponseHead, Source},
};

#[derive(Clone, Debug)]
enum Input {
    Head {
        status: u16,
        content_type: &'static str,
        retry_after: Duration,
    },
    Bytes(Vec<u8>),
    End,
    Error,
    Close,
    Passed(Duration),
    /// The time passes that the source wants to wait.
    Waited,
}

fn inputs() -> impl Strategy<Value = Vec<(Input, u64)>> {
    let head = (
        select(&[200, 200, 200, 200, 204, 301, 404, 429, 500, 503][..]),
        select(
            &[
                "text/event-stream",
                "Text/Event-Stream; a=b",
                "text/html",
                "",
            ][..],
        ),
        time(),
    );
    let head = head.prop_map(|(status, content_type, retry_after)| Input::Head {
        status,
        content_type,
        retry_after,
    });
    let open = Just(Input::Head {
        status: 200,
        content_type: "text/event-stream",
        retry_after: Duration::ZERO,
    });
    let field = select(
        &[
            "id: 1\n",
            "id: 2\r",
            "id\n",
            "data: x\n",
            "\n",
            "\r\n",
            "retry: 7\n",
        ][..],
    )
    .prop_map(|field| field.as_bytes().to_vec());
    let retry = any::<u64>().prop_map(|number| format!("retry: {number}\n").into_bytes());
    let input = prop_oneof![
        6 => open,
        2 => head,
        6 => strategies::blocks().prop_map(Input::Bytes),
        6 => field.prop_map(Input::Bytes),
        1 => retry.prop_map(Input::Bytes),
        3 => Just(Input::End),
        3 => Just(Input::Error),
        4 => time().prop_map(Input::Passed),
        8 => Just(Input::Waited),
    ];
    let random = prop_oneof![Just(0), Just(u64::MAX), any::<u64>()];
    // Most sequences do not close the source before their end, because a closed source does nothing.
    (vec((input, random), 0..60), 0_usize..120).prop_map(|(mut inputs, close)| {
        inputs.insert(close.min(inputs.len()), (Input::Close, 0));
        inputs
    })
}

fn time() -> impl Strategy<Value = Duration> {
    prop_oneof![
        10 => Just(Duration::ZERO),
        20 => (0_u64..60_000).prop_map(Duration::from_millis),
        10 => (0_u64..6_000_000).prop_map(Duration::from_secs),
        1 => Just(Duration::MAX),
    ]
}

/// A client of the source that keeps its own records. It uses nothing of the source except the results of
/// `poll` and `decode`.
struct Witness {
    source: Source,
    now: Duration,
    /// The bytes of the current connection, if it has a response.
    connection: Option<Option<Vec<u8>>>,
    closed: bool,
    /// The time when the last connection was lost, and the wait that the server requested.
    lost: Option<(Duration, Duration)>,
    delivered: Vec<model::Item>,
    id: String,
    reconnection_time: Duration,
}

impl Witness {
    const BACKOFF: Duration = Duration::from_secs(30);
    const PACE: Duration = Duration::from_millis(500);

    fn new() -> Self {
        let backoff = Backoff::new(Duration::from_secs(1), Self::BACKOFF);
        Self {
            source: Source::new(Decoder::new()).with_backoff(backoff),
            now: Duration::ZERO,
            connection: None,
            closed: false,
            lost: None,
            delivered: Vec::new(),
            id: String::new(),
            reconnection_time: Source::DEFAULT_RECONNECTION_TIME,
        }
    }

    fn take(&mut self, input: &Input, random: u64) {
        match input {
            Input::Head {
                status,
                content_type,
                retry_after,
            } => {
                let head = ResponseHead::new(*status)
                    .with_content_type([content_type])
                    .with_retry_after(*retry_after);
                self.source.handle_response(head, self.now, random);
                if let Some(None) = self.connection {
                    let is_stream = content_type
                        .to_ascii_lowercase()
                        .starts_with("text/event-stream");
                    match status {
                        200 if is_stream => self.connection = Some(Some(Vec::new())),
                        429 | 500 | 503 => self.lose(*retry_after),
                        _ => self.close(),
                    }
                }
            }
            Input::Bytes(bytes) => self.read(bytes),
            Input::End => {
                self.source.handle_end(self.now, random);
                self.lose(Duration::ZERO);
            }
            Input::Error => {
                self.source.handle_error(self.now, random);
                self.lose(Duration::ZERO);
            }
            Input::Close => {
                self.source.close();
                self.close();
            }
            Input::Passed(time) => self.now = self.now.saturating_add(*time),
            Input::Waited => {
                if let Action::Wait(time) = self.source.poll(self.now) {
                    self.now = self.now.saturating_add(time);
                }
            }
        }
    }

    fn read(&mut self, bytes: &[u8]) {
        let before = self.delivered.len();
        let mut chunk = Chunk::new(bytes);
        while let Some(item) = self.source.decode(&mut chunk).expect("within the limit") {
            self.delivered.push(match item {
                Item::Event(event) => {
                    model::Item::event(event.event_type(), event.data(), event.last_event_id())
                }
                Item::Retry(time) => model::Item::Retry(time.as_millis() as u64),
                other => panic!("{other:?} was not asked for"),
            });
        }
        assert!(chunk.is_empty());
        match &mut self.connection {
            Some(Some(stream)) => stream.extend_from_slice(bytes),
            _ => assert_eq!(self.delivered.len(), before, "delivered when not open"),
        }
    }

    /// Handles a lost connection. The source must have delivered the same items as the model.
    fn lose(&mut self, retry_after: Duration) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        self.settle(&connection.unwrap_or_default());
        let max = Source::DEFAULT_MAX_REQUESTED_WAIT;
        let asked = self.reconnection_time.max(retry_after.min(max));
        self.lost = Some((self.now, asked));
    }

    fn close(&mut self) {
        if let Some(Some(stream)) = self.connection.take() {
            self.settle(&stream);
        }
        self.closed = true;
    }

    fn settle(&mut self, stream: &[u8]) {
        // The model reads one connection, so it needs the last event ID from before.
        let stream = stream.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(stream);
        let stream = [b"id: ", self.id.as_bytes(), b"\n\n", stream].concat();
        let decoded = model::decode(&stream);
        let is_comment = |item: &model::Item| matches!(item, model::Item::Comment(_));
        let items = decoded.items.into_iter().map(|due| due.item);
        let items: Vec<_> = items.filter(|item| !is_comment(item)).collect();
        assert_eq!(self.delivered, items);
        self.delivered.clear();
        self.id = decoded.last_event_id;
        if let Some(milliseconds) = decoded.reconnection_time {
            let max = Source::DEFAULT_MAX_REQUESTED_WAIT;
            self.reconnection_time = Duration::from_millis(milliseconds).min(max);
        }
    }

    fn poll(&mut self) {
        match self.source.poll(self.now) {
            Action::Connect { last_event_id } => {
                assert!(self.connection.is_none(), "connected twice at once");
                assert!(!self.closed, "connected after close");
                assert_eq!(last_event_id.unwrap_or_default(), self.id);
                assert_ne!(last_event_id, Some(""));
                if let Some((since, asked)) = self.lost {
                    assert!(self.now - since >= asked, "connected too early");
                }
                self.connection = Some(None);
            }
            Action::Receive => assert!(self.connection.is_some(), "nothing to receive from"),
            Action::Wait(time) => {
                assert!(self.connection.is_none() && !self.closed);
                let (since, asked) = self.lost.expect("only a lost connection is waited for");
                let whole = (self.now - since).saturating_add(time);
                assert!(whole >= asked, "{whole:?} instead of {asked:?}");
                assert!(
                    whole <= asked.saturating_add(Self::BACKOFF + Self::PACE),
                    "{whole:?} for {asked:?}"
                );
            }
            Action::Closed(_) => assert!(self.closed, "closed for no reason"),
        }
        let expected = match &self.connection {
            _ if self.closed => ReadyState::Closed,
            Some(Some(_)) => ReadyState::Open,
            _ => ReadyState::Connecting,
        };
        assert_eq!(self.source.ready_state(), expected);
    }
}

proptest! {
    #[test]
    fn guarantees_hold_for_any_inputs(inputs in inputs()) {
        let mut witness = Witness::new();
        witness.poll();
        for (input, random) in &inputs {
            witness.take(input, *random);
            witness.poll();
        }
        // The last input closes the source, if nothing did before.
        for (input, random) in &inputs {
            witness.take(input, *random);
            witness.poll();
            prop_assert!(witness.delivered.is_empty());
        }
    }
}
