//! Reading entries, and waiting for new ones.

use std::{sync::PoisonError, time::Duration};

use ::redis::Cmd;

use super::{
    RedisLog, answer,
    script::{Keys, READ},
};
use crate::{
    hub::log::{LogName, Page},
    redis::{
        connection::Connection,
        error::{RedisError, within},
    },
};

/// The entries of one page.
const MAX_ENTRIES: u64 = 256;

/// The text of one page, in bytes, unless a single entry is larger.
const MAX_BYTES: u64 = 1024 * 1024;

/// The longest time that one command waits for an entry. A server does not end the wait when the log loses
/// entries or begins a new epoch, so the reader looks for itself after this time.
const MAX_BLOCK: Duration = Duration::from_secs(2);

/// The part of a log that is read.
#[derive(Clone, Copy, Debug)]
struct Part {
    from: u64,
    max_entries: u64,
    /// The position whose check bits are read.
    check: Option<u64>,
}

/// A connection that waits for the news of a log.
#[derive(Debug)]
pub(super) struct Reader {
    connection: Connection,
    /// The epoch, and the position up to which all entries are read.
    read: Option<(u64, u64)>,
}

impl RedisLog {
    pub(super) async fn read_from(self, log: LogName, from: u64) -> Result<Page, RedisError> {
        let part = Part {
            from,
            max_entries: MAX_ENTRIES,
            check: None,
        };
        self.read_part(&log, part).await
    }

    pub(super) async fn tail_of(
        self,
        log: LogName,
        after: Option<u64>,
    ) -> Result<Page, RedisError> {
        let Some(after) = after else {
            let part = Part {
                from: 1,
                max_entries: 0,
                check: None,
            };
            return self.read_part(&log, part).await;
        };
        // If this future is dropped, the connection is closed: it may still wait.
        let waiting = self.readers().remove(&log);
        let mut reader = match waiting.filter(|reader| reader.connection.is_open()) {
            Some(reader) => reader,
            None => Reader {
                connection: self.0.client.target.connect().await?,
                read: None,
            },
        };
        let page = self.follow(&log, &mut reader, after).await?;
        self.readers().insert(log, reader);
        Ok(page)
    }

    /// Reads the entries after a position, and waits for the first of them.
    async fn follow(
        &self,
        log: &LogName,
        reader: &mut Reader,
        after: u64,
    ) -> Result<Page, RedisError> {
        let keys = Keys::new(&self.0.options.prefix, log);
        let part = Part {
            from: after.saturating_add(1),
            max_entries: MAX_ENTRIES,
            check: Some(after),
        };
        let time = self.0.client.target.timeout;
        // After a page without entries, or with all of them, it waits at once. On a new connection it first reads: the
        // server may be another one.
        let epoch = match reader.read {
            Some((epoch, position)) if position == after => epoch,
            _ => {
                let page = within(time, self.run(&reader.connection, &keys, part)).await?;
                if !page.entries.is_empty() || page.head != after {
                    return Ok(reader.note(page));
                }
                page.epoch
            }
        };
        within(time, self.wait(&reader.connection, &keys, epoch, after)).await?;
        let page = within(time, self.run(&reader.connection, &keys, part)).await?;
        Ok(reader.note(page))
    }

    /// Waits until there is an entry after the position, but not for long.
    async fn wait(
        &self,
        connection: &Connection,
        keys: &Keys,
        epoch: u64,
        after: u64,
    ) -> Result<(), RedisError> {
        let block = MAX_BLOCK.min(self.0.client.target.timeout / 2);
        let mut command = ::redis::cmd("XREAD");
        command.arg("COUNT").arg(1).arg("BLOCK");
        command.arg(u64::try_from(block.as_millis()).unwrap_or(u64::MAX).max(1));
        command.arg("STREAMS").arg(&keys.stream);
        command.arg(format!("{epoch}-{after}"));
        // The entry is read by the script, together with the state of the log.
        connection.run(&command).await.map(drop)
    }

    async fn read_part(&self, log: &LogName, part: Part) -> Result<Page, RedisError> {
        let keys = Keys::new(&self.0.options.prefix, log);
        let read = async |connection: &Connection| self.run(connection, &keys, part).await;
        self.0.client.with_shared(read).await
    }

    async fn run(
        &self,
        connection: &Connection,
        keys: &Keys,
        part: Part,
    ) -> Result<Page, RedisError> {
        let bounds = &self.0.options.bounds;
        let command = |command: &mut Cmd| {
            keys.add_to(command, &[], bounds);
            command.arg(part.from).arg(part.max_entries).arg(MAX_BYTES);
            command.arg(part.check.map_or(String::new(), |check| check.to_string()));
        };
        answer::page(connection.call(&READ, command).await?)
    }

    fn readers(&self) -> std::sync::MutexGuard<'_, std::collections::HashMap<LogName, Reader>> {
        self.0
            .readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    fn note(&mut self, page: Page) -> Page {
        let last = page.entries.last().map(|entry| entry.position);
        self.read = Some((page.epoch, last.unwrap_or(page.head)));
        page
    }
}
