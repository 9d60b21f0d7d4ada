//! A small decoder that works byte by byte, with a selectable flaw.

use sse_conformance::model::Item;
use sse_conformance::suite::decoder::{Capabilities, Decoder};

/// The flaw of a decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    KeepsBom,
    PanicsAtBom,
    StripsBomOfOneChunkOnly,
    StripsBomOfEveryLine,
    StripsEveryLeadingBom,
    WaitsForTheByteAfterCr,
    WaitsForTheByteAfterBlankCr,
    TakesCrForText,
    TakesLfAfterCrForALine,
    ForgetsCrBetweenChunks,
    SwallowsALateLf,
    SwallowsEveryLfAfterCr,
    EndsLinesAtNextLine,
    EndsLinesAtLineSeparator,
    EndsLinesAtVerticalTab,
    StopsAtInvalidUtf8,
    DropsInvalidLines,
    ReplacesEachByte,
    ReplacesPerChunk,
    SwallowsTheByteAfterATruncatedSequence,
    TakesASpaceForBlank,
    SplitsAtLastColon,
    IgnoresNamesWithoutColon,
    KeepsTheSpace,
    RemovesAllSpaces,
    RemovesATab,
    TrimsTheEnd,
    TrimsNames,
    FoldsCase,
    EndsTheBlockAtAComment,
    DropsEmptyData,
    TrimsAllTrailingBreaks,
    JoinsWithASpace,
    KeepsTheFirstType,
    KeepsATypeOverAnEmptyOne,
    LeaksTheTypeOfAnEmptyBlock,
    DispatchesATypeAlone,
    TakesAnIdWithNul,
    TakesAnIdUpToNul,
    ForgetsTheIdAfterItsEvent,
    IgnoresAnEmptyId,
    CommitsTheIdAtItsLine,
    CommitsTheIdWithAnEventOnly,
    TakesASignedRetry,
    TrimsRetry,
    TakesRetryUpToTheFirstLetter,
    TakesAnEmptyRetryForZero,
    IgnoresALargeRetry,
    HoldsRetryForTheBlankLine,
    DispatchesAtTheEnd,
    EndsTheLineAtTheEnd,
    FlushesAtTheEnd,
    DispatchesWithoutData,
    SaysSomethingAtTheEnd,
    DispatchesOnceAChunk,
    NeedsTheSpace,
    TakesACommentForData,
    TakesANegativeRetry,
    TakesDigitsOfAnyScript,
}

pub(crate) struct Flawed {
    flaw: Flaw,
    first_line: bool,
    first_chunk: bool,
    skip_lf: bool,
    /// The bytes of the unfinished line. On the first line, the BOM is included.
    line: Vec<u8>,
    /// A line that has ended at a CR. The flaws that wait hold it back.
    held: Option<Vec<u8>>,
    data: String,
    event_type: String,
    id: String,
    last_event_id: String,
    retry: Option<u64>,
    items: Vec<Item>,
}

