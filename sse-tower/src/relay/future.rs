use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{HeaderMap, Response, StatusCode, header};
use pin_project_lite::pin_project;
use sse_proto::media_type;

use crate::{
    RelayBody, Settings, headers,
    pipeline::{Admission, Insertions, Pipeline},
    request::Asked,
    response::{self, HasHeartbeat},
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
        Poll::Ready(Ok(relay(response, this.settings, this.asked)))
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
    asked: &Asked,
) -> Response<RelayBody<B>> {
    if !is_event_stream(&response) {
        return response.map(RelayBody::passed);
    }
    if asked.excludes_event_streams {
        return response::not_acceptable();
    }
    let (mut head, body) = response.into_parts();
    if asked.is_head {
        headers::complete_for(&mut head.headers, asked, settings);
        return Response::from_parts(head, RelayBody::head());
    }
    let admission = match Admission::new(settings, asked.limit_key) {
        Ok(admission) => admission,
        Err(reason) => {
            // What other layers have put into the head stays: without it, a page of another origin
            // could not see the refusal.
            headers::remove_content(&mut head.headers);
            let refused =
                RelayBody::event_stream(None, Pipeline::refused(settings.clone(), reason));
            let mut response = Response::from_parts(head, refused);
            response::put_refusal(&mut response, settings);
            return response;
        }
    };
    let insertions = match () {
        () if is_encoded(&head.headers) => Insertions::None,
        () if HasHeartbeat::is_in(&head.extensions) => Insertions::OnlyAtTheEnd,
        () => Insertions::All,
    };
    headers::complete_for(&mut head.headers, asked, settings);
    head.extensions.insert(HasHeartbeat);
    let pipeline = Pipeline::new(settings.clone(), admission, insertions, asked.wants_padding);
    Response::from_parts(head, RelayBody::event_stream(Some(body), pipeline))
}

fn is_event_stream<B>(response: &Response<B>) -> bool {
    let content_types = response.headers().get_all(header::CONTENT_TYPE);
    response.status() == StatusCode::OK && media_type::names_event_stream(content_types)
}

fn is_encoded(headers: &HeaderMap) -> bool {
    let mut encodings = headers.get_all(header::CONTENT_ENCODING).iter();
    encodings.any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}
