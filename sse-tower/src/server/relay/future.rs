use std::{
    fmt,
    future::Future,
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{Response, StatusCode, header};
use pin_project_lite::pin_project;
use sse_proto::media_type;

use crate::{
    foreign::Guarded,
    server::{
        admission::{Admission, refusal::Refusal},
        http::{
            headers::{self, NoTransform},
            request::RequestFacts,
            response::{not_acceptable, open, refuse},
        },
        relay::{body::RelayBody, source::Relayed},
        settings::StreamSettings,
        stream::{info::StreamInfo, insertions::Insertions, notice::Notice},
    },
};

pin_project! {
    /// The response future of [`RelayService`](crate::server::RelayService).
    pub struct RelayFuture<F> {
        #[pin]
        inner: F,
        settings: Arc<StreamSettings>,
        facts: RequestFacts,
    }
}

impl<F> RelayFuture<F> {
    pub(super) fn new(inner: F, settings: Arc<StreamSettings>, facts: RequestFacts) -> Self {
        Self {
            inner,
            settings,
            facts,
        }
    }
}

impl<F, B, E> Future for RelayFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<RelayBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.inner.poll(cx))?;
        let facts = mem::take(this.facts);
        Poll::Ready(Ok(relay(response, this.settings, facts)))
    }
}

impl<F> fmt::Debug for RelayFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelayFuture")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

fn relay<B>(
    response: Response<B>,
    settings: &Arc<StreamSettings>,
    facts: RequestFacts,
) -> Response<RelayBody<B>> {
    let extensions = response.extensions();
    let inner = extensions.get::<StreamInfo>().cloned();
    if let Some(refusal) = extensions.get::<Refusal>() {
        if let (Some(observer), Some(inner)) = (facts.observer, inner) {
            let others = inner.mute_observers_of(settings).complement();
            observer.call(others, || Notice::Refused(*refusal));
        }
        return response.map(|body| RelayBody::passed(Guarded::new(body)));
    }
    if !is_event_stream(&response) {
        return response.map(|body| RelayBody::passed(Guarded::new(body)));
    }
    let (mut head, body) = response.into_parts();
    // The streams of this crate have the directive for the proxies that come after the layers.
    if inner.is_none() && headers::forbids_transformation(&head.headers) {
        head.extensions.insert(NoTransform);
    }
    let is_coded = headers::has_content_coding(&head.headers);
    let source = Guarded::new(Relayed::new(body, is_coded));
    if let Some(inner) = &inner {
        inner.mute_observers_of(settings);
    }
    if facts.excludes_event_streams {
        return not_acceptable(head, RelayBody::default(), facts);
    }
    let admission = match Admission::new(settings, facts.limit_key, inner.as_ref()) {
        Ok(admission) => admission,
        Err(refusal) => {
            return refuse(head, settings, facts, refusal).map(RelayBody::event_stream);
        }
    };
    let insertions = match is_coded {
        true => Insertions::default(),
        false => {
            let there = inner.as_ref().map(StreamInfo::insertions);
            let all = settings.insertions(facts.wants_padding);
            all.without(there.unwrap_or_default())
        }
    };
    open(head, source, settings, admission, facts, insertions, inner).map(RelayBody::event_stream)
}

fn is_event_stream<B>(response: &Response<B>) -> bool {
    let content_types = response.headers().get_all(header::CONTENT_TYPE);
    response.status() == StatusCode::OK && media_type::names_event_stream(content_types)
}
