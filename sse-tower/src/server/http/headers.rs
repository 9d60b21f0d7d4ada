//! Sets the header fields that an event stream needs to pass through proxies, and removes those
//! that would be wrong.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{
    list,
    server::{compression::coding::Coding, http::request::RequestFacts, settings::StreamSettings},
};

/// Fields of every event stream, unless the handler or the upstream has set them.
const FIELDS: [(HeaderName, HeaderValue); 2] = [
    // Some clients compare the whole value, so it has no parameters.
    (
        header::CONTENT_TYPE,
        HeaderValue::from_static(sse_proto::media_type::EVENT_STREAM),
    ),
    // By default, nginx and proxies that follow its example buffer the response.
    (
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    ),
];

/// Digests of the content or the representation ([RFC 9530](https://www.rfc-editor.org/rfc/rfc9530)
/// and the fields that it replaces).
const DIGESTS: [HeaderName; 5] = [
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("repr-digest"),
    HeaderName::from_static("unencoded-digest"),
];

/// Completes the head of an event stream. Fields that the handler or the upstream has set are kept,
/// except those that are wrong once bytes are added to the stream.
pub(crate) fn complete(headers: &mut HeaderMap, facts: &RequestFacts, settings: &StreamSettings) {
    remove_length_and_digests(headers);
    remove_strong_validators(headers);
    for (name, value) in FIELDS {
        headers.entry(name).or_insert(value);
    }
    complete_cache_control(headers, settings.allow_transform);
    if facts.forbids_connection_fields() {
        for name in [
            header::CONNECTION,
            HeaderName::from_static("keep-alive"),
            header::TRANSFER_ENCODING,
            header::UPGRADE,
        ] {
            headers.remove(name);
        }
    }
    if settings.refuse_unacceptable {
        vary_with(headers, header::ACCEPT);
    }
}

/// Keeps caches from storing a stream or giving it to another user, and keeps proxies from
/// compressing it, because compressors hold events back. The directives of an existing
/// `Cache-Control` field are kept.
fn complete_cache_control(headers: &mut HeaderMap, allow_transform: bool) {
    if !headers.contains_key(header::CACHE_CONTROL) {
        let directives = match allow_transform {
            true => "no-store",
            false => "no-store, no-transform",
        };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(directives));
    } else if !allow_transform {
        forbid_transformation(headers);
    }
}

/// The directive that forbids proxies to change the content
/// ([RFC 9111, 5.2.2.6](https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.6)).
const NO_TRANSFORM: &[u8] = b"no-transform";

/// Marks the response of an upstream that has the directive `no-transform`. A relay adds the same directive, so the
/// field alone would not tell another relay around it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoTransform;

/// Returns whether `Cache-Control` has the directive `no-transform`.
pub(crate) fn forbids_transformation(headers: &HeaderMap) -> bool {
    let fields = headers.get_all(header::CACHE_CONTROL).iter();
    let mut directives = fields.flat_map(|value| list::split(value.as_bytes(), b','));
    directives.any(|directive| directive.eq_ignore_ascii_case(NO_TRANSFORM))
}

/// Adds the directive `no-transform` to `Cache-Control`, unless it is already there.
fn forbid_transformation(headers: &mut HeaderMap) {
    if forbids_transformation(headers) {
        return;
    }
    let fields = headers.get_all(header::CACHE_CONTROL).iter();
    let mut values: Vec<_> = fields.map(HeaderValue::as_bytes).collect();
    values.retain(|value| !value.trim_ascii().is_empty());
    // If quotes are not closed, a directive at the end would be part of the quoted string.
    let position = match values.iter().any(|value| list::has_open_quotes(value)) {
        true => 0,
        false => values.len(),
    };
    values.insert(position, NO_TRANSFORM);
    // Joining valid values by a comma gives a valid value.
    if let Ok(value) = HeaderValue::from_bytes(&values.join(&b", "[..])) {
        headers.insert(header::CACHE_CONTROL, value);
    }
}

/// Names the content coding of a stream whose request was asked for one. Tells caches that the
/// response depends on the request, even if it has no coding.
pub(crate) fn set_content_coding(headers: &mut HeaderMap, coding: Option<Coding>) {
    vary_with(headers, header::ACCEPT_ENCODING);
    if let Some(coding) = coding {
        headers.insert(header::CONTENT_ENCODING, coding.field_value());
    }
}

/// Tells caches that the response depends on this field of the request.
pub(crate) fn vary_with(headers: &mut HeaderMap, field: HeaderName) {
    let fields = headers.get_all(header::VARY);
    let mut names = fields
        .iter()
        .flat_map(|field| list::split(field.as_bytes(), b','));
    let is_this = |name: &[u8]| name.eq_ignore_ascii_case(field.as_str().as_bytes());
    let is_listed = names.any(|name| name == b"*" || is_this(name));
    drop(names);
    // A response inside a relay with the same settings already has the field.
    if !is_listed {
        headers.append(header::VARY, field.into());
    }
}

/// Removes the fields that describe content, for responses without content. HTTP/2 treats a length
/// that does not match as a protocol error.
pub(crate) fn remove_content(headers: &mut HeaderMap) {
    remove_length_and_digests(headers);
    for name in [
        header::CONTENT_TYPE,
        header::CONTENT_ENCODING,
        header::TRANSFER_ENCODING,
    ] {
        headers.remove(name);
    }
}

