//! The steps of each scene in words.
//!
//! `explain` and the reports show these steps for every case about the scene. A scene without steps
//! does not compile. Each arm describes what the function of the scene does.

use crate::suite::server::scenes::question::Question;
use crate::suite::server::scenes::scene::{OddId, Scene};

/// The first step of most scenes.
const OPEN: &str = "Open the stream as a browser's EventSource does.";
/// The first step of scenes that resume.
const FIRST: &str = "Open the stream, publish one event and read it with its ID.";
/// The last step of scenes that resume.
const LIVE: &str = "Publish another event and read until it arrives.";

impl Scene {
    /// Returns the steps of this scene, one sentence each.
    pub(crate) fn steps(self) -> Vec<String> {
        let steps: &[&str] = match self {
            Self::Idle => &[
                OPEN,
                "Publish nothing. Read for the time of `--idle`, or until three heartbeats have \
                 arrived.",
                "If the stream ends by itself, send another request on its connection.",
            ],
            Self::Redirected => &[
                "Send GET to the URL, and follow each redirect to the URL that its `Location` names.",
            ],
            Self::Twice => &[
                OPEN,
                "Open a second stream while the first one stays open, and read its head.",
            ],
            Self::Ask(question) => return question.steps(),
            Self::AfterHead => &[
                "Send HEAD and read the answer.",
                "Send GET on the same connection and read its head.",
            ],
            Self::OneByOne => &[
                OPEN,
                "Publish five events. Read each one before the next one is published, and note \
                 when it arrives.",
                "If a stream has ended, open it again with the last ID as `Last-Event-ID`, as an \
                 EventSource does.",
                "If a stream has ended, send another request on its connection.",
            ],
            Self::Burst => &[
                OPEN,
                "Publish fifty events without a pause.",
                "Read until all of them have arrived.",
            ],
            Self::Large => &[
                OPEN,
                "Publish an event whose data is one line of 64 KiB, then one with 64 KiB in many lines.",
                LIVE,
            ],
            Self::Together => &[
                "Open two streams.",
                "Publish ten events by ten calls of the control hook at the same time.",
                "Read until all of them have arrived on both streams.",
            ],
            Self::Batch => &[
                OPEN,
                "Publish ten events by one call of the control hook, the action `batch`.",
                "Read until all of them have arrived.",
            ],
            Self::LongText => &[
                OPEN,
                "Publish a short event and read it.",
                "Publish three events of 256 KiB and read each one before the next one is \
                 published: one line of characters of three and four bytes, the same characters \
                 in many lines, and characters of Latin-1.",
            ],
            Self::Slow => &[
                "Open a stream with a small receive buffer and stop reading from it.",
                "Open a second stream and read it all the time.",
                "Publish up to 64 events of 64 KiB, and read each one from the second stream.",
                "Read the first stream again.",
                LIVE,
            ],
            Self::Readers => &[
                "Open five streams and publish three events. Read them from every stream.",
                "Close one connection without notice, and open another stream.",
                "Publish three events and read them from the streams that were open all the time.",
                "Publish three events and read them from all five streams.",
            ],
            Self::Gzip => &[
                "Open the stream with `Accept-Encoding: gzip`.",
                "Publish three events. Decompress and read each one before the next one is published.",
                "Wait for a heartbeat, publish another event and read until it arrives.",
            ],
            Self::Values => &[
                OPEN,
                "Publish several events, each with a value that could break a stream in its \
                 data, type or ID.",
                "Publish a plain event after each of them and read until it arrives.",
                "Compare what was read with what was published. A CR or a CRLF counts as an LF.",
            ],
            Self::Resumed => &[
                "Open the stream, publish five events and read them with their IDs. Publish more \
                 if the server sends IDs only with some events.",
                "Connect with each of these IDs as `Last-Event-ID`, one after the other, and \
                 twice with the last one.",
                "Each time, publish another event and read until it arrives.",
                "Without a control hook: open two streams, and wait for seven events that the \
                 server sends by itself. Connect with the IDs of the first five, and with that \
                 of a heartbeat between them, and read on.",
            ],
            Self::Cut => &[
                FIRST,
                "Publish an event of 500 KB and close the connection in the middle of it.",
                "Connect again with the ID of the first event as `Last-Event-ID`.",
                LIVE,
            ],
            Self::Away => &[
                FIRST,
                "Close the connection, and publish three events while nobody reads.",
                "Connect again with the ID of the first event as `Last-Event-ID`.",
                LIVE,
            ],
            Self::IdleId => &[
                FIRST,
                "Wait until the idle stream sets another ID, then close the connection.",
                "Publish two events, and connect again with the newest ID as `Last-Event-ID`.",
                LIVE,
            ],
            Self::OddId(id) => return id.steps(),
            Self::Newest => &[
                FIRST,
                "Close the connection, and connect again with the ID of the newest event as `Last-Event-ID`.",
                "Read what arrives while nothing is published.",
                LIVE,
            ],
            Self::LetterCase => &[
                FIRST,
                "Close the connection, and publish another event.",
                "Connect again with the ID of the first event in the field `Last-Event-ID`, as browsers write it.",
                "Connect again with this ID in the field `last-event-id`.",
                "Each time, publish another event and read until it arrives.",
            ],
            Self::Counted => &[
                "Ask the control hook how many streams are open.",
                "Open three streams and ask again. Close their connections without notice and \
                 ask again.",
                "Publish three events and ask again.",
            ],
            Self::Ended => &[
                FIRST,
                "Have the control hook end the streams. Read to the end, and read what follows \
                 on the connection.",
                "Connect again and read the head.",
            ],
            Self::Http2 => &[
                "Open one HTTP/2 connection and ten streams on it.",
                "Publish three events and read them from every stream.",
                "Reset one of the streams. Publish three more events and read them from all the others.",
            ],
            Self::OldId => &[
                FIRST,
                "Close the connection, publish three events, and have the control hook drop the \
                 log. If the hook cannot do that, publish 128 events instead.",
                "Connect again with the ID of the first event as `Last-Event-ID`.",
                LIVE,
            ],
            Self::Restarted => &[
                "Have the control hook restart the server. Open the stream, publish three events and read them with their IDs.",
                "Have the control hook restart the server again. Open the stream, publish four events and read them.",
                "Connect with the ID of the second event as `Last-Event-ID`.",
                LIVE,
            ],
            Self::Stalled => &[
                "Open one HTTP/2 connection and ten streams on it. Stop reading from nine of them.",
                "Publish eight events of 64 KiB, which is eight times the window of a stream. Read them from the tenth stream.",
                "Read the nine streams again, publish another event and read until it arrives.",
            ],
            Self::ClientGoesAway => &[
                "Open one HTTP/2 connection and a stream on it. Publish an event and read it.",
                "Send GOAWAY with NO_ERROR, which says that the client will open no more streams.",
                "Publish two events and read them from the open stream.",
            ],
            Self::Http2Ended => &[
                "Open one HTTP/2 connection and three streams on it. Publish an event and read it from each of them.",
                "Have the control hook end the streams, and read each of them to its end.",
            ],
        };
        steps.iter().map(|step| (*step).to_owned()).collect()
    }
}

