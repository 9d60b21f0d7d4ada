//! Events that are borrowed from the chunk, and events that are joined.

use sse_proto::{Chunk, Decoder, Item};

/// Returns whether the data of the only event in `chunks` is borrowed from the last chunk.
fn is_borrowed(chunks: &[&[u8]]) -> bool {
    let mut decoder = Decoder::builder().comments(true).build();
    let mut borrowed = None;
    for bytes in chunks {
        let mut chunk = Chunk::new(bytes);
        while let Some(item) = decoder.decode(&mut chunk).expect("within the limit") {
            if let Item::Event(event) = item {
                let range = bytes.as_ptr_range();
                assert!(
                    borrowed
                        .replace(range.contains(&event.data().as_ptr()))
                        .is_none()
                );
            }
        }
    }
    borrowed.expect("an event")
}

#[test]
fn one_valid_line_in_one_chunk_is_borrowed() {
    for (chunks, borrowed) in [
        (&[&b"event: t\ndata: x\nid: 1\nother: y\n\n"[..]][..], true),
        (&[b"event: ", b"t\ndata: x\n\n"], true),
        (&["data: é€\n\n".as_bytes()], true),
        (&[b"\x82\xAC\n\ndata: x\n\n"], true),
        (&[b"bad: \xFF\ndata: x\n\n"], true),
        (&[b"data: x\ndata: y\n\n"], false),
        (&[b"data: x\n", b"\n"], false),
        (&[b"da", b"ta: x\n\n"], false),
        (&[b"data: \xFF\n\n"], false),
        (&[b"data: x\nretry: 1\n\n"], false),
        (&[b"data: x\n:\n\n"], false),
    ] {
        assert_eq!(
            is_borrowed(chunks),
            borrowed,
            "{:?}",
            chunks.concat().escape_ascii().to_string()
        );
    }
}
