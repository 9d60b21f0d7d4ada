//! The names under which only programs on this machine reach a server.

use std::net::IpAddr;

use axum::http::{header::HOST, request::Parts, uri::Authority};

/// Returns the host of the request's URL: from its line, over HTTP/2, or from the field `Host`.
#[must_use]
pub fn host(head: &Parts) -> Option<Authority> {
    let named = || head.headers.get(HOST)?.to_str().ok()?.parse().ok();
    head.uri.authority().cloned().or_else(named)
}

/// Returns whether a host is `localhost` or a loopback address.
#[must_use]
pub fn is_loopback(host: &Authority) -> bool {
    let name = host.host();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = |address: IpAddr| address.to_canonical().is_loopback();
    name.eq_ignore_ascii_case("localhost") || address.parse().is_ok_and(is_loopback)
}
