//! Decoders in other languages, or with another build: programs that answer each line with one
//! line.
//!
//! | asked | answered |
//! |---|---|
//! | `digest SIZE FILE` | JSON: what was seen in the file, read in chunks of that size ([`Seen`]) |
//! | `time SIZE TIMES FILE` | the seconds that it took to decode the file this often |

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::sink::Seen;

/// A running program. It ends when this is dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Process {
    /// Starts `program` with the peer's `script`.
    ///
    /// # Errors
    /// Fails if it cannot be started.
    pub fn start(name: &str, program: &str, script: &str) -> Result<Self> {
        let mut child = Command::new(program)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {program} for {name}"))?;
        let questions = child.stdin.take().context("its input is piped")?;
        let answers = BufReader::new(child.stdout.take().context("its output is piped")?);
        Ok(Self {
            name: name.into(),
            child,
            questions,
            answers,
        })
    }

    /// Returns the name of its package.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns what it decodes from `file`.
    ///
    /// # Errors
    /// Fails if it ended, or its answer is not understood.
    pub fn digest(&mut self, file: &Path, size: usize) -> Result<Seen> {
        let answer = self.ask(&format!("digest {size} {}", file.display()))?;
        serde_json::from_str(&answer).with_context(|| format!("{} answered {answer}", self.name))
    }

    /// Returns the time that it takes to decode `file` this many times.
    ///
    /// # Errors
    /// Fails if it ended, or its answer is not understood.
    pub fn time(&mut self, file: &Path, size: usize, times: u64) -> Result<Duration> {
        let answer = self.ask(&format!("time {size} {times} {}", file.display()))?;
        let seconds = answer.trim().parse::<f64>().ok();
        seconds
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .with_context(|| format!("{} answered {answer}", self.name))
    }

    fn ask(&mut self, question: &str) -> Result<String> {
        let mut answer = String::new();
        writeln!(self.questions, "{question}")
            .and_then(|()| self.questions.flush())
            .and_then(|()| self.answers.read_line(&mut answer))
            .with_context(|| format!("{} does not answer", self.name))?;
        Ok(answer)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
