//! Decides how the CORS protocol answers a request.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};

/// Returns whether pages of this origin may read. The argument is the value of an `Origin` field.
pub(super) type IsAllowed = Arc<dyn Fn(&HeaderValue) -> bool + Send + Sync>;

/// The settings of a [`CorsLayer`](crate::CorsLayer).
pub(super) struct Policy {
    /// If `None`, every origin may read.
    pub(super) is_allowed: Option<IsAllowed>,
    pub(super) allow_credentials: bool,
    pub(super) refuse_foreign: bool,
    /// The header fields that only the response to a preflight has.
    pub(super) preflight: Vec<(HeaderName, HeaderValue)>,
    /// The value of `Access-Control-Expose-Headers`.
    pub(super) exposed: HeaderValue,
}

/// The answer to a request.
pub(super) enum Decision {
    /// Call the service and set these fields in its response.
    Call(HeaderMap),
    /// Answer without calling the service.
    Answer(StatusCode, HeaderMap),
}

impl Policy {
    pub(super) fn decide<B>(&self, request: &Request<B>) -> Decision {
        let mut fields = HeaderMap::new();
        let origins = request.headers().get_all(header::ORIGIN);
        let origin = origins.iter().next();
        let allowed = match &self.is_allowed {
            None => Some(HeaderValue::from_static("*")),
            // A browser never sends two origins. If another client does, all of them must be
            // allowed.
            Some(is_allowed) if !origins.iter().all(|origin| is_allowed(origin)) => {
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
        // Fetch, "CORS-preflight request". The service handles other OPTIONS requests.
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

/// Replaces the CORS fields of a response by the fields of a decision. If fields of the service
/// remained, an origin that is not allowed here might be able to read.
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
