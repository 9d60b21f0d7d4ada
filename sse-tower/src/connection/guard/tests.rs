use std::io::ErrorKind::{ConnectionAborted, TimedOut};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex, split},
    time::{Instant, sleep, timeout},
};

use super::{ending::MIN_WRITE_TIME, *};

const SECOND: Duration = Duration::from_secs(1);

/// Returns a guarded connection and its peer. The peer has room for 16 bytes.
fn connection(guard: &ConnectionGuard) -> (GuardedIo<DuplexStream>, DuplexStream) {
    let (io, peer) = duplex(16);
    (guard.guard(io), peer)
}

#[tokio::test(start_paused = true)]
async fn a_write_times_out_if_the_peer_does_not_read() {
    let (mut io, _peer) = connection(&ConnectionGuard::new().write_timeout(3 * SECOND));
    let start = Instant::now();
    let error = io.write_all(&[0; 17]).await.unwrap_err();
    assert_eq!(error.kind(), TimedOut);
    assert!(error.to_string().contains("3s"), "{error}");
    assert_eq!(start.elapsed().as_secs(), 3);
    // A later write fails as well, after the same timeout.
    let error = io.write_all(&[0; 1]).await.unwrap_err();
    assert_eq!(error.kind(), TimedOut);
}

#[tokio::test(start_paused = true)]
async fn each_byte_that_the_peer_reads_restarts_the_write_timeout() {
    let (mut io, mut peer) = connection(&ConnectionGuard::new().write_timeout(3 * SECOND));
    let start = Instant::now();
    let slow = tokio::spawn(async move {
        for _ in 0..5 {
            sleep(2 * SECOND).await;
            peer.read_u8().await.unwrap();
        }
        peer
    });
    io.write_all(&[0; 16 + 5]).await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 10);
    let _peer = slow.await.unwrap();
    assert_eq!(io.write_all(&[0; 1]).await.unwrap_err().kind(), TimedOut);
    assert_eq!(start.elapsed().as_secs(), 13);
}

#[tokio::test(start_paused = true)]
async fn a_silent_connection_does_not_time_out() {
    let guard = ConnectionGuard::new().without_first_byte_timeout();
    let (mut io, mut peer) = connection(&guard.write_timeout(SECOND));
    io.write_all(&[7; 16]).await.unwrap();
    assert!(timeout(1000 * SECOND, io.read_u8()).await.is_err());
    peer.read_exact(&mut [0; 16]).await.unwrap();
    io.write_all(&[7; 16]).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn without_a_write_timeout_a_write_waits() {
    let (mut io, _peer) = connection(&ConnectionGuard::new().without_write_timeout());
    let write = io.write_all(&[0; 17]);
    assert!(timeout(1_000_000 * SECOND, write).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_drain_fails_reads_and_writes_of_different_tasks() {
    let drain = Drain::new();
    let guard = ConnectionGuard::new()
        .drain(&drain)
        .write_timeout(1000 * SECOND);
    let (io, _peer) = connection(&guard);
    let (mut read, mut write) = split(io);
    let start = Instant::now();
    let reading = tokio::spawn(async move { (read.read_u8().await.unwrap_err(), read) });
    let writing = tokio::spawn(async move { write.write_all(&[0; 17]).await.unwrap_err() });
    sleep(SECOND).await;
    drop(drain.start(9 * SECOND));
    let (error, mut read) = reading.await.unwrap();
    assert_eq!(error.kind(), ConnectionAborted);
    assert_eq!(writing.await.unwrap().kind(), ConnectionAborted);
    assert_eq!(start.elapsed().as_secs(), 10);
    assert_eq!(read.read_u8().await.unwrap_err().kind(), ConnectionAborted);
}

#[tokio::test(start_paused = true)]
async fn a_connection_works_until_the_end_of_the_drain() {
    let drain = Drain::new();
    let (mut io, mut peer) = connection(&ConnectionGuard::new().drain(&drain));
    drop(drain.start(5 * SECOND));
    for _ in 0..4 {
        sleep(SECOND).await;
        io.write_all(b"event").await.unwrap();
        peer.read_exact(&mut [0; 5]).await.unwrap();
    }
    // A second, shorter window ends the drain earlier.
    drop(drain.start(Duration::ZERO));
    // Streams that end at once can still write.
    io.write_all(b"end").await.unwrap();
    sleep(SECOND / 4).await;
    assert_eq!(io.flush().await.unwrap_err().kind(), ConnectionAborted);
    assert_eq!(io.shutdown().await.unwrap_err().kind(), ConnectionAborted);
}

#[tokio::test(start_paused = true)]
async fn a_connection_made_after_the_start_closes_at_the_end_of_the_drain() {
    let drain = Drain::new();
    drop(drain.start(5 * SECOND));
    sleep(4 * SECOND).await;
    let (mut io, _peer) = connection(&ConnectionGuard::new().drain(&drain));
    let start = Instant::now();
    assert_eq!(io.read_u8().await.unwrap_err().kind(), ConnectionAborted);
    assert_eq!(start.elapsed().as_secs(), 1);
}

#[tokio::test(start_paused = true)]
async fn last_bytes_are_written_after_a_pause_that_outlasts_the_drain() {
    let drain = Drain::new();
    let guard = ConnectionGuard::new().without_first_byte_timeout();
    let (mut io, mut peer) = connection(&guard.drain(&drain));
    drop(drain.start(5 * SECOND));
    assert!(timeout(SECOND, io.read_u8()).await.is_err());
    tokio::time::advance(3600 * SECOND).await;
    io.write_all(b"end").await.unwrap();
    peer.read_exact(&mut [0; 3]).await.unwrap();
    let start = Instant::now();
    assert_eq!(io.read_u8().await.unwrap_err().kind(), ConnectionAborted);
    assert_eq!(start.elapsed(), MIN_WRITE_TIME);
    assert_eq!(io.write_u8(0).await.unwrap_err().kind(), ConnectionAborted);
}

#[tokio::test(start_paused = true)]
async fn a_read_times_out_if_the_peer_never_sends_a_byte() {
    let (mut io, mut peer) = connection(&ConnectionGuard::new());
    let start = Instant::now();
    // Bytes that the server writes do not restart the timeout.
    assert!(timeout(10 * SECOND, io.read_u8()).await.is_err());
    io.write_u8(7).await.unwrap();
    for _ in 0..2 {
        let error = io.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), TimedOut);
        assert!(error.to_string().contains("30s, the first-byte"), "{error}");
        assert_eq!(start.elapsed().as_secs(), 30);
    }
    // After the first byte, this timeout does not apply.
    let (mut io, mut other) = connection(&ConnectionGuard::new());
    other.write_u8(7).await.unwrap();
    io.read_u8().await.unwrap();
    assert!(timeout(1000 * SECOND, io.read_u8()).await.is_err());
    peer.read_u8().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn bytes_in_either_direction_restart_the_idle_timeout() {
    let guard = ConnectionGuard::new().without_first_byte_timeout();
    let (mut io, mut peer) = connection(&guard.idle_timeout(10 * SECOND));
    let start = Instant::now();
    for _ in 0..5 {
        assert!(timeout(9 * SECOND, io.read_u8()).await.is_err());
        io.write_u8(7).await.unwrap();
        assert!(timeout(9 * SECOND, io.read_u8()).await.is_err());
        peer.write_u8(7).await.unwrap();
        io.read_u8().await.unwrap();
    }
    let error = io.read_u8().await.unwrap_err();
    assert_eq!(start.elapsed().as_secs(), 100);
    assert!(
        error.to_string().contains("10s, the idle timeout"),
        "{error}"
    );
}
