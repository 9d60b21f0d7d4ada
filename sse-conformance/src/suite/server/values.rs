//! Values that could break a stream.

/// The part of an event that a value is put into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Data,
    Type,
    Id,
    /// The event has no data. Its type identifies it.
    Nothing,
    /// The type, which must be read back.
    Named,
    /// Data of an event without a type, after an event with one. The type must not be read back.
    Untyped,
}

/// The name of each value, its part, and the value. `@` stands for the token of its event.
#[rustfmt::skip]
pub(crate) const VALUES: &[(&str, Part, &str)] = &[
    ("plain", Part::Data, "@"),
    ("empty", Part::Nothing, "@"),
    ("lf", Part::Data, "@\nb"),
    ("cr", Part::Data, "@\rb"),
    ("crlf", Part::Data, "@\r\nb"),
    ("blank-line", Part::Data, "@\n\nb"),
    ("trailing-lf", Part::Data, "@\n"),
    ("fields", Part::Data, "@\nid: injected\nevent: injected\nretry: 1\ndata: @"),
    ("event", Part::Data, "@\n\nevent: injected\ndata: @\n\n"),
    ("cr-event", Part::Data, "@\r\revent: injected\rdata: @\r\r"),
    ("leading-space", Part::Data, " @"),
    ("spaces", Part::Data, "@  two   three\ttab \t "),
    ("leading-colon", Part::Data, ":@"),
    ("not-ascii", Part::Data, "@ é€🦀 e\u{301}"),
    ("markup", Part::Data, "@ <a href=\"b\">'c' &amp; \\n %0A</a>"),
    ("unicode-line-ends", Part::Data, "@\u{85}a\u{2028}b\u{2029}c\u{b}d\u{c}e"),
    ("bom", Part::Data, "\u{feff}@"),
    ("nul", Part::Data, "@\0b"),
    ("latin-1", Part::Data, "@ ¡¢£¤¥¦§¨©ª«¬\u{ad}®¯°±²³´µ¶·¸¹º»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ"),
    ("cr-retry", Part::Data, "@\rretry: 86391"),
    ("named", Part::Named, "tick"),
    ("untyped", Part::Untyped, "@"),
    ("named-case", Part::Named, "tickTOCK"),
    ("named-marks", Part::Named, "tick.tock:a/b_c-d"),
    ("named-spaces", Part::Named, " tick tock "),
    ("named-latin-1", Part::Named, "Ünïcödé ÿ"),
    ("named-not-ascii", Part::Named, "é€🦀"),
    ("named-message", Part::Named, "message"),
    ("type-lf", Part::Type, "a\ndata: injected"),
    ("type-cr", Part::Type, "a\rdata: injected"),
    ("type-crlf", Part::Type, "a\r\ndata: injected"),
    ("type-event", Part::Type, "a\ndata: injected @\n\n"),
    ("type-cr-event", Part::Type, "a\rdata: injected @\r\r"),
    ("type-id", Part::Type, "a\nid: injected"),
    ("type-retry", Part::Type, "a\nretry: 86392"),
    ("id-lf", Part::Id, "7\ndata: injected"),
    ("id-cr", Part::Id, "7\rdata: injected"),
    ("id-crlf", Part::Id, "7\r\ndata: injected"),
    ("id-event", Part::Id, "7\n\ndata: injected @\n\n"),
    ("id-cr-event", Part::Id, "7\r\rdata: injected @\r\r"),
    ("id-type", Part::Id, "7\nevent: injected"),
    ("id-retry", Part::Id, "7\nretry: 86393"),
    ("id-nul", Part::Id, "7\0b"),
];