/// Removes all fields that describe the representation, for responses that send another one
/// instead.
pub(crate) fn remove_representation(headers: &mut HeaderMap) {
    remove_content(headers);
    for name in [
        header::ACCEPT_RANGES,
        header::CONTENT_DISPOSITION,
        header::CONTENT_LANGUAGE,
        header::CONTENT_LOCATION,
        header::CONTENT_RANGE,
        header::ETAG,
        header::LAST_MODIFIED,
    ] {
        headers.remove(name);
    }
}

fn remove_length_and_digests(headers: &mut HeaderMap) {
    headers.remove(header::CONTENT_LENGTH);
    remove_digests(headers);
}

/// Removes the digests from headers or trailers. They do not match a stream that ends early or to
/// which bytes are added.
pub(crate) fn remove_digests(fields: &mut HeaderMap) {
    for name in DIGESTS {
        fields.remove(name);
    }
}

/// Removes strong entity tags, which promise the same bytes each time, and the offer to send ranges
/// of these bytes ([RFC 9110, 8.8.1](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.1)).
pub(crate) fn remove_strong_validators(fields: &mut HeaderMap) {
    fields.remove(header::ACCEPT_RANGES);
    let is_weak = |tag: &HeaderValue| tag.as_bytes().starts_with(b"W/");
    if !fields.get_all(header::ETAG).iter().all(is_weak) {
        fields.remove(header::ETAG);
    }
}

/// Returns true if the content has a coding, so that its events cannot be read ([RFC 9110,
/// 8.4](https://www.rfc-editor.org/rfc/rfc9110#section-8.4)).
///
/// Servers also send the invalid values `none` and an empty one for content without a coding. An
/// unknown value counts as a coding.
pub(crate) fn has_content_coding(headers: &HeaderMap) -> bool {
    let fields = headers.get_all(header::CONTENT_ENCODING).iter();
    let mut codings = fields.flat_map(|field| list::split(field.as_bytes(), b','));
    codings.any(|coding| {
        let plain: [&[u8]; 3] = [b"", b"identity", b"none"];
        !plain.iter().any(|name| coding.eq_ignore_ascii_case(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(name: HeaderName, values: &[&str]) -> HeaderMap {
        let values = values.iter().map(|value| value.parse().unwrap());
        values.map(|value| (name.clone(), value)).collect()
    }

    #[test]
    fn no_transform_is_added_once() {
        for (values, expected) in [
            (&["no-cache"][..], &["no-cache, no-transform"][..]),
            (&["max-age=0,private"], &["max-age=0,private, no-transform"]),
            (
                &["no-cache", "private"],
                &["no-cache, private, no-transform"],
            ),
            (&["", " ", "public"], &["public, no-transform"]),
            (&[""], &["no-transform"]),
            // The directive is already present.
            (&["no-transform"], &["no-transform"]),
            (&["No-Transform , no-cache"], &["No-Transform , no-cache"]),
            (
                &["no-cache", "private,\tNO-TRANSFORM"],
                &["no-cache", "private,\tNO-TRANSFORM"],
            ),
            // Other directives and text within a directive do not count.
            (
                &["x-no-transform, no-transforms"],
                &["x-no-transform, no-transforms, no-transform"],
            ),
            (
                &[r#"private="set-cookie, no-transform""#],
                &[r#"private="set-cookie, no-transform", no-transform"#],
            ),
            (
                &[r#"ext="a\", no-transform, b""#],
                &[r#"ext="a\", no-transform, b", no-transform"#],
            ),
            (
                &["no-cache", r#"private="x, no-transform"#],
                &[r#"no-transform, no-cache, private="x, no-transform"#],
            ),
        ] {
            let mut headers = fields(header::CACHE_CONTROL, values);
            complete_cache_control(&mut headers, false);
            let seen: Vec<_> = headers.get_all(header::CACHE_CONTROL).iter().collect();
            assert_eq!(seen, expected, "{values:?}");

            let mut headers = fields(header::CACHE_CONTROL, values);
            complete_cache_control(&mut headers, true);
            let seen: Vec<_> = headers.get_all(header::CACHE_CONTROL).iter().collect();
            assert_eq!(seen, values, "allowed");
        }
    }

    #[test]
    fn only_codings_that_change_the_bytes_count() {
        for (values, is_coded) in [
            (&[][..], false),
            (&["identity"], false),
            (&["Identity"], false),
            (&["none"], false),
            (&["NONE"], false),
            (&[""], false),
            (&[" ,\t,"], false),
            (&["identity, identity"], false),
            (&["none, identity"], false),
            (&["identity,none ,\tIDENTITY"], false),
            (&["identity", "none", ""], false),
            (&["gzip"], true),
            (&["GZip"], true),
            (&["identity, gzip"], true),
            (&["gzip, identity"], true),
            (&["none,br"], true),
            (&["identity", "zstd"], true),
            (&["", "deflate"], true),
            (&["x-unknown"], true),
            (&["identity;q=1"], true),
            (&["\"none\""], true),
            (&["none identity"], true),
            (&["nonesuch"], true),
            (&["\u{e9}"], true),
        ] {
            let headers = fields(header::CONTENT_ENCODING, values);
            assert_eq!(has_content_coding(&headers), is_coded, "{values:?}");
        }
    }

    #[test]
    fn only_weak_entity_tags_stay() {
        for (values, stays) in [
            (&[r#"W/"1""#][..], true),
            (&[r#"W/"1""#, r#"W/"2""#], true),
            (&[r#""1""#], false),
            (&[r#"W/"1""#, r#""1""#], false),
            (&[r#"w/"1""#], false),
            (&["1"], false),
            (&[""], false),
        ] {
            let mut headers = fields(header::ETAG, values);
            remove_strong_validators(&mut headers);
            assert_eq!(headers.contains_key(header::ETAG), stays, "{values:?}");
        }
    }
}
