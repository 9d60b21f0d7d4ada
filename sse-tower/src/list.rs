//! Header field values that are lists ([RFC 9110, 5.6](https://www.rfc-editor.org/rfc/rfc9110#section-5.6)).

/// Splits `value` at each `separator` outside quoted strings, and trims the parts.
pub(crate) fn split(value: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut quotes = Quotes::default();
    let parts = value.split(move |byte| !quotes.enclose(*byte) && *byte == separator);
    parts.map(<[u8]>::trim_ascii)
}

/// Returns true if `value` ends inside a quoted string. Then text that is appended would become
/// part of the string.
pub(crate) fn has_open_quotes(value: &[u8]) -> bool {
    let mut quotes = Quotes::default();
    for byte in value {
        quotes.enclose(*byte);
    }
    quotes.are_open
}

/// Returns true if `text` is a token ([RFC 9110, 5.6.2](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2)).
pub(crate) fn is_token(text: &[u8]) -> bool {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !text.is_empty() && text.iter().all(is_token)
}

/// Tracks the quoted strings of a value.
#[derive(Default)]
struct Quotes {
    are_open: bool,
    is_escaped: bool,
}

impl Quotes {
    /// Takes the next byte of the value. Returns true if it belongs to a quoted string.
    fn enclose(&mut self, byte: u8) -> bool {
        let were_open = self.are_open;
        let is_escaped = std::mem::take(&mut self.is_escaped);
        match byte {
            _ if is_escaped => {}
            b'"' => self.are_open = !were_open,
            b'\\' => self.is_escaped = were_open,
            _ => {}
        }
        were_open || self.are_open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_in_quoted_strings_do_not_split() {
        for (value, parts) in [
            ("", &[""][..]),
            ("a", &["a"]),
            (" a ,\tb,c\t", &["a", "b", "c"]),
            ("a,,b,", &["a", "", "b", ""]),
            (r#"a="x, y", b"#, &[r#"a="x, y""#, "b"]),
            (r#"a="x\", y", b"#, &[r#"a="x\", y""#, "b"]),
            (r#"a="x\\", b"#, &[r#"a="x\\""#, "b"]),
            (r#"a="x, b"#, &[r#"a="x, b"#]),
            (r"a\, b", &[r"a\", "b"]),
            (r#"a\", b"#, &[r#"a\", b"#]),
        ] {
            let actual: Vec<_> = split(value.as_bytes(), b',').collect();
            let expected: Vec<_> = parts.iter().map(|part| part.as_bytes()).collect();
            assert_eq!(actual, expected, "{value}");
        }
    }

    #[test]
    fn open_quotes_are_detected() {
        for (value, are_open) in [
            ("", false),
            ("a", false),
            (r#"a="x""#, false),
            (r#"a="x"#, true),
            (r#"a="x\""#, true),
            (r#"a="x\\""#, false),
            (r#"a="x" b=""#, true),
        ] {
            assert_eq!(has_open_quotes(value.as_bytes()), are_open, "{value}");
        }
    }
}
