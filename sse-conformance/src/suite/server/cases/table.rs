//! All cases about servers.

use crate::driver::capability::Capability::{
    Batch, Compression, Cors, Count, End, Heartbeat, Http2, Publish, Restart, Resume,
};
use crate::rule::Level::{Info, Must, Should};
use crate::rule::Section::{
    Authoring, Caching, Cors as Fetch, Http, Http1, Http2 as H2, Interpreting, MediaType, Parsing,
    Practice, Processing, Redirects, RoundTrip,
};
use crate::suite::server::cases::row::{Row, row};
use crate::suite::server::cases::values;
use crate::suite::server::judges::{
    coding, cors, deliver, end, feed, head, heartbeat, long_text, lost, odd_id, refusal, resume,
    stalled, stream,
};
use crate::suite::server::scenes::question::{FOREIGN, Question};
use crate::suite::server::scenes::scene::{OddId, Scene};

/// Returns every case, in the order of reports.
pub(crate) fn all() -> impl Iterator<Item = &'static Row> {
    [
        STATUS,
        HEADERS,
        METHOD,
        ACCEPT,
        CORS,
        STREAM,
        HEARTBEAT,
        FLUSH,
        SLOW,
        READERS,
        values::VALUES,
        RESUME,
        COMPRESSION,
        DISCONNECT,
        END,
        HTTP2,
        RESTART,
    ]
    .into_iter()
    .flatten()
}

const IDLE: Scene = Scene::Idle;
const LIVE: Scene = Scene::OneByOne;

#[rustfmt::skip]
const STATUS: &[Row] = &[
    row("server/status/ok", Must, Processing, IDLE, head::ok, "GET is answered with 200: an event source gives up for good at any other status.").expects("Status 200."),
    row("server/status/first-answer", Must, Processing, Scene::Twice, head::first_is_ok, "The very first request is answered with a stream: an event source that gets 204 or an error gives up for good.").expects("Status 200 and text/event-stream for the very first request."),
    row("server/status/redirects", Must, Redirects, Scene::Redirected, head::redirects_lead_somewhere, "Redirects lead to an answer: an event source follows at most twenty of them, by the URL standard.").expects("Each Location names a URL of http or https, and no more than 20 redirects come in a row."),
    row("server/status/second-reader", Must, Processing, Scene::Twice, head::second_is_ok, "A second client gets the same answer as the first.").expects("Status 200 and text/event-stream for the second client, while the first stream is open."),
    row("server/status/with-query", Should, Practice, Scene::Ask(Question::Query), head::also_event_stream, "Query parameters that polyfills and cache busters add have no effect.").expects("Status 200 and text/event-stream, as without the query."),
    row("server/status/http-1.0", Should, Practice, Scene::Ask(Question::Http10), head::also_event_stream, "A proxy that speaks HTTP/1.0, as nginx does by default, gets the stream.").at("https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_http_version").expects("Status 200 and text/event-stream."),
];

#[rustfmt::skip]
const HEADERS: &[Row] = &[
    row("server/headers/content-type", Must, Processing, IDLE, head::content_type, "The media type is text/event-stream: an event source gives up for good at any other type.").expects("The last valid media type in Content-Type is text/event-stream."),
    row("server/headers/content-type-once", Should, Http, IDLE, head::content_type_once, "There is one Content-Type with one media type: if there are several, browsers take the last valid one, and other clients may take another.").at("5.3"),
    row("server/headers/content-type-exact", Should, Practice, IDLE, head::content_type_exact, "The value is text/event-stream and nothing else: some clients compare the whole value.").expects("Content-Type is `text/event-stream`, without a parameter."),
    row("server/headers/charset", Must, MediaType, IDLE, head::charset, "A charset parameter, if there is one, is utf-8."),
    row("server/headers/not-stored", Should, Authoring, IDLE, head::not_stored, "Caches are told not to store the stream.").expects("Cache-Control has `no-store` or `no-cache`."),
    row("server/headers/not-public", Should, Caching, IDLE, head::not_public, "Shared caches are not asked to store the stream.").expects("Cache-Control has none of `public`, `immutable` and `s-maxage`.").at("5.2.2.9"),
    row("server/headers/no-transform", Should, Caching, IDLE, head::not_transformed, "Proxies are told not to compress the stream: they would hold events back.").expects("Cache-Control has `no-transform`.").at("5.2.2.6"),
    row("server/headers/x-accel-buffering", Should, Practice, IDLE, head::not_buffered, "nginx is told not to buffer the stream.").at("https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering").expects("There is a field `X-Accel-Buffering: no`."),
    row("server/headers/no-length", Should, Practice, IDLE, head::no_length, "A stream has no length.").expects("There is no Content-Length."),
    row("server/headers/no-length-on-a-live-stream", Must, Http, IDLE, head::no_length_on_a_live_stream, "A stream that goes on has no Content-Length: clients stop reading at that length.").at("8.6").expects("There is no Content-Length, unless the whole stream is as long as it says."),
    row("server/headers/length-or-coding", Must, Http1, IDLE, head::length_or_coding, "There is no Content-Length together with Transfer-Encoding.").at("6.2"),
    row("server/headers/framing", Must, Http1, LIVE, head::framing, "The body is framed as the head says, chunk by chunk.").at("6.3").expects("Each chunk is as long as its size says and is followed by CRLF."),
    row("server/headers/only-chunked", Must, Http1, IDLE, coding::only_chunked, "There is no transfer coding except chunked: the request has no TE, and browsers decode no other.").at("6.1"),
    row("server/headers/http-1.0-not-chunked", Must, Http1, Scene::Ask(Question::Http10), head::http10_is_not_chunked, "A response to HTTP/1.0 has no Transfer-Encoding.").at("6.1"),
];

