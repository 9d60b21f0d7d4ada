//! A request, as far as the server reads it.

use std::io::BufRead;

pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) http10: bool,
    pub(super) content: Vec<u8>,
    fields: Vec<(String, Vec<u8>)>,
    /// The name of `Last-Event-ID` in the letter case of the request.
    pub(super) id_name: String,
}

impl Request {
    pub(super) fn read(lines: &mut impl BufRead) -> Option<Self> {
        let mut next = || {
            let mut line = Vec::new();
            lines
                .read_until(b'\n', &mut line)
                .ok()
                .filter(|length| *length > 0)?;
            Some(line.trim_ascii_end().to_vec())
        };
        let first = String::from_utf8(next()?).ok()?;
        let mut words = first.split(' ').map(str::to_owned);
        let mut request = Self {
            method: words.next()?,
            path: words.next()?,
            http10: words.next()?.ends_with("1.0"),
            content: Vec::new(),
            fields: Vec::new(),
            id_name: String::new(),
        };
        loop {
            let line = next()?;
            if line.is_empty() {
                break;
            }
            let colon = line.iter().position(|byte| *byte == b':')?;
            let name = String::from_utf8_lossy(&line[..colon]).into_owned();
            if name.eq_ignore_ascii_case("last-event-id") {
                request.id_name.clone_from(&name);
            }
            let name = name.to_ascii_lowercase();
            request
                .fields
                .push((name, line[colon + 1..].trim_ascii().to_vec()));
        }
        let length = request.field("content-length").map_or(Some(0), |length| {
            std::str::from_utf8(length).ok()?.parse().ok()
        })?;
        request.content = vec![0; length];
        lines.read_exact(&mut request.content).ok()?;
        Some(request)
    }

    /// Returns whether it is exactly the first request of a browser.
    pub(super) fn is_of_an_event_source(&self) -> bool {
        self.method == "GET"
            && self.path == "/events"
            && !self.http10
            && self.field("accept") == Some(b"text/event-stream")
            && self.field("last-event-id").is_none()
    }

    pub(super) fn field(&self, name: &str) -> Option<&[u8]> {
        let field = self.fields.iter().find(|(present, _)| present == name);
        field.map(|(_, value)| value.as_slice())
    }
}
