//! The inputs for decoding and encoding. All are generated, and the same on every machine.

/// The number of bytes of a stream that are decoded at once.
pub const STREAM: usize = 1 << 20;

/// The workload and chunk size of each row of the decode table.
pub const DECODE: [(&str, usize); 11] = [
    ("llm", 16384),
    ("llm", 1448),
    ("llm", 64),
    ("tiny", 16384),
    ("big", 16384),
    ("big", 64),
    ("multi", 16384),
    ("multi", 64),
    ("hb", 16384),
    ("crlf", 16384),
    ("utf8", 16384),
];

/// The workload of each row of the encode table.
pub const ENCODE: [&str; 4] = ["llm", "tiny", "big", "multi"];

/// Shapes that would take quadratic time in a decoder that reads anything twice.
pub const LINEAR: [&str; 4] = ["one line", "one event", "comments", "ids"];

/// Bytes that are not UTF-8, one shape each. A hostile peer could send them to keep a decoder busy.
pub const INVALID: [(&str, &[u8]); 10] = [
    ("bytes that begin nothing", b"\xFF"),
    ("lone continuations", b"\x80"),
    ("leads alone", b"\xC3"),
    ("cut after two of three", b"\xE2\x82"),
    ("cut after three of four", b"\xF0\x9F\x98"),
    ("surrogates", b"\xED\xA0\x80"),
    ("overlong", b"\xE0\x80\xAF"),
    ("every second byte", b"x\xFF"),
    ("among text", b"text \xF0\x9F"),
    (
        "among long characters",
        b"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xFF",
    ),
];

/// The same number of valid bytes for comparison, in characters of two to four bytes.
pub const VALID: &str = "valid";

/// An event to encode.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// The event type, if it is not `message`.
    pub event_type: Option<&'static str>,
    /// The data.
    pub data: String,
    /// The ID.
    pub id: Option<&'static str>,
    /// The reconnection time in milliseconds.
    pub retry: Option<u64>,
}

/// Returns the event of one of [`ENCODE`]. For any other name, returns that of `llm`.
#[must_use]
pub fn message(workload: &str) -> Message {
    let data = match workload {
        "tiny" => "x".into(),
        "big" => "a".repeat(64 * 1024),
        "multi" => vec!["m".repeat(60); 20].join("\n"),
        _ => String::from(concat!(
            r#"{"id":"chatcmpl-BkT3qZxWv8uN5","object":"chat.completion.chunk","#,
            r#""created":1763690000,"model":"gpt-4o-mini","#,
            r#""choices":[{"index":0,"delta":{"content":" stream"},"finish_reason":null}]}"#
        )),
    };
    let more = workload == "multi";
    Message {
        event_type: more.then_some("update"),
        data,
        id: more.then_some("12345"),
        retry: more.then_some(3000),
    }
}

/// Returns about `bytes` bytes of one of [`DECODE`] or [`LINEAR`]: whole events, at least one.
#[must_use]
pub fn stream(workload: &str, bytes: usize) -> Vec<u8> {
    let unit = match workload {
        "hb" => ":\n\n".into(),
        "comments" => ": a comment that nobody asked for\n".into(),
        "ids" => "id: 0123456789abcdef\n".into(),
        "utf8" => return random_text(bytes),
        VALID => return repeated("é€😀".as_bytes(), bytes),
        "one line" => return format!("data: {}\n\n", "a".repeat(bytes - 8)).into_bytes(),
        "one event" => {
            let mut stream = "data: sixteen bytes ..\n".repeat(bytes / 23);
            stream.push('\n');
            return stream.into_bytes();
        }
        "crlf" => block("llm").replace('\n', "\r\n"),
        named => match INVALID.iter().find(|(name, _)| *name == named) {
            Some((_, shape)) => return repeated(shape, bytes),
            None => block(named),
        },
    };
    unit.repeat((bytes / unit.len()).max(1)).into_bytes()
}

/// Returns the event of `workload` as most servers write it.
fn block(workload: &str) -> String {
    let message = message(workload);
    let mut block = String::new();
    let mut line = |name, value: &str| {
        for part in [name, ": ", value, "\n"] {
            block.push_str(part);
        }
    };
    if let Some(event_type) = message.event_type {
        line("event", event_type);
    }
    for text in message.data.split('\n') {
        line("data", text);
    }
    if let Some(id) = message.id {
        line("id", id);
    }
    if let Some(milliseconds) = message.retry {
        line("retry", &milliseconds.to_string());
    }
    block + "\n"
}

/// Returns events of about 200 bytes that repeat this part.
fn repeated(part: &[u8], bytes: usize) -> Vec<u8> {
    let event = [b"data: ", &part.repeat(200 / part.len())[..], b"\n\n"].concat();
    event.repeat((bytes / event.len()).max(1))
}

/// Returns events of 72 random characters, each of one to four bytes.
fn random_text(bytes: usize) -> Vec<u8> {
    // The first and last character of each length, without control characters and surrogates.
    const RANGES: [(u32, u32); 4] = [
        (0x20, 0x7e),
        (0xa0, 0x7ff),
        (0x800, 0xd7ff),
        (0x1_0000, 0x10_ffff),
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: u32| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as u32 % below
    };
    let mut stream = String::with_capacity(bytes + 512);
    while stream.len() < bytes {
        stream.push_str("data: ");
        for _ in 0..72 {
            let (first, last) = RANGES[random(4) as usize];
            stream.extend(char::from_u32(first + random(last - first + 1)));
        }
        stream.push_str("\n\n");
    }
    stream.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_llm_event_has_182_bytes_of_data() {
        assert_eq!(message("llm").data.len(), 182);
    }

    #[test]
    fn streams_have_about_the_size_asked_for() {
        for workload in DECODE.map(|(workload, _)| workload).iter().chain(&LINEAR) {
            let length = stream(workload, STREAM).len();
            assert!(
                length.abs_diff(STREAM) <= 128 * 1024,
                "{workload}: {length}"
            );
        }
    }
}
