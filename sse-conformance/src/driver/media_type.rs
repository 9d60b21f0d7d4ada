//! The media type of a response as browsers read it: Fetch, "extract a MIME type".

/// A media type and the one parameter that concerns an event stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MediaType {
    /// The type and the subtype, in lower case.
    pub(crate) essence: String,
    pub(crate) charset: Option<String>,
}

/// Returns the media type that the values of all `Content-Type` fields give together. It is the
/// last valid one. If that has no charset, it takes the charset of an earlier one of the same
/// essence.
pub(crate) fn extract<'v>(values: impl Iterator<Item = &'v [u8]>) -> Option<MediaType> {
    let mut found: Option<MediaType> = None;
    for member in values.flat_map(members) {
        let Some(mut next) = parse(&member).filter(|next| next.essence != "*/*") else {
            continue;
        };
        if let Some(before) = found.filter(|before| before.essence == next.essence) {
            next.charset = next.charset.or(before.charset);
        }
        found = Some(next);
    }
    found
}

/// Splits a value at commas outside of quoted strings.
pub(crate) fn members(value: &[u8]) -> Vec<String> {
    let mut members = vec![String::new()];
    let (mut is_quoted, mut is_escaped) = (false, false);
    for byte in value {
        let char = char::from(*byte);
        if char == ',' && !is_quoted {
            members.push(String::new());
            continue;
        }
        if char == '"' && !is_escaped {
            is_quoted = !is_quoted;
        }
        is_escaped = is_quoted && char == '\\' && !is_escaped;
        if let Some(member) = members.last_mut() {
            member.push(char);
        }
    }
    members
}

/// MIME Sniffing, "parse a MIME type".
fn parse(text: &str) -> Option<MediaType> {
    let text = text.trim_matches(is_whitespace);
    let (kind, rest) = text.split_once('/')?;
    let (subtype, mut rest) = match rest.split_once(';') {
        Some((subtype, rest)) => (subtype, rest),
        None => (rest, ""),
    };
    let subtype = subtype.trim_end_matches(is_whitespace);
    if !is_token(kind) || !is_token(subtype) {
        return None;
    }
    let mut charset = None;
    while !rest.is_empty() {
        let (name, value, after) = parameter(rest);
        rest = after;
        let is_charset = name.eq_ignore_ascii_case("charset");
        // The first of several parameters with one name counts.
        if let Some(value) = value.filter(|_| is_charset && charset.is_none()) {
            charset = Some(value);
        }
    }
    Some(MediaType {
        essence: format!("{kind}/{subtype}").to_ascii_lowercase(),
        charset,
    })
}

/// Returns the name and the value of the parameter at the start of `text`, and the rest of the
/// text.
fn parameter(text: &str) -> (&str, Option<String>, &str) {
    let text = text.trim_start_matches(is_whitespace);
    let end = text.find([';', '=']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let Some(value) = rest.strip_prefix('=') else {
        return (name, None, rest.strip_prefix(';').unwrap_or(rest));
    };
    let Some(quoted) = value.strip_prefix('"') else {
        let (value, after) = value.split_once(';').unwrap_or((value, ""));
        let value = value.trim_end_matches(is_whitespace);
        return (name, (!value.is_empty()).then(|| value.to_owned()), after);
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    let mut after = "";
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => {
                after = &quoted[at + 1..];
                break;
            }
            '\\' => value.push(chars.next().map_or('\\', |(_, escaped)| escaped)),
            char => value.push(char),
        }
    }
    let after = after.split_once(';').map_or("", |(_, after)| after);
    (name, Some(value), after)
}

fn is_whitespace(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\n' | '\r')
}

fn is_token(text: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_valid_type_counts() {
        let stream = Some("text/event-stream");
        #[rustfmt::skip]
        let table: &[(&[&str], Option<&str>, Option<&str>)] = &[
            (&["text/event-stream"], stream, None),
            (&[" Text/Event-Stream ;charset=UTF-8"], stream, Some("UTF-8")),
            (&["text/event-stream, text/event-stream"], stream, None),
            (&["text/html, text/event-stream"], stream, None),
            (&["text/html", "text/event-stream"], stream, None),
            (&["text/event-stream", "text/html"], Some("text/html"), None),
            (&["text/event-stream, nonsense"], stream, None),
            (&["text/event-stream,"], stream, None),
            (&["text/event-stream", ""], stream, None),
            (&["text/event-stream, */*"], stream, None),
            (&["text/event-stream; charset=a, text/event-stream"], stream, Some("a")),
            (&["text/event-stream; charset=a, text/event-stream; charset=b"], stream, Some("b")),
            (&["text/html; charset=a, text/event-stream"], stream, None),
            (&["text/event-stream; charset=a; charset=b"], stream, Some("a")),
            (&["text/event-stream; charset=\"utf-8\""], stream, Some("utf-8")),
            (&["text/event-stream; charset=\"ut\\f-8\" x; y=z"], stream, Some("utf-8")),
            (&["text/event-stream; x=\"; charset=a, text/html\""], stream, None),
            (&["text/event-stream; x=\"\\\"; charset=a\"; charset=b"], stream, Some("b")),
            (&["text/event-stream; x; charset; charset=; charset=a"], stream, Some("a")),
            (&["text/event-stream;;"], stream, None),
            (&["text/event stream"], None, None),
            (&["event-stream"], None, None),
            (&["text/"], None, None),
            (&[], None, None),
        ];
        for (values, essence, charset) in table {
            let found = extract(values.iter().map(|value| value.as_bytes()));
            let seen = found.as_ref().map(|found| found.essence.as_str());
            assert_eq!(seen, *essence, "{values:?}");
            let seen = found.as_ref().and_then(|found| found.charset.as_deref());
            assert_eq!(seen, *charset, "{values:?}");
        }
    }
}
