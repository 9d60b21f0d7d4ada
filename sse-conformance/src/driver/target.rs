//! The server that is judged, and the way to make it act.

use std::path::PathBuf;
use std::time::Duration;

use crate::driver::capability::Capability;
use crate::driver::control::Control;

/// The event stream of a server, and what the suite may ask of the server.
///
/// The default is a server on this machine, over HTTP/1.1, without a control hook. In that case,
/// the suite judges only what the server does by itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Target {
    /// The http or https URL of the event stream.
    pub url: String,
    /// The control hook, which makes the server publish.
    pub control: Option<Control>,
    /// An origin that is allowed to read the stream, such as `https://app.example`.
    pub origin: Option<String>,
    /// Header fields for every request, such as `Authorization`.
    pub fields: Vec<(String, String)>,
    /// Sends every request over HTTP/2, without TLS by prior knowledge. The `http2` cases run in
    /// any case.
    pub http2: bool,
    /// Allows a server on another machine.
    pub remote: bool,
    /// Certificates in PEM form to trust for https, instead of those of this machine. The server's
    /// own certificate may be among them.
    pub certificates: Option<PathBuf>,
    /// Accepts any certificate for https.
    pub insecure: bool,
    /// The time in which the idle stream is watched for heartbeats.
    pub idle: Duration,
    /// Capabilities that the server must have. If it lacks one, the cases about it fail instead of
    /// being unsupported.
    pub required: Vec<Capability>,
}

impl Target {
    /// Returns the server at this URL with the defaults, for example 20 seconds to watch for
    /// heartbeats. How long anything else may take is in
    /// [`Options`](crate::suite::Options::timeout).
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

    /// Sets the control hook, which makes the server publish.
    #[must_use]
    pub fn with_control(mut self, control: Control) -> Self {
        self.control = Some(control);
        self
    }
}
