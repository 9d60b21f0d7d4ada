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
    RelayBody, Settings,
    admission::Admission,
    foreign::Source,
    headers,
    pipeline::Pipeline,
    request::Asked,
    response::{self, Refused},
};

pin_project! {
    /// The future of [`RelayService`](crate::RelayService).
    pub struct RelayFuture<F> {
        #[pin]
        inner: F,
        settings: Arc<Settings>,
        asked: Asked,
    }
}

impl<F> RelayFuture<F> {
    pub(super) fn new(inner: F, settings: Arc<Settings>, asked: Asked) -> Self {
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
    settings: &Arc<Settings>,
    asked: Asked,
) -> Response<RelayBody<B>> {
    let is_refused = response.extensions().get::<Refused>().is_some();
    if is_refused || !is_event_stream(&response) {
        return response.map(RelayBody::passed);
    }
    let (mut head, body) = response.map(Source::new).into_parts();
    if asked.excludes_event_streams {
        return response::not_acceptable(head, RelayBody::default());
    }
    let admission = match Admission::new(settings, asked.limit_key) {
        Ok(admission) => admission,
        Err(reason) => {
            let head = response::refusal(head, settings, &asked);
            let refused = || Pipeline::refused(settings.clone(), asked.hook, reason);
            let body = match asked.is_head {
                true => RelayBody::head(),
                false => RelayBody::event_stream(Source::none(), refused()),
            };
            return Response::from_parts(head, body);
        }
    };
    headers::complete(&mut head.headers, &asked, settings);
    if asked.is_head {
        return Response::from_parts(head, RelayBody::head());
    }
    let (settings, hook) = (settings.clone(), asked.hook);
    let pipeline = if headers::has_content_coding(&head.headers) {
        Pipeline::unread(settings, admission, hook)
    } else {
        let there = head.extensions.get().copied().unwrap_or_default();
        let wanted = settings.insertions(asked.wants_padding);
        head.extensions.insert(wanted.or(there));
        Pipeline::new(settings, admission, hook, wanted.without(there))
    };
    Response::from_parts(head, RelayBody::event_stream(body, pipeline))
}

fn is_event_stream<B>(response: &Response<B>) -> bool {
    let content_types = response.headers().get_all(header::CONTENT_TYPE);
    response.status() == StatusCode::OK && media_type::names_event_stream(content_types)
}
