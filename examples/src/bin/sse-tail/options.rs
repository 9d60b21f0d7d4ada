//! The command line.

use std::{io::Read, path::PathBuf};

use anyhow::Context;
use bytes::Bytes;
use clap::{Parser, ValueEnum};
use http::{HeaderName, HeaderValue, Method, Request, Uri, header};
use sse_tower::EventId;

pub(crate) const EXIT_STATUSES: &str = "\
Exit status: 0 the stream ended as wanted (204, final event, --count), 1 the server refused or sent something
wrong, 2 wrong usage, 3 the network failed and there was no further attempt, 130 Ctrl-C";

/// Print an event stream, and resume it when the connection is lost
#[derive(Debug, Parser)]
#[command(name = "sse-tail", after_help = EXIT_STATUSES)]
pub(crate) struct Options {
    /// URL of the stream; http:// may be left out
    #[arg(value_parser = url)]
    url: Uri,
    /// Print each event as a line of JSON
    #[arg(long, conflicts_with = "raw")]
    pub(crate) json: bool,
    /// Print the bytes as they come, of all connections
    #[arg(long)]
    pub(crate) raw: bool,
    /// Start after the event with this ID
    #[arg(long, value_name = "ID")]
    pub(crate) since: Option<EventId>,
    /// Send this header field; may be given several times
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = header)]
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Send this file in a POST, which is never repeated; - is the standard input
    #[arg(long, value_name = "FILE")]
    post: Option<PathBuf>,
    /// End at the event with this data, such as `[DONE]`
    #[arg(long = "final", value_name = "DATA")]
    pub(crate) final_event: Option<String>,
    /// End after this many events
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<u64>,
    /// End with the first connection
    #[arg(long)]
    pub(crate) no_resume: bool,
    /// End after this many failures in a row beyond the first
    #[arg(long, value_name = "N")]
    pub(crate) max_retries: Option<u32>,
    /// Connect again after this many seconds without a byte
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) idle_timeout: Option<u64>,
    /// Also trust the certificates in this PEM file
    #[arg(long, value_name = "FILE")]
    pub(crate) cacert: Option<PathBuf>,
    /// Also show comments, and reconnection times that the server sets
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// When to use colours
    #[arg(long, value_enum, default_value_t)]
    pub(crate) color: Color,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

impl Color {
    pub(crate) fn write_global(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

impl Options {
    /// Returns the request that each attempt sends.
    pub(crate) fn request(&self) -> anyhow::Result<Request<Bytes>> {
        let mut request = Request::new(Bytes::new());
        if let Some(file) = &self.post {
            let mut body = Vec::new();
            let read = match file.to_str() {
                Some("-") => std::io::stdin().read_to_end(&mut body).map(drop),
                _ => std::fs::read(file).map(|bytes| body = bytes),
            };
            read.with_context(|| format!("cannot read {}", file.display()))?;
            request = Request::new(body.into());
            *request.method_mut() = Method::POST;
            let json = HeaderValue::from_static("application/json");
            request.headers_mut().insert(header::CONTENT_TYPE, json);
        }
        *request.uri_mut() = self.url.clone();
        for (name, _) in &self.headers {
            request.headers_mut().remove(name);
        }
        for (name, value) in &self.headers {
            request.headers_mut().append(name, value.clone());
        }
        Ok(request)
    }
}

fn url(text: &str) -> anyhow::Result<Uri> {
    let text = match text.contains("://") {
        true => text.to_owned(),
        false => format!("http://{text}"),
    };
    let uri: Uri = text.parse()?;
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    anyhow::ensure!(is_http, "it does not begin with http:// or https://");
    Ok(uri)
}

fn header(text: &str) -> anyhow::Result<(HeaderName, HeaderValue)> {
    let (name, value) = text.split_once(':').context("it has no colon")?;
    let mut value = HeaderValue::from_str(value.trim())?;
    // Kept from other origins, whatever the field is.
    value.set_sensitive(true);
    Ok((name.trim().parse()?, value))
}
