//! The body of an event stream, for any source.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::{
    error::BodyError,
    foreign::Guarded,
    server::stream::{pipeline::Pipeline, source::Source},
};

pin_project! {
    /// The body of an event stream: a source and its pipeline.
    pub(crate) struct StreamBody<S> {
        // Dropped before the pipeline, so that the stream is gone when the hook is called.
        #[pin]
        source: Guarded<S>,
        content: Content,
    }
}

#[derive(Debug)]
enum Content {
    Stream(Pipeline),
    /// A response to HEAD has no body. Its size hint must not be 0, or frameworks would send that
    /// as the length.
    Head,
    Ended,
}

impl<S> StreamBody<S> {
    /// Creates a body. A refusal has no source, only a pipeline.
    pub(crate) fn new(source: Guarded<S>, pipeline: Pipeline) -> Self {
        Self {
            source,
            content: Content::Stream(pipeline),
        }
    }

    /// Creates the body of a response to HEAD.
    pub(crate) fn head() -> Self {
        Self {
            content: Content::Head,
            ..Self::default()
        }
    }
}

/// Creates a body that has ended.
impl<S> Default for StreamBody<S> {
    fn default() -> Self {
        Self {
            source: Guarded::none(),
            content: Content::Ended,
        }
    }
}

impl<S: Source> Body for StreamBody<S> {
    type Data = Bytes;
    type Error = BodyError;

    #[inline]
    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.project();
        match this.content {
            Content::Stream(pipeline) => pipeline.poll_frame(cx, this.source),
            Content::Head | Content::Ended => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Stream(pipeline) => !self.source.is_some() && pipeline.has_ended(),
            Content::Head | Content::Ended => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self.is_end_stream() && !matches!(self.content, Content::Head) {
            true => SizeHint::with_exact(0),
            false => SizeHint::default(),
        }
    }
}

impl<S> fmt::Debug for StreamBody<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamBody")
            .field("ended", &!self.source.is_some())
            .field("content", &self.content)
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "tokio"))]
mod tests {
    use std::{
        pin::pin,
        sync::{Arc, Mutex},
        task::Waker,
    };

    use super::*;
    use crate::{
        error::BoxError,
        server::{
            admission::Admission,
            compression::compressor::Compressor,
            http::request::RequestFacts,
            observe::Observer,
            settings::Settings,
            stream::{
                end::EndReason,
                insertions::Insertions,
                notice::{Hook, Notice},
                position::Position,
                source::Next,
            },
        },
    };

    /// A source with two items and a pause after each.
    struct Items(std::vec::IntoIter<Poll<Next>>);

    impl Items {
        fn new() -> Self {
            let item = |text: &'static str| Next::Item {
                bytes: Bytes::from_static(text.as_bytes()),
                events: 1,
            };
            let steps = vec![
                Poll::Ready(item("data: 1\n\n")),
                Poll::Pending,
                Poll::Ready(item("data: 2\n\n")),
                Poll::Pending,
                Poll::Ready(Next::End { trailers: None }),
            ];
            Self(steps.into_iter())
        }
    }

    impl Source for Items {
        const FRAME_SIZE: usize = 1000;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>, _: bool) -> Poll<Next> {
            self.0.next().expect("a source is not polled after its end")
        }

        fn position(&self) -> Position {
            Position::BetweenEvents
        }

        fn inserted(self: Pin<&mut Self>) {}

        fn error(cause: BoxError) -> BodyError {
            BodyError::of_events(cause)
        }
    }

    #[test]
    fn a_stream_whose_compressor_fails_fails_after_the_frames_before() {
        // The third frame is the trailer.
        for frames in 0..=3 {
            let ends = Arc::new(Mutex::new(Vec::new()));
            let told = ends.clone();
            let hook = Hook::new(move |notice: &Notice<'_>| {
                if let Notice::Ended(end) = notice {
                    let error = end.error().map(ToString::to_string);
                    let end = (end.reason(), end.sent_bytes(), error);
                    told.lock().unwrap().push(end);
                }
            });
            let facts = RequestFacts {
                observer: Observer::of_hook(hook),
                ..RequestFacts::default()
            };
            let settings = Settings::new().without_heartbeat();
            let pipeline = Pipeline::new(
                settings.values().clone(),
                Admission::default(),
                facts,
                Insertions::default(),
                None,
                Some(Compressor::failing_after(frames)),
            );
            let mut body = pin!(StreamBody::new(Guarded::new(Items::new()), pipeline));
            let cx = &mut Context::from_waker(Waker::noop());
            let (mut bytes, mut error) = (Vec::new(), None);
            for _ in 0..20 {
                match body.as_mut().poll_frame(cx) {
                    Poll::Ready(Some(Ok(frame))) => {
                        bytes.extend_from_slice(frame.data_ref().unwrap());
                    }
                    Poll::Ready(Some(Err(failed))) => error = Some(failed.to_string()),
                    Poll::Ready(None) => break,
                    Poll::Pending => {}
                }
            }
            let sent = frames.min(2) as u64 * 9;
            assert_eq!(bytes.len() as u64, sent, "{frames}");
            assert!(body.is_end_stream(), "{frames}");
            let cause = (frames < 3).then(|| String::from("no memory"));
            assert_eq!(error.is_some(), cause.is_some(), "{frames}: {error:?}");
            let reason = match cause {
                Some(_) => EndReason::Error,
                None => EndReason::Completed,
            };
            assert_eq!(*ends.lock().unwrap(), [(reason, sent, cause)], "{frames}");
        }
    }
}
