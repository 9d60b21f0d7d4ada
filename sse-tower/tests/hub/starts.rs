//! Where a subscription of a client without a last event ID begins.

use sse_tower::{
    Event,
    hub::{Hub, Subscription},
};

use crate::support::Client;

#[test]
fn a_client_without_an_id_begins_where_the_last_method_says() {
    type Begin = fn(Subscription) -> Subscription;
    let cases: [(&str, Begin, &[&str]); 5] = [
        ("by default", |events| events, &["2", "3"]),
        ("from_now", Subscription::from_now, &["3"]),
        ("from_start", Subscription::from_start, &["1", "2", "3"]),
        (
            "from_start, then from_now",
            |events| events.from_start().from_now(),
            &["3"],
        ),
        (
            "from_now, then from_start",
            |events| events.from_now().from_start(),
            &["1", "2", "3"],
        ),
    ];
    for (name, begin, expected) in cases {
        let hub = Hub::new();
        let publish = |data| drop(hub.publish_now("a", Event::new(data)).unwrap());
        publish("1");
        let subscription = hub.subscribe("a");
        publish("2");
        let mut subscription = begin(subscription);
        publish("3");
        let mut client = Client::default();
        assert_eq!(client.read(&mut subscription), expected, "{name}");

        // A subscription that has begun stays where it is.
        let mut subscription = begin(subscription);
        assert!(client.read(&mut subscription).is_empty(), "{name}");
    }
}
