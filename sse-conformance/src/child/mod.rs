//! Testees in any language. A testee is a child process that reads requests and writes answers, one
//! JSON object per line. `PROTOCOL.md` describes the protocol for authors of such adapters.
//!
//! A process that crashes, hangs or answers nonsense fails the case that it was asked in. The next
//! case gets a new process.

use std::ffi::OsString;
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::child::process::{Error, Process};
use crate::text::seconds;

pub mod decoder;
pub mod encoder;

mod process;

/// The command that starts a testee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The program and its arguments.
    pub words: Vec<OsString>,
    /// The time after which a silent process is ended.
    pub timeout: Duration,
}

/// The testee cannot be asked anything: it does not start, or does not introduce itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreachable(String);

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unreachable {}

/// The version of the protocol.
const PROTOCOL: u64 = 1;

/// The time in which a process must introduce itself. Some are compiled first.
const STARTUP: Duration = Duration::from_secs(60);

/// The number of timeouts after which the testee gets less time for an answer. If it has not
/// answered at all by then, it is not asked again.
const PATIENCE: u32 = 3;

/// The processes of one command. There are as many as are used at the same time.
#[derive(Debug)]
struct Pool {
    command: Command,
    role: &'static str,
    idle: Mutex<Vec<Process>>,
    /// The introduction of the first process.
    hello: Value,
    /// The number of requests that timed out.
    silences: AtomicU32,
    /// Set once a request other than the first line was answered.
    has_answered: AtomicBool,
}

impl Pool {
    /// Starts the first process.
    fn start(command: &Command, role: &'static str) -> Result<Self, Unreachable> {
        let mut pool = Self {
            command: command.clone(),
            role,
            idle: Mutex::default(),
            hello: Value::Null,
            silences: AtomicU32::new(0),
            has_answered: AtomicBool::new(false),
        };
        let (process, hello) = pool.spawn().map_err(Unreachable)?;
        pool.hello = hello;
        pool.put_back(process);
        Ok(pool)
    }

    /// Returns an idle process, or starts a new one.
    fn take(&self) -> Result<Process, String> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(|lock| lock.into_inner())
            .pop();
        match idle {
            Some(process) => Ok(process),
            None => Ok(self.spawn()?.0),
        }
    }

    /// Asks a process. A testee that times out often gets less time, and one that has never
    /// answered is not asked again, so that a run against it ends soon.
    fn ask(&self, process: &mut Process, request: &Value) -> Result<Value, String> {
        let given = self.command.timeout;
        let silences = self.silences.load(Ordering::Relaxed);
        let is_patient = silences < PATIENCE;
        if !is_patient && !self.has_answered.load(Ordering::Relaxed) {
            return Err(format!(
                "not asked: the testee answered none of the {silences} requests before within {}",
                seconds(given)
            ));
        }
        let timeout = given / if is_patient { 1 } else { 10 };
        let answer = process.ask(request, timeout);
        if answer != Err(Error::Silent) {
            self.has_answered.store(true, Ordering::Relaxed);
        }
        answer.map_err(|error| match error {
            Error::Broken(how) => how,
            Error::Silent => {
                self.silences.fetch_add(1, Ordering::Relaxed);
                let within = seconds(given);
                match is_patient {
                    true => format!("no answer within {within}"),
                    false => format!(
                        "no answer within {}. That is a tenth of {within}, because {PATIENCE} \
                         answers before were not in time",
                        seconds(timeout)
                    ),
                }
            }
        })
    }

    /// Takes back a process that has answered every request.
    fn put_back(&self, process: Process) {
        self.idle
            .lock()
            .unwrap_or_else(|lock| lock.into_inner())
            .push(process);
    }

    fn spawn(&self) -> Result<(Process, Value), String> {
        let mut process = Process::start(&self.command.words)?;
        let hello = json!({"op": "hello", "protocol": PROTOCOL, "role": self.role});
        let answer = process
            .ask(&hello, STARTUP.max(self.command.timeout))
            .map_err(|error| match error {
                Error::Silent => "no answer to the first line in time".to_owned(),
                Error::Broken(how) => format!("no answer to the first line: {how}"),
            })?;
        match answer.get("protocol").and_then(Value::as_u64) {
            Some(PROTOCOL) => Ok((process, answer)),
            _ => Err(format!(
                "the answer to the first line is {answer}, but it must be {{\"protocol\": \
                 {PROTOCOL}, …}}"
            )),
        }
    }

    /// Returns whether the first process claimed this capability.
    fn claims(&self, capability: &str) -> bool {
        let claimed = self.hello.get("capabilities").and_then(Value::as_array);
        claimed.is_some_and(|claimed| claimed.iter().any(|claim| claim == capability))
    }

    fn name(&self) -> Option<&str> {
        self.hello.get("name")?.as_str()
    }
}

/// Returns bytes as hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// Returns the bytes that hexadecimal digits stand for.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    text.as_bytes()
        .chunks(2)
        .map(|pair| match *pair {
            [high, low] => u8::try_from(digit(high)? * 16 + digit(low)?).ok(),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_digits_come_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(unhex(&hex(&bytes)).as_deref(), Some(bytes.as_slice()));
        assert_eq!(unhex("0AfF"), Some(vec![10, 255]));
        assert_eq!(unhex("abc"), None);
        assert_eq!(unhex("zz"), None);
        assert_eq!(unhex("é"), None);
    }
}
