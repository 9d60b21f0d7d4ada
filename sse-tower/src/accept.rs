//! What media types a client accepts.

use http::{HeaderMap, header};

/// Whether the `Accept` fields say that the client takes no event stream
/// ([RFC 9110, 12.5.1](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1)).
///
/// The most specific range that fits decides, and it excludes if its weight is zero. Without the
/// field everything is accepted. What cannot be read counts as no range; if nothing can be read, the
/// client is given the benefit of the doubt.
pub(crate) fn excludes_event_streams(headers: &HeaderMap) -> bool {
    let mut has_range = false;
    // How specific the best range so far is, and whether it accepts.
    let mut best = (0, false);
    for field in headers.get_all(header::ACCEPT) {
        for range in field.as_bytes().split(|byte| *byte == b',') {
            let Ok(range) = str::from_utf8(range) else {
                continue;
            };
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            has_range |= name.contains('/');
            let specificity = match () {
                () if name.eq_ignore_ascii_case("text/event-stream") => 3,
                () if name.eq_ignore_ascii_case("text/*") => 2,
                () if name == "*/*" => 1,
                () => continue,
            };
            let is_accepted = parts.find_map(weight).is_none_or(|weight| weight > 0.0);
            // Of two that are equally specific, with different parameters, either may fit.
            best = best.max((specificity, is_accepted));
        }
    }
    let (_, is_accepted) = best;
    has_range && !is_accepted
}

/// The weight, if the parameter is one that can be read.
fn weight(parameter: &str) -> Option<f32> {
    let (name, value) = parameter.split_once('=')?;
    if !name.trim_end().eq_ignore_ascii_case("q") {
        return None;
    }
    value.trim_start().parse().ok()
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
            (&["*/*, text/event-stream; Q = 0.0"], true),
            (&["text/*;q=0, */*;q=1"], true),
            (&["text/*;q=0", "text/event-stream"], false),
            (&["application/*"], true),
            (&["text/event-streams"], true),
            // What cannot be read.
            (&[""], false),
            (&["nonsense"], false),
            (&["\u{e9}"], false),
            (&["text/event-stream;q=x"], false),
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
