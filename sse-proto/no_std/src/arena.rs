//! An allocator that hands out parts of one fixed piece of memory, and frees nothing.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicUsize, Ordering};

/// Enough memory for every stream in `main.c`, in chunks of any size.
const SIZE: usize = 1024 * 1024;

#[global_allocator]
static ARENA: Arena = Arena {
    used: AtomicUsize::new(0),
    memory: UnsafeCell::new([0; SIZE]),
};

struct Arena {
    used: AtomicUsize,
    memory: UnsafeCell<[u8; SIZE]>,
}

// SAFETY: `memory` is only accessed through the pieces that `alloc` returns. `used` grows in one atomic step,
// so no two pieces overlap.
unsafe impl Sync for Arena {}

// SAFETY: a piece is within `memory`, is aligned, and is returned only once.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let base = self.memory.get().cast::<u8>();
        let mut start = 0;
        let taken = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                let address = (base.addr() + used).checked_next_multiple_of(layout.align())?;
                start = address - base.addr();
                start.checked_add(layout.size()).filter(|end| *end <= SIZE)
            });
        // `wrapping_add` has no safety requirement, and the sum is in bounds wherever it is used.
        if taken.is_ok() {
            base.wrapping_add(start)
        } else {
            null_mut()
        }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}
