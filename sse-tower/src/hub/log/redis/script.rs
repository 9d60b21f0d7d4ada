//! The scripts that the server runs. Each is one atomic step.

use std::sync::LazyLock;

use ::redis::Cmd;

use super::options::Bounds;
use crate::{
    hub::{log::LogName, publish::id::PublishId},
    redis::script::{Script, millis},
};

pub(super) static APPEND: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        include_str!("prelude.lua"),
        include_str!("append.lua")
    ))
});

pub(super) static READ: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        include_str!("prelude.lua"),
        include_str!("read.lua")
    ))
});

/// The keys of a log. The braces keep both on one node of a cluster.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    pub(super) stream: String,
    meta: String,
    /// The first part of the keys of publish IDs.
    publish_ids: String,
}

impl Keys {
    pub(super) fn new(prefix: &str, log: &LogName) -> Self {
        let key = |part| format!("{prefix}:{{{}}}:{part}", log.as_str());
        Self {
            stream: key("log"),
            meta: key("meta"),
            publish_ids: key("publish-id:"),
        }
    }

    /// Adds the arguments with which both scripts begin. The keys of publish IDs follow those of the log.
    pub(super) fn add_to(&self, command: &mut Cmd, publish_ids: &[&PublishId], bounds: &Bounds) {
        command.arg(2 + publish_ids.len());
        command.arg(&self.stream).arg(&self.meta);
        for id in publish_ids {
            command.arg(format!("{}{}", self.publish_ids, id.as_str()));
        }
        command.arg(bounds.bytes).arg(bounds.entries);
        command.arg(bounds.age.map_or(0, millis));
    }
}
