//! How streams end.

use std::task::Poll;

use sse_tower::{Event, hub::Hub};

use crate::support::Client;

#[test]
fn a_stream_sends_what_there_is_before_it_ends_with_its_hub() {
    for is_polled in [false, true] {
        let hub = Hub::new();
        let mut subscription = hub.subscribe("a");
        let mut client = Client::default();
        if is_polled {
            assert_eq!(client.read(&mut subscription), [""; 0]);
        }
        hub.publish_now("a", Event::new("last")).unwrap();
        drop(hub);
        assert_eq!(client.read(&mut subscription), ["last"]);
        assert!(matches!(client.poll(&mut subscription), Poll::Ready(None)));
    }
}
