//! Chooses the content coding for a client.

use http::{HeaderMap, header};

use crate::{
    list,
    server::compression::coding::{Coding, Effort},
};

/// Returns the offer with the highest weight in the `Accept-Encoding` fields ([RFC 9110,
/// 12.5.3](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3)). Among equals, it is the first
/// offer. Returns `None` if the client gets the stream without a coding:
///
/// - Without the field, a client may not know any coding.
/// - A client that gives `identity` a higher weight than each offer prefers no coding.
/// - A client that accepts neither an offer nor `identity` gets a stream that it has not asked for.
///   The standard allows that, and it has more use than an error.
///
/// Invalid members are ignored.
pub(crate) fn choose(
    headers: &HeaderMap,
    offers: impl Iterator<Item = (Coding, Effort)>,
) -> Option<(Coding, Effort)> {
    let fields = headers.get_all(header::ACCEPT_ENCODING).iter();
    let members = fields.flat_map(|field| list::split(field.as_bytes(), b','));
    let members: Vec<_> = members.filter_map(Member::parse).collect();
    // If a coding is repeated, its highest weight counts.
    let weight_of = |is_named: &dyn Fn(&[u8]) -> bool| {
        let named = members.iter().filter(|member| is_named(member.name));
        named.map(|member| member.weight).max()
    };
    // The asterisk stands for the codings that are not named, also for `identity`.
    let any = weight_of(&|name| name == b"*");
    let identity = weight_of(&|name| name.eq_ignore_ascii_case(b"identity")).or(any);
    let mut best = None;
    let mut best_weight = 0;
    for (coding, effort) in offers {
        let weight = weight_of(&|name| coding.has_name(name)).or(any);
        if let Some(weight) = weight
            && weight > best_weight
        {
            best = Some((coding, effort));
            best_weight = weight;
        }
    }
    best.filter(|_| identity.is_none_or(|identity| identity <= best_weight))
}

/// A coding with its weight, in thousandths.
struct Member<'a> {
    name: &'a [u8],
    weight: u16,
}

impl<'a> Member<'a> {
    fn parse(member: &'a [u8]) -> Option<Self> {
        let mut parts = list::split(member, b';');
        let name = parts.next().filter(|name| list::is_token(name))?;
        let weight = match parts.next() {
            None => 1000,
            Some([b'q' | b'Q', b'=', weight @ ..]) => parse_weight(weight)?,
            Some(_) => return None,
        };
        match parts.next() {
            None => Some(Self { name, weight }),
            Some(_) => None,
        }
    }
}

