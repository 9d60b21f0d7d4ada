//! The tokens, and what each of them allows.
//!
//! The program keeps no token, only its HMAC under a random key. A look-up compares such digests. Its time
//! tells a client nothing about a token, because nobody outside the process can compute the digest of a guess.

use std::{collections::HashMap, fmt};

use anyhow::{Context, bail, ensure};
use ring::{hmac, rand::SystemRandom};
use sse_tower::hub::Topic;

/// The length of the shortest token, so that nobody can guess it.
const MIN_LENGTH: usize = 16;

/// All configured tokens.
pub(crate) struct Tokens {
    key: hmac::Key,
    rights: HashMap<Digest, Rights>,
}

type Digest = Box<[u8]>;

/// The rights of a token.
#[derive(Debug, Default)]
pub(crate) struct Rights {
    publish: Vec<Pattern>,
    subscribe: Vec<Pattern>,
    admin: bool,
}

/// The name of a topic, or with `*` at its end the beginning of names.
#[derive(Debug)]
enum Pattern {
    Name(Topic),
    Prefix(String),
}

impl Tokens {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new());
        Ok(Self {
            key: key.ok().context("the system gives no random numbers")?,
            rights: HashMap::new(),
        })
    }

    /// Adds the token of a line, such as `TOKEN publish:orders subscribe:news/* admin`. Empty lines and comments,
    /// which begin with `#`, add nothing.
    ///
    /// No error contains the token.
    pub(crate) fn add(&mut self, line: &str) -> anyhow::Result<()> {
        let mut words = line.split_whitespace();
        let Some(token) = words.next().filter(|word| !word.starts_with('#')) else {
            return Ok(());
        };
        check(token)?;
        let mut rights = Rights::default();
        for word in words {
            rights.add(word)?;
        }
        ensure!(
            rights.admin || !rights.publish.is_empty() || !rights.subscribe.is_empty(),
            "the token has no right: add publish:TOPIC, subscribe:TOPIC or admin"
        );
        let before = self.rights.insert(self.digest(token), rights);
        ensure!(
            before.is_none(),
            "this token was already configured: put all its rights in one line"
        );
        Ok(())
    }

    /// Returns the rights of a token that a client has sent.
    pub(crate) fn rights(&self, token: &str) -> Option<&Rights> {
        self.rights.get(&self.digest(token))
    }

    /// Returns whether some token has the right to subscribe. Otherwise everybody may.
    pub(crate) fn restrict_subscribing(&self) -> bool {
        self.rights
            .values()
            .any(|rights| !rights.subscribe.is_empty())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rights.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.rights.len()
    }

    fn digest(&self, token: &str) -> Digest {
        hmac::sign(&self.key, token.as_bytes()).as_ref().into()
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("count", &self.len())
            .finish_non_exhaustive()
    }
}

impl Rights {
    pub(crate) fn may_publish(&self, topic: &Topic) -> bool {
        self.publish.iter().any(|pattern| pattern.matches(topic))
    }

    pub(crate) fn may_subscribe(&self, topic: &Topic) -> bool {
        self.subscribe.iter().any(|pattern| pattern.matches(topic))
    }

    pub(crate) fn may_administrate(&self) -> bool {
        self.admin
    }

    fn add(&mut self, word: &str) -> anyhow::Result<()> {
        match word.split_once(':') {
            None if word == "admin" => self.admin = true,
            Some(("publish", pattern)) => self.publish.push(Pattern::new(pattern)?),
            Some(("subscribe", pattern)) => self.subscribe.push(Pattern::new(pattern)?),
            // The word is not shown: it may be a token whose line was broken.
            _ => bail!("a right is publish:TOPIC, subscribe:TOPIC or admin"),
        }
        Ok(())
    }
}

impl Pattern {
    fn new(text: &str) -> anyhow::Result<Self> {
        if let Some(prefix) = text.strip_suffix('*') {
            return Ok(Self::Prefix(prefix.to_owned()));
        }
        Ok(Self::Name(Topic::new(text)?))
    }

    fn matches(&self, topic: &Topic) -> bool {
        match self {
            Self::Name(name) => name == topic,
            Self::Prefix(prefix) => topic.as_str().starts_with(prefix),
        }
    }
}

/// Checks that a header field can carry the token
/// ([RFC 6750, section 2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)).
fn check(token: &str) -> anyhow::Result<()> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    ensure!(
        token.bytes().all(is_allowed),
        "a token consists of ASCII letters, digits and -._~+/="
    );
    ensure!(
        token.len() >= MIN_LENGTH,
        "the token is too short: at least {MIN_LENGTH} characters are needed, \
         and `openssl rand -hex 16` makes a good one"
    );
    Ok(())
}
