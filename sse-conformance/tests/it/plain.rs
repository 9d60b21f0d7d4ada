//! Reports do not show internals of the suite, only words, values and streams.

use sse_conformance::model::Item;
use sse_conformance::suite::Options;
use sse_conformance::suite::decoder::{self, Decoder};
use sse_conformance::suite::encoder::{self, Encoded, Encoder, Event};

use crate::support::plain::{assert_plain, debug_shape};

#[test]
fn rust_values_are_distinguished_from_words() {
    for text in [
        r#"Read { event_type: "a", data: "b" }"#,
        "[Some(5)]",
        "Err(\"x\")",
        "at level Info { a: 1 }",
        "None",
        "Event(Event { event_type: None })",
        "Line { name: None, value: \"\" }",
    ] {
        assert!(debug_shape(text).is_some(), "{text}");
    }
    for text in [
        r#"message("a", id "7")"#,
        r#"data: {"a": 1}"#,
        r#"{ a: 1 }"#,
        "the Location `x` (RFC 9110)",
        r#"expected {"open": 3}"#,
    ] {
        assert_eq!(debug_shape(text), None, "{text}");
    }
}

/// Every case about these implementations fails, so that every text is shown.
#[test]
fn nothing_of_rust_is_in_the_reports_of_decoders_and_encoders() {
    struct Wrong;
    impl Decoder for Wrong {
        fn feed(&mut self, _: &[u8]) -> Result<Vec<Item>, String> {
            Ok(vec![
                Item::event("x", "y\n\"z\"", "7"),
                Item::Retry(5),
                Item::Comment("c".to_owned()),
            ])
        }
    }
    impl Encoder for Wrong {
        fn event(&mut self, _: &Event<'_>) -> Encoded {
            Ok(b"\xEF\xBB\xBFfoo\r\nid\r\nretry:5\ndata:a\r\n\r\n\r\n:c".to_vec())
        }
        fn comment(&mut self, _: &str) -> Encoded {
            Ok(b"data: a\n\n".to_vec())
        }
        fn retry(&mut self, _: u64) -> Encoded {
            Ok(b"retry: x".to_vec())
        }
        fn heartbeat(&mut self) -> Encoded {
            Ok(b"data\n\n".to_vec())
        }
        fn last_event_id(&mut self, _: &str) -> Encoded {
            Ok(b"id: 9\n\n".to_vec())
        }
    }
    let options = Options::default();
    for report in [
        decoder::run(&options, || Wrong),
        encoder::run(&options, || Wrong),
    ] {
        assert!(report.counts().fail > 50, "{report}");
        assert_plain(&report);
    }
}
