//! The answer of the CORS protocol to a request.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};

/// Returns whether pages of the origin in an `Origin` field may read.
pub(super) type Known = Arc<dyn Fn(&HeaderValue) -> bool + Send + Sync>;

/// The rules of a [`CorsLayer`](crate::CorsLayer) layer.
pub(super) struct Policy {
    /// If absent, every origin may read.
    pub(super) known: Option<Known>,
    pub(super) allow_credentials: bool,
    pub(super) refuse_foreign: bool,
    /// The fields that only the answer to a preflight has.
    pub(super) preflight: Vec<(HeaderName, HeaderValue)>,
    /// The value of `Access-Control-Expose-Headers`.
    pub(super) exposed: HeaderValue,
}

/// The next step for a request.
pub(super) enum Decision {
    /// Call the service, and set these fields in its response.
    Call(HeaderMap),
    /// Answer without calling the service.
    Answer(StatusCode, HeaderMap),
}

impl Policy {
    pub(super) fn decide<B>(&self, request: &Request<B>) -> Decision {
        let mut fields = HeaderMap::new();
        let origins = request.headers().get_all(header::ORIGIN);
        let origin = origins.iter().next();
        let allowed = match &self.known {
            None => Some(HeaderValue::from_static("*")),
            // No browser sends two origins. If something else does, one foreign origin is enough.
            Some(known) if !origins.iter().all(|origin| known(origin)) => {
                if self.refuse_foreign {
                    return Decision::Answer(StatusCode::FORBIDDEN, fields);
                }
                None
            }
            Some(_) => origin.cloned(),
        };
        let may_read = allowed.is_some();
        if let Some(allowed) = allowed {
            fields.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        }
        if may_read && self.allow_credentials {
            let allowed = HeaderValue::from_static("true");
            fields.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, allowed);
        }
        // Fetch, "CORS-preflight request". Other OPTIONS requests are the service's own affair.
        let is_preflight = request.method() == Method::OPTIONS
            && origin.is_some()
            && request
                .headers()
                .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if is_preflight {
            fields.extend(self.preflight.iter().cloned());
            return Decision::Answer(StatusCode::OK, fields);
        }
        if may_read {
            fields.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, self.exposed.clone());
        }
        Decision::Call(fields)
    }
}

/// Puts the fields of a decision into the head of a response, instead of those that the service has
/// set: with both, an origin that is foreign here might read.
pub(super) fn complete(headers: &mut HeaderMap, fields: HeaderMap) {
    for name in [
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
    ] {
        headers.remove(name);
    }
    headers.extend(fields);
    headers.append(header::VARY, HeaderValue::from_static("origin"));
}
