//! The names of topics.

use std::{
    borrow::Borrow,
    convert::Infallible,
    error::Error,
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

/// The name of a topic: 1 to 255 bytes of text without control characters.
///
/// Two topics are the same if their names are. Names are compared byte by byte. A clone is cheap: it
/// shares the name.
///
/// Make a topic of text that comes from outside with [`Topic::new`], so that a bad name can be answered,
/// for example with status 400:
///
/// ```
/// use sse_tower::hub::Topic;
///
/// let topic = Topic::new("orders/7")?;
/// assert_eq!(topic.as_str(), "orders/7");
/// let error = Topic::new("a\nb").unwrap_err();
/// assert_eq!(error.to_string(), "invalid topic: there is a control character at byte 1");
/// # Ok::<(), sse_tower::hub::InvalidTopic>(())
/// ```
#[derive(Clone)]
pub struct Topic(Name);

#[derive(Clone)]
enum Name {
    Static(&'static str),
    Shared(Arc<str>),
}

impl Topic {
    /// The length of the longest name, in bytes.
    pub const MAX_LENGTH: usize = 255;

    /// Checks the name.
    ///
    /// # Errors
    ///
    /// The name is empty, longer than [`MAX_LENGTH`](Self::MAX_LENGTH), or contains a control character.
    pub fn new(name: impl Into<Arc<str>>) -> Result<Self, InvalidTopic> {
        let name = name.into();
        match check(&name) {
            Ok(()) => Ok(Self(Name::Shared(name))),
            Err(error) => Err(error),
        }
    }

    /// Checks the name of a constant.
    ///
    /// ```
    /// use sse_tower::hub::Topic;
    ///
    /// const ORDERS: Topic = Topic::from_static("orders");
    /// assert_eq!(ORDERS, Topic::new("orders").unwrap());
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the name is invalid, at compile time in a constant.
    #[must_use]
    pub const fn from_static(name: &'static str) -> Self {
        assert!(check(name).is_ok(), "this is not the name of a topic");
        Self(Name::Static(name))
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Name::Static(name) => name,
            Name::Shared(name) => name,
        }
    }
}

const fn check(name: &str) -> Result<(), InvalidTopic> {
    let bytes = name.as_bytes();
    if bytes.is_empty() {
        return Err(InvalidTopic(Cause::Empty));
    }
    if bytes.len() > Topic::MAX_LENGTH {
        return Err(InvalidTopic(Cause::TooLong(bytes.len())));
    }
    let mut at = 0;
    while at < bytes.len() {
        // In UTF-8, U+0080 to U+009F are C2 80 to C2 9F.
        let is_c1 = bytes[at] == 0xC2 && bytes[at + 1] < 0xA0;
        if bytes[at].is_ascii_control() || is_c1 {
            return Err(InvalidTopic(Cause::Control(at)));
        }
        at += 1;
    }
    Ok(())
}

impl PartialEq for Topic {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Topic {}

impl PartialEq<str> for Topic {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl Hash for Topic {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl Borrow<str> for Topic {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Topic").field(&self.as_str()).finish()
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<&str> for Topic {
    type Error = InvalidTopic;

    fn try_from(name: &str) -> Result<Self, InvalidTopic> {
        Self::new(name)
    }
}

impl TryFrom<&&str> for Topic {
    type Error = InvalidTopic;

    fn try_from(name: &&str) -> Result<Self, InvalidTopic> {
        Self::new(*name)
    }
}

impl TryFrom<String> for Topic {
    type Error = InvalidTopic;

    fn try_from(name: String) -> Result<Self, InvalidTopic> {
        Self::new(name)
    }
}

impl TryFrom<&String> for Topic {
    type Error = InvalidTopic;

    fn try_from(name: &String) -> Result<Self, InvalidTopic> {
        Self::new(name.as_str())
    }
}

impl From<&Self> for Topic {
    fn from(topic: &Self) -> Self {
        topic.clone()
    }
}

/// The error of a name that cannot be a topic's, or of too few or too many topics at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidTopic(Cause);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    Empty,
    TooLong(usize),
    Control(usize),
    None,
    TooMany(usize),
}

impl fmt::Display for InvalidTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid topic: ")?;
        match self.0 {
            Cause::Empty => f.write_str("its name is empty"),
            Cause::TooLong(length) => {
                let max = Topic::MAX_LENGTH;
                write!(
                    f,
                    "its name has {length} bytes, and at most {max} are allowed"
                )
            }
            Cause::Control(at) => write!(f, "there is a control character at byte {at}"),
            Cause::None => f.write_str("there must be one at least"),
            Cause::TooMany(count) => {
                write!(f, "there are {count}, and at most {MAX_TOPICS} are allowed")
            }
        }
    }
}

impl Error for InvalidTopic {}

impl From<Infallible> for InvalidTopic {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// The number of topics that an event may have, and of those that a subscription may name.
pub(crate) const MAX_TOPICS: usize = 128;

/// One topic, or several: what an event is published to, and what a subscription is for.
///
/// It is a [`Topic`], a `&str`, a `String`, or an array, a slice or a `Vec` of these. At least one topic
/// is needed, and at most 128 are allowed. A topic that is named twice counts once. The trait is sealed.
pub trait IntoTopics: sealed::Sealed {
    #[doc(hidden)]
    fn into_topics(self) -> Result<Topics, InvalidTopic>;
}

mod sealed {
    use super::Topic;

    pub trait Sealed {}
    impl Sealed for Topic {}
    impl Sealed for &Topic {}
    impl Sealed for &str {}
    impl Sealed for String {}
    impl Sealed for &String {}
    impl<T, const N: usize> Sealed for [T; N] {}
    impl<T, const N: usize> Sealed for &[T; N] {}
    impl<T> Sealed for &[T] {}
    impl<T> Sealed for Vec<T> {}
    impl<T> Sealed for &Vec<T> {}
}

/// Topics without repetitions: one to [`MAX_TOPICS`].
#[derive(Clone, Debug)]
#[doc(hidden)]
pub struct Topics(List);

#[derive(Clone, Debug)]
enum List {
    /// The usual case, without an allocation.
    One([Topic; 1]),
    Many(Vec<Topic>),
}

impl Topics {
    pub(crate) fn as_slice(&self) -> &[Topic] {
        match &self.0 {
            List::One(topic) => topic,
            List::Many(topics) => topics,
        }
    }

    fn collect<T>(topics: impl IntoIterator<Item = T>) -> Result<Self, InvalidTopic>
    where
        T: TryInto<Topic>,
        InvalidTopic: From<T::Error>,
    {
        let mut list = Vec::new();
        for topic in topics {
            let topic = topic.try_into()?;
            if !list.contains(&topic) {
                list.push(topic);
            }
            if list.len() > MAX_TOPICS {
                return Err(InvalidTopic(Cause::TooMany(list.len())));
            }
        }
        match list.is_empty() {
            true => Err(InvalidTopic(Cause::None)),
            false => Ok(Self(List::Many(list))),
        }
    }
}

impl From<Topic> for Topics {
    fn from(topic: Topic) -> Self {
        Self(List::One([topic]))
    }
}

macro_rules! one_topic {
    ($($of:ty),*) => {$(
        impl IntoTopics for $of {
            fn into_topics(self) -> Result<Topics, InvalidTopic> {
                Ok(Topics::from(Topic::try_from(self)?))
            }
        }
    )*};
}

one_topic!(Topic, &Topic, &str, String, &String);

impl<T, const N: usize> IntoTopics for [T; N]
where
    T: TryInto<Topic>,
    InvalidTopic: From<T::Error>,
{
    fn into_topics(self) -> Result<Topics, InvalidTopic> {
        Topics::collect(self)
    }
}

impl<'a, T, const N: usize> IntoTopics for &'a [T; N]
where
    &'a T: TryInto<Topic>,
    InvalidTopic: From<<&'a T as TryInto<Topic>>::Error>,
{
    fn into_topics(self) -> Result<Topics, InvalidTopic> {
        Topics::collect(self)
    }
}

impl<'a, T> IntoTopics for &'a [T]
where
    &'a T: TryInto<Topic>,
    InvalidTopic: From<<&'a T as TryInto<Topic>>::Error>,
{
    fn into_topics(self) -> Result<Topics, InvalidTopic> {
        Topics::collect(self)
    }
}

impl<T> IntoTopics for Vec<T>
where
    T: TryInto<Topic>,
    InvalidTopic: From<T::Error>,
{
    fn into_topics(self) -> Result<Topics, InvalidTopic> {
        Topics::collect(self)
    }
}

impl<'a, T> IntoTopics for &'a Vec<T>
where
    &'a T: TryInto<Topic>,
    InvalidTopic: From<<&'a T as TryInto<Topic>>::Error>,
{
    fn into_topics(self) -> Result<Topics, InvalidTopic> {
        Topics::collect(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        let long = "x".repeat(Topic::MAX_LENGTH);
        for name in ["a", "orders/7", " ", "é€😀", "a\u{A0}b", &long] {
            assert_eq!(Topic::new(name).unwrap().as_str(), name);
        }
        let too_long = "x".repeat(Topic::MAX_LENGTH + 1);
        for (name, message) in [
            ("", "its name is empty"),
            (
                &*too_long,
                "its name has 256 bytes, and at most 255 are allowed",
            ),
            ("\0", "there is a control character at byte 0"),
            ("a\r", "there is a control character at byte 1"),
            ("é\u{7F}", "there is a control character at byte 2"),
            ("é\u{80}", "there is a control character at byte 2"),
            ("\u{9F}", "there is a control character at byte 0"),
        ] {
            let error = Topic::new(name).unwrap_err();
            assert_eq!(error.to_string(), format!("invalid topic: {message}"));
        }
    }

    #[test]
    fn topics_are_counted_without_repetitions() {
        let of = |topics: Result<Topics, _>| topics.map(|topics| topics.as_slice().len());
        let names: Vec<String> = (0..=MAX_TOPICS).map(|n| n.to_string()).collect();
        assert_eq!(of("a".into_topics()), Ok(1));
        assert_eq!(of(["a", "b", "a"].into_topics()), Ok(2));
        assert_eq!(of(names[1..].into_topics()), Ok(MAX_TOPICS));
        assert_eq!(
            of([&names[1..], &names[1..]].concat().into_topics()),
            Ok(MAX_TOPICS)
        );
        for (topics, message) in [
            (
                names.into_topics(),
                "there are 129, and at most 128 are allowed",
            ),
            (<[Topic; 0]>::into_topics([]), "there must be one at least"),
            (
                ["a", "\n"].into_topics(),
                "there is a control character at byte 0",
            ),
        ] {
            let error = topics.unwrap_err();
            assert_eq!(error.to_string(), format!("invalid topic: {message}"));
        }
    }

    #[test]
    fn a_constant_and_a_shared_name_are_the_same_topic() {
        const CONSTANT: Topic = Topic::from_static("a");
        let shared = Topic::new("a".to_owned()).unwrap();
        assert_eq!(CONSTANT, shared);
        assert_eq!(std::collections::HashSet::from([CONSTANT, shared]).len(), 1);
    }
}
