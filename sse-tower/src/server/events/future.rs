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
        http::{request::RequestFacts, response::not_acceptable},
        settings::StreamSettings,
    },
};

pin_project! {
    /// The response future of [`SseService`](crate::server::SseService).
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
            facts: RequestFacts,
        },
        Refused {
            facts: RequestFacts,
            refusal: Refusal,
        },
        NotAcceptable {
            facts: RequestFacts,
        },
    }
}

impl<F> SseFuture<F> {
    pub(super) fn new(
        inner: F,
        settings: Arc<StreamSettings>,
        admission: Admission,
        facts: RequestFacts,
    ) -> Self {
        let state = State::Called {
            inner,
            admission,
            facts,
        };
        Self { state, settings }
    }

    pub(super) fn refused(
        settings: Arc<StreamSettings>,
        facts: RequestFacts,
        refusal: Refusal,
    ) -> Self {
        let state = State::Refused { facts, refusal };
        Self { state, settings }
    }

    pub(super) fn not_acceptable(settings: Arc<StreamSettings>, facts: RequestFacts) -> Self {
        let state = State::NotAcceptable { facts };
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
            StateProjection::NotAcceptable { facts } => {
                let (head, body) = Response::new(SseBody::default()).into_parts();
                not_acceptable(head, body, mem::take(facts))
            }
            StateProjection::Refused { facts, refusal } => {
                refuse(this.settings, mem::take(facts), *refusal)
            }
            StateProjection::Called {
                inner,
                admission,
                facts,
            } => {
                let answer = ready!(inner.poll(cx))?;
                let answer = answer.map(|stream| Guarded::new(Events::new(stream)));
                respond(
                    answer,
                    this.settings,
                    mem::take(admission),
                    mem::take(facts),
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
