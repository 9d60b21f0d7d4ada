//! Host names that are not ASCII ([RFC 3492](https://www.rfc-editor.org/rfc/rfc3492)).

/// Returns false if `label` begins with `xn--` and no browser writes the rest.
///
/// The rest must be Punycode of a text that is not all ASCII. Of the rules for its characters
/// ([UTS 46, 4.1](https://www.unicode.org/reports/tr46/#Validity_Criteria)), those are checked for which
/// the standard library has the tables.
pub(super) fn is_plausible(label: &str) -> bool {
    let Some(encoded) = label.strip_prefix("xn--") else {
        return true;
    };
    decode(encoded).is_some_and(|text| {
        !text.starts_with(&['x', 'n', '-', '-']) && text.iter().all(|c| may_be_in_name(*c))
    })
}

fn may_be_in_name(c: char) -> bool {
    // Names are mapped to lower case, except Cherokee.
    let is_lower_case = c.to_lowercase().eq([c]) || matches!(c, '\u{13A0}'..='\u{13F5}');
    is_lower_case && !c.is_control() && !c.is_whitespace()
}

/// Decodes a label of at most 63 lower-case letters, digits and hyphens. Returns `None` if it is not
/// Punycode, or stands for ASCII alone (RFC 3492, 6.2).
fn decode(encoded: &str) -> Option<Vec<char>> {
    let (ascii, digits) = encoded.rsplit_once('-').unwrap_or(("", encoded));
    let has_extra_hyphen = ascii.is_empty() && encoded.starts_with('-');
    if digits.is_empty() || has_extra_hyphen {
        return None;
    }
    let mut text: Vec<_> = ascii.chars().collect();
    let mut digits = digits.bytes().peekable();
    let (mut code_point, mut index, mut bias) = (128u32, 0u32, 72);
    while digits.peek().is_some() {
        let start = index;
        let (mut weight, mut k) = (1u32, BASE);
        loop {
            let digit = match digits.next()? {
                letter @ b'a'..=b'z' => letter - b'a',
                number @ b'0'..=b'9' => number - b'0' + 26,
                _ => return None,
            };
            let digit = u32::from(digit);
            index = index.checked_add(digit.checked_mul(weight)?)?;
            let threshold = k.saturating_sub(bias).clamp(1, 26);
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(BASE - threshold)?;
            k += BASE;
        }
        let count = u32::try_from(text.len()).ok()? + 1;
        bias = adapt(index - start, count, start == 0);
        code_point = code_point.checked_add(index / count)?;
        index %= count;
        text.insert(index as usize, char::from_u32(code_point)?);
        index += 1;
    }
    Some(text)
}

const BASE: u32 = 36;

/// The next bias (RFC 3492, 6.1).
fn adapt(delta: u32, count: u32, is_first: bool) -> u32 {
    let mut delta = if is_first { delta / 700 } else { delta / 2 };
    delta += delta / count;
    let mut k = 0;
    while delta > (BASE - 1) * 26 / 2 {
        delta /= BASE - 1;
        k += BASE;
    }
    k + BASE * delta / (delta + 38)
}