/// Parses a weight ([RFC 9110, 12.4.2](https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2)):
/// from 0 to 1, with at most three digits after the point.
fn parse_weight(weight: &[u8]) -> Option<u16> {
    let (whole, fraction) = match weight {
        [whole] => (whole, &[][..]),
        [whole, b'.', fraction @ ..] if fraction.len() <= 3 => (whole, fraction),
        _ => return None,
    };
    let mut thousandths = match whole {
        b'0' => 0,
        b'1' => 1000,
        _ => return None,
    };
    for (digit, unit) in fraction.iter().zip([100, 10, 1]) {
        let digit = char::from(*digit).to_digit(10)?;
        thousandths += digit as u16 * unit;
    }
    (thousandths <= 1000).then_some(thousandths)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const OFFERS: [Coding; 3] = [Coding::Br, Coding::Zstd, Coding::Gzip];
    const BR: Option<Coding> = Some(Coding::Br);
    const ZSTD: Option<Coding> = Some(Coding::Zstd);
    const GZIP: Option<Coding> = Some(Coding::Gzip);

    fn chosen(fields: &[&str], offers: &[Coding]) -> Option<Coding> {
        let mut headers = HeaderMap::new();
        for field in fields {
            let value = HeaderValue::from_bytes(field.as_bytes()).unwrap();
            headers.append(header::ACCEPT_ENCODING, value);
        }
        let offers = offers.iter().map(|coding| (*coding, Effort::Medium));
        choose(&headers, offers).map(|(coding, _)| coding)
    }

    #[test]
    fn the_highest_weight_decides_and_then_the_order_of_offers() {
        for (fields, coding) in [
            (&[][..], None),
            (&[""], None),
            (&["gzip"], GZIP),
            (&["GZip"], GZIP),
            (&["x-gzip"], GZIP),
            (&["X-GZIP;q=0.5"], GZIP),
            (&["gzip, deflate"], GZIP),
            (&["gzip, deflate, br"], BR),
            (&["gzip, deflate, br, zstd"], BR),
            (&["gzip, deflate, zstd"], ZSTD),
            (&["gzip", "br"], BR),
            (&["deflate, compress"], None),
            (&["gzip;q=1, br;q=0.9"], GZIP),
            (&["br;q=0.899, zstd;q=0.9"], ZSTD),
            (&["br;q=0, zstd;q=0.0, gzip;q=0.000"], None),
            (&["br;q=0, gzip"], GZIP),
            (&["gzip;q=0.001"], GZIP),
            (&["gzip;q=1.000"], GZIP),
            (&["gzip;q=1."], GZIP),
            (&["gzip;q=0."], None),
            (&["br;q=0.123, gzip;q=0.124"], GZIP),
            (&["br;q=0.9, gzip;q=0.999"], GZIP),
            (&[" \tgzip \t; \tq=1\t ,\tbr;q=0.999\t"], GZIP),
            (&["\t"], None),
            (&["gzip\t;\tQ=0.5 ,br ; q=0.4"], GZIP),
            // The highest weight of a repeated coding.
            (&["gzip;q=0, gzip"], GZIP),
            (&["gzip;q=0", "x-gzip;q=0.1"], GZIP),
            // Any coding.
            (&["*"], BR),
            (&["*;q=0"], None),
            (&["*;q=0, gzip"], GZIP),
            (&["br;q=0, *"], ZSTD),
            (&["br;q=0.5, *;q=0.6"], ZSTD),
            (&["gzip, *;q=0.5"], GZIP),
            // No coding.
            (&["identity"], None),
            (&["identity, gzip"], GZIP),
            (&["identity;q=0.5, gzip"], GZIP),
            (&["gzip;q=0.5, identity"], None),
            (&["gzip;q=0.5, Identity;q=0.6"], None),
            (&["identity;q=0, gzip;q=0.1"], GZIP),
            (&["identity;q=0"], None),
            (&["identity;q=0, deflate"], None),
            (&["identity;q=0, *;q=0"], None),
            (&["identity;q=0, *;q=0.1"], BR),
            (&["identity;q=0", "gzip;q=0.1"], GZIP),
            (&["*;q=0, identity"], None),
            (&["*;q=0.5, identity;q=0.6"], None),
            (&["*;q=0.5, br;q=0.4, zstd;q=0.4, gzip;q=0.4"], None),
            // Invalid members.
            (&["gzip;q=2"], None),
            (&["gzip;q=1.001"], None),
            (&["gzip;q=0.0001"], None),
            (&["gzip;q=.5"], None),
            (&["gzip;q=-1"], None),
            (&["gzip;q="], None),
            (&["gzip;q"], None),
            (&["gzip;q=a"], None),
            (&["gzip;q=0.a"], None),
            (&["gzip;q=NaN"], None),
            (&["gzip;q=00.5"], None),
            (&["gzip;q=1.0000"], None),
            (&["gzip;q=1.01"], None),
            (&["gzip;q=0,5"], None),
            (&["gzip;q=+1"], None),
            (&["gzip;q=1e0"], None),
            (&["gzip;q=\"1\""], None),
            (&["gzip;q =1"], None),
            (&["gzip;q= 1"], None),
            (&["gzip;q=1;"], None),
            (&["gzip;;q=1"], None),
            (&[";q=1"], None),
            (&["gzip;level=9"], None),
            (&["gzip;q=1;level=9"], None),
            (&["gzip;"], None),
            (&["\"gzip\""], None),
            (&["gz ip"], None),
            (&["gzip br"], None),
            (&["\u{e9}"], None),
            (&["gzip;q=2, br;q=0.1"], BR),
            (&[",, gzip ,"], GZIP),
            (&["**, gzip*"], None),
        ] {
            assert_eq!(chosen(fields, &OFFERS), coding, "{fields:?}");
        }
    }

    #[test]
    fn only_offers_are_chosen() {
        for (field, offers, coding) in [
            ("br, gzip", &[][..], None),
            ("*", &[], None),
            ("br, gzip", &[Coding::Gzip], GZIP),
            ("br, gzip;q=0.1", &[Coding::Zstd, Coding::Gzip], GZIP),
            ("br", &[Coding::Gzip], None),
            ("*", &[Coding::Gzip], GZIP),
            // The asterisk also gives a weight to `identity`.
            ("gzip;q=0.3, *;q=0.5", &[Coding::Gzip], None),
            ("gzip;q=0.3, *;q=0.5", &[Coding::Zstd, Coding::Gzip], ZSTD),
            ("gzip;q=0.3, *;q=0.5, identity;q=0.2", &[Coding::Gzip], GZIP),
        ] {
            assert_eq!(chosen(&[field], offers), coding, "{field} {offers:?}");
        }
    }
}
