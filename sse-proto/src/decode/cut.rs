//! Lines that arrive in several chunks.

use super::{
    Decoder, LineState,
    buffers::Step,
    reader::{Line, Reader},
};
use crate::{chunk::Chunk, error::TooLarge, field, item::Item, memory::Memory};

impl<'c, M: Memory> Reader<'_, 'c, M> {
    /// Begins a line that is cut.
    pub(super) fn start_of_line(&mut self, part: &'c [u8]) -> Result<(), TooLarge> {
        let decoder = &mut *self.decoder;
        if part.starts_with(b":") && !decoder.options.comments {
            decoder.line = LineState::SkippedComment;
            return Ok(());
        }
        decoder.charge_part(part, false)?;
        // Only after this many bytes is it known whether the value begins with a space to leave out.
        let decided = part.get(.."data: ".len());
        if let Some(value) = decided.and_then(|_| field::data_value(part)) {
            decoder.line = LineState::HeldData;
            decoder.buffers.hold(value);
        } else {
            decoder.line = LineState::Held;
            decoder.buffers.hold(part);
        }
        Ok(())
    }

    /// Reads the next part of a line that was cut. Data lines are read elsewhere.
    #[inline(never)]
    pub(super) fn rest_of_line(&mut self) -> Result<Option<Step<'c>>, TooLarge> {
        let decoder = &mut *self.decoder;
        let Some(part) = decoder.lines.next_part(self.chunk) else {
            return Ok(None);
        };
        match (decoder.line, part.is_end()) {
            (LineState::Held, is_end) => {
                decoder.charge_part(part.bytes(), is_end)?;
                decoder.buffers.hold(part.bytes());
                if is_end {
                    decoder.line = LineState::Start;
                    return self.interpret(Line::Held);
                }
            }
            (LineState::DiscardedStart, false) => decoder.line = LineState::Discarded,
            (LineState::Discarded, true) => decoder.line = LineState::DiscardedStart,
            (LineState::DiscardedStart, true) if !part.bytes().is_empty() => {}
            (_, true) => decoder.line = LineState::Start,
            (_, false) => {}
        }
        Ok(None)
    }
}

impl<M: Memory> Decoder<M> {
    /// Reads the next part of a data line whose value is held so far. Nothing is borrowed at that time.
    #[inline(never)]
    pub(super) fn decode_held_data<'d, 'c: 'd>(
        &'d mut self,
        chunk: &mut Chunk<'c>,
    ) -> Result<Option<Item<'d>>, TooLarge> {
        let Some(end) = self.lines.end_of_line(chunk) else {
            let part = chunk.take_rest();
            self.charge_part(part, false)?;
            self.buffers.hold(part);
            return Ok(None);
        };
        self.charge_part(end, true)?;
        self.buffers.end_data(end);
        self.line = LineState::Start;
        if !chunk.take_blank_line() {
            return self.decode_lines(chunk, None);
        }
        let dispatched = self.buffers.dispatch_held();
        dispatched.inspect_err(|_| self.discard_event(LineState::Start))?;
        Ok(Some(self.buffers.held_event()))
    }

    /// Checks that a part of a line that is cut fits into the limit.
    #[inline]
    fn charge_part(&mut self, part: &[u8], is_end: bool) -> Result<(), TooLarge> {
        let length = self.line_length + part.len();
        self.line_length = if is_end { 0 } else { length };
        self.buffers.charge(length).inspect_err(|_| {
            self.discard_event(match is_end {
                true => LineState::DiscardedStart,
                false => LineState::Discarded,
            });
        })
    }
}