#[rustfmt::skip]
const METHOD: &[Row] = &[
    row("server/method/head-no-content", Must, Http, Scene::AfterHead, head::head_has_no_content, "A response to HEAD has no content.").at("9.3.2").expects("Nothing follows the head."),
    row("server/method/head-as-get", Should, Http, Scene::Ask(Question::Head), head::head_is_as_get, "HEAD is answered with the status and the fields of GET.").at("9.3.2").expects("Status 200 and text/event-stream."),
    row("server/method/head-then-get", Should, Http1, Scene::AfterHead, head::connection_goes_on_after_head, "After HEAD the connection serves the next request, unless it was closed.").at("9.3").expects("A response to the GET, or a connection that was closed."),
    row("server/method/options-is-no-stream", Should, Http, Scene::Ask(Question::Options), head::options_is_no_stream, "OPTIONS is answered and does not open a stream.").at("9.3.7").expects("A response that is not text/event-stream."),
    row("server/method/options-no-error", Should, Http, Scene::Ask(Question::Options), head::no_server_error, "OPTIONS does not cause a server error.").at("9.3.7").expects("A status below 500, or 501."),
    row("server/method/options-whole", Must, Http, Scene::Ask(Question::Options), refusal::is_whole, "The answer to OPTIONS is as long as its Content-Length says: clients would take the rest for the next response.").at("8.6"),
    row("server/method/post-no-error", Should, Http, Scene::Ask(Question::Post), head::no_server_error, "POST is served or refused and does not cause a server error.").at("15.5.6").expects("A status below 500, or 501."),
    row("server/method/post-allow", Must, Http, Scene::Ask(Question::Post), head::refusal_has_allow, "A 405 lists the supported methods in Allow.").at("15.5.6").expects("If the status is 405, there is a field Allow."),
    row("server/method/post-whole", Must, Http, Scene::Ask(Question::Post), refusal::is_whole, "The answer to POST is as long as its Content-Length says: clients would take the rest for the next response.").at("8.6"),
    row("server/method/unknown", Should, Http, Scene::Ask(Question::Unknown), head::unknown_method_is_refused, "An unknown method is refused.").at("9.1").expects("Status 400, 404, 405 or 501."),
    row("server/method/unknown-allow", Must, Http, Scene::Ask(Question::Unknown), head::refusal_has_allow, "A 405 lists the supported methods in Allow, whatever the method was.").at("15.5.6").expects("If the status is 405, there is a field Allow."),
    row("server/method/unknown-whole", Must, Http, Scene::Ask(Question::Unknown), refusal::is_whole, "The answer to an unknown method is as long as its Content-Length says: clients would take the rest for the next response.").at("8.6"),
];

#[rustfmt::skip]
const ACCEPT: &[Row] = &[
    row("server/accept/any", Should, Http, Scene::Ask(Question::AcceptAny), head::also_event_stream, "`*/*` accepts an event stream.").at("12.5.1").expects("Status 200 and text/event-stream."),
    row("server/accept/absent", Should, Http, Scene::Ask(Question::AcceptAbsent), head::also_event_stream, "Without Accept, everything is accepted.").at("12.5.1").expects("Status 200 and text/event-stream."),
    row("server/accept/among-others", Info, Http, Scene::Ask(Question::AcceptAmongOthers), head::also_event_stream, "An event stream is served if it has the highest weight of several types.").at("12.5.1").expects("Status 200 and text/event-stream."),
    row("server/accept/upper-case", Should, Http, Scene::Ask(Question::AcceptUpperCase), head::also_event_stream, "The case of a media type does not matter.").at("8.3.1").expects("Status 200 and text/event-stream."),
    row("server/accept/parameter", Info, Http, Scene::Ask(Question::AcceptParameter), head::also_event_stream, "A charset parameter in Accept does not matter.").at("12.5.1").expects("Status 200 and text/event-stream."),
    row("server/accept/other", Should, Http, Scene::Ask(Question::AcceptOther), head::no_server_error, "A client that does not accept event streams is served or refused, without a server error.").at("12.4.1").expects("A status below 500, or 501."),
    row("server/accept/other-whole", Must, Http, Scene::Ask(Question::AcceptOther), refusal::is_whole, "The answer to a client that accepts no event stream is as long as its Content-Length says.").at("8.6"),
];

