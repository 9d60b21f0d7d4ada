//! Rules about the bytes themselves, for decoders that support less than the standard.
//!
//! Each check returns what is wrong, if anything is.

/// Checks that the ID is the last field before the blank line.
pub(crate) fn id_is_last(block: &[u8]) -> Option<&'static str> {
    let last = lines(block).into_iter().rfind(|line| !line.is_empty())?;
    (!last.starts_with(b"id")).then_some("a field follows the ID")
}

/// Checks that there is a space between each colon and its value.
pub(crate) fn one_space(block: &[u8]) -> Option<&'static str> {
    let without = lines(block).into_iter().any(|line| {
        let value = line
            .iter()
            .position(|byte| *byte == b':')
            .map(|colon| &line[colon + 1..]);
        value.is_some_and(|value| !value.is_empty() && !value.starts_with(b" "))
    });
    without.then_some("a value follows its colon without a space")
}

/// Checks that lines end in LF.
pub(crate) fn lf_only(block: &[u8]) -> Option<&'static str> {
    block.contains(&b'\r').then_some("there is a CR")
}

/// Checks that the block ends with a blank line and contains no other.
pub(crate) fn one_blank_line(block: &[u8]) -> Option<&'static str> {
    let lines = lines(block);
    match lines.iter().filter(|line| line.is_empty()).count() {
        0 => Some("there is no blank line"),
        1 if lines.last().is_some_and(|line| line.is_empty()) => None,
        1 => Some("the blank line is not at the end"),
        _ => Some("there is more than one blank line"),
    }
}

/// Checks that there is no blank line.
pub(crate) fn no_blank_line(block: &[u8]) -> Option<&'static str> {
    lines(block)
        .iter()
        .any(|line| line.is_empty())
        .then_some("there is a blank line")
}

/// Checks that the bytes are a colon and an LF.
pub(crate) fn colon_lf(block: &[u8]) -> Option<&'static str> {
    (block != b":\n").then_some("there is more than a colon and an LF")
}

/// Checks that there is no BOM before the first field. In any other place it would be part of a
/// name, which the cases that read blocks back find.
pub(crate) fn no_bom(block: &[u8]) -> Option<&'static str> {
    block
        .starts_with(b"\xEF\xBB\xBF")
        .then_some("there is a BOM")
}

/// Checks that the standard knows every field.
pub(crate) fn known_fields(block: &[u8]) -> Option<&'static str> {
    let block = block.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(block);
    let unknown = lines(block).into_iter().any(|line| {
        let name = line.split(|byte| *byte == b':').next().unwrap_or(line);
        !matches!(name, b"" | b"data" | b"event" | b"id" | b"retry")
    });
    unknown.then_some("there is a field that decoders ignore")
}

/// Checks that the last line has its line end.
pub(crate) fn terminated(block: &[u8]) -> Option<&'static str> {
    (!block.ends_with(b"\n") && !block.ends_with(b"\r")).then_some("the last line has no end")
}

/// Returns the lines of a block, for any of the three line ends.
fn lines(block: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let mut rest = block;
    while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
        lines.push(&rest[..end]);
        let both = rest[end..].starts_with(b"\r\n");
        rest = &rest[end + if both { 2 } else { 1 }..];
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A check, the blocks that pass it, and the blocks that fail it.
    type Row = (
        fn(&[u8]) -> Option<&'static str>,
        &'static [&'static [u8]],
        &'static [&'static [u8]],
    );

    #[test]
    fn each_check_passes_good_and_fails_bad_blocks() {
        let table: [Row; 9] = [
            (
                id_is_last,
                &[b"data: a\nid: 1\n\n", b"id: 1\r\n\r\n", b"data: a\nid\n\n"],
                &[b"id: 1\ndata: a\n\n"],
            ),
            (
                one_space,
                &[b"data: a\n\n", b"data:\n:\n\n", b"data\n\n"],
                &[b"data:a\n\n", b"id: 1\ndata:a\n\n"],
            ),
            (lf_only, &[b"data: a\n\n"], &[b"data: a\r\n\r\n"]),
            (
                one_blank_line,
                &[b"data: a\n\n", b"data: a\r\r"],
                &[
                    b"data: a\n",
                    b"data: a\n\n\n",
                    b"\ndata: a\n\n",
                    b"\ndata: a\n",
                ],
            ),
            (no_blank_line, &[b":\n", b": a\r\n"], &[b":\n\n", b"\n"]),
            (colon_lf, &[b":\n"], &[b":\n\n", b": \n", b""]),
            (no_bom, &[b"data: a\n\n"], &[b"\xEF\xBB\xBFdata: a\n\n"]),
            (
                known_fields,
                &[
                    b"data: a\nid: 1\nevent: b\nretry: 1\n:c\n\n",
                    b"\xEF\xBB\xBFdata: a\n\n",
                ],
                &[b"foo: a\ndata: b\n\n"],
            ),
            (terminated, &[b":\n", b":\r"], &[b":", b""]),
        ];
        for (check, good, bad) in table {
            for block in good {
                assert_eq!(check(block), None, "{}", block.escape_ascii());
            }
            for block in bad {
                assert!(check(block).is_some(), "{}", block.escape_ascii());
            }
        }
    }
}
