//! Checks which media types a client accepts.

use http::{HeaderMap, header};

use crate::list;

/// Returns true if the `Accept` fields exclude event streams ([RFC 9110,
/// 12.5.1](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1)).
///
/// The most specific matching range decides. It excludes event streams if its weight is zero.
/// Without the field, the client accepts everything. Invalid ranges are ignored. If no range is
/// valid, the client gets an event stream.
pub(crate) fn excludes_event_streams(headers: &HeaderMap) -> bool {
    let fields = headers.get_all(header::ACCEPT).iter();
    let members = fields.flat_map(|field| list::split(field.as_bytes(), b','));
    let mut ranges = members.filter_map(Range::parse).peekable();
    let has_range = ranges.peek().is_some();
    // If two ranges are equally specific, the one that accepts decides.
    let best = ranges
        .filter_map(|range| Some((range.specificity()?, range.is_accepted)))
        .max();
    has_range && !best.is_some_and(|(_, is_accepted)| is_accepted)
}

/// A media range with its weight.
struct Range<'a> {
    name: &'a [u8],
    /// True if it has parameters, which restrict it to variants of the media type.
    has_parameters: bool,
    /// True if its weight is not zero.
    is_accepted: bool,
}

impl<'a> Range<'a> {
    fn parse(member: &'a [u8]) -> Option<Self> {
        let mut parts = list::split(member, b';');
        let name = parts.next().filter(|name| is_media_range(name))?;
        let mut range = Self {
            name,
            has_parameters: false,
            is_accepted: true,
        };
        for parameter in parts {
            match parameter {
                [] => {}
                // Parameters after the weight do not belong to the range.
                [b'q' | b'Q', b'=', weight @ ..] => {
                    range.is_accepted = !is_zero(weight);
                    break;
                }
                _ => range.has_parameters = true,
            }
        }
        Some(range)
    }

    /// Returns the specificity of the range, if event streams may be in it. The media type that is
    /// sent has no parameters.
    fn specificity(&self) -> Option<u8> {
        match self.name {
            // The range excludes only a variant that is not sent.
            _ if self.has_parameters && !self.is_accepted => None,
            name if name.eq_ignore_ascii_case(b"text/event-stream") => match self.has_parameters {
                false => Some(4),
                // A client that accepts a variant is assumed to accept the plain type.
                true => Some(3),
            },
            name if name.eq_ignore_ascii_case(b"text/*") => Some(2),
            b"*/*" => Some(1),
            _ => None,
        }
    }
}

fn is_media_range(name: &[u8]) -> bool {
    let mut parts = name.splitn(2, |byte| *byte == b'/');
    parts.next().is_some_and(list::is_token) && parts.next().is_some_and(list::is_token)
}

/// Returns true for a weight of zero ([RFC 9110,
/// 12.4.2](https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2)). Any other text is another
/// weight or invalid.
fn is_zero(weight: &[u8]) -> bool {
    matches!(weight, b"0" | b"0." | b"0.0" | b"0.00" | b"0.000")
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_most_specific_range_decides() {
        for (fields, excludes) in [
            (&[][..], false),
            (&["text/event-stream"], false),
            (&["Text/Event-Stream"], false),
            (&["text/event-stream;charset=utf-8"], false),
            (&["*/*"], false),
            (&["text/*"], false),
            (&["text/html, application/json"], true),
            (&["text/html", "text/event-stream"], false),
            (&["text/html, */*;q=0.1"], false),
            (&["text/html, */*;q=0"], true),
            (&["text/event-stream;q=0, */*"], true),
            (&["*/*, text/event-stream; Q=0.0"], true),
            (&["text/*;q=0, */*;q=1"], true),
            (&["text/*;q=0", "text/event-stream"], false),
            (&["application/*"], true),
            (&["text/event-streams"], true),
            (&["text/event-stream;q=0, text/event-stream"], false),
            (&["*/*;q=0, application/json"], true),
            // Weights, valid and invalid.
            (&["text/event-stream;q=0"], true),
            (&["text/event-stream;q=0."], true),
            (&["text/event-stream;q=0.00"], true),
            (&["text/event-stream\t;\tq=0.000"], true),
            (&["text/event-stream;q=0.001"], false),
            (&["text/event-stream;q=1.000"], false),
            (&["text/event-stream;q=0.0000"], false),
            (&["text/event-stream;q=NaN"], false),
            (&["text/event-stream;q=nan"], false),
            (&["text/event-stream;q=-0"], false),
            (&["text/event-stream;q=-1"], false),
            (&["text/event-stream;q=+0"], false),
            (&["text/event-stream;q=00"], false),
            (&["text/event-stream;q=.0"], false),
            (&["text/event-stream;q=0e0"], false),
            (&["text/event-stream;q=1e-60"], false),
            (&["text/event-stream;q=0x0"], false),
            (&["text/event-stream;q=inf"], false),
            (&["text/event-stream;q=\"0\""], false),
            (&["text/event-stream;q=0 0"], false),
            (&["text/event-stream;q = 0"], false),
            (&["text/event-stream;q="], false),
            (&["text/event-stream;q"], false),
            // Parameters.
            (&["text/event-stream;version=2;q=0, */*"], false),
            (&["text/event-stream;charset=utf-8;q=0, text/*"], false),
            (&["text/event-stream;version=2"], false),
            (&["text/event-stream;version=2, */*;q=0"], false),
            (
                &["text/event-stream;version=2, text/event-stream;q=0"],
                true,
            ),
            (&["text/event-stream;q=0;ext=1, */*"], true),
            (&["text/event-stream;;q=0;"], true),
            (&["text/event-stream;q=1;q=0"], false),
            // Quoted strings.
            (&[r#"text/event-stream;a=";q=0", */*;q=0"#], false),
            (&[r#"text/html;a="x, text/event-stream""#], true),
            (&[r#"text/html;a="\", text/event-stream", */*;q=0"#], true),
            (&[r#"text/html;a="x;y,z", text/event-stream"#], false),
            (&[r#"text/html;a="x"#, "text/event-stream"], false),
            // Invalid members.
            (&[""], false),
            (&["nonsense"], false),
            (&["\u{e9}"], false),
            (&["text/event-stream;q=x"], false),
            (&["text /event-stream;q=0"], false),
            (&["/, text/, /x"], false),
            (&[", text/html ,"], true),
        ] {
            let mut headers = HeaderMap::new();
            for field in fields {
                let value = HeaderValue::from_bytes(field.as_bytes()).unwrap();
                headers.append(header::ACCEPT, value);
            }
            assert_eq!(excludes_event_streams(&headers), excludes, "{fields:?}");
        }
    }
}
