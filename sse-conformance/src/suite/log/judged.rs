//! The result of a case.

/// The reason why a case does not pass.
#[derive(Clone, Debug)]
pub(crate) enum Unmet {
    /// The harness lacks the action that the case needs.
    Lacks(String),
    /// The log refused an entry, which loses nothing.
    Declined(Wrong),
    Wrong(Wrong),
}

#[derive(Clone, Debug)]
pub(crate) struct Wrong {
    /// The problem in a few words.
    pub(crate) what: String,
    pub(crate) expected: String,
    pub(crate) seen: String,
}

pub(crate) type Judged = Result<(), Unmet>;

pub(crate) fn wrong(
    what: impl Into<String>,
    expected: impl Into<String>,
    seen: impl Into<String>,
) -> Unmet {
    Unmet::Wrong(Wrong {
        what: what.into(),
        expected: expected.into(),
        seen: seen.into(),
    })
}

/// Returns `Ok` if the condition holds.
pub(crate) fn ensure(
    holds: bool,
    what: &str,
    expected: impl Into<String>,
    seen: impl FnOnce() -> String,
) -> Judged {
    match holds {
        true => Ok(()),
        false => Err(wrong(what, expected, seen())),
    }
}

/// Returns `Ok` if the values are equal. `name` says what they are, such as `the floor`.
pub(crate) fn ensure_equal<T: PartialEq + ToString>(name: &str, seen: T, expected: T) -> Judged {
    ensure(
        seen == expected,
        &format!("{name} is wrong"),
        format!("{name} {}", expected.to_string()),
        || seen.to_string(),
    )
}
