//! Ways to cut a stream into chunks.
//!
//! A decoder must return the same items for every chunking of its input. [`Chunking::all`] yields
//! the chunkings under which the suites run each stream. [`Chunking::of`] applies one of them.
//!
//! ```
//! use sse_conformance::chunking::Chunking;
//!
//! let chunks: Vec<&[u8]> = Chunking::At(3).of(b"data\n").collect();
//! assert_eq!(chunks, [b"dat".as_slice(), b"a\n"]);
//! ```

use std::fmt;

/// One way to cut a stream into chunks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Chunking {
    /// The whole stream is one chunk.
    Whole,
    /// Each byte is a chunk.
    Bytes,
    /// Two chunks, cut at this offset.
    At(usize),
    /// Chunks of this many bytes. The last one may be shorter.
    Blocks(usize),
    /// Cuts at each of these offsets, in ascending order. An offset that occurs twice makes an
    /// empty chunk.
    Cuts(Vec<usize>),
}

impl Chunking {
    /// Yields the chunkings under which a stream of `len` bytes is run: whole, byte by byte, cut in
    /// two at every place, and at `random` seeded places. Some of the random ones contain empty
    /// chunks.
    ///
    /// Trying every place to cut in two takes quadratic time. A stream of more than 16 KiB is run
    /// in blocks instead.
    pub fn all(len: usize, seed: u64, random: usize) -> impl Iterator<Item = Self> {
        let long = len > LONG;
        let mut numbers = Numbers(seed);
        let random = if long { 0 } else { random };
        [Self::Whole, Self::Bytes]
            .into_iter()
            .chain(long.then_some(Self::Blocks(4095)))
            .chain((0..=len).take_while(move |_| !long).map(Self::At))
            .chain((0..random).map(move |_| Self::random(len, &mut numbers)))
    }

    /// Yields the chunks of a stream. Offsets beyond its end count as its end.
    pub fn of<'s>(&self, stream: &'s [u8]) -> impl Iterator<Item = &'s [u8]> + use<'s> {
        let (size, cuts) = match self {
            Self::Whole => (stream.len(), vec![]),
            Self::Bytes => (1, vec![]),
            Self::At(cut) => (stream.len(), vec![*cut]),
            Self::Blocks(size) => (*size, vec![]),
            Self::Cuts(cuts) => (stream.len(), cuts.clone()),
        };
        let mut cuts = cuts.into_iter();
        let (mut start, mut done) = (0, false);
        std::iter::from_fn(move || {
            if done {
                return None;
            }
            let cut = cuts.next();
            let end = cut
                .unwrap_or(start + size.max(1))
                .clamp(start, stream.len());
            done = cut.is_none() && end == stream.len();
            let chunk = &stream[start..end];
            start = end;
            Some(chunk)
        })
    }

    fn random(len: usize, numbers: &mut Numbers) -> Self {
        let mut cuts: Vec<usize> = (0..numbers.below(8))
            .map(|_| numbers.below(len + 1))
            .collect();
        // One cut in three is doubled, which makes an empty chunk.
        let doubled: Vec<usize> = cuts
            .iter()
            .copied()
            .filter(|_| numbers.below(3) == 0)
            .collect();
        cuts.extend(doubled);
        cuts.sort_unstable();
        Self::Cuts(cuts)
    }
}

impl fmt::Display for Chunking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("whole"),
            Self::Bytes => f.write_str("one byte at a time"),
            Self::At(cut) => write!(f, "cut at byte {cut}"),
            Self::Blocks(size) => write!(f, "blocks of {size} bytes"),
            Self::Cuts(cuts) if cuts.is_empty() => f.write_str("whole"),
            Self::Cuts(cuts) => {
                f.write_str("cut at bytes ")?;
                for (index, cut) in cuts.iter().enumerate() {
                    write!(f, "{}{cut}", if index == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
        }
    }
}

/// The longest stream that is cut in two at every place.
const LONG: usize = 16 * 1024;

/// SplitMix64. It is good enough to place cuts, and gives the same numbers on every platform.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        (mixed % bound as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_join_to_the_stream() {
        let stream: Vec<u8> = (0..40).collect();
        for len in [0, 1, 2, 39, 40] {
            for chunking in Chunking::all(len, 7, 50) {
                let joined: Vec<u8> = chunking.of(&stream[..len]).flatten().copied().collect();
                assert_eq!(joined, stream[..len], "{chunking}");
            }
        }
    }

    #[test]
    fn each_kind_cuts_where_it_says() {
        let table: [(Chunking, &[&[u8]]); 6] = [
            (Chunking::Whole, &[b"abcde"]),
            (Chunking::Bytes, &[b"a", b"b", b"c", b"d", b"e"]),
            (Chunking::At(0), &[b"", b"abcde"]),
            (Chunking::Blocks(2), &[b"ab", b"cd", b"e"]),
            (Chunking::Cuts(vec![1, 3, 3]), &[b"a", b"bc", b"", b"de"]),
            (Chunking::Cuts(vec![2, 9]), &[b"ab", b"cde", b""]),
        ];
        for (chunking, expected) in table {
            let chunks: Vec<&[u8]> = chunking.of(b"abcde").collect();
            assert_eq!(chunks, expected, "{chunking}");
        }
    }

    #[test]
    fn every_two_way_cut_of_a_short_stream_is_among_them() {
        let all: Vec<Chunking> = Chunking::all(3, 7, 1).collect();
        let expected = [
            Chunking::Whole,
            Chunking::Bytes,
            Chunking::At(0),
            Chunking::At(1),
            Chunking::At(2),
            Chunking::At(3),
        ];
        assert_eq!(all[..6], expected);
        assert!(matches!(all[6..], [Chunking::Cuts(_)]));
        let long: Vec<Chunking> = Chunking::all(1_000_000, 7, 1).collect();
        assert_eq!(
            long,
            [Chunking::Whole, Chunking::Bytes, Chunking::Blocks(4095)]
        );
    }

    #[test]
    fn random_cuts_repeat_with_their_seed_and_have_empty_chunks() {
        let cuts = |seed| Chunking::all(100, seed, 20).collect::<Vec<_>>();
        assert_eq!(cuts(1), cuts(1));
        assert_ne!(cuts(1), cuts(2));
        let stream = [0; 100];
        let inner_empty = cuts(1).into_iter().any(|chunking| {
            matches!(chunking, Chunking::Cuts(_)) && chunking.of(&stream).any(<[u8]>::is_empty)
        });
        assert!(inner_empty);
    }
}