#[rustfmt::skip]
const CORS: &[Row] = &[
    row("server/cors/origin-is-one", Must, Fetch, Scene::Ask(Question::Allowed), cors::origin_is_one, "Access-Control-Allow-Origin is `*` or one origin, once.").needs(Cors),
    row("server/cors/allowed-is-named", Must, Fetch, Scene::Ask(Question::Allowed), cors::allowed_is_named, "An allowed origin is named exactly as it was sent: browsers compare byte for byte.").needs(Cors).expects("Access-Control-Allow-Origin is `*`, or exactly the origin that was sent."),
    row("server/cors/foreign-origin-is-one", Must, Fetch, Scene::Ask(Question::Foreign), cors::foreign_origin_is_one, "The answer to an unknown origin has `*` or one origin once, or none.").needs(Cors),
    row("server/cors/foreign-named", Info, Fetch, Scene::Ask(Question::Foreign), |seen| cors::origin_is_the_one_that_asked(seen, FOREIGN), "The answer to an unknown origin names no other origin.").needs(Cors),
    row("server/cors/credentials-name-the-origin", Must, Fetch, Scene::Ask(Question::Allowed), cors::credentials_name_the_origin, "With credentials, the origin is named: browsers refuse `*`.").needs(Cors).expects("Access-Control-Allow-Origin is not `*` if Access-Control-Allow-Credentials is `true`."),
    row("server/cors/credentials-are-true", Must, Fetch, Scene::Ask(Question::Allowed), cors::credentials_are_true, "Access-Control-Allow-Credentials is `true`, or absent.").needs(Cors),
    row("server/cors/foreign-without-credentials", Must, Fetch, Scene::Ask(Question::Foreign), cors::foreign_has_no_credentials, "An unknown origin is not allowed with credentials: any site could read a visitor's stream.").needs(Cors).expects("The answer does not name the unknown origin together with Access-Control-Allow-Credentials."),
    row("server/cors/null-without-credentials", Must, Fetch, Scene::Ask(Question::Null), cors::null_has_no_credentials, "`null` is not allowed with credentials: any site can send requests as `null`.").needs(Cors).expects("The answer does not name `null` together with Access-Control-Allow-Credentials."),
    row("server/cors/null-not-named", Should, Fetch, Scene::Ask(Question::Null), cors::null_is_not_named, "`null` is not named as an origin.").needs(Cors),
    row("server/cors/vary", Should, Fetch, Scene::Ask(Question::Allowed), cors::vary, "An answer that names an origin varies with it.").needs(Cors).expects("Vary has `Origin` or `*`, unless every origin gets the same answer."),
    row("server/cors/suffix", Must, Fetch, Scene::Ask(Question::Lookalike("suffix")), cors::lookalike_is_refused, "An origin that begins like an allowed one is not allowed.").needs(Cors).expects("The answer does not name the lookalike."),
    row("server/cors/prefix", Must, Fetch, Scene::Ask(Question::Lookalike("prefix")), cors::lookalike_is_refused, "An origin that ends like an allowed one is not allowed.").needs(Cors).expects("The answer does not name the lookalike."),
    row("server/cors/dot", Must, Fetch, Scene::Ask(Question::Lookalike("dot")), cors::lookalike_is_refused, "An origin with another character in place of a dot is not allowed.").needs(Cors).expects("The answer does not name the lookalike."),
    row("server/cors/scheme", Must, Fetch, Scene::Ask(Question::Lookalike("scheme")), cors::lookalike_is_refused, "The same host with another scheme is another origin.").needs(Cors).expects("The answer does not name the lookalike."),
    row("server/cors/port", Must, Fetch, Scene::Ask(Question::Lookalike("port")), cors::lookalike_is_refused, "The same host with another port is another origin.").needs(Cors).expects("The answer does not name the lookalike."),
    row("server/cors/preflight", Should, Fetch, Scene::Ask(Question::Preflight), cors::preflight_is_ok, "A preflight is answered with 200 or 204.").needs(Cors),
    row("server/cors/preflight-names-the-origin", Should, Fetch, Scene::Ask(Question::Preflight), cors::preflight_names_the_origin, "A preflight allows the same origin as the stream, with credentials if the stream does.").needs(Cors).expects("Access-Control-Allow-Origin with the origin, and Access-Control-Allow-Credentials if the answer to GET has it."),
    row("server/cors/preflight-ends", Should, Fetch, Scene::Ask(Question::Preflight), cors::preflight_ends, "A preflight does not open a stream.").needs(Cors).expects("A response that is not text/event-stream."),
    row("server/cors/preflight-last-event-id", Should, Fetch, Scene::Ask(Question::Preflight), cors::preflight_lists_last_event_id, "Fetch-based clients may send Last-Event-ID.").needs(Cors).expects("Access-Control-Allow-Headers has `Last-Event-ID`, or `*`."),
    row("server/cors/preflight-cache-control", Should, Fetch, Scene::Ask(Question::Preflight), cors::preflight_lists_cache_control, "Fetch-based clients may send Cache-Control.").needs(Cors).expects("Access-Control-Allow-Headers has `Cache-Control`, or `*`."),
    row("server/cors/preflight-whole", Must, Http, Scene::Ask(Question::Preflight), refusal::is_whole, "The answer to a preflight is as long as its Content-Length says.").at("8.6"),
    row("server/cors/preflight-foreign-without-credentials", Must, Fetch, Scene::Ask(Question::PreflightForeign), cors::foreign_has_no_credentials, "A preflight does not allow an unknown origin with credentials.").needs(Cors).expects("The answer does not name the unknown origin together with Access-Control-Allow-Credentials."),
];

#[rustfmt::skip]
const STREAM: &[Row] = &[
    row("server/stream/utf-8", Must, Parsing, IDLE, stream::utf8, "A stream is UTF-8."),
    row("server/stream/events-utf-8", Must, Parsing, Scene::Values, stream::utf8, "Events with any text are UTF-8.").needs(Publish),
    row("server/stream/no-bom", Should, Practice, IDLE, stream::no_bom, "There is no BOM: it is legal, but some clients read it as text.").expects("The first bytes are not EF BB BF."),
    row("server/stream/no-bom-inside", Must, Parsing, LIVE, stream::no_bom_inside, "Only the first line may begin with a BOM: the field of any other line would be unknown.").needs(Publish),
    row("server/stream/idle-no-bom-inside", Must, Parsing, IDLE, stream::no_bom_inside, "Of the lines that the server sends by itself, only the first may begin with a BOM: the field of any other line would be unknown."),
    row("server/stream/known-fields", Should, Interpreting, LIVE, stream::known_fields, "Fields are data, event, id and retry: clients ignore all others.").needs(Publish).at("processField").expects("Every field is named data, event, id or retry."),
    row("server/stream/idle-known-fields", Should, Interpreting, IDLE, stream::known_fields, "The lines that the server sends by itself have only known fields.").at("processField").expects("Every field is named data, event, id or retry."),
    row("server/stream/typed-events-have-data", Should, Interpreting, IDLE, stream::typed_blocks_have_data, "An event with a type has data: without data, clients do not dispatch it.").at("dispatchMessage"),
    row("server/stream/retry-is-digits", Should, Interpreting, IDLE, stream::retry_is_digits, "A reconnection time consists of ASCII digits: clients ignore anything else.").at("processField").expects("The value of each `retry` consists of ASCII digits."),
    row("server/stream/retry-is-milliseconds", Should, Practice, IDLE, stream::retry_is_milliseconds, "A reconnection time is in milliseconds, and plausible.").expects("The value of each `retry` is 0, or between 100 and 3,600,000."),
    row("server/stream/ids-are-portable", Should, Practice, LIVE, stream::ids_are_portable, "IDs are short and consist of printable ASCII, so that a header field carries them without a preflight.").needs(Publish).expects("Each ID has at most 128 characters, all of them printable ASCII."),
    row("server/stream/ids-without-nul", Should, Interpreting, Scene::Values, stream::ids_have_no_nul, "No ID contains a NUL: clients ignore such an ID.").needs(Publish).at("processField"),
    row("server/stream/ids-are-unique", Should, Practice, LIVE, stream::ids_are_unique, "No two events have the same ID.").needs(Publish),
];

