//! sse-proto as a static library for `main.c`, without std. Without feature `alloc`, it has no allocator either.
//!
//! Each function writes its results as text into memory of the caller, which compares them with the results
//! that the standard requires. All functions return the length of that text, or [`FULL`].
//!
//! A C interface needs unsafe code. It is only here and in `arena.rs`.
#![no_std]

#[cfg(feature = "alloc")]
mod arena;
mod decode;
mod encode;
mod fields;

use core::{fmt, slice};

use sse_proto::{SliceWriter, media_type};

/// The result of a function if the memory of the caller is too small.
pub const FULL: usize = usize::MAX;

/// Splits a stream that arrives in chunks of `chunk_size` bytes into lines and fields.
///
/// # Safety
///
/// `stream` must be valid for reads of `stream_length` bytes, `out` for writes of `capacity`, and
/// they must not overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sse_proof_fields(
    stream: *const u8,
    stream_length: usize,
    chunk_size: usize,
    out: *mut u8,
    capacity: usize,
) -> usize {
    // SAFETY: the caller guarantees this.
    let (stream, out) = unsafe { memory(stream, stream_length, out, capacity) };
    written(out, |text| {
        fields::describe(stream.chunks(chunk_size.max(1)), text)
    })
}

/// Writes one block of each kind.
///
/// # Safety
///
/// `out` must be valid for writes of `capacity` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sse_proof_encode(out: *mut u8, capacity: usize) -> usize {
    // SAFETY: the caller guarantees this.
    let out = unsafe { slice::from_raw_parts_mut(out, capacity) };
    written(out, encode::one_of_each)
}

/// Returns 1 if a `Content-Type` names an event stream, and 0 otherwise.
///
/// # Safety
///
/// `content_type` must be valid for reads of `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sse_proof_is_event_stream(
    content_type: *const u8,
    length: usize,
) -> usize {
    // SAFETY: the caller guarantees this.
    let content_type = unsafe { slice::from_raw_parts(content_type, length) };
    usize::from(media_type::is_event_stream(content_type))
}

/// Decodes a stream that arrives in chunks of `chunk_size` bytes.
///
/// # Safety
///
/// The same as for [`sse_proof_fields`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sse_proof_decode(
    stream: *const u8,
    stream_length: usize,
    chunk_size: usize,
    out: *mut u8,
    capacity: usize,
) -> usize {
    // SAFETY: the caller guarantees this.
    let (stream, out) = unsafe { memory(stream, stream_length, out, capacity) };
    written(out, |text| {
        decode::describe(stream.chunks(chunk_size.max(1)), text)
    })
}

/// Calls `write` with `out`, and returns the length for C.
fn written(out: &mut [u8], write: impl FnOnce(&mut SliceWriter<'_>) -> fmt::Result) -> usize {
    let mut writer = SliceWriter::new(out);
    write(&mut writer).map_or(FULL, |()| writer.as_bytes().len())
}

/// Returns the memory of the caller as slices.
///
/// # Safety
///
/// The same as for [`sse_proof_fields`].
unsafe fn memory<'a>(
    stream: *const u8,
    stream_length: usize,
    out: *mut u8,
    capacity: usize,
) -> (&'a [u8], &'a mut [u8]) {
    // SAFETY: the caller guarantees that they are valid and do not overlap.
    unsafe {
        (
            slice::from_raw_parts(stream, stream_length),
            slice::from_raw_parts_mut(out, capacity),
        )
    }
}

/// std has a panic handler of its own. If std were linked, this one would be an error, so it is part of the proof.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        safe fn abort() -> !;
    }
    abort()
}
