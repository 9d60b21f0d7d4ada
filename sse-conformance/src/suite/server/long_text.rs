//! Long texts that are not ASCII.

/// Four times the size of the largest buffers that are common.
const LENGTH: usize = 256 * 1024;

/// Alternates characters of three and four bytes. Each pair has seven bytes, or three units of
/// UTF-16, and neither number divides a power of two. So wherever the text begins, a buffer of any
/// common size ends inside a character at most of its boundaries, and inside a surrogate pair at
/// every third one.
pub(crate) fn not_ascii(token: &str) -> String {
    repeated(token, "€🦀")
}

/// Returns the same characters in lines of about a thousand bytes.
pub(crate) fn lines_not_ascii(token: &str) -> String {
    let line = "€🦀".repeat(143);
    repeated(token, &format!("{line}\n"))
}

/// Returns characters of Latin-1 that are not in ASCII, with an ASCII letter in between, so that
/// some boundary of any buffer size falls inside a character.
pub(crate) fn latin_1(token: &str) -> String {
    let characters: String = ('\u{a0}'..='\u{ff}').collect();
    repeated(token, &format!("{characters}a"))
}

fn repeated(token: &str, text: &str) -> String {
    let count = LENGTH / text.len();
    format!("{token} {}", text.repeat(count))
        .trim_end()
        .to_owned()
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
