//! Random origins: which are accepted, and which form the errors suggest.

use proptest::prelude::*;
use sse_tower::cors::Origin;

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
        address.prop_map(|address| format!("[{address}]")),
        "\\[[0-9a-f:.]{0,20}\\]",
        "\\[(::|0:|1:|ffff:|db8:|0db8:){1,5}(1|0|192\\.0\\.2\\.1|)\\]",
    ]
}

fn names() -> impl Strategy<Value = String> {
    let label = prop_oneof![
        "[a-z0-9_-]{0,6}",
        "[ -~]{1,4}",
        "\\PC{1,5}",
        "[a-zäöüßéжλ日本語\u{2764}-]{1,6}",
        "xn--[a-z0-9-]{0,8}",
    ];
    let labels = prop::collection::vec(label, 1..4).prop_map(|labels| labels.join("."));
    (labels, "\\.?").prop_map(|(labels, dot)| labels + &dot)
}

fn origins() -> impl Strategy<Value = String> {
    let scheme = prop_oneof![
        6 => prop::sample::select(vec!["http", "https"]),
        1 => prop::sample::select(vec!["ws", "wss", "ftp", "chrome-extension", "a+b", "1a"]),
    ];
    let port = prop_oneof![
        4 => Just(String::new()),
        1 => ":[0-9]{0,5}",
        1 => prop::sample::select(vec![":80", ":443", ":3000", ":21"]).prop_map(str::to_owned),
    ];
    let host = prop_oneof![numbers(), ipv6(), names()];
    (scheme, host, port).prop_map(|(scheme, host, port)| format!("{scheme}://{host}{port}"))
}

/// Returns the origin that the error for `text` suggests.
fn advice(text: &str) -> Option<String> {
    let message = Origin::new(text).err()?.to_string();
    let (_, advised) = message.rsplit_once("browsers send \"")?;
    Some(advised.strip_suffix('"')?.to_owned())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn accepted_origins_have_the_form_of_browsers(text in prop_oneof![origins(), "\\PC*", ".*"]) {
        if let Ok(origin) = Origin::new(&text) {
            prop_assert_eq!(origin.as_str(), &*text);
            let is_common = |byte: u8| byte.is_ascii_alphanumeric() || b"-._+:/[]".contains(&byte);
            prop_assert!(text.bytes().all(is_common), "{}", text);
            // Only hosts of non-standard schemes keep their case.
            let is_special = ["http", "ws", "ftp"].iter().any(|scheme| text.starts_with(scheme));
            let is_lower_case = !text.bytes().any(|byte| byte.is_ascii_uppercase());
            prop_assert!(is_lower_case || !is_special, "{}", text);
        }
    }

    /// A suggested origin is valid.
    #[test]
    fn a_suggested_origin_is_valid(text in origins()) {
        if let Some(advised) = advice(&text) {
            prop_assert_ne!(&advised, &text);
            prop_assert_eq!(advice(&advised), None, "{}", text);
        }
    }

    /// The standard library writes each address in one form. It differs from the form of browsers
    /// only for mapped IPv4 addresses.
    #[test]
    fn an_address_has_one_form(address: std::net::Ipv6Addr, other: std::net::Ipv4Addr) {
        for (host, is_mapped) in [
            (format!("[{address}]"), address.to_string().contains('.')),
            (other.to_string(), false),
        ] {
            let is_accepted = Origin::new(&format!("http://{host}")).is_ok();
            prop_assert_eq!(is_accepted, !is_mapped, "{}", host);
        }
    }
}