impl Flawed {
    pub(crate) fn new(flaw: Flaw) -> Self {
        Self {
            flaw,
            first_line: true,
            first_chunk: true,
            skip_lf: false,
            line: Vec::new(),
            held: None,
            data: String::new(),
            event_type: String::new(),
            id: String::new(),
            last_event_id: String::new(),
            retry: None,
            items: Vec::new(),
        }
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    fn byte(&mut self, byte: u8) -> Result<(), String> {
        if let Some(line) = self.held.take() {
            self.line_ended(line)?;
        }
        let skip_lf = self.skip_lf;
        self.skip_lf = skip_lf && self.has(Flaw::SwallowsALateLf);
        match byte {
            b'\n' if skip_lf => {
                self.skip_lf = self.has(Flaw::SwallowsEveryLfAfterCr);
                Ok(())
            }
            b'\r' if self.has(Flaw::TakesCrForText) => {
                self.line.push(byte);
                Ok(())
            }
            b'\n' | b'\r' => {
                self.skip_lf = byte == b'\r' && !self.has(Flaw::TakesLfAfterCrForALine);
                let line = std::mem::take(&mut self.line);
                let waits = self.has(Flaw::WaitsForTheByteAfterCr)
                    || self.has(Flaw::WaitsForTheByteAfterBlankCr) && line.is_empty();
                if byte == b'\r' && waits {
                    self.held = Some(line);
                    return Ok(());
                }
                self.line_ended(line)
            }
            _ => {
                self.line.push(byte);
                let end: &[u8] = match self.flaw {
                    Flaw::EndsLinesAtNextLine => "\u{85}".as_bytes(),
                    Flaw::EndsLinesAtLineSeparator => "\u{2028}".as_bytes(),
                    Flaw::EndsLinesAtVerticalTab => b"\x0B",
                    _ => return Ok(()),
                };
                let Some(line) = self.line.strip_suffix(end).map(<[u8]>::to_vec) else {
                    return Ok(());
                };
                self.line.clear();
                self.line_ended(line)
            }
        }
    }

    fn line_ended(&mut self, mut line: Vec<u8>) -> Result<(), String> {
        let first_line = std::mem::take(&mut self.first_line);
        if first_line || self.has(Flaw::StripsBomOfEveryLine) {
            while line.starts_with(b"\xEF\xBB\xBF") && !self.has(Flaw::KeepsBom) {
                assert!(!self.has(Flaw::PanicsAtBom), "a BOM");
                if self.has(Flaw::StripsBomOfOneChunkOnly) {
                    break;
                }
                line.drain(..3);
                if !self.has(Flaw::StripsEveryLeadingBom) {
                    break;
                }
            }
        }
        if let Some(text) = self.text(&line)? {
            self.process(&text);
        }
        Ok(())
    }

    fn text(&self, line: &[u8]) -> Result<Option<String>, String> {
        let Err(error) = std::str::from_utf8(line) else {
            return Ok(Some(String::from_utf8_lossy(line).into_owned()));
        };
        match self.flaw {
            Flaw::StopsAtInvalidUtf8 => Err(error.to_string()),
            Flaw::DropsInvalidLines => Ok(None),
            Flaw::ReplacesEachByte => Ok(Some(replace(line, |_| 1))),
            Flaw::SwallowsTheByteAfterATruncatedSequence => Ok(Some(replace(line, |error_len| {
                error_len + usize::from(error_len > 1)
            }))),
            _ => Ok(Some(String::from_utf8_lossy(line).into_owned())),
        }
    }

    fn process(&mut self, line: &str) {
        if line.is_empty() || line == " " && self.has(Flaw::TakesASpaceForBlank) {
            return self.dispatch();
        }
        let split = match self.flaw {
            Flaw::SplitsAtLastColon if !line.starts_with(':') => line.rsplit_once(':'),
            _ => line.split_once(':'),
        };
        let (name, value) = match split {
            Some(parts) => parts,
            None if self.has(Flaw::IgnoresNamesWithoutColon) => return,
            None => (line, ""),
        };
        let value = match self.flaw {
            Flaw::KeepsTheSpace => value,
            Flaw::RemovesAllSpaces => value.trim_start_matches(' '),
            Flaw::RemovesATab => value.strip_prefix([' ', '\t']).unwrap_or(value),
            Flaw::TrimsTheEnd => value.strip_prefix(' ').unwrap_or(value).trim_end(),
            _ => value.strip_prefix(' ').unwrap_or(value),
        };
        if self.has(Flaw::NeedsTheSpace) && line.contains(':') && !line.contains(": ") {
            return;
        }
        if line.starts_with(':') && self.has(Flaw::TakesACommentForData) {
            return self.field("data", value);
        }
        if line.starts_with(':') {
            self.items.push(Item::Comment(value.to_owned()));
            if self.has(Flaw::EndsTheBlockAtAComment) {
                self.dispatch();
            }
            return;
        }
        let name = match self.flaw {
            Flaw::FoldsCase => name.to_ascii_lowercase(),
            Flaw::TrimsNames => name.trim().to_owned(),
            _ => name.to_owned(),
        };
        self.field(&name, value);
    }

    fn field(&mut self, name: &str, value: &str) {
        match name {
            "event" if self.has(Flaw::KeepsTheFirstType) && !self.event_type.is_empty() => {}
            "event" if self.has(Flaw::KeepsATypeOverAnEmptyOne) && value.is_empty() => {}
            "event" => self.event_type = value.to_owned(),
            "data" if self.has(Flaw::DropsEmptyData) && value.is_empty() => {}
            "data" => {
                self.data += &format!(
                    "{value}{}",
                    if self.has(Flaw::JoinsWithASpace) {
                        ' '
                    } else {
                        '\n'
                    }
                )
            }
            "id" if self.has(Flaw::IgnoresAnEmptyId) && value.is_empty() => {}
            "id" if value.contains('\0') && self.has(Flaw::TakesAnIdUpToNul) => {
                self.id = value.split('\0').next().unwrap_or_default().to_owned();
            }
            "id" if value.contains('\0') && !self.has(Flaw::TakesAnIdWithNul) => {}
            "id" => {
                self.id = value.to_owned();
                if self.has(Flaw::CommitsTheIdAtItsLine) {
                    self.last_event_id.clone_from(&self.id);
                }
            }
            "retry" => {
                let Some(time) = self.time(value) else { return };
                if self.has(Flaw::HoldsRetryForTheBlankLine) {
                    self.retry = Some(time);
                } else {
                    self.items.push(Item::Retry(time));
                }
            }
            _ => {}
        }
    }

    fn time(&self, value: &str) -> Option<u64> {
        let value = match self.flaw {
            Flaw::TakesASignedRetry => value.strip_prefix('+').unwrap_or(value),
            Flaw::TakesANegativeRetry => value.strip_prefix('-').unwrap_or(value),
            Flaw::TakesDigitsOfAnyScript if value == "\u{665}" => "5",
            Flaw::TrimsRetry => value.trim(),
            Flaw::TakesRetryUpToTheFirstLetter => value
                .split(|character: char| !character.is_ascii_digit())
                .next()?,
            Flaw::TakesAnEmptyRetryForZero if value.is_empty() => "0",
            _ => value,
        };
        if value.is_empty() || value.contains(|character: char| !character.is_ascii_digit()) {
            return None;
        }
        match value.parse() {
            Err(_) if self.has(Flaw::IgnoresALargeRetry) => None,
            time => Some(time.unwrap_or(u64::MAX)),
        }
    }

    fn dispatch(&mut self) {
        if let Some(time) = self.retry.take() {
            self.items.push(Item::Retry(time));
        }
        let data = std::mem::take(&mut self.data);
        let event_type = std::mem::take(&mut self.event_type);
        if !self.has(Flaw::CommitsTheIdWithAnEventOnly) || !data.is_empty() {
            self.last_event_id.clone_from(&self.id);
        }
        let without_data = self.has(Flaw::DispatchesWithoutData)
            || self.has(Flaw::DispatchesATypeAlone) && !event_type.is_empty();
        if data.is_empty() && !without_data {
            if self.has(Flaw::LeaksTheTypeOfAnEmptyBlock) {
                self.event_type = event_type;
            }
            return;
        }
        let data = if self.has(Flaw::TrimsAllTrailingBreaks) {
            data.trim_end_matches('\n')
        } else {
            data.strip_suffix(['\n', ' ']).unwrap_or(&data)
        };
        let event_type = if event_type.is_empty() {
            "message"
        } else {
            &event_type
        };
        self.items
            .push(Item::event(event_type, data, &self.last_event_id));
        if self.has(Flaw::ForgetsTheIdAfterItsEvent) {
            self.id.clear();
        }
    }
}

impl Decoder for Flawed {
    fn feed(&mut self, chunk: &[u8]) -> Result<Vec<Item>, String> {
        let first_chunk = std::mem::take(&mut self.first_chunk);
        if self.has(Flaw::ForgetsCrBetweenChunks) {
            self.skip_lf = false;
        }
        let replaced = String::from_utf8_lossy(chunk);
        let mut chunk = if self.has(Flaw::ReplacesPerChunk) {
            replaced.as_bytes()
        } else {
            chunk
        };
        if first_chunk && self.has(Flaw::StripsBomOfOneChunkOnly) {
            chunk = chunk.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(chunk);
        }
        for byte in chunk {
            self.byte(*byte)?;
        }
        if self.has(Flaw::DispatchesOnceAChunk) {
            self.items.truncate(1);
        }
        Ok(std::mem::take(&mut self.items))
    }

