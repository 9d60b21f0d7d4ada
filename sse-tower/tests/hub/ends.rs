//! How streams end.

use std::task::Poll;

use crate::support::{Backend, Client, publish};

pub(crate) async fn a_stream_sends_what_there_is_before_it_ends_with_its_hub(
    backend: &impl Backend,
) {
    for is_polled in [false, true] {
        let hub = backend.hub().await;
        let mut subscription = hub.subscribe("a");
        let mut client = Client::default();
        if is_polled {
            client.receive(&mut subscription, &[""; 0]).await;
        }
        publish(&hub, "a", "last").await;
        drop(hub);
        client.receive(&mut subscription, &["last"]).await;
        assert!(matches!(client.poll(&mut subscription), Poll::Ready(None)));
    }
}