#[rustfmt::skip]
const HEARTBEAT: &[Row] = &[
    row("server/heartbeat/present", Should, Authoring, IDLE, heartbeat::is_there, "An idle stream sends something from time to time: proxies close silent connections.").expects("Bytes arrive later than 0.2 s after the head, within 18 s or more."),
    row("server/heartbeat/period", Should, Authoring, IDLE, heartbeat::period, "No silence is longer than 30 seconds.").needs(Heartbeat),
    row("server/heartbeat/is-a-comment", Info, Practice, IDLE, heartbeat::is_no_event, "A heartbeat is a comment: the page does not see it.").needs(Heartbeat).expects("There are no events without content, such as `ping`."),
    row("server/heartbeat/no-id", Should, Practice, IDLE, heartbeat::has_no_id, "A heartbeat has no ID: nothing has happened.").needs(Heartbeat),
    row("server/heartbeat/bare-line", Info, Practice, IDLE, heartbeat::is_a_bare_line, "A heartbeat is a comment line without a blank line: some fetch clients deliver an empty event for each.").needs(Heartbeat),
    row("server/heartbeat/keeps-place", Must, Processing, Scene::IdleId, resume::no_gap, "A client that comes back after a heartbeat gets the events that it missed.").needs(Resume).at("the-last-event-id-header").expects("Both events that were published after the heartbeat."),
    row("server/heartbeat/keeps-place-of-feed", Must, Processing, Scene::Resumed, feed::heartbeat_keeps_place, "A client that comes back with the ID of a heartbeat gets what the server has sent by itself since.").needs(Resume),
    row("server/heartbeat/ends-its-line", Must, Parsing, IDLE, heartbeat::ends_its_line, "A heartbeat ends its line: otherwise it would swallow the first line of the next event.").expects("Before each silence the last byte is a line end."),
    row("server/heartbeat/not-inside-line", Must, Parsing, Scene::Slow, deliver::no_comment_inside_line, "A heartbeat is never inside a line.").needs(Publish),
    row("server/heartbeat/not-inside-long-line", Must, Parsing, Scene::Large, deliver::no_comment_inside_line, "A heartbeat is never inside a line that takes several writes.").needs(Publish),
    row("server/heartbeat/idle-not-inside-line", Must, Parsing, IDLE, feed::no_comment_inside_line, "A heartbeat is never inside a line that the server sends by itself."),
    row("server/heartbeat/not-inside-line-of-one", Must, Parsing, Scene::Resumed, feed::no_comment_inside_line_of_others, "If one client gets a line in one piece, no heartbeat is inside it for another client."),
    row("server/heartbeat/not-inside-event", Should, Practice, LIVE, heartbeat::no_comment_inside_event, "A heartbeat is not between the fields of an event: it is legal, but some clients fail on it.").needs(Publish),
    row("server/heartbeat/not-inside-long-event", Should, Practice, Scene::Large, heartbeat::no_comment_inside_event, "A heartbeat is not between the fields of a long event.").needs(Publish),
];

#[rustfmt::skip]
const FLUSH: &[Row] = &[
    row("server/flush/head", Should, Practice, IDLE, head::head_before_events, "The head arrives before there is an event: the page waits for it.").expects("The head within 2 s."),
    row("server/flush/first-byte", Should, Practice, IDLE, head::first_byte, "The first byte of the body arrives at once: some proxies hold the head back until then.").expects("The first byte of the body within 2 s after the head."),
    row("server/flush/each-event", Must, Authoring, LIVE, deliver::each_arrives, "An event arrives before the next one is published: it is not held in a buffer.").needs(Publish).expects("Each of the events within `--timeout`, before the next one is published."),
    row("server/flush/blank-line", Must, Interpreting, LIVE, deliver::blank_line_arrives, "The blank line that dispatches an event arrives with it.").needs(Publish).at("dispatchMessage"),
    row("server/flush/latency", Should, Practice, LIVE, deliver::latency, "An event arrives within a second.").needs(Publish).expects("Each event within 1 s."),
    row("server/flush/once", Must, Practice, LIVE, deliver::once, "An event arrives once.").needs(Publish),
    row("server/flush/burst", Must, Practice, Scene::Burst, deliver::all_arrive, "Of fifty consecutive events, none is lost.").needs(Publish).expects("All fifty events."),
    row("server/flush/burst-in-order", Must, Practice, Scene::Burst, deliver::in_order, "Events arrive in the order in which they were published.").needs(Publish),
    row("server/flush/burst-once", Must, Practice, Scene::Burst, deliver::once, "Of fifty consecutive events, none arrives twice.").needs(Publish),
    row("server/flush/together", Must, Practice, Scene::Together, deliver::all_arrive, "Of ten events that are published at the same time, none is lost.").needs(Publish),
    row("server/flush/together-once", Must, Practice, Scene::Together, deliver::once, "Of ten events that are published at the same time, none arrives twice.").needs(Publish),
    row("server/flush/together-same-order", Must, Practice, Scene::Together, deliver::same_order, "Two clients get the events that are published at the same time in the same order.").needs(Publish),
    row("server/flush/batch", Must, Practice, Scene::Batch, deliver::all_arrive, "Of the events that are published at once, all arrive, each as a separate event.").needs(Batch),
    row("server/flush/batch-in-order", Must, Practice, Scene::Batch, deliver::in_order, "Events that are published at once arrive in their order.").needs(Batch),
    row("server/flush/batch-once", Must, Practice, Scene::Batch, deliver::once, "Of the events that are published at once, none arrives twice.").needs(Batch),
    row("server/flush/large-arrives", Must, Practice, Scene::Large, deliver::all_arrive, "An event of 64 KiB arrives, and so does the event after it.").needs(Publish),
    row("server/flush/large-whole", Must, RoundTrip, Scene::Large, deliver::whole, "An event of 64 KiB is complete, in one line or in many.").needs(Publish).expects("The data exactly as it was published."),
    row("server/flush/long-not-ascii", Must, RoundTrip, Scene::LongText, |seen| long_text::is_whole(seen, 1), "A long line of non-ASCII characters is complete, wherever a buffer ends inside a character.").needs(Publish),
    row("server/flush/long-lines-not-ascii", Must, RoundTrip, Scene::LongText, |seen| long_text::is_whole(seen, 2), "Many lines of non-ASCII characters are complete, wherever a buffer ends inside a character.").needs(Publish),
    row("server/flush/long-latin-1", Must, RoundTrip, Scene::LongText, |seen| long_text::is_whole(seen, 3), "A long text whose characters all have codes below 256 is complete and UTF-8.").needs(Publish),
];

