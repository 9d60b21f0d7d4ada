//! Cases about values that could break a stream, both published and in a query.

use crate::driver::capability::Capability::Publish;
use crate::rule::Level::Must;
use crate::rule::Section::{Http, RoundTrip};
use crate::suite::server::cases::row::{Row, row};
use crate::suite::server::judges::{injection, values};
use crate::suite::server::scenes::question::LineEnd::{Cr, CrLf, Lf};
use crate::suite::server::scenes::question::Names::{LastEventId, Others};
use crate::suite::server::scenes::question::Question;
use crate::suite::server::scenes::scene::Scene;

/// A value that is read back as it was, or is refused.
macro_rules! value {
    ($id:literal, $name:literal, $rule:literal) => {
        row(
            $id,
            Must,
            RoundTrip,
            Scene::Values,
            |seen| values::comes_back(seen, $name),
            $rule,
        )
        .needs(Publish)
    };
}

#[rustfmt::skip]
pub(crate) const VALUES: &[Row] = &[
    value!("server/injection/data-empty", "empty", "An event with empty data is an event."),
    value!("server/injection/data-lf", "lf", "Data with an LF is one event of two lines."),
    value!("server/injection/data-cr", "cr", "Data with a CR is one event of two lines: every client takes a CR for a line end."),
    value!("server/injection/data-crlf", "crlf", "Data with a CRLF is one event of two lines."),
    value!("server/injection/data-blank-line", "blank-line", "Data with a blank line is one event."),
    value!("server/injection/data-trailing-lf", "trailing-lf", "Data that ends in an LF keeps it, and does not end the event early."),
    value!("server/injection/data-fields", "fields", "Lines of data that look like fields are data."),
    value!("server/injection/data-event", "event", "Data that looks like an event is data."),
    value!("server/injection/data-cr-event", "cr-event", "Data that looks like an event, with CR for line ends, is data."),
    value!("server/injection/data-leading-space", "leading-space", "A leading space survives: clients remove one, so the server must write another before it."),
    value!("server/injection/data-spaces", "spaces", "Several spaces in a row, tabs and trailing spaces survive."),
    value!("server/injection/data-leading-colon", "leading-colon", "Data that begins with a colon is not a comment."),
    value!("server/injection/data-not-ascii", "not-ascii", "Characters of every length survive, whether composed or not."),
    value!("server/injection/data-markup", "markup", "Markup and escapes are ordinary data."),
    value!("server/injection/data-unicode-line-ends", "unicode-line-ends", "Only CR and LF are line breaks."),
    value!("server/injection/data-bom", "bom", "A BOM in data survives."),
    value!("server/injection/data-nul", "nul", "A NUL in data survives or is refused, and does not end anything."),
    value!("server/injection/data-latin-1", "latin-1", "Text whose characters all have codes below 256 is UTF-8, and survives."),
    value!("server/injection/data-cr-retry", "cr-retry", "Data that looks like a reconnection time, with a CR for its line end, is data."),
    value!("server/injection/type-lf", "type-lf", "An event type with an LF adds no field."),
    value!("server/injection/type-cr", "type-cr", "An event type with a CR adds no field."),
    value!("server/injection/type-crlf", "type-crlf", "An event type with a CRLF adds no field."),
    value!("server/injection/type-event", "type-event", "An event type adds no event."),
    value!("server/injection/type-cr-event", "type-cr-event", "An event type with CRs as line ends adds no event."),
    value!("server/injection/type-id", "type-id", "An event type adds no ID."),
    value!("server/injection/type-retry", "type-retry", "An event type sets no reconnection time."),
    value!("server/injection/id-lf", "id-lf", "An ID with an LF adds no field."),
    value!("server/injection/id-cr", "id-cr", "An ID with a CR adds no field."),
    value!("server/injection/id-crlf", "id-crlf", "An ID with a CRLF adds no field."),
    value!("server/injection/id-event", "id-event", "An ID adds no event."),
    value!("server/injection/id-cr-event", "id-cr-event", "An ID with CRs as line ends adds no event."),
    value!("server/injection/id-type", "id-type", "An ID adds no event type."),
    value!("server/injection/id-retry", "id-retry", "An ID sets no reconnection time."),
    value!("server/injection/id-nul", "id-nul", "An ID with a NUL has no effect on the stream."),
    value!("server/type/comes-back", "named", "The type of a published event arrives with it."),
    value!("server/type/does-not-leak", "untyped", "An event type applies only to its event."),
    value!("server/type/case", "named-case", "An event type keeps its case: names are compared byte for byte."),
    value!("server/type/marks", "named-marks", "An event type keeps its colons and other marks."),
    value!("server/type/spaces", "named-spaces", "An event type keeps its spaces, or is refused."),
    value!("server/type/latin-1", "named-latin-1", "An event type whose characters all have codes below 256 is UTF-8."),
    value!("server/type/not-ascii", "named-not-ascii", "Characters of every length survive in an event type, or are refused."),
    value!("server/type/message", "named-message", "The type `message` is the default type."),
    row("server/injection/id-in-query", Must, RoundTrip, Scene::Ask(Question::Inject(LastEventId, Lf)), injection::no_event, "A last event ID in the query adds no event."),
    row("server/injection/id-in-query-cr", Must, RoundTrip, Scene::Ask(Question::Inject(LastEventId, Cr)), injection::no_event, "A last event ID with CRs as line ends in the query adds no event."),
    row("server/injection/id-in-query-crlf", Must, RoundTrip, Scene::Ask(Question::Inject(LastEventId, CrLf)), injection::no_event, "A last event ID with CRLFs as line ends in the query adds no event."),
    row("server/injection/id-in-query-head", Must, Http, Scene::Ask(Question::Inject(LastEventId, Lf)), injection::no_field, "A last event ID in the query adds no field to the response.").at("5.5"),
    row("server/injection/id-in-query-head-cr", Must, Http, Scene::Ask(Question::Inject(LastEventId, Cr)), injection::no_field, "A last event ID with CRs as line ends in the query adds no field to the response.").at("5.5"),
    row("server/injection/id-in-query-head-crlf", Must, Http, Scene::Ask(Question::Inject(LastEventId, CrLf)), injection::no_field, "A last event ID with CRLFs as line ends in the query adds no field to the response.").at("5.5"),
    row("server/injection/query", Must, RoundTrip, Scene::Ask(Question::Inject(Others, Lf)), injection::no_event, "Other parameters of the query add no event."),
    row("server/injection/query-cr", Must, RoundTrip, Scene::Ask(Question::Inject(Others, Cr)), injection::no_event, "Other parameters of the query, with CRs as line ends, add no event."),
    row("server/injection/query-crlf", Must, RoundTrip, Scene::Ask(Question::Inject(Others, CrLf)), injection::no_event, "Other parameters of the query, with CRLFs as line ends, add no event."),
    row("server/injection/query-head", Must, Http, Scene::Ask(Question::Inject(Others, Lf)), injection::no_field, "Other parameters of the query add no field to the response.").at("5.5"),
    row("server/injection/query-head-cr", Must, Http, Scene::Ask(Question::Inject(Others, Cr)), injection::no_field, "Other parameters of the query, with CRs as line ends, add no field to the response.").at("5.5"),
    row("server/injection/query-head-crlf", Must, Http, Scene::Ask(Question::Inject(Others, CrLf)), injection::no_field, "Other parameters of the query, with CRLFs as line ends, add no field to the response.").at("5.5"),
];
