//! Judges long texts that are not ASCII.

use crate::driver::capability::Capability::Publish;
use crate::suite::server::judges::judged;
use crate::suite::server::judges::judged::{Judged, Unmet, wrong};
use crate::suite::server::judges::stream::answered;
use crate::suite::server::lacking::lacking;
use crate::suite::server::observation::places::events;
use crate::suite::server::observation::seen::Observation;
use crate::text::show;

/// The published event of this number is read back as it was. The first event is plain and short.
pub(crate) fn is_whole(seen: &Observation, number: usize) -> Judged {
    let recording = answered(seen)?;
    let read = events(recording);
    let lacks = |why: &str| Err(Unmet::Lacks(lacking(Publish, why)));
    let (Some(plain), Some(event)) = (seen.published.first(), seen.published.get(number)) else {
        return lacks("the event was not published");
    };
    if !read.iter().any(|read| read.data == plain.data) {
        return lacks("data does not arrive as it was published");
    }
    if event.refused {
        return lacks("the control hook refuses an event of 256 KiB");
    }
    match read.iter().find(|read| event.is(read)) {
        Some(read) if read.data == event.data => Ok(()),
        Some(read) => {
            let pairs = read.data.chars().zip(event.data.chars());
            let same = pairs
                .take_while(|(read, published)| read == published)
                .count();
            let part = |text: &str| show(&text.chars().skip(same).take(20).collect::<String>());
            Err(wrong(
                format!("the text differs from character {} on", same + 1),
                part(&event.data),
                part(&read.data),
            ))
        }
        None => Err(judged::missing(
            seen,
            "the event did not arrive",
            show(&event.data),
            "no such event",
        )),
    }
}
