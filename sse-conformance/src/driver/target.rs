//! What is judged, and how it is made to do something.

use std::path::PathBuf;
use std::time::Duration;

use crate::driver::capability::Capability;
use crate::driver::control::Control;

/// A server's event stream, and what the suite may ask of the server.
///
/// The default is a server on this machine, asked over HTTP/1.1, with no control hook: then only
/// what it does by itself is judged.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Target {
    /// Where the event stream is: an http or https URL.
    pub url: String,
    /// How to make the server publish.
    pub control: Option<Control>,
    /// An origin that the server lets read its stream, such as `https://app.example`.
    pub origin: Option<String>,
    /// Fields for every request, such as an `Authorization`.
    pub fields: Vec<(String, String)>,
    /// Whether every request goes over HTTP/2, in the clear with prior knowledge. The `http2` cases
    /// are run either way.
    pub http2: bool,
    /// Whether the server may be another machine.
    pub remote: bool,
    /// Certificates to trust for https, in PEM form, instead of those of this machine. A server's own
    /// certificate may be among them.
    pub certificates: Option<PathBuf>,
    /// Accepts any certificate for https.
    pub insecure: bool,
    /// How long the idle stream is watched for heartbeats.
    pub idle: Duration,
    /// What the server must have: without it, a case about it is a failure, not unsupported.
    pub required: Vec<Capability>,
}

impl Target {
    /// The server at this URL, with the defaults: 20 seconds for heartbeats. How long anything
    /// else may take is in [`Options`](crate::suite::Options::timeout).
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            control: None,
            origin: None,
            fields: Vec::new(),
            http2: false,
            remote: false,
            certificates: None,
            insecure: false,
            idle: Duration::from_secs(20),
            required: Vec::new(),
        }
    }

    /// With a way to make the server publish.
    #[must_use]
    pub fn with_control(mut self, control: Control) -> Self {
        self.control = Some(control);
        self
    }
}
