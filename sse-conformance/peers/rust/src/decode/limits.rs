use std::hint::black_box;

use memchr::memchr2_iter;

use crate::sink::Sink;

pub(super) fn copy(stream: &[u8], size: usize, _: &mut impl Sink) {
    let mut buffer = vec![0; size];
    for bytes in stream.chunks(size) {
        buffer[..bytes.len()].copy_from_slice(bytes);
        black_box(&mut buffer);
    }
}

pub(super) fn find_line_ends(stream: &[u8], size: usize, _: &mut impl Sink) {
    for bytes in stream.chunks(size) {
        for place in memchr2_iter(b'\r', b'\n', bytes) {
            black_box(place);
        }
    }
}