    fn end(&mut self) -> Result<Vec<Item>, String> {
        let ends_line = self.has(Flaw::EndsTheLineAtTheEnd) || self.has(Flaw::FlushesAtTheEnd);
        if ends_line && !self.line.is_empty() {
            let line = std::mem::take(&mut self.line);
            self.line_ended(line)?;
        }
        if self.has(Flaw::DispatchesAtTheEnd) || self.has(Flaw::FlushesAtTheEnd) {
            self.dispatch();
        }
        if self.has(Flaw::SaysSomethingAtTheEnd) {
            self.items.push(Item::event("message", "", ""));
        }
        Ok(std::mem::take(&mut self.items))
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            last_event_id: true,
            ..Capabilities::default()
        }
    }

    fn last_event_id(&self) -> String {
        self.last_event_id.clone()
    }
}

/// Returns the text of a line. Each invalid sequence becomes one U+FFFD. `skip` returns how many
/// bytes an invalid sequence of a given length skips.
fn replace(mut line: &[u8], skip: impl Fn(usize) -> usize) -> String {
    let mut text = String::new();
    while let Err(error) = std::str::from_utf8(line) {
        let (valid, rest) = line.split_at(error.valid_up_to());
        text += &String::from_utf8_lossy(valid);
        text.push('\u{FFFD}');
        let invalid = error.error_len().unwrap_or(rest.len());
        line = &rest[skip(invalid).min(rest.len())..];
    }
    text + &String::from_utf8_lossy(line)
}