#[rustfmt::skip]
const SLOW: &[Row] = &[
    row("server/slow/whole", Must, Parsing, Scene::Slow, deliver::whole, "A client that stalls gets complete events: none is cut where the server could not write.").needs(Publish).expects("The data of each event that arrived is the data that was published."),
    row("server/slow/in-order", Must, Practice, Scene::Slow, deliver::in_order, "A client that stalls gets events in the right order.").needs(Publish),
    row("server/slow/once", Must, Practice, Scene::Slow, deliver::once, "A client that stalls gets no event twice.").needs(Publish),
    row("server/slow/others-are-served", Must, Practice, Scene::Slow, deliver::others_are_served, "A client that stalls does not delay other clients.").needs(Publish).expects("The second stream has each event within `--timeout`."),
    row("server/slow/loss-is-said", Should, Practice, Scene::Slow, deliver::loss_is_said, "A client that has lost events is told so.").needs(Publish).expects("All events, or an event that the suite did not publish, or the end of the stream."),
    row("server/slow/goes-on", Must, Practice, Scene::Slow, deliver::slow_goes_on, "A client that reads again gets new events, or the end of the stream.").needs(Publish).expects("The event that was published last, or the end of the stream."),
];

#[rustfmt::skip]
const READERS: &[Row] = &[
    row("server/readers/all-get-it", Must, Practice, Scene::Readers, deliver::all_get_it, "Every client gets every event.").needs(Publish).expects("The first three events in each of the five streams."),
    row("server/readers/one-leaves", Must, Practice, Scene::Readers, deliver::one_leaves, "A client that leaves without notice does not affect other clients.").needs(Publish).expects("The second three events in each of the four streams that stayed open."),
    row("server/readers/one-comes-late", Must, Practice, Scene::Readers, deliver::one_comes_late, "A client that comes late gets what is published from then on, and so do the others.").needs(Publish).expects("The last three events in each of the five streams."),
    row("server/readers/same-order", Must, Practice, Scene::Readers, deliver::same_order, "All clients get events in the same order.").needs(Publish),
    row("server/readers/same-event", Should, Practice, Scene::Readers, deliver::same_event, "All clients get an event with the same type, data and ID.").needs(Publish),
    row("server/readers/feed-all-get-it", Must, Practice, Scene::Resumed, feed::readers_have_the_same, "Two clients both get every event that the server sends by itself."),
    row("server/readers/feed-same-order", Must, Practice, Scene::Resumed, feed::readers_have_one_order, "Two clients get the events that the server sends by itself in the same order."),
];

