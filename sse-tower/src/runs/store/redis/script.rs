//! The scripts that the server runs.

use std::sync::LazyLock;

use crate::redis::script::Script;

macro_rules! script {
    ($name:ident, $file:literal) => {
        pub(super) static $name: LazyLock<Script> = LazyLock::new(|| {
            Script::new(concat!(include_str!("prelude.lua"), include_str!($file)))
        });
    };
}

script!(CREATE, "create.lua");
script!(APPEND, "append.lua");
script!(SEAL, "seal.lua");
script!(STATE, "state.lua");
script!(READ, "read.lua");
script!(LIST, "list.lua");
