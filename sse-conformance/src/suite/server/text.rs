//! Long texts that are not ASCII.

use crate::driver::target::Capability::Publish;
use crate::suite::server::judge;
use crate::suite::server::judge::{Judged, Unmet, wrong};
use crate::suite::server::seen::{Observation, events, lacking};
use crate::suite::server::stream::answered;
use crate::text::show;

/// About as long as the largest buffers in use, four times over.
const LENGTH: usize = 256 * 1024;

/// Characters of three and of four bytes by turns: seven bytes, or three units of UTF-16, a pair. Neither
/// number divides a power of two. So a buffer of any common size ends inside a character at most of
/// its boundaries, wherever the text begins, and inside a surrogate pair at every third.
pub(super) fn not_ascii(token: &str) -> String {
    repeated(token, "€🦀")
}

/// The same in lines of about a thousand bytes.
pub(super) fn lines_not_ascii(token: &str) -> String {
    let line = "€🦀".repeat(143);
    repeated(token, &format!("{line}\n"))
}

/// Characters that Latin-1 has and ASCII has not, with an ASCII letter now and then, so that a boundary of
/// any size falls inside a character sooner or later.
pub(super) fn latin_1(token: &str) -> String {
    let characters: String = ('\u{a0}'..='\u{ff}').collect();
    repeated(token, &format!("{characters}a"))
}

fn repeated(token: &str, text: &str) -> String {
    let count = LENGTH / text.len();
    format!("{token} {}", text.repeat(count))
        .trim_end()
        .to_owned()
}

/// The published event of this number comes back as it was. The first one is plain and short.
pub(super) fn is_whole(seen: &Observation, number: usize) -> Judged {
    let recording = answered(seen)?;
    let read = events(recording);
    let lacks = |why: &str| Err(Unmet::Lacks(lacking(Publish, why)));
    let (Some(plain), Some(event)) = (seen.published.first(), seen.published.get(number)) else {
        return lacks("it was not published");
    };
    if !read.iter().any(|read| read.data == plain.data) {
        return lacks("data does not come as it is published");
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
        None => Err(judge::missing(
            seen,
            "it did not come",
            show(&event.data),
            "no such event",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boundary_of_every_common_size_falls_inside_a_character() {
        for make in [not_ascii, lines_not_ascii, latin_1] {
            for before in 0..8 {
                let text = "x".repeat(before) + &make("t");
                for size in [512, 1024, 4096, 8192, 16 * 1024, 32 * 1024, 64 * 1024] {
                    let mut boundaries = (size..text.len()).step_by(size);
                    assert!(
                        boundaries.any(|at| !text.is_char_boundary(at)),
                        "{before} {size}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_boundary_falls_inside_a_surrogate_pair() {
        for before in 0..8 {
            let text = "x".repeat(before) + &not_ascii("t");
            let units: Vec<u16> = text.encode_utf16().collect();
            for size in [1024, 4096, 8192, 16 * 1024, 32 * 1024] {
                let mut boundaries = (size..units.len()).step_by(size);
                assert!(
                    boundaries.any(|at| (0xdc00..0xe000).contains(&units[at])),
                    "{before} {size}"
                );
            }
        }
    }
}