#[rustfmt::skip]
const RESUME: &[Row] = &[
    row("server/resume/ids", Info, Processing, LIVE, resume::ids_are_there, "Events have IDs, so that a client can resume.").needs(Publish).at("the-last-event-id-header").expects("At least one ID that is not empty."),
    row("server/resume/ids-are-honoured", Must, Processing, Scene::Resumed, resume::ids_are_honoured, "A server that gives out IDs sends the missed events to a client that comes back with one.").needs(Publish).at("the-last-event-id-header").expects("At least one of the events after the ID arrives again."),
    row("server/resume/own-id-answered", Must, Processing, Scene::Resumed, resume::own_id_is_answered, "An ID that the server gave out is answered with a stream. 204 is right only if the stream had ended for good.").at("the-last-event-id-header").expects("Status 200 and text/event-stream for each ID that the server gave out."),
    row("server/resume/no-gap", Must, Processing, Scene::Resumed, |seen| resume::if_it_resumes(seen, resume::no_gap), "After each event, all later events are sent again.").needs(Resume).at("the-last-event-id-header").expects("After the ID of an event, every event that was published after it."),
    row("server/resume/no-duplicate", Must, Processing, Scene::Resumed, resume::no_duplicate_if_it_resumes, "Events up to the ID are not sent again, and no event is sent twice.").needs(Resume).at("the-last-event-id-header").expects("No event up to the ID, and no event twice."),
    row("server/resume/in-order", Must, Processing, Scene::Resumed, |seen| resume::if_it_resumes(seen, resume::in_order), "Missed events are sent in their order, before new ones.").needs(Resume).at("the-last-event-id-header").expects("The events in the order in which they were published."),
    row("server/resume/same-again", Must, Processing, Scene::Resumed, |seen| resume::if_it_resumes(seen, resume::same_again), "Events that are sent again have the same type, data and ID as before.").needs(Resume).at("the-last-event-id-header"),
    row("server/resume/then-live", Must, Processing, Scene::Resumed, |seen| resume::if_it_resumes(seen, resume::then_live), "New events follow the missed ones.").needs(Resume).at("the-last-event-id-header").expects("The event that was published after the stream was resumed."),
    row("server/resume/newest-nothing-old", Must, Processing, Scene::Newest, resume::no_duplicate, "A client that comes back with the newest ID gets no old event: this is the most common reconnect.").needs(Resume).at("the-last-event-id-header").expects("No event that was published before the client came back."),
    row("server/resume/newest-then-live", Must, Processing, Scene::Newest, resume::then_live, "A client that comes back with the newest ID gets new events.").needs(Resume).at("the-last-event-id-header").expects("The event that was published after the stream was resumed."),
    row("server/resume/field-as-browsers-write-it", Must, Http, Scene::LetterCase, |seen| resume::letter_case(seen, 0), "`Last-Event-ID` is read as browsers write it over HTTP/1.1: field names are case-insensitive.").needs(Resume).at("5.1").expects("The missed event after `Last-Event-ID` as after `last-event-id`."),
    row("server/resume/field-in-lower-case", Must, Http, Scene::LetterCase, |seen| resume::letter_case(seen, 1), "`last-event-id` in lower case is also read: field names are case-insensitive.").needs(Resume).at("5.1").expects("The missed event after `last-event-id` as after `Last-Event-ID`."),
    row("server/resume/cut-inside-event", Must, Interpreting, Scene::Cut, resume::whole_again, "A client that was cut off inside an event gets the complete event.").needs(Resume).expects("The event that was cut, with all of its data."),
    row("server/resume/cut-no-duplicate", Must, Interpreting, Scene::Cut, resume::no_duplicate, "A client that was cut off inside an event gets no event twice.").needs(Resume),
    row("server/resume/away", Must, Processing, Scene::Away, resume::no_gap, "Events that are published while nobody reads are sent to a client that comes back.").needs(Resume).at("the-last-event-id-header").expects("All three events that were published while nobody read."),
    row("server/resume/away-in-order", Must, Processing, Scene::Away, resume::in_order, "Events that are published while nobody reads are sent in their order.").needs(Resume).at("the-last-event-id-header"),
    row("server/resume/unknown-answered", Must, Processing, Scene::OddId(OddId::Unknown), odd_id::is_answered, "An unknown last event ID is answered with a stream: an event source gives up at any error.").at("the-last-event-id-header").expects("Status 200 and text/event-stream, or 204."),
    row("server/resume/unknown-then-live", Must, Processing, Scene::OddId(OddId::Unknown), odd_id::then_live, "A stream after an unknown last event ID carries new events.").needs(Publish).at("the-last-event-id-header").expects("The event that was published after the stream was opened."),
    row("server/resume/unknown-gap-is-said", Should, Practice, Scene::OddId(OddId::Unknown), odd_id::gap_is_said, "After an unknown last event ID, the client is told that events may be missing.").needs(Resume).expects("An event that the suite did not publish for this stream."),
    row("server/resume/future-answered", Must, Processing, Scene::OddId(OddId::Future), odd_id::is_answered, "An ID that was not given out yet is answered with a stream.").needs(Resume).at("the-last-event-id-header").expects("Status 200 and text/event-stream, or 204."),
    row("server/resume/future-then-live", Must, Processing, Scene::OddId(OddId::Future), odd_id::then_live, "A stream after an ID that was not given out yet carries new events.").needs(Resume).at("the-last-event-id-header").expects("The event that was published after the stream was opened."),
    row("server/resume/malformed-answered", Should, Processing, Scene::OddId(OddId::Malformed), odd_id::is_answered, "A last event ID that is not UTF-8 is answered with a stream.").at("the-last-event-id-header").expects("Status 200 and text/event-stream, or 204."),
    row("server/resume/malformed-then-live", Must, Processing, Scene::OddId(OddId::Malformed), odd_id::then_live, "A stream after a malformed last event ID carries new events.").needs(Publish).at("the-last-event-id-header").expects("The event that was published after the stream was opened."),
    row("server/resume/long-answered", Should, Processing, Scene::OddId(OddId::Long), odd_id::is_answered, "A last event ID of 1 KiB is answered with a stream.").at("the-last-event-id-header").expects("Status 200 and text/event-stream, or 204."),
    row("server/resume/oversized-answered", Should, Http, Scene::OddId(OddId::Oversized), odd_id::oversized_is_answered, "A last event ID of 64 KiB is answered with a stream or a client error.").at("5.4").expects("Status 200, 204, or 400 to 499."),
    row("server/resume/oversized-survived", Must, Http, Scene::OddId(OddId::Oversized), odd_id::oversized_is_survived, "After a last event ID of 64 KiB, the next request is answered.").at("5.4").expects("A status below 500."),
    row("server/resume/empty-answered", Should, Processing, Scene::OddId(OddId::Empty), odd_id::is_answered, "An empty last event ID is treated as none.").at("the-last-event-id-header").expects("Status 200 and text/event-stream, or 204."),
    row("server/resume/empty-then-live", Must, Processing, Scene::OddId(OddId::Empty), odd_id::then_live, "A stream after an empty last event ID carries new events.").needs(Publish).at("the-last-event-id-header").expects("The event that was published after the stream was opened."),
    row("server/resume/unknown-whole", Must, Http, Scene::Ask(Question::RefusedId("unknown")), refusal::is_whole, "A refusal of an unknown last event ID is as long as its Content-Length says.").at("8.6"),
    row("server/resume/malformed-whole", Must, Http, Scene::Ask(Question::RefusedId("malformed")), refusal::is_whole, "A refusal of a malformed last event ID is as long as its Content-Length says.").at("8.6"),
    row("server/resume/oversized-whole", Must, Http, Scene::Ask(Question::RefusedId("oversized")), refusal::is_whole, "A refusal of a last event ID of 64 KiB is as long as its Content-Length says.").at("8.6"),
    row("server/resume/old-answered", Must, Processing, Scene::OldId, lost::old_is_answered, "An ID that the server gave out, but whose events its log has dropped, is answered with a stream.").needs(Resume).at("the-last-event-id-header"),
    row("server/resume/old-then-live", Must, Processing, Scene::OldId, lost::old_then_live, "A stream after an ID that is older than the log carries new events.").needs(Resume).at("the-last-event-id-header"),
    row("server/resume/old-gap-is-said", Should, Practice, Scene::OldId, lost::old_gap_is_said, "After an ID that is older than the log, the client is told that events are missing, by an event that differs from the others.").needs(Resume),
    row("server/resume/in-query", Info, Practice, Scene::OddId(OddId::InQuery), odd_id::query_resumes, "Polyfills send the last event ID in the query.").needs(Resume).expects("The event that was published after the one with this ID."),
];

