//! HTTP/2 streams whose window is full, with selectable flaws.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use h2::{Reason, SendStream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::front::Flaw;

/// Writes the body of one stream.
pub(super) struct Window {
    pub(super) flaw: Flaw,
    /// Only one stream is written at a time.
    pub(super) turn: Option<Arc<Mutex<()>>>,
    pub(super) held: Option<Vec<u8>>,
}

impl Window {
    /// Sends as fast as the client allows. `None` if the stream is gone.
    pub(super) async fn send(
        &mut self,
        body: &mut SendStream<Bytes>,
        bytes: Vec<u8>,
    ) -> Option<()> {
        let turn = self.turn.clone();
        let _turn = match &turn {
            Some(turn) => Some(turn.lock().await),
            None => None,
        };
        let is_long = bytes.len() > 1000;
        match self.flaw {
            Flaw::TwiceAfterWindow if is_long => {
                self.write(body, bytes.clone()).await?;
                self.write(body, bytes).await
            }
            Flaw::SwapsAfterWindow if is_long => match self.held.take() {
                Some(held) => {
                    self.write(body, bytes).await?;
                    self.write(body, held).await
                }
                None => {
                    self.held = Some(bytes);
                    Some(())
                }
            },
            _ => self.write(body, bytes).await,
        }
    }

    async fn write(&mut self, body: &mut SendStream<Bytes>, bytes: Vec<u8>) -> Option<()> {
        let mut bytes = Bytes::from(bytes);
        while !bytes.is_empty() {
            body.reserve_capacity(bytes.len());
            let room = poll_fn(|cx| body.poll_capacity(cx));
            let room = match self.flaw {
                Flaw::ResetsTheSlow => match timeout(Duration::from_millis(50), room).await {
                    Ok(room) => room,
                    Err(_) => {
                        body.send_reset(Reason::CANCEL);
                        return None;
                    }
                },
                _ => room.await,
            };
            let room = room?.ok()?;
            let part = bytes.split_to(room.min(bytes.len()));
            body.send_data(part, false).ok()?;
            match self.flaw {
                Flaw::TearsAtWindow => return Some(()),
                Flaw::SilentAfterWindow if !bytes.is_empty() => std::future::pending().await,
                _ => {}
            }
        }
        Some(())
    }
}

/// A connection that may close when the client says that it opens no more streams.
pub(super) struct Watched<S> {
    pub(super) stream: S,
    pub(super) ends_at_goaway: bool,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        // The head of a frame: eight bytes, GOAWAY, no flags, for the connection.
        let goaway = [0, 0, 8, 7, 0, 0, 0, 0, 0];
        let new = &buf.filled()[before..];
        if self.ends_at_goaway && new.windows(goaway.len()).any(|part| part == goaway) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
