use std::time::Instant;

use super::*;

fn now() -> Moment {
    Moment::of(Instant::now())
}

fn known(key: &str) -> StreamKey {
    StreamKey::Known(Key::of(key))
}

#[test]
fn the_total_and_the_key_both_count() {
    let limits = Limits::new(3).per_key(2, |_| Some(()));
    let open = |key| limits.open(key, &[], now()).ok();
    let first = open(known("a")).unwrap();
    let second = open(known("a")).unwrap();
    assert!(open(known("a")).is_none(), "two of this key");
    let third = open(known("b")).unwrap();
    assert!(open(StreamKey::None).is_none(), "three in all");
    assert_eq!(limits.open_streams(), 3);
    drop(third);
    drop(first);
    let fourth = open(known("a")).unwrap();
    assert!(open(known("a")).is_none(), "the second still counts");
    drop((second, fourth));
    assert_eq!(limits.open_streams(), 0);
    assert!(limits.table().keys.is_empty(), "no key stays behind");
}

#[test]
fn without_a_limit_per_key_none_is_kept() {
    let limits = Limits::new(2);
    for key in [StreamKey::NotGiven, StreamKey::NotComputed, StreamKey::None] {
        assert!(limits.open(key, &[], now()).is_ok(), "{key:?}");
    }
    assert!(limits.table().keys.is_empty());
    assert!(Limits::new(0).open(StreamKey::None, &[], now()).is_err());
}

#[test]
fn a_key_without_a_limit_and_a_limit_without_a_key_are_errors() {
    let each = Limits::each(1);
    let per_key = Limits::new(1).per_key(1, |_| Some(()));
    let error = |limits: &Limits, key| limits.open(key, &[], now()).unwrap_err().mistake;
    for limits in [&each, &per_key] {
        assert_eq!(error(limits, StreamKey::NotGiven), Some(KeyError::NotGiven));
    }
    let not_computed = error(&each, StreamKey::NotComputed);
    assert_eq!(not_computed, Some(KeyError::NotComputed));
    let unused = error(&Limits::new(1), known("a"));
    assert_eq!(unused, Some(KeyError::Unused));
}

#[test]
fn only_what_is_not_counted_yet_is_added() {
    let [a, b] = ["a", "b"].map(Key::of);
    let limits = Limits::new(1).per_key(1, |_| Some(()));
    let _inner = limits.open(StreamKey::Known(a), &[], now()).unwrap();
    // (keys counted inside, own key, whether the stream is admitted, streams of `b` after that)
    for (counted, key, is_let_in, of_b) in [
        (&[][..], StreamKey::Known(b), false, 0),
        (&[Some(a)], StreamKey::Known(a), true, 0),
        (&[Some(a)], StreamKey::Known(b), true, 1),
        (&[Some(a)], StreamKey::None, true, 0),
        (&[Some(a)], StreamKey::NotComputed, true, 0),
        // Another stream with this key is open.
        (&[None], StreamKey::Known(a), false, 0),
        (&[Some(b), Some(a)], StreamKey::Known(a), true, 0),
    ] {
        let outer = limits.open(key, counted, now());
        assert_eq!(outer.is_ok(), is_let_in, "{counted:?} {key:?}");
        assert_eq!(limits.open_streams(), 1);
        assert_eq!(
            limits.table().keys.get(&b).copied().unwrap_or_default(),
            of_b
        );
        drop(outer);
        assert_eq!(limits.table().keys.len(), 1);
    }
}

#[test]
fn a_place_is_lost_only_by_a_stream_whose_connection_asks_for_nothing() {
    const SECOND: Duration = Duration::from_secs(1);
    let limits = Limits::new(3).per_key(2, |_| Some(()));
    let limits = limits.stalled_after(10 * SECOND);
    let [a, b] = ["a", "b"].map(|key| StreamKey::Known(Key::of(key)));
    let start = now();
    let after = |seconds: f64| start.saturating_add(SECOND.mul_f64(seconds));
    let open = |key, seconds: f64| limits.open(key, &[], after(seconds));
    let unpolled = open(a, 0.0).unwrap();
    let pending = open(a, 0.0).unwrap();
    let reading = open(b, 0.0).unwrap();
    assert!(!pending.is_revoked());
    for second in 0..10_u32 {
        reading.handed_over(after(second.into()));
        assert!(open(b, second.into()).is_err(), "{second}");
        assert!(!reading.is_revoked());
    }
    reading.handed_over(after(9.0));
    // Within a second, the streams are not searched again.
    assert!(open(b, 9.5).is_err());
    let other = open(b, 10.0).unwrap();
    assert!(unpolled.is_revoked());
    assert!(!pending.is_revoked() && !reading.is_revoked());
    assert_eq!(limits.open_streams(), 3);
    // The place is given away only once.
    unpolled.handed_over(after(11.0));
    assert!(unpolled.is_revoked());
    drop(unpolled);
    assert_eq!(limits.open_streams(), 3);
    drop((pending, reading, other));
    assert_eq!(limits.open_streams(), 0);
    assert!(limits.table().keys.is_empty() && limits.table().streams.is_empty());
}

#[test]
fn a_response_and_a_layer_around_it_lose_their_place_together() {
    let limits = Limits::new(9).per_key(1, |_| Some(()));
    let limits = limits.stalled_after(Duration::ZERO);
    let [a, b] = ["a", "b"].map(Key::of);
    let now = now();
    let inner = limits.open(StreamKey::Known(a), &[], now).unwrap();
    let outer = limits.open(StreamKey::Known(b), &[Some(a)], now).unwrap();
    let _other = limits.open(StreamKey::Known(b), &[], now).unwrap();
    assert!(inner.is_revoked() && outer.is_revoked());
    drop((inner, outer));
    assert_eq!(limits.open_streams(), 1);
    assert_eq!(limits.table().keys.len(), 1);
}
