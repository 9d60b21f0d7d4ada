//! The name that a page has chosen for itself.
//!
//! Nothing proves it. A server with logins takes the name from the session instead.

use serde::Deserialize;

/// The longest name, in characters.
const LIMIT: usize = 32;

/// The query of a request for a stream.
#[derive(Deserialize)]
pub(crate) struct Visitor {
    #[serde(default)]
    pub(crate) name: Name,
}

/// The name of a visitor, without control characters.
#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Name(String);

impl Name {
    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

/// The name of somebody who has given none, such as a shell with curl.
impl Default for Name {
    fn default() -> Self {
        Self("Passer-by".to_owned())
    }
}

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let length = name.chars().count();
        if length == 0 || length > LIMIT || name.contains(char::is_control) {
            return Err(format!(
                "a name has 1 to {LIMIT} characters, none of them a control character"
            ));
        }
        Ok(Self(name))
    }
}
