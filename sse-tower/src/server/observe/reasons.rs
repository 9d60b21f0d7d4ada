//! The names of reasons in metrics and spans.

use crate::server::{admission::refusal::RefusalReason, stream::end::EndReason};

/// The name of each reason, at the index `reason as usize`.
pub(super) const END_REASONS: [&str; 10] = [
    "client_gone",
    "stalled",
    "completed",
    "error",
    "drain",
    "lifetime",
    "lag",
    "kick",
    "expiry",
    "unavailable",
];

/// The name of each reason, at the index `reason as usize`.
pub(super) const REFUSAL_REASONS: [&str; 4] = ["limit", "drain", "not_acceptable", "mistake"];

#[cfg(feature = "tracing")]
pub(super) fn name_of_end(reason: EndReason) -> &'static str {
    END_REASONS[reason as usize]
}

#[cfg(feature = "tracing")]
pub(super) fn name_of_refusal(reason: RefusalReason) -> &'static str {
    REFUSAL_REASONS[reason as usize]
}

// Each new reason needs a name.
const _: () = {
    assert!(EndReason::Unavailable as usize + 1 == END_REASONS.len());
    assert!(RefusalReason::Mistake as usize + 1 == REFUSAL_REASONS.len());
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_its_own_name() {
        for (reason, name) in [
            (EndReason::ClientGone, "client_gone"),
            (EndReason::Stalled, "stalled"),
            (EndReason::Completed, "completed"),
            (EndReason::Error, "error"),
            (EndReason::Drain, "drain"),
            (EndReason::Lifetime, "lifetime"),
            (EndReason::Lag, "lag"),
            (EndReason::Kick, "kick"),
            (EndReason::Expiry, "expiry"),
            (EndReason::Unavailable, "unavailable"),
        ] {
            assert_eq!(END_REASONS[reason as usize], name);
        }
        for (reason, name) in [
            (RefusalReason::Limit, "limit"),
            (RefusalReason::Drain, "drain"),
            (RefusalReason::NotAcceptable, "not_acceptable"),
            (RefusalReason::Mistake, "mistake"),
        ] {
            assert_eq!(REFUSAL_REASONS[reason as usize], name);
        }
    }
}
