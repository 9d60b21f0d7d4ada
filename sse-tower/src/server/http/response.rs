//! Builds the responses of `SseLayer`, `Sse` and `RelayLayer`: an open stream or a refusal.

use std::sync::Arc;

use http::{HeaderValue, Response, StatusCode, header, response::Parts};

use crate::{
    foreign::Guarded,
    server::{
        admission::{
            Admission,
            refusal::{Refusal, RefusalReason},
        },
        compression::compressor::Compressor,
        http::{
            headers::{self, NoTransform},
            request::RequestFacts,
        },
        observe::Observers,
        settings::StreamSettings,
        stream::{
            body::StreamBody, info::StreamInfo, insertions::Insertions, notice::Notice,
            pipeline::Pipeline,
        },
    },
};

/// Answers with status 406, because the client does not accept event streams. Fields that other
/// layers have set are kept: without the CORS fields, a page of another origin could not see the
/// refusal.
pub(crate) fn not_acceptable<B>(mut head: Parts, body: B, facts: RequestFacts) -> Response<B> {
    if let Some(observer) = facts.observer {
        let refusal = RefusalReason::NotAcceptable.into();
        observer.call(Observers::default(), || Notice::Refused(refusal));
    }
    headers::remove_representation(&mut head.headers);
    headers::vary_with(&mut head.headers, header::ACCEPT);
    head.status = StatusCode::NOT_ACCEPTABLE;
    Response::from_parts(head, body)
}

/// Opens a stream. `inner` is the stream that it relays, if that is one of this crate.
pub(crate) fn open<S>(
    mut head: Parts,
    source: Guarded<S>,
    settings: &Arc<StreamSettings>,
    admission: Admission,
    facts: RequestFacts,
    insertions: Insertions,
    inner: Option<StreamInfo>,
) -> Response<StreamBody<S>> {
    headers::complete(&mut head.headers, &facts, settings);
    let may_compress = facts.is_known
        && settings.compression.is_some()
        && !headers::has_content_coding(&head.headers)
        && head.extensions.get::<NoTransform>().is_none();
    let coding = facts.coding.filter(|_| may_compress);
    if facts.is_head {
        if may_compress {
            headers::set_content_coding(&mut head.headers, coding.map(|(coding, _)| coding));
        }
        return Response::from_parts(head, StreamBody::head());
    }
    // If memory for a compressor cannot be allocated, the stream is sent without a coding.
    let compressor = coding.and_then(|(coding, effort)| Compressor::new(coding, effort));
    if may_compress {
        let coding = compressor.as_ref().map(Compressor::coding);
        headers::set_content_coding(&mut head.headers, coding);
    }
    let pipeline = Pipeline::new(
        settings.clone(),
        admission,
        facts,
        insertions,
        inner,
        compressor,
    );
    respond(head, source, pipeline)
}

/// Refuses a stream and tells the client when to reconnect. Fields of other layers are kept.
pub(crate) fn refuse<S>(
    head: Parts,
    settings: &Arc<StreamSettings>,
    facts: RequestFacts,
    refusal: Refusal,
) -> Response<StreamBody<S>> {
    let head = refused_head(head, settings, &facts, refusal);
    if facts.is_head {
        return Response::from_parts(head, StreamBody::head());
    }
    let pipeline = Pipeline::refused(settings.clone(), facts, refusal);
    respond(head, Guarded::none(), pipeline)
}

fn respond<S>(mut head: Parts, source: Guarded<S>, pipeline: Pipeline) -> Response<StreamBody<S>> {
    pipeline.describe(&mut head.extensions);
    Response::from_parts(head, StreamBody::new(source, pipeline))
}

fn refused_head(
    mut head: Parts,
    settings: &StreamSettings,
    facts: &RequestFacts,
    refusal: Refusal,
) -> Parts {
    let fields = &mut head.headers;
    headers::remove_representation(fields);
    headers::complete(fields, facts, settings);
    if facts.may_close_connection() {
        // A refused client could keep the connection open, with the resources that the server holds
        // for it (RFC 9112, section 9.6).
        fields.remove("keep-alive");
        fields.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    // Tells a relay around this response to pass it unchanged.
    head.extensions.insert(refusal);
    if refusal.mistake().is_some() {
        // Retrying does not help, because the mistake is in the server.
        head.status = StatusCode::INTERNAL_SERVER_ERROR;
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        fields.insert(header::CONTENT_TYPE, text);
        fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        return head;
    }
    if !settings.refuse_with_503 {
        return head;
    }
    head.status = StatusCode::SERVICE_UNAVAILABLE;
    let time = settings.random().within(&settings.come_back_after);
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    fields.remove(header::CONTENT_TYPE);
    fields.insert(header::RETRY_AFTER, seconds.into());
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    head
}
