//! The origins that are accepted, beside those of a parser that follows the URL standard.

use proptest::prelude::*;
use sse_tower::Origin;
use url::Url;

/// Returns true if the parser writes the origin of a page of `text` as `text`.
fn is_serialised(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| match url.origin() {
        // Of a scheme that the standard does not know, such as those of extensions.
        url::Origin::Opaque(_) => url.as_str() == text && url.has_host(),
        origin => origin.ascii_serialization() == text,
    })
}

/// Returns true for the few texts that the parser knows and browsers cannot reach: an empty part in a
/// name, the port 0.
fn cannot_be_reached(text: &str) -> bool {
    ["..", "//.", ":0"].iter().any(|part| text.contains(part))
}

fn numbers() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        "[0-9]{1,3}",
        "0x[0-9a-f]{0,3}",
        "0[0-9]{1,3}",
        any::<u32>().prop_map(|number| number.to_string()),
        any::<u8>().prop_map(|number| number.to_string()),
        "[0-9a-fx]{1,4}",
    ];
    let numbers = prop::collection::vec(number, 1..6).prop_map(|numbers| numbers.join("."));
    (numbers, "\\.?").prop_map(|(numbers, dot)| numbers + &dot)
}

fn ipv6() -> impl Strategy<Value = String> {
    let piece = prop_oneof![3 => Just(0), 1 => 0..=u16::MAX, 1 => Just(0xffff)];
    let address = prop::array::uniform8(piece).prop_map(std::net::Ipv6Addr::from);
    prop_oneof![
        address.clone().prop_map(|address| format!("[{address}]")),
        // As the parser writes it.
        address.prop_map(|address| url::Host::<String>::Ipv6(address).to_string()),
        "\\[[0-9a-f:.]{0,20}\\]",
        "\\[(::|0:|1:|ffff:|db8:|0db8:){1,5}(1|0|192\\.0\\.2\\.1|)\\]",
    ]
}

fn names() -> impl Strategy<Value = String> {
    let label = prop_oneof![
        "[a-z0-9_-]{0,6}",
        "[ -~]{1,4}",
        "\\PC{1,3}",
        "xn--[a-z0-9-]{0,8}"
    ];
    let labels = prop::collection::vec(label, 1..4).prop_map(|labels| labels.join("."));
    (labels, "\\.?").prop_map(|(labels, dot)| labels + &dot)
}

/// Names with Punycode that stands for a text.
fn international() -> impl Strategy<Value = String> {
    let name = prop_oneof!["[a-zäöüßéжλ日本語\u{2764}-]{1,6}", "\\PC{1,5}"];
    name.prop_filter_map("a name", |name| {
        let url = Url::parse(&format!("https://{name}")).ok()?;
        url.host_str().map(str::to_owned)
    })
}

fn origins(host: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let scheme = prop_oneof![
        6 => prop::sample::select(vec!["http", "https"]),
        1 => prop::sample::select(vec!["ws", "wss", "ftp", "chrome-extension", "a+b", "1a"]),
    ];
    let port = prop_oneof![
        4 => Just(String::new()),
        1 => ":[0-9]{0,5}",
        1 => prop::sample::select(vec![":80", ":443", ":3000", ":21"]).prop_map(str::to_owned),
    ];
    (scheme, host, port).prop_map(|(scheme, host, port)| format!("{scheme}://{host}{port}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_origin_is_accepted_if_browsers_write_it_so(
        text in prop_oneof![origins(numbers()), origins(ipv6()), origins(names()), origins(international())]
    ) {
        let is_accepted = Origin::new(&text).is_ok();
        let is_serialised = is_serialised(&text);
        // Only tables of Unicode can tell whether the characters of such a name are allowed.
        if is_accepted && !text.contains("xn--") {
            prop_assert!(is_serialised, "{text} is accepted");
        }
        // Browsers differ in the other characters that the standard allows in a name.
        let is_common = |c: char| c.is_ascii_alphanumeric() || "-._:/[]".contains(c);
        let is_special = text.starts_with("http") || text.starts_with("ws");
        if is_serialised && is_special && !cannot_be_reached(&text) && text.chars().all(is_common) {
            prop_assert!(is_accepted, "{text} is refused");
        }
    }
}

#[test]
fn every_letter_that_a_name_may_have_is_accepted() {
    // Those that are refused, and some that are not.
    let is_doubtful = |c: &char| c.is_control() || c.is_whitespace() || !c.to_lowercase().eq([*c]);
    let letters = ('\u{80}'..=char::MAX).filter(is_doubtful);
    let mut count = 0;
    for c in letters.chain("ßςé日\u{94d}\u{2764}".chars()) {
        let Ok(url) = Url::parse(&format!("https://a{c}b.example")) else {
            continue;
        };
        let origin = url.origin().ascii_serialization();
        if !cannot_be_reached(&origin) {
            assert!(Origin::new(&origin).is_ok(), "{c:?}: {origin}");
            count += 1;
        }
    }
    assert!(count > 1000, "{count}");
}
