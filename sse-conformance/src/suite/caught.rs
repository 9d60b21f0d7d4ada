//! Runs code that may panic.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

/// Calls `run` and turns a panic into an `Err` with its message.
///
/// The panic hook is silent meanwhile: a decoder that panics does so under every chunking, and the
/// report says it once. The previous hook still runs for other threads, so that tests which run at
/// the same time keep their messages.
pub(crate) fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    static WRAP: Once = Once::new();
    WRAP.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !SILENT.get() {
                previous(info);
            }
        }));
    });
    let outer = SILENT.replace(true);
    // A panic may leave the testee in an invalid state, but it is dropped without being used again.
    let result = panic::catch_unwind(AssertUnwindSafe(run));
    SILENT.set(outer);
    result.map_err(|payload| message(&*payload))
}

thread_local! {
    static SILENT: Cell<bool> = const { Cell::new(false) };
}

fn message(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "a panic without a message".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(caught(|| 5), Ok(5));
        assert_eq!(
            caught(|| -> u8 { panic!("plain") }),
            Err("plain".to_owned())
        );
        assert_eq!(
            caught(|| -> u8 { panic!("number {}", 5) }),
            Err("number 5".to_owned())
        );
        assert_eq!(
            caught(|| panic::panic_any(5_u8)),
            Err("a panic without a message".to_owned())
        );
    }
}
