//! Several servers on one Redis server.

use http::StatusCode;
use serde_json::json;

use super::{ALICE, ask, delete, listed, of, read, start, told};
use crate::hub::redis::Redis;

#[tokio::test]
async fn a_question_that_reaches_two_servers_is_answered_once() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let options = ["--redis", &redis.url, "--pause", "4"];
    let (one, two) = (start(&options).await, start(&options).await);
    assert!(one.greeting.contains("answers: in Redis\n"));
    for number in 0..5 {
        let id = format!("{number:032x}");
        let body = json!({ "id": id, "question": "Why?" });
        let (first, second) = tokio::join!(ask(&one, ALICE, &body), ask(&two, ALICE, &body));
        let mut statuses = [first.0, second.0];
        statuses.sort();
        assert_eq!(statuses, [StatusCode::OK, StatusCode::CREATED]);
        let follow = |llm| read(llm, ALICE, &id, "");
        if number == 0 {
            let (at_one, at_two) = tokio::join!(follow(&one), follow(&two));
            assert_eq!(at_one, at_two);
            assert_eq!(told(&at_one).last(), Some(&("end", "end")));
            continue;
        }
        // The stop reaches the producer, whichever server that is.
        let stop = delete(&format!("/answers/{id}"));
        let (status, stopped) = two.answer(of(ALICE, stop)).await;
        assert_eq!(
            (status, &*stopped),
            (StatusCode::OK, "{\"seal\":\"stopped\"}")
        );
        assert_eq!(
            told(&follow(&one).await).last(),
            Some(&("stopped", "stopped"))
        );
    }
    assert_eq!(listed(&two, ALICE).await, listed(&one, ALICE).await);
    assert_eq!(listed(&one, ALICE).await.as_array().unwrap().len(), 5);
}
