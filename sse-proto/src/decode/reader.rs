//! Lines to steps: the effects of the fields of an event stream.
//!
//! A line that is whole in its chunk is read there. A line that is cut is held until its end arrives. The
//! same [rules](Reader::interpret) then apply to both.

use super::{
    Decoder, LineState,
    buffers::{Step, Value},
};
use crate::{
    chunk::Chunk,
    error::TooLarge,
    field::{self, Field},
    item::Item,
    memory::{Memory, store::Slot},
};

/// The state of one call of [`Decoder::decode`].
pub(super) struct Reader<'d, 'c, M: Memory> {
    pub(super) decoder: &'d mut Decoder<M>,
    pub(super) chunk: &'d mut Chunk<'c>,
    /// The data of the event, if it is one line in the chunk. It is copied into the buffers only at a second
    /// data line, at the end of the chunk, or if it is not UTF-8.
    borrowed: Option<&'c [u8]>,
}

/// A line that is complete.
#[derive(Clone, Copy)]
pub(super) enum Line<'c> {
    InChunk(&'c [u8]),
    /// The line is in the buffers.
    Held,
}

impl<'c> Line<'c> {
    /// Returns its last `length` bytes, which are the value of its field.
    #[inline]
    fn value(self, length: usize) -> Value<'c> {
        match self {
            Self::InChunk(line) => Value::InChunk(&line[line.len() - length..]),
            Self::Held => Value::Held(length),
        }
    }
}

impl<M: Memory> Decoder<M> {
    /// Dispatches the event whose data was taken. If none was, reads the lines at the front.
    #[inline(never)]
    pub(super) fn decode_lines<'d, 'c: 'd>(
        &'d mut self,
        chunk: &mut Chunk<'c>,
        taken: Option<&'c [u8]>,
    ) -> Result<Option<Item<'d>>, TooLarge> {
        self.is_clear = false;
        self.buffers.forget_lent();
        let mut reader = Reader {
            decoder: self,
            chunk,
            borrowed: taken,
        };
        let step = match taken {
            Some(_) => reader.blank_line()?,
            None if reader.chunk.is_empty() => None,
            None => match reader.next_step()? {
                None => return Ok(None),
                some => some,
            },
        };
        self.is_clear = self.buffers.are_clear()
            && matches!(self.line, LineState::Start)
            && self.lines.skip_to_line(chunk);
        Ok(step.map(|step| self.buffers.item(step)))
    }
}

