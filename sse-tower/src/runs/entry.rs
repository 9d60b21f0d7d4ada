//! An event as an entry of a run's log, and its ID.

use std::{fmt, sync::Arc};

use sse_proto::{Event, EventRef};

use crate::{
    frame::encode_lines,
    last_event_id::LastEventId,
    runs::{run_id::RunId, seal::Seal},
};

/// The ID of an event of a run: `RUN-POSITION`, or `RUN-POSITION-SEAL` for the seal after that position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) run: RunId,
    pub(crate) position: u64,
    pub(crate) seal: Option<Seal>,
}

impl Place {
    /// Reads the ID of a client. Returns `None` if no run has made it.
    pub(crate) fn of_client(last_event_id: &LastEventId) -> Option<Self> {
        let text = last_event_id.get()?.as_str();
        let mut parts = text.split('-');
        let (run, position) = (parts.next()?, parts.next()?);
        let seal = match parts.next() {
            Some(name) => Some(Seal::from_name(name)?),
            None => None,
        };
        let place = Self {
            run: run.parse().ok()?,
            position: position.parse().ok()?,
            seal,
        };
        // This also refuses signs, leading zeros and further parts.
        (place.to_string() == text).then_some(place)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.run, self.position)?;
        match self.seal {
            Some(seal) => write!(f, "-{seal}"),
            None => Ok(()),
        }
    }
}

/// Encodes an event without its ID. The ID of the producer's event is left out: its position in the run takes its
/// place.
pub(crate) fn lines(event: &Event) -> Arc<str> {
    let without_id = EventRef::new(event.data()).with_type(event.event_type());
    encode_lines(without_id, 0).into()
}

#[cfg(test)]
mod tests {
    use sse_proto::EventId;

    use super::*;

    const RUN: &str = "000102030405060708090a0b0c0d0e0f";

    #[test]
    fn each_id_has_one_text() {
        let run = RUN.parse().unwrap();
        for (text, position, seal) in [
            (format!("{RUN}-0"), 0, None),
            (format!("{RUN}-42"), 42, None),
            (format!("{RUN}-7-too_large"), 7, Some(Seal::TooLarge)),
            (
                format!("{RUN}-{}-interrupted", u64::MAX),
                u64::MAX,
                Some(Seal::Interrupted),
            ),
        ] {
            let place = Place {
                run,
                position,
                seal,
            };
            assert_eq!(place.to_string(), text);
            let id = EventId::new(text).unwrap();
            assert_eq!(Place::of_client(&id.into()), Some(place));
        }
    }

    #[test]
    fn any_other_text_is_no_id() {
        for end in [
            "",
            "-",
            "-x",
            "-+1",
            "-01",
            "-1-",
            "-1-x",
            "-1-end-",
            "-1-END",
            "-18446744073709551616",
        ] {
            let id = EventId::new(format!("{RUN}{end}")).unwrap();
            assert_eq!(Place::of_client(&id.into()), None, "{end}");
        }
        assert_eq!(Place::of_client(&LastEventId::none()), None);
    }

    #[test]
    fn the_id_of_the_producer_is_left_out() {
        let event = Event::new("1\n2")
            .try_with_type("delta")
            .unwrap()
            .with_id(7);
        assert_eq!(&*lines(&event), "event: delta\ndata: 1\ndata: 2\n");
    }
}
