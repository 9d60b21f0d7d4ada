//! A cheap server: it writes prepared bytes until the client closes the connection.

use std::io::{BufRead, BufReader, Read, Result, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use crate::workload;

/// The number of bytes of an event, without the framing of HTTP.
pub const EVENT_SIZE: u64 = 190;
/// Size of the chunks of [`LARGE`].
const LARGE_CHUNK: usize = 16 * 1024;

/// Path of a stream with one event in each HTTP chunk.
pub const SINGLE: &str = "/event";
/// Path of the same stream in chunks of 16 KiB.
pub const LARGE: &str = "/16k";
/// Path of a stream with an event about every 150 microseconds, so that each is read alone. Its data
/// is the time of its write in nanoseconds, with zeros before it.
pub const PACED: &str = "/paced";

const HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const INTERVAL: Duration = Duration::from_micros(100);

/// Serves on a free port of the loopback interface until the standard input ends. The first line of the
/// output is the address.
///
/// # Errors
/// Fails if the sockets fail.
pub fn serve() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            thread::spawn(move || {
                // An error means that the client has closed the connection.
                let _ = answer(&connection);
            });
        }
    });
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn answer(mut connection: &TcpStream) -> Result<()> {
    connection.set_nodelay(true)?;
    let mut request = String::new();
    let mut lines = BufReader::new(connection);
    lines.read_line(&mut request)?;
    let mut field = String::from("-");
    while !field.trim().is_empty() {
        field.clear();
        lines.read_line(&mut field)?;
    }
    connection.write_all(HEAD)?;
    match request.split(' ').nth(1) {
        Some(SINGLE) => repeat(connection, EVENT_SIZE as usize),
        Some(LARGE) => repeat(connection, LARGE_CHUNK),
        _ => loop {
            let event = format!("data: {:0182}\n\n", super::now().as_nanos());
            connection.write_all(&chunk(event.as_bytes()))?;
            thread::sleep(INTERVAL);
        },
    }
}

fn repeat(mut connection: &TcpStream, chunk_size: usize) -> Result<()> {
    // The stream repeats after this many bytes, wherever the chunks cut it.
    let stream = workload::stream("llm", 1).repeat(LARGE_CHUNK);
    let chunks: Vec<u8> = stream.chunks(chunk_size).flat_map(chunk).collect();
    loop {
        connection.write_all(&chunks)?;
    }
}

fn chunk(content: &[u8]) -> Vec<u8> {
    [
        format!("{:x}\r\n", content.len()).as_bytes(),
        content,
        b"\r\n",
    ]
    .concat()
}
