use std::{
    fmt,
    future::Future,
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::Response;
use pin_project_lite::pin_project;

use crate::{
    foreign::Guarded,
    server::{
        admission::{Admission, refusal::Refusal},
        events::{
            body::{Events, SseBody},
            response::{refuse, respond},
        },
        http::{request::Asked, response::not_acceptable},
        settings::StreamSettings,
    },
};

pin_project! {
    /// The future of [`SseService`](crate::server::SseService).
    pub struct SseFuture<F> {
        #[pin]
        state: State<F>,
        settings: Arc<StreamSettings>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F> {
        Called {
            #[pin]
            inner: F,
            admission: Admission,
            asked: Asked,
        },
        Refused {
            asked: Asked,
            refusal: Refusal,
        },
        NotAcceptable {
            asked: Asked,
        },
    }
}

impl<F> SseFuture<F> {
    pub(super) fn new(
        inner: F,
        settings: Arc<StreamSettings>,
        admission: Admission,
        asked: Asked,
    ) -> Self {
        let state = State::Called {
            inner,
            admission,
            asked,
        };
        Self { state, settings }
    }

    pub(super) fn refused(settings: Arc<StreamSettings>, asked: Asked, refusal: Refusal) -> Self {
        let state = State::Refused { asked, refusal };
        Self { state, settings }
    }

    pub(super) fn not_acceptable(settings: Arc<StreamSettings>, asked: Asked) -> Self {
        let state = State::NotAcceptable { asked };
        Self { state, settings }
    }
}

impl<F, St, E> Future for SseFuture<F>
where
    F: Future<Output = Result<Response<St>, E>>,
{
    type Output = Result<Response<SseBody<St>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        Poll::Ready(Ok(match this.state.project() {
            StateProjection::NotAcceptable { asked } => {
                let (head, body) = Response::new(SseBody::default()).into_parts();
                not_acceptable(head, body, mem::take(asked))
            }
            StateProjection::Refused { asked, refusal } => {
                refuse(this.settings, mem::take(asked), *refusal)
            }
            StateProjection::Called {
                inner,
                admission,
                asked,
            } => {
                let answer = ready!(inner.poll(cx))?;
                let answer = answer.map(|stream| Guarded::new(Events::new(stream)));
                respond(
                    answer,
                    this.settings,
                    mem::take(admission),
                    mem::take(asked),
                )
            }
        }))
    }
}

impl<F> fmt::Debug for SseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SseFuture")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