#[rustfmt::skip]
const COMPRESSION: &[Row] = &[
    row("server/compression/not-unasked", Must, Http, Scene::Ask(Question::Identity), coding::not_encoded, "A stream is not compressed for a client that asks for identity.").at("12.5.3").expects("No Content-Encoding, or `identity`."),
    row("server/compression/refused", Must, Http, Scene::Ask(Question::Refused("gzip;q=0, identity")), coding::not_encoded, "A stream is not compressed with gzip for a client that refuses it by `gzip;q=0`.").at("12.5.3"),
    row("server/compression/all-refused", Must, Http, Scene::Ask(Question::Refused("identity, *;q=0")), coding::not_encoded, "A stream is not compressed for a client that refuses every other coding by `*;q=0`.").at("12.5.3"),
    row("server/compression/refused-by-weight", Must, Http, Scene::Ask(Question::Refused("gzip; q=0.000, x-gzip; q=0, deflate;q=0.0, br;q=0, zstd;q=0")), coding::not_encoded, "A weight of zero may have decimals, and a space before it.").at("12.5.3"),
    row("server/compression/none-wanted", Must, Http, Scene::Ask(Question::Refused("")), coding::not_encoded, "A stream is not compressed for a client whose Accept-Encoding is empty.").at("12.5.3"),
    row("server/compression/each-event", Must, Authoring, Scene::Gzip, deliver::each_arrives, "A compressed event arrives before the next one is published.").needs(Compression),
    row("server/compression/is-gzip", Must, Http, Scene::Gzip, deliver::gzip_is_gzip, "A body that is labelled as gzip is gzip.").needs(Compression).at("8.4.1.3").expects("A body that can be decompressed as gzip."),
    row("server/compression/heartbeats", Must, Http, Scene::Gzip, coding::goes_on_after_heartbeats, "A compressed stream can be read on through its heartbeats.").needs(Compression).at("8.4.1.3"),
    row("server/compression/vary", Should, Http, Scene::Gzip, coding::vary_encoding, "A stream that is compressed on request varies with Accept-Encoding.").needs(Compression).at("12.5.5").expects("Vary has `Accept-Encoding`, or `*`."),
];

#[rustfmt::skip]
const DISCONNECT: &[Row] = &[
    row("server/disconnect/counted", Info, Practice, Scene::Counted, deliver::readers_are_counted, "The control hook counts the open streams.").needs(Count).expects("The count is three higher with three streams."),
    row("server/disconnect/noticed", Must, Practice, Scene::Counted, deliver::disconnect_is_noticed, "The server drops a client that is gone, at the latest when events are sent.").needs(Count).expects("After the events, the count is as low as before the three streams."),
    row("server/disconnect/at-once", Should, Practice, Scene::Counted, deliver::disconnect_is_noticed_at_once, "The server drops a client that is gone even if no event is sent.").needs(Count).expects("Before the events, the count is as low as before the three streams."),
];