impl OddId {
    fn steps(self) -> Vec<String> {
        let id = match self {
            Self::Unknown => "`no-such-event`, an ID that the server never gave out",
            Self::Future => "the ID of the newest event plus 1,000,000",
            Self::Malformed => "bytes that are not UTF-8",
            Self::Long => "1 KiB of `x`",
            Self::Oversized => "64 KiB of `x`",
            Self::Empty => "no value",
            Self::InQuery => {
                return [
                    FIRST,
                    "Publish another event.",
                    "Connect with the first ID as `lastEventId` in the query, and without `Last-Event-ID`.",
                    LIVE,
                ]
                .map(str::to_owned)
                .to_vec();
            }
        };
        let mut steps = vec![
            format!("Connect with `Last-Event-ID`: {id}."),
            "If the answer is a stream, publish an event and read until it arrives.".to_owned(),
        ];
        match self {
            Self::Future => steps.insert(0, FIRST.to_owned()),
            Self::Oversized => steps.push("Connect again without it.".to_owned()),
            _ => {}
        }
        steps
    }
}

impl Question {
    fn steps(self) -> Vec<String> {
        const GET: &str = "GET as an EventSource sends it";
        let (request, what) = match self {
            Self::Head => ("HEAD", String::new()),
            Self::Options => ("OPTIONS", String::new()),
            Self::Post => ("POST without content", String::new()),
            Self::Unknown => ("BREW, a method that does not exist", String::new()),
            Self::AcceptAny => (GET, "with `Accept: */*`".to_owned()),
            Self::AcceptAbsent => (GET, "without `Accept`".to_owned()),
            Self::AcceptOther => (GET, "with `Accept: application/json`".to_owned()),
            Self::AcceptAmongOthers => (
                GET,
                "with `text/event-stream` as the type of the highest weight in `Accept`".to_owned(),
            ),
            Self::AcceptUpperCase => (GET, "with `Accept: Text/Event-Stream`".to_owned()),
            Self::AcceptParameter => (
                GET,
                "with `Accept: text/event-stream;charset=utf-8`".to_owned(),
            ),
            Self::Identity => (GET, "with `Accept-Encoding: identity`".to_owned()),
            Self::Http10 => (GET, "as HTTP/1.0".to_owned()),
            Self::Query => (GET, "with `r=0.123&padding=true` in the query".to_owned()),
            Self::Foreign => (
                GET,
                "with the `Origin` of a site that no server knows".to_owned(),
            ),
            Self::Null => (GET, "with `Origin: null`".to_owned()),
            Self::Allowed => (
                GET,
                "with the `Origin` that `--origin` names, or otherwise of a site that no server \
                 knows"
                    .to_owned(),
            ),
            Self::Lookalike(kind) => (
                GET,
                format!(
                    "with an `Origin` that has another {kind} than the one that `--origin` names"
                ),
            ),
            Self::Preflight => (
                "the preflight of a browser (OPTIONS)",
                "for `Last-Event-ID` and `Cache-Control`, from the origin that `--origin` names"
                    .to_owned(),
            ),
            Self::PreflightForeign => (
                "the preflight of a browser (OPTIONS)",
                "for `Last-Event-ID` and `Cache-Control`, from a site that no server knows"
                    .to_owned(),
            ),
            Self::Inject(names, end) => (
                GET,
                format!(
                    "with the fields `data: injected` and `x-injected: yes` after {} in {} of the query",
                    end.shown(),
                    names.shown()
                ),
            ),
            Self::Refused("") => (GET, "with an empty `Accept-Encoding`".to_owned()),
            Self::Refused(codings) => (GET, format!("with `Accept-Encoding: {codings}`")),
            Self::RefusedId("malformed") => (
                GET,
                "with bytes that are not UTF-8 in `Last-Event-ID`".to_owned(),
            ),
            Self::RefusedId("oversized") => {
                (GET, "with 64 KiB of `x` in `Last-Event-ID`".to_owned())
            }
            Self::RefusedId(_) => (GET, "with `Last-Event-ID: no-such-event`".to_owned()),
        };
        let request = [request, &what].join(" ");
        vec![
            format!("Send {} on a new connection.", request.trim_end()),
            match self.may_be_refused() {
                true => {
                    "Read the head. If the answer is not a stream, read it to its end, and the \
                     bytes that follow it."
                }
                false => "Read the head and the first bytes after it.",
            }
            .to_owned(),
        ]
    }
}
