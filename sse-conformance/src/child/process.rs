//! One child process, which is asked line by line.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;

use crate::wire::log;

/// A running testee. Dropping it ends the process and every process that it started.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    requests: Sender<String>,
    answers: Receiver<Result<String, String>>,
    complaints: Arc<Mutex<Vec<u8>>>,
    complaining: JoinHandle<()>,
}

/// The reason for a missing answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Error {
    /// The answer did not come in time.
    Silent,
    /// The answer was nonsense, or the process is gone.
    Broken(String),
}

impl Process {
    pub(super) fn start(words: &[OsString]) -> Result<Self, String> {
        let (program, arguments) = words.split_first().ok_or("no command was given")?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        in_a_group_of_its_own(&mut command);
        let mut child = command
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", program.to_string_lossy()))?;
        let taken = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = taken else {
            unreachable!("all three were asked for");
        };
        let complaints = Arc::default();
        let (requests, to_be_asked) = mpsc::channel();
        let (answered, answers) = mpsc::channel();
        // Pipes block, and a process may neither read nor write. So each pipe has a thread, which
        // ends with the pipe.
        thread::spawn(move || converse(stdin, stdout, &to_be_asked, &answered));
        let tail = Arc::clone(&complaints);
        let complaining = thread::spawn(move || keep_the_tail(stderr, &tail));
        Ok(Self {
            child,
            requests,
            answers,
            complaints,
            complaining,
        })
    }

    /// Sends a request and waits for the answer. After an error the process cannot be used any
    /// more.
    pub(super) fn ask(&mut self, request: &Value, timeout: Duration) -> Result<Value, Error> {
        let request = request.to_string();
        log::sent(request.as_bytes());
        // If the thread is gone, the process is gone as well, and the wait below says why.
        let _ = self.requests.send(request + "\n");
        let line = match self.answers.recv_timeout(timeout) {
            Ok(Ok(line)) => line,
            Ok(Err(error)) => return Err(Error::Broken(self.obituary(&error))),
            Err(RecvTimeoutError::Timeout) => return Err(Error::Silent),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Error::Broken(self.obituary("the process is gone")));
            }
        };
        log::received(None, line.trim_end().as_bytes());
        serde_json::from_str(&line).map_err(|error| {
            let start: String = line.trim_end().chars().take(200).collect();
            // JSON allows half of a surrogate pair to stand alone, as strings of UTF-16 do.
            let what = match line.to_ascii_lowercase().contains("\\ud") {
                true => "an unpaired surrogate",
                false => "text that is not JSON",
            };
            Error::Broken(format!("the answer is {what} ({error}): {start}"))
        })
    }

    /// Returns how the process ended, and the last lines that it wrote to standard error.
    fn obituary(&mut self, error: &str) -> String {
        // The pipes close a moment before the process can be waited for, and a thread reads
        // standard error. Another process that it started may keep the pipe open, so the wait is
        // short.
        let mut status = None;
        for _ in 0..100 {
            status = self.child.try_wait().ok().flatten();
            if status.is_some() && self.complaining.is_finished() {
                break;
            }
            thread::sleep(Duration::from_millis(10));
        }
        let ended = status.map_or(error.to_owned(), |status| {
            format!("the process ended ({status})")
        });
        let tail = self
            .complaints
            .lock()
            .unwrap_or_else(|lock| lock.into_inner());
        match String::from_utf8_lossy(&tail).trim() {
            "" => ended,
            tail => format!("{ended}, saying: {tail}"),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        end(&mut self.child);
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
fn in_a_group_of_its_own(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn in_a_group_of_its_own(_: &mut Command) {}

/// Ends the process. On Unix, also ends every process that it started, so that a wrapper leaves
/// nothing behind.
fn end(child: &mut Child) {
    #[cfg(unix)]
    {
        use rustix::process::{Pid, Signal, kill_process_group};
        if let Ok(None) = child.try_wait() {
            let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
        }
    }
    let _ = child.kill();
}

fn converse(
    mut stdin: ChildStdin,
    stdout: ChildStdout,
    requests: &Receiver<String>,
    answers: &Sender<Result<String, String>>,
) {
    let mut stdout = BufReader::new(stdout);
    for request in requests {
        let answer = stdin
            .write_all(request.as_bytes())
            .and_then(|()| stdin.flush())
            .map_err(|error| format!("the process does not read: {error}"))
            .and_then(|()| line(&mut stdout));
        let over = answer.is_err();
        if answers.send(answer).is_err() || over {
            return;
        }
    }
}

fn line(stdout: &mut impl BufRead) -> Result<String, String> {
    let mut line = Vec::new();
    let read = stdout.take(LONGEST_ANSWER).read_until(b'\n', &mut line);
    match read {
        Ok(_) if line.ends_with(b"\n") => {
            String::from_utf8(line).map_err(|_| "the answer is not UTF-8".to_owned())
        }
        Ok(0) => Err("the process closed its output".to_owned()),
        Ok(read) if read as u64 == LONGEST_ANSWER => {
            Err(format!("the answer is longer than {LONGEST_ANSWER} bytes"))
        }
        Ok(_) => Err("the process closed its output in the middle of a line".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Six times the longest data in the suite, because each character may be escaped.
const LONGEST_ANSWER: u64 = 64 * 1024 * 1024;

fn keep_the_tail(mut stderr: ChildStderr, tail: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 1024];
    while let Ok(read @ 1..) = stderr.read(&mut buffer) {
        let mut tail = tail.lock().unwrap_or_else(|lock| lock.into_inner());
        tail.extend_from_slice(&buffer[..read]);
        let excess = tail.len().saturating_sub(TAIL);
        tail.drain(..excess);
    }
}

const TAIL: usize = 500;