#[rustfmt::skip]
const END: &[Row] = &[
    row("server/end/comes", Should, Processing, Scene::Ended, end::comes, "A stream that the server ends does end.").needs(End).at("reestablish-the-connection").expects("The end of the body within `--timeout`."),
    row("server/end/last-chunk", Must, Http1, Scene::Ended, end::is_well_framed, "A stream ends with its last chunk, or where its framing says.").needs(End).at("7.1").expects("The last chunk, all bytes of Content-Length, or the end of the connection if there is neither."),
    row("server/end/whole-block", Must, Parsing, Scene::Ended, end::is_at_a_block, "A stream ends after the blank line of its last event: clients discard an incomplete event.").needs(End).expects("No field after the last blank line."),
    row("server/end/nothing-lost", Must, Processing, Scene::Ended, end::nothing_is_lost, "Events that were published before the end have arrived.").needs(End).at("reestablish-the-connection").expects("Every event that was published before the end."),
    row("server/end/nothing-after", Must, Http1, Scene::Ended, end::nothing_follows, "Nothing follows the end of a response on its connection.").needs(End).at("6.3").expects("No byte after the body."),
    row("server/end/come-back", Should, Processing, Scene::Ended, end::who_comes_back_is_served, "A client that comes back after the end gets a stream, or 204.").needs(End).at("reestablish-the-connection").expects("Status 200 and text/event-stream, or 204."),
    row("server/end/each-whole-block", Must, Parsing, LIVE, end::each_is_at_a_block, "Each stream that ends by itself, and is opened again, ends after the blank line of its last event.").expects("No field after the last blank line of a stream."),
    row("server/end/each-nothing-after", Must, Http1, LIVE, end::nothing_follows_each, "Each time a stream ends by itself, nothing follows the response on its connection.").at("6.3").expects("No byte after the body of a stream."),
    row("server/end/each-come-back", Must, Processing, LIVE, end::reader_is_let_in_again, "A client that comes back after a stream that ended by itself gets a stream, or 204: an event source gives up at anything else.").at("reestablish-the-connection").expects("Status 200 and text/event-stream, or 204."),
    row("server/end/kept-connection", Must, Http1, LIVE, end::kept_connection_serves, "A connection that stays open after the end of a stream serves the next request.").at("9.3").expects("A response to the next request, or a connection that was closed."),
    row("server/end/by-itself", Must, Http1, IDLE, end::is_well_framed, "A stream that ends by itself ends where its framing says.").at("8").expects("The last chunk, all bytes of Content-Length, or the end of the connection if there is neither."),
    row("server/end/by-itself-whole-block", Must, Parsing, IDLE, end::is_at_a_block, "A stream that ends by itself ends after the blank line of its last event.").expects("No field after the last blank line."),
    row("server/end/by-itself-nothing-after", Must, Http1, IDLE, end::nothing_follows, "Nothing follows a response on its connection after its stream has ended by itself.").at("6.3"),
    row("server/end/by-itself-kept-connection", Must, Http1, IDLE, end::kept_connection_serves, "A connection that stays open after a stream has ended by itself serves the next request.").at("9.3"),
];

#[rustfmt::skip]
const HTTP2: &[Row] = &[
    row("server/http2/event-stream", Must, Processing, Scene::Http2, head::http2_is_event_stream, "Over HTTP/2, the answer is also an event stream.").needs(Http2).expects("Status 200 and text/event-stream."),
    row("server/http2/no-connection-fields", Must, H2, Scene::Http2, head::http2_has_no_connection_fields, "No field is about the connection: HTTP/2 forbids Connection and Transfer-Encoding.").needs(Http2).at("8.2.2").expects("None of Connection, Keep-Alive, Proxy-Connection, Transfer-Encoding and Upgrade."),
    row("server/http2/many-streams", Must, Practice, Scene::Http2, head::http2_many_streams, "One connection carries ten streams.").needs(Http2).expects("A head on each of the ten streams."),
    row("server/http2/all-get-it", Must, Practice, Scene::Http2, deliver::all_get_it, "Every stream of a connection carries every event.").needs(Http2).expects("The first three events on each of the ten streams."),
    row("server/http2/one-is-reset", Must, Practice, Scene::Http2, deliver::one_leaves, "Resetting one stream does not affect the others.").needs(Http2).expects("The second three events on each of the other nine streams."),
    row("server/http2/stalled-others", Must, H2, Scene::Stalled, stalled::others_are_served, "Streams that nobody reads do not block other streams of their connection.").needs(Http2).at("5.2.2"),
    row("server/http2/stalled-whole", Must, Parsing, Scene::Stalled, |seen| stalled::each(seen, deliver::whole), "A stream whose window was full carries complete events.").needs(Http2),
    row("server/http2/stalled-in-order", Must, Practice, Scene::Stalled, |seen| stalled::each(seen, deliver::in_order), "A stream whose window was full carries events in the right order.").needs(Http2),
    row("server/http2/stalled-once", Must, Practice, Scene::Stalled, |seen| stalled::each(seen, deliver::once), "A stream whose window was full carries no event twice.").needs(Http2),
    row("server/http2/stalled-goes-on", Must, Practice, Scene::Stalled, stalled::goes_on, "A stream whose window was full gets new events once it is read again, or it ends.").needs(Http2),
    row("server/http2/client-goaway", Should, H2, Scene::ClientGoesAway, stalled::survives_goaway, "A client's GOAWAY does not end open streams: it only says that no more will be opened.").needs(Http2).at("6.8"),
    row("server/http2/end-of-stream", Must, H2, Scene::Http2Ended, stalled::end_of_stream, "A stream that the server ends has END_STREAM after its last event, and is not reset.").needs(Http2).at("8.1"),
];

// These come last, because a restart changes the server.
#[rustfmt::skip]
const RESTART: &[Row] = &[
    row("server/restart/serves", Must, Practice, Scene::Restarted, lost::serves, "After a restart, a stream carries what is published.").needs(Restart),
    row("server/restart/answered", Must, Processing, Scene::Restarted, lost::restart_is_answered, "An ID from before a restart is answered with a stream: an event source gives up at any error.").needs(Restart),
    row("server/restart/then-live", Must, Processing, Scene::Restarted, lost::restart_then_live, "A stream after an ID from before a restart carries new events.").needs(Restart),
    row("server/restart/ids-not-mixed-up", Must, Processing, Scene::Restarted, lost::ids_are_not_mixed_up, "An ID from before a restart is not confused with a new one: events would be lost silently.").needs(Restart),
    row("server/restart/gap-is-said", Should, Practice, Scene::Restarted, lost::restart_gap_is_said, "A client that comes back after a restart gets all events since, or is told that some may be missing.").needs(Restart),
    row("server/restart/ids-are-new", Should, Practice, Scene::Restarted, lost::ids_are_new, "After a restart, no ID is given out again.").needs(Restart),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_an_rfc_names_the_section() {
        let without: Vec<_> = all()
            .filter(|row| row.section.is_rfc() && row.part.is_none())
            .map(|row| row.id)
            .collect();
        assert!(without.is_empty(), "add `.at(\"8.3\")` to {without:?}");
    }
}
