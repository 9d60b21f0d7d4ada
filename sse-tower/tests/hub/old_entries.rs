//! Entries that the log has, and the node has not.

use sse_tower::{
    EventId,
    hub::{
        Hub,
        log::{Log, LogName},
    },
    rt::TokioTimer,
};

use crate::support::{Client, publish};

/// Publishes the numbers from 1 to 10. The node keeps only the last of them. Returns their IDs.
pub(crate) async fn start(log: impl Log + 'static) -> (Hub, Vec<EventId>) {
    let builder = Hub::builder().max_events(1);
    let built = builder.build_on(log, LogName::new("log")).await;
    let (hub, driver) = built.unwrap();
    tokio::spawn(driver.run(TokioTimer));
    let mut ids = Vec::new();
    for n in 1..=10 {
        ids.push(EventId::new(publish(&hub, "a", n).await).unwrap());
    }
    (hub, ids)
}

/// Resumes after each entry of a new log.
pub(crate) async fn all_are_read_again(log: impl Log + 'static) {
    let (hub, ids) = start(log).await;
    for (position, id) in ids.iter().enumerate() {
        let mut subscription = hub.subscribe("a").after(id.clone());
        let expected: Vec<_> = (position + 2..=10).map(|n| n.to_string()).collect();
        Client::default()
            .receive(&mut subscription, &expected)
            .await;
    }
}