impl<'c, M: Memory> Reader<'_, 'c, M> {
    /// Reads lines until one leads to an item, or the chunk is empty.
    fn next_step(&mut self) -> Result<Option<Step<'c>>, TooLarge> {
        while !self.chunk.is_empty() {
            let step = match self.decoder.line {
                LineState::Start => self.lines_in_chunk()?,
                _ => self.rest_of_line()?,
            };
            if step.is_some() {
                return Ok(step);
            }
        }
        self.keep();
        Ok(None)
    }

    /// Reads the lines that are whole in the chunk, and the first part of a line that is cut.
    #[inline]
    fn lines_in_chunk(&mut self) -> Result<Option<Step<'c>>, TooLarge> {
        let part = if self.decoder.lines.skip_to_line(self.chunk) {
            while let Some(line) = self.chunk.take_whole_line() {
                let step = self.line_in_chunk(line)?;
                if step.is_some() {
                    return Ok(step);
                }
            }
            if self.chunk.is_empty() {
                return Ok(None);
            }
            self.decoder.lines.rest_of_line(self.chunk)
        } else if let Some(part) = self.decoder.lines.next_part(self.chunk) {
            part
        } else {
            return Ok(None);
        };
        if part.is_end() {
            return self.line_in_chunk(part.bytes());
        }
        self.keep();
        self.start_of_line(part.bytes())?;
        Ok(None)
    }

    /// Reads a line that is whole in the chunk. The most common kinds of lines are handled here, for speed.
    #[inline(always)]
    fn line_in_chunk(&mut self, line: &'c [u8]) -> Result<Option<Step<'c>>, TooLarge> {
        if let Some(value) = field::data_value(line) {
            self.charge(line.len())?;
            self.push_data(value);
            return Ok(None);
        }
        match line {
            [] => {}
            [b':', ..] if !self.decoder.options.comments => {}
            _ => return self.interpret(Line::InChunk(line)),
        }
        if self.borrowed.is_none() && self.decoder.buffers.are_empty() {
            self.chunk.skip_idle_lines(!self.decoder.options.comments);
        } else if line.is_empty() {
            return self.blank_line();
        }
        Ok(None)
    }

    /// Borrows the first data line of an event. Appends any other one to the data, together with the data
    /// lines that follow it in the chunk.
    #[inline(always)]
    fn push_data(&mut self, value: &'c [u8]) {
        if self.borrowed.is_none() && self.decoder.buffers.has_no_data() {
            self.borrowed = Some(value);
        } else {
            self.keep();
            self.decoder.buffers.push_data(value);
            self.decoder.buffers.push_data_lines(self.chunk);
        }
    }

    /// Applies the field of a line. If the event becomes too large, discards it.
    pub(super) fn interpret(&mut self, line: Line<'c>) -> Result<Option<Step<'c>>, TooLarge> {
        let step = self.try_interpret(line);
        step.inspect_err(|_| self.decoder.discard_event(LineState::DiscardedStart))
    }

    /// Applies the rules of the standard, one for each name of a field.
    #[inline]
    fn try_interpret(&mut self, line: Line<'c>) -> Result<Option<Step<'c>>, TooLarge> {
        let buffers = &mut self.decoder.buffers;
        let bytes = match line {
            Line::InChunk(bytes) => bytes,
            Line::Held => buffers.line(),
        };
        let cost = borrowed_length(self.borrowed) + bytes.len();
        match Field::parse(bytes) {
            // Both the line and the type or ID that it sets count towards the limit.
            Some(Field::EventType(value)) => {
                let value = line.value(value.len());
                buffers.set(Slot::EventType, value, cost)?;
            }
            Some(Field::Id(value)) => {
                let value = line.value(value.len());
                buffers.set(Slot::Id, value, cost)?;
            }
            Some(Field::Data(value)) => {
                let value = line.value(value.len());
                buffers.charge(cost)?;
                self.keep();
                self.decoder.buffers.push(value);
            }
            // The call returns an item, after which nothing can be borrowed.
            Some(Field::Retry(time)) => {
                buffers.charge(cost)?;
                self.keep();
                return Ok(Some(self.decoder.buffers.retry(time)));
            }
            Some(Field::Comment(value)) => {
                let value = line.value(value.len());
                buffers.charge(cost)?;
                self.keep();
                return self.decoder.buffers.comment(value, self.chunk).map(Some);
            }
            Some(Field::Ignored { .. }) | None => {
                buffers.charge(cost)?;
                buffers.drop_line();
            }
        }
        Ok(None)
    }

    /// Dispatches the event. Borrowed data that is not UTF-8 is copied into the buffers, to be repaired.
    fn blank_line(&mut self) -> Result<Option<Step<'c>>, TooLarge> {
        let borrowed = self.borrowed.take();
        let text = borrowed.and_then(|value| self.chunk.text(value));
        if let (Some(value), None) = (borrowed, text) {
            self.decoder.buffers.push_data(value);
        }
        let step = self.decoder.buffers.blank_line(text);
        step.inspect_err(|_| self.decoder.discard_event(LineState::Start))
    }

    /// Copies borrowed data into the buffers, so that it outlives the chunk.
    #[inline]
    fn keep(&mut self) {
        if let Some(value) = self.borrowed.take() {
            self.decoder.buffers.push_data(value);
        }
    }

    /// Checks that a line of this length fits into the limit, together with all that is held or borrowed.
    #[inline]
    fn charge(&mut self, length: usize) -> Result<(), TooLarge> {
        let cost = borrowed_length(self.borrowed) + length;
        let fits = self.decoder.buffers.charge(cost);
        fits.inspect_err(|_| self.decoder.discard_event(LineState::DiscardedStart))
    }
}

/// Returns the length that the borrowed data has in the buffers, with its LF.
#[inline]
fn borrowed_length(borrowed: Option<&[u8]>) -> usize {
    borrowed.map_or(0, |value| value.len() + 1)
}
