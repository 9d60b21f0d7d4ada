//! Reading the answers of the scripts.

use std::{sync::Arc, time::Duration};

use ::redis::Value;

use crate::{
    redis::{
        answer::{Answer, parts, unexpected},
        error::RedisError,
    },
    runs::{
        run_id::RunId,
        seal::Seal,
        store::{Appended, Page, RunState},
    },
};

/// Reads an answer that is nil if the run does not exist.
pub(super) fn if_exists<T>(
    answer: Value,
    read: impl FnOnce(Value) -> Result<T, RedisError>,
) -> Result<Option<T>, RedisError> {
    match answer {
        Value::Nil => Ok(None),
        answer => read(answer).map(Some),
    }
}

pub(super) fn state(answer: Value) -> Result<RunState, RedisError> {
    let [head, seal, lease_left, unwatched, key] = parts(answer)?;
    let seal = match if_exists(seal, Value::text)? {
        Some(name) => Some(Seal::from_name(&name).ok_or_else(unexpected)?),
        None => None,
    };
    Ok(RunState {
        key: if_exists(key, Value::text)?.map(Arc::from),
        head: head.number()?,
        seal,
        lease_is_over: seal.is_none() && lease_left.number()? == 0,
        unwatched_for: Duration::from_millis(unwatched.number()?),
    })
}

pub(super) fn appended(answer: Value) -> Result<Appended, RedisError> {
    let [is_appended, after] = parts(answer)?;
    let after = state(after)?;
    Ok(match is_appended.number()? {
        0 => Appended::Refused(after),
        _ => Appended::Appended(after),
    })
}

pub(super) fn page(answer: Value) -> Result<Page, RedisError> {
    let [before, entries] = parts(answer)?;
    let entries = entries.array()?.into_iter();
    Ok(Page {
        state: state(before)?,
        entries: entries
            .map(|entry| entry.text().map(Arc::from))
            .collect::<Result<_, _>>()?,
    })
}

/// Reads the runs of a list, and sorts them by the time of their creation.
pub(super) fn list(answer: Value) -> Result<Vec<(RunId, RunState)>, RedisError> {
    let mut runs = Vec::new();
    for run in answer.array()? {
        let [id, created, of_run] = parts(run)?;
        let id: RunId = id.text()?.parse().map_err(|_| unexpected())?;
        runs.push((created.number()?, id, state(of_run)?));
    }
    runs.sort_unstable_by_key(|(created, id, _)| (*created, *id));
    Ok(runs.into_iter().map(|(_, id, state)| (id, state)).collect())
}
