//! Server-Sent Events, shown in a browser.
#![forbid(unsafe_code)]

fn main() {}
