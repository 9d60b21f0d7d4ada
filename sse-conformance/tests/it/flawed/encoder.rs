//! A small encoder with a selectable flaw.

use sse_conformance::suite::encoder::{Encoded, Encoder, Event, Refusal};

/// The flaw of an encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    LeavesRetryUnterminated,
    LeavesAHeartbeatUnterminated,
    DoublesCrlf,
    WritesCrAsItIs,
    WritesDataOnOneLine,
    EscapesBreaks,
    DropsATrailingBreak,
    DropsEmptyData,
    DropsEmptyLines,
    TrimsData,
    StripsABomFromData,
    BreaksAtUnicodeLineEnds,
    NormalisesData,
    PanicsAtNulInData,
    RefusesNulInData,
    RefusesCrInData,
    WritesLatin1,
    WritesNoSpace,
    WritesABom,
    BeginsWithABom,
    WritesCrlf,
    WritesNoBlankLine,
    WritesTwoBlankLines,
    WritesAnUnknownField,
    LetsLfIntoAType,
    LetsCrIntoAType,
    ReplacesBreaksInAType,
    WritesASpaceForAnEmptyType,
    RefusesAnEmptyType,
    RefusesNulInAType,
    LowersTheType,
    RepeatsTheType,
    LetsLfIntoAnId,
    LetsNulIntoAnId,
    PanicsAtABadId,
    OmitsAnEmptyId,
    LowersTheId,
    WritesTheIdFirst,
    CutsACommentShort,
    WritesCommentsInLatin1,
    WritesCommentsOnOneLine,
    LetsCrIntoAComment,
    WritesRetryInSeconds,
    WritesRetryIn31Bits,
    WritesRetryIn32Bits,
    WritesRetryIn63Bits,
    WritesRetryAsADouble,
    WritesRetryInNanoseconds,
    CapsRetryAt32Bits,
    RefusesRetryAbove31Bits,
    RefusesRetryAbove53Bits,
    EndsAHeartbeatWithABlankLine,
    SendsAnEmptyEventForAHeartbeat,
    LeavesTheLastEventIdUncommitted,
    SendsAnEmptyEventWithTheLastEventId,
}

pub(crate) struct Flawed {
    flaw: Flaw,
    event_type: String,
    has_begun: bool,
}

impl Flawed {
    pub(crate) fn new(flaw: Flaw) -> Self {
        Self {
            flaw,
            event_type: String::new(),
            has_begun: false,
        }
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    fn field(&self, name: &str, value: &str) -> String {
        let space = if self.has(Flaw::WritesNoSpace) {
            ""
        } else {
            " "
        };
        format!("{name}:{space}{value}\n")
    }

    fn lines(&self, data: &str) -> Vec<String> {
        let data = match self.flaw {
            Flaw::DoublesCrlf => data.replace('\r', "\n"),
            Flaw::WritesCrAsItIs => data.to_owned(),
            Flaw::EscapesBreaks => data.replace("\r\n", "\\n").replace(['\r', '\n'], "\\n"),
            Flaw::BreaksAtUnicodeLineEnds => data.replace(['\u{2028}', '\u{85}'], "\n"),
            _ => data.replace("\r\n", "\n").replace('\r', "\n"),
        };
        let data = match self.flaw {
            Flaw::DropsATrailingBreak => data.strip_suffix('\n').unwrap_or(&data),
            Flaw::TrimsData => data.trim_matches(' '),
            Flaw::StripsABomFromData => data.trim_start_matches('\u{FEFF}'),
            Flaw::NormalisesData => &data.replace("e\u{301}", "\u{E9}"),
            _ => &data,
        };
        let lines = data.split('\n').map(str::to_owned);
        match self.flaw {
            Flaw::WritesDataOnOneLine => vec![data.to_owned()],
            Flaw::DropsEmptyData if data.is_empty() => vec![],
            Flaw::DropsEmptyLines if !data.is_empty() => {
                lines.filter(|line| !line.is_empty()).collect()
            }
            _ => lines.collect(),
        }
    }

    fn type_field(&mut self, event_type: Option<&str>) -> Result<String, Refusal> {
        let Some(event_type) = event_type else {
            return Ok(match self.event_type.as_str() {
                repeated if self.has(Flaw::RepeatsTheType) => self.field("event", repeated),
                _ => String::new(),
            });
        };
        if event_type.is_empty() && self.has(Flaw::WritesASpaceForAnEmptyType) {
            return Ok("event:  \n".to_owned());
        }
        if event_type.is_empty() && self.has(Flaw::RefusesAnEmptyType) {
            return Err(Refusal::Refused("an empty event type".to_owned()));
        }
        if event_type.contains('\0') && self.has(Flaw::RefusesNulInAType) {
            return Err(Refusal::Refused("a NUL in the event type".to_owned()));
        }
        let lower = event_type.to_ascii_lowercase();
        let event_type = if self.has(Flaw::LowersTheType) {
            &lower
        } else {
            event_type
        };
        let replaced = event_type.replace(['\r', '\n'], " ");
        let event_type = if self.has(Flaw::ReplacesBreaksInAType) {
            &replaced
        } else {
            event_type
        };
        let lf = event_type.contains('\n') && !self.has(Flaw::LetsLfIntoAType);
        let cr = event_type.contains('\r') && !self.has(Flaw::LetsCrIntoAType);
        if lf || cr {
            return Err(Refusal::Refused(format!(
                "a line break in the event type {event_type:?}"
            )));
        }
        event_type.clone_into(&mut self.event_type);
        Ok(self.field("event", event_type))
    }

    fn id_field(&self, id: &str) -> Result<String, Refusal> {
        let lf = id.contains('\n') && !self.has(Flaw::LetsLfIntoAnId);
        let nul = id.contains('\0') && !self.has(Flaw::LetsNulIntoAnId);
        if lf || nul || id.contains('\r') {
            assert!(!self.has(Flaw::PanicsAtABadId), "a bad id");
            return Err(Refusal::Refused(format!("a character in the id {id:?}")));
        }
        if id.is_empty() && self.has(Flaw::OmitsAnEmptyId) {
            return Ok(String::new());
        }
        if self.has(Flaw::LowersTheId) {
            return Ok(self.field("id", &id.to_ascii_lowercase()));
        }
        Ok(self.field("id", id))
    }
}

impl Encoder for Flawed {
    fn event(&mut self, event: &Event<'_>) -> Encoded {
        if event.data.contains('\0') {
            assert!(!self.has(Flaw::PanicsAtNulInData), "a NUL");
            if self.has(Flaw::RefusesNulInData) {
                return Err(Refusal::Refused("a NUL in data".to_owned()));
            }
        }
        if event.data.contains('\r') && self.has(Flaw::RefusesCrInData) {
            return Err(Refusal::Refused("a CR in data".to_owned()));
        }
        let event_type = self.type_field(event.event_type)?;
        let data: String = self
            .lines(event.data)
            .iter()
            .map(|line| self.field("data", line))
            .collect();
        let id = event
            .id
            .map(|id| self.id_field(id))
            .transpose()?
            .unwrap_or_default();
        let unknown = if self.has(Flaw::WritesAnUnknownField) {
            "length: 1\n"
        } else {
            ""
        };
        let begins = !std::mem::replace(&mut self.has_begun, true);
        let bom = match self.flaw {
            Flaw::WritesABom => "\u{FEFF}",
            Flaw::BeginsWithABom if begins => "\u{FEFF}",
            _ => "",
        };
        let blank = match self.flaw {
            Flaw::WritesNoBlankLine => "",
            Flaw::WritesTwoBlankLines => "\n\n",
            _ => "\n",
        };
        let block = match self.flaw {
            Flaw::WritesTheIdFirst => format!("{id}{event_type}{data}{blank}"),
            _ => format!("{bom}{event_type}{unknown}{data}{id}{blank}"),
        };
        Ok(match self.flaw {
            Flaw::WritesCrlf => block.replace('\n', "\r\n").into_bytes(),
            Flaw::WritesLatin1 => latin1(&block),
            _ => block.into_bytes(),
        })
    }

