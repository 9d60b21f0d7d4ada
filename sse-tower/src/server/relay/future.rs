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
            headers,
            request::Asked,
            response::{not_acceptable, open, refuse},
        },
        relay::{body::RelayBody, source::Relayed},
        settings::StreamSettings,
        stream::{behind::Behind, insertions::Insertions, notice::Notice},
    },
};

pin_project! {
    /// The future of [`RelayService`](crate::server::RelayService).
    pub struct RelayFuture<F> {
        #[pin]
        inner: F,
        settings: Arc<StreamSettings>,
        asked: Asked,
    }
}

impl<F> RelayFuture<F> {
    pub(super) fn new(inner: F, settings: Arc<StreamSettings>, asked: Asked) -> Self {
        Self {
            inner,
            settings,
            asked,
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
        let asked = mem::take(this.asked);
        Poll::Ready(Ok(relay(response, this.settings, asked)))
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
    asked: Asked,
) -> Response<RelayBody<B>> {
    let extensions = response.extensions();
    let behind = extensions.get::<Behind>().cloned();
    if let Some(refusal) = extensions.get::<Refusal>() {
        if let Some(hook) = asked.hook
            && behind.is_some_and(|behind| behind.silence_hook_of(settings))
        {
            hook.call(|| Notice::Refused(*refusal));
        }
        return response.map(|body| RelayBody::passed(Guarded::new(body)));
    }
    if !is_event_stream(&response) {
        return response.map(|body| RelayBody::passed(Guarded::new(body)));
    }
    let (head, body) = response.into_parts();
    let is_coded = headers::has_content_coding(&head.headers);
    let source = Guarded::new(Relayed::new(body, is_coded));
    if let Some(behind) = &behind {
        behind.silence_hook_of(settings);
    }
    if asked.excludes_event_streams {
        return not_acceptable(head, RelayBody::default(), asked);
    }
    let admission = match Admission::new(settings, asked.limit_key, behind.as_ref()) {
        Ok(admission) => admission,
        Err(refusal) => {
            return refuse(head, settings, asked, refusal).map(RelayBody::event_stream);
        }
    };
    let insertions = match is_coded {
        true => Insertions::default(),
        false => {
            let there = behind.as_ref().map(Behind::insertions);
            let all = settings.insertions(asked.wants_padding);
            all.without(there.unwrap_or_default())
        }
    };
    open(head, source, settings, admission, asked, insertions, behind).map(RelayBody::event_stream)
}

fn is_event_stream<B>(response: &Response<B>) -> bool {
    let content_types = response.headers().get_all(header::CONTENT_TYPE);
    response.status() == StatusCode::OK && media_type::names_event_stream(content_types)
}
