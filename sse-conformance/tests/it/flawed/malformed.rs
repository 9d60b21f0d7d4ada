//! HTTP/2 written by hand, for a response that no library sends: its head has a field that HTTP/2
//! forbids.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

const PREFACE: usize = 24;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;

/// Answers every request on a connection.
pub(crate) async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    stream.read_exact(&mut [0; PREFACE]).await?;
    write(&mut stream, SETTINGS, 0, 0, b"").await?;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let (kind, flags) = (head[3], head[4]);
        let number = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        let mut content = vec![0; length as usize];
        stream.read_exact(&mut content).await?;
        match kind {
            SETTINGS if flags & ACK == 0 => write(&mut stream, SETTINGS, ACK, 0, b"").await?,
            PING if flags & ACK == 0 => write(&mut stream, PING, ACK, 0, &content).await?,
            HEADERS => write(&mut stream, HEADERS, END_HEADERS, number, &fields()).await?,
            _ => {}
        }
    }
}

/// `:status: 200`, which HPACK numbers 8, and two fields with literal names.
fn fields() -> Vec<u8> {
    let literal = |name: &str, value: &str| {
        let length = |text: &str| u8::try_from(text.len()).expect("a short text");
        let (name, value) = ((length(name), name), (length(value), value));
        [
            &[0, name.0],
            name.1.as_bytes(),
            &[value.0],
            value.1.as_bytes(),
        ]
        .concat()
    };
    [
        vec![0x88],
        literal("content-type", "text/event-stream"),
        literal("connection", "keep-alive"),
    ]
    .concat()
}

async fn write(
    stream: &mut (impl AsyncWrite + Unpin),
    kind: u8,
    flags: u8,
    number: u32,
    content: &[u8],
) -> io::Result<()> {
    let length = u32::try_from(content.len()).expect("a short frame");
    let frame = [
        &length.to_be_bytes()[1..],
        &[kind, flags],
        &number.to_be_bytes(),
        content,
    ];
    stream.write_all(&frame.concat()).await
}
