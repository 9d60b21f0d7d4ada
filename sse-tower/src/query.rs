//! Parses the query of a request ([URL,
//! "application/x-www-form-urlencoded"](https://url.spec.whatwg.org/#urlencoded-parsing)).

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Returns the decoded names and values of `query`. A parameter without `=` has an empty value.
pub(crate) fn parameters(query: &str) -> impl Iterator<Item = (Cow<'_, [u8]>, Cow<'_, [u8]>)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

/// Decodes a name or a value. A `+` becomes a space. A `%` without two hexadecimal digits after it
/// stays as it is.
fn decode(text: &str) -> Cow<'_, [u8]> {
    match text.contains('+') {
        false => percent_decode_str(text).into(),
        true => percent_decode_str(&text.replace('+', " ")).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_decoded() {
        for (query, expected) in [
            ("", &[][..]),
            ("&&", &[]),
            ("a", &[("a", "")]),
            ("a=", &[("a", "")]),
            ("=b", &[("", "b")]),
            ("a=b=c&d=e", &[("a", "b=c"), ("d", "e")]),
            ("a+b=c+d", &[("a b", "c d")]),
            ("%61%2B=%2b%20+", &[("a+", "+  ")]),
            ("a%3D%26=b%3D%26", &[("a=&", "b=&")]),
            ("a%=%6&%zz=%%41", &[("a%", "%6"), ("%zz", "%A")]),
            ("a=%2541", &[("a", "%41")]),
        ] {
            let actual: Vec<_> = parameters(query)
                .map(|(name, value)| {
                    [name, value].map(|part| String::from_utf8(part.into()).unwrap())
                })
                .collect();
            let expected: Vec<_> = expected
                .iter()
                .map(|(name, value)| [name.to_string(), value.to_string()])
                .collect();
            assert_eq!(actual, expected, "{query}");
        }
    }
}
