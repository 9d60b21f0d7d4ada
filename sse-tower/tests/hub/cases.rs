//! The tests of what subscribers receive, wherever the log is.

/// Calls a macro with the modules of the tests and their names.
macro_rules! cases {
    ($test:ident) => {
        $test! {
            broadcast: a_hub_says_what_is_missing_and_resumes;
            broadcast: a_hub_with_room_loses_nothing;
            ends: a_stream_sends_what_there_is_before_it_ends_with_its_hub;
            gaps: a_client_resumes_after_each_id_it_may_have;
            gaps: a_subscription_begins_with_its_position_and_follows;
            gaps: what_the_log_has_lost_is_a_gap_only_for_its_topic;
            presence: a_slow_subscription_can_be_ended;
            presence: a_snapshot_tells_who_is_behind;
            presence: a_subscription_that_never_began_does_not_count;
            presence: only_the_subscriptions_that_are_meant_are_ended;
            presence: subscriptions_are_present_while_they_are_polled;
            publish_ids: an_event_that_is_published_again_is_not_doubled;
            publish_ids: an_event_whose_publisher_gave_up_can_be_published_again;
        }
    };
}

pub(crate) use cases;
