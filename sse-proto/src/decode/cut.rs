//! Lines that do not lie whole in one chunk.

use super::{Decoder, buffers::Step};
use crate::{Chunk, Item, Memory, TooLarge, field};

/// Where in the stream the decoder is.
#[derive(Clone, Copy)]
pub(super) enum Place {
    LineStart,
    /// In a line whose first part is held.
    HeldLine,
    /// In a data line the first part of whose value is held.
    HeldData,
    /// In a comment that nobody asked for.
    SkippedLine,
    /// At the start of a line that is discarded: its event was too large.
    DiscardedLineStart,
    DiscardedLine,
}

impl<M: Memory> Decoder<M> {
    /// Begins a line that is cut.
    pub(super) fn start_of_line(&mut self, part: &[u8]) -> Result<(), TooLarge> {
        if part.starts_with(b":") && !self.comments {
            self.place = Place::SkippedLine;
            return Ok(());
        }
        self.charge_line(part, false)?;
        // The name, the colon, and the space that is left out or the first byte of the value.
        let decided = part.get(.."data: ".len());
        if let Some(value) = decided.and_then(|_| field::data_value(part)) {
            self.place = Place::HeldData;
            self.buffers.hold(value);
        } else {
            self.place = Place::HeldLine;
            self.buffers.hold(part);
        }
        Ok(())
    }

    /// Goes on in a data line whose value is held so far. Nothing else is given out or borrowed.
    #[inline(never)]
    pub(super) fn decode_held_data<'d, 'c: 'd>(
        &'d mut self,
        chunk: &mut Chunk<'c>,
    ) -> Result<Option<Item<'d>>, TooLarge> {
        let Some(end) = self.lines.end_of_line(chunk) else {
            let part = chunk.take_rest();
            self.charge_line(part, false)?;
            self.buffers.hold(part);
            return Ok(None);
        };
        self.charge_line(end, true)?;
        self.buffers.end_data(end);
        self.place = Place::LineStart;
        if !chunk.take_blank_line() {
            return self.decode_lines(chunk, None);
        }
        let dispatched = self.buffers.dispatch_held();
        dispatched.inspect_err(|_| self.forget(Place::LineStart))?;
        Ok(Some(self.buffers.held_event()))
    }

    /// Reads on in any other line that was cut.
    #[inline(never)]
    pub(super) fn rest_of_line<'c>(
        &mut self,
        chunk: &mut Chunk<'c>,
    ) -> Result<Option<Step<'c>>, TooLarge> {
        let Some(part) = self.lines.next_part(chunk) else {
            return Ok(None);
        };
        match (self.place, part.is_end()) {
            (Place::HeldLine, false) => {
                self.charge_line(part.bytes(), false)?;
                self.buffers.hold(part.bytes());
            }
            (Place::HeldLine, true) => {
                self.place = Place::LineStart;
                let length = self.line_length + part.bytes().len();
                self.charge_line(part.bytes(), true)?;
                self.buffers.hold(part.bytes());
                return self
                    .buffers
                    .end_line(length)
                    .inspect_err(|_| self.forget(Place::DiscardedLineStart));
            }
            (Place::DiscardedLineStart, false) => self.place = Place::DiscardedLine,
            (Place::DiscardedLine, true) => self.place = Place::DiscardedLineStart,
            (Place::DiscardedLineStart, true) if !part.bytes().is_empty() => {}
            (_, true) => self.place = Place::LineStart,
            (_, false) => {}
        }
        Ok(None)
    }

    /// Charges a part of a line that is cut.
    #[inline]
    fn charge_line(&mut self, part: &[u8], is_end: bool) -> Result<(), TooLarge> {
        let length = self.line_length + part.len();
        self.line_length = if is_end { 0 } else { length };
        self.buffers.charge(length).inspect_err(|_| {
            self.forget(match is_end {
                true => Place::DiscardedLineStart,
                false => Place::DiscardedLine,
            });
        })
    }
}
