//! The host of an origin, in the one form that the URL standard
//! [serialises](https://url.spec.whatwg.org/#host-serializing).

use std::{
    borrow::Cow,
    net::{Ipv4Addr, Ipv6Addr},
};

use super::punycode;

/// The reason why no browser writes the host like this, if there is one.
pub(super) fn fault_of(host: &str) -> Option<Cow<'static, str>> {
    const UNKNOWN: &str =
        "the host is a name (in Punycode, if it is not ASCII) or an address (IPv6 in brackets)";
    if let Some(rest) = host.strip_prefix('[') {
        let address = rest.strip_suffix(']').and_then(|text| text.parse().ok());
        return match address.map(serialise) {
            None => Some(UNKNOWN.into()),
            Some(right) if right == host => None,
            Some(right) => Some(format!("browsers write this address as {right}").into()),
        };
    }
    let is_name = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_');
    let name = host.strip_suffix('.').unwrap_or(host);
    let mut labels = name.split('.');
    let fault = if !host.bytes().all(is_name) {
        UNKNOWN
    } else if labels.clone().next_back().is_some_and(is_number) {
        match host.parse::<Ipv4Addr>() {
            Ok(_) => return None,
            Err(_) => {
                "a host that ends in a number is an IPv4 address: four numbers from 0 to 255, decimal, \
                 without leading zeros"
            }
        }
    } else if labels
        .clone()
        .any(|label| label.is_empty() || label.len() > 63)
        || name.len() > 253
    {
        "the parts of a host name have 1 to 63 characters, all of it at most 253"
    } else if labels.any(|label| !punycode::is_plausible(label)) {
        "a part of the host name that begins with xn-- is not Punycode of a name that is not ASCII"
    } else {
        return None;
    };
    Some(fault.into())
}

/// Returns true if a host that ends in this label is taken for an IPv4 address
/// ([URL, "ends in a number"](https://url.spec.whatwg.org/#ends-in-a-number-checker)).
fn is_number(label: &str) -> bool {
    let is_decimal = !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit());
    let hexadecimal = label.strip_prefix("0x");
    is_decimal || hexadecimal.is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Writes the address with brackets
/// ([URL, "IPv6 serializer"](https://url.spec.whatwg.org/#concept-ipv6-serializer)). Unlike the standard
/// library, it writes an address that is mapped from IPv4 in hexadecimal, too.
fn serialise(address: Ipv6Addr) -> String {
    let pieces = address.segments();
    let join = |pieces: &[u16]| {
        let pieces: Vec<_> = pieces.iter().map(|piece| format!("{piece:x}")).collect();
        pieces.join(":")
    };
    match longest_zeros(&pieces) {
        None => format!("[{}]", join(&pieces)),
        Some((start, end)) => format!("[{}::{}]", join(&pieces[..start]), join(&pieces[end..])),
    }
}

/// The first of the longest runs of at least two pieces that are zero.
fn longest_zeros(pieces: &[u16]) -> Option<(usize, usize)> {
    let mut longest = None;
    let mut start = 0;
    while start < pieces.len() {
        let zeros = pieces[start..]
            .iter()
            .take_while(|piece| **piece == 0)
            .count();
        let most = longest.map_or(1, |(start, end)| end - start);
        if zeros > most {
            longest = Some((start, start + zeros));
        }
        start += zeros.max(1);
    }
    longest
}
