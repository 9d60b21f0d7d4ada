//! Echoes the query in the head or in the stream.

use super::request::Request;
use super::{Flaw, Hub};

impl Hub {
    /// Returns a header field that echoes a parameter of the query.
    pub(super) fn echo_in_head(&self, request: &Request) -> String {
        match self.flaw {
            Flaw::EchoesQueryInHead => format!("x-id: {}\r\n", decoded(request, "lastEventId")),
            Flaw::EchoesChannelInHead => format!("x-channel: {}\r\n", decoded(request, "channel")),
            Flaw::EchoesSafely => format!("x-channel: {}\r\n", encoded(request, "channel")),
            _ => String::new(),
        }
    }

    /// Returns the start of a stream that echoes a parameter of the query.
    pub(super) fn echo_in_stream(&self, request: &Request) -> String {
        let id = decoded(request, "lastEventId");
        match self.flaw {
            Flaw::EchoesQuery => format!("id: {id}\n\n"),
            Flaw::EchoesQueryWithoutLf => format!("id: {}\n\n", id.replace('\n', "")),
            Flaw::EchoesChannel => format!(": channel {}\n", decoded(request, "channel")),
            Flaw::EchoesSafely => {
                let lines = id.replace("\r\n", "\n").replace('\r', "\n");
                let lines = lines.split('\n').map(|line| format!("data: {line}\n"));
                format!("event: welcome\n{}\n", lines.collect::<String>())
            }
            _ => String::new(),
        }
    }
}

fn encoded<'r>(request: &'r Request, name: &str) -> &'r str {
    let (_, query) = request.path.split_once('?').unwrap_or_default();
    let mut parameters = query.split('&').filter_map(|pair| pair.split_once('='));
    let found = parameters.find(|(present, _)| *present == name);
    found.map_or("none", |(_, value)| value)
}

fn decoded(request: &Request, name: &str) -> String {
    let mut parts = encoded(request, name).split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (code, rest) = part.split_at(part.len().min(2));
        let code = u8::from_str_radix(code, 16).expect("two digits");
        text + &char::from(code).to_string() + rest
    })
}
