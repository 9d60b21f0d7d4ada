use std::hint::black_box;

use memchr::memchr2_iter;

use crate::workload::Message;

pub(super) fn reused(message: &Message, times: u64, mut out: impl FnMut(&[u8])) {
    let mut buffer = Vec::new();
    for _ in 0..times {
        let data = black_box(message.data.as_bytes());
        for place in memchr2_iter(b'\r', b'\n', data) {
            black_box(place);
        }
        buffer.extend_from_slice(data);
        out(&buffer);
        buffer.clear();
    }
}
