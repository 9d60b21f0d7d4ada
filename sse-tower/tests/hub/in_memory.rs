//! The tests with a log in memory.

use sse_tower::hub::Hub;

use crate::{broadcast, cases::cases, ends, gaps, presence, support::Backend};

struct Memory;

impl Backend for Memory {
    async fn hub_of(&self, max_events: usize) -> Hub {
        Hub::builder().max_events(max_events).build()
    }
}

macro_rules! test {
    ($($module:ident: $name:ident;)*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            $module::$name(&Memory).await;
        }
    )*};
}

cases!(test);