    fn comment(&mut self, text: &str) -> Encoded {
        self.has_begun = true;
        let text = match self.flaw {
            Flaw::LetsCrIntoAComment => text.to_owned(),
            Flaw::WritesCommentsOnOneLine => return Ok(format!(": {text}\n").into_bytes()),
            _ => text.replace("\r\n", "\n").replace('\r', "\n"),
        };
        let mut comment: String = text.split('\n').map(|line| format!(": {line}\n")).collect();
        if self.has(Flaw::CutsACommentShort) {
            comment.pop();
        }
        Ok(match self.flaw {
            Flaw::WritesCommentsInLatin1 => latin1(&comment),
            _ => comment.into_bytes(),
        })
    }

    fn retry(&mut self, milliseconds: u64) -> Encoded {
        self.has_begun = true;
        let largest = match self.flaw {
            Flaw::RefusesRetryAbove31Bits => i32::MAX as u64,
            Flaw::RefusesRetryAbove53Bits => 1 << 53,
            _ => u64::MAX,
        };
        if milliseconds > largest {
            return Err(Refusal::Refused(format!("a time above {largest} ms")));
        }
        if self.flaw == Flaw::LeavesRetryUnterminated {
            return Ok(format!("retry: {milliseconds}").into_bytes());
        }
        let time = match self.flaw {
            Flaw::WritesRetryInSeconds => i128::from(milliseconds / 1000),
            Flaw::WritesRetryIn31Bits => i128::from(milliseconds as i32),
            Flaw::WritesRetryIn32Bits => i128::from(milliseconds as u32),
            Flaw::WritesRetryIn63Bits => i128::from(milliseconds as i64),
            Flaw::WritesRetryAsADouble => milliseconds as f64 as i128,
            // The number wraps, as in some types for durations.
            Flaw::WritesRetryInNanoseconds => {
                i128::from(milliseconds.wrapping_mul(1_000_000) / 1_000_000)
            }
            Flaw::CapsRetryAt32Bits => i128::from(milliseconds.min(u32::MAX.into())),
            _ => i128::from(milliseconds),
        };
        Ok(format!("retry: {time}\n\n").into_bytes())
    }

    fn heartbeat(&mut self) -> Encoded {
        self.has_begun = true;
        Ok(match self.flaw {
            Flaw::EndsAHeartbeatWithABlankLine => b":\n\n".to_vec(),
            Flaw::LeavesAHeartbeatUnterminated => b":".to_vec(),
            Flaw::SendsAnEmptyEventForAHeartbeat => b"data:\n\n".to_vec(),
            _ => b":\n".to_vec(),
        })
    }

    fn last_event_id(&mut self, id: &str) -> Encoded {
        self.has_begun = true;
        let id = self.id_field(id)?;
        Ok(match self.flaw {
            Flaw::LeavesTheLastEventIdUncommitted => id,
            Flaw::SendsAnEmptyEventWithTheLastEventId => format!("data\n{id}\n"),
            _ => format!("{id}\n"),
        }
        .into_bytes())
    }
}

/// Writes one byte for each character, even if that loses information.
fn latin1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|character| character as u32 as u8)
        .collect()
}
